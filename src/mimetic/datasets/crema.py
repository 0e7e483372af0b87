"""CREMA-D (Cao et al. 2014): 91 actors say twelve sentences in six emotions."""

from __future__ import annotations

from pathlib import Path

from mimetic.datasets.base import Recording, Terms, Tree

TERMS = Terms(
    name="CREMA-D",
    licence="Open Database License, its contents under the Database Contents License",
    ask="It is free at github.com/CheyneyComputerScience/CREMA-D (with Git LFS, else the files "
    "hold no video).",
)
ACTORS = "VideoDemographics.csv"
COLUMNS = ("ActorID", "Age", "Sex", "Race", "Ethnicity")
EMOTIONS = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": "neutral",
    "SAD": "sadness",
}
LEVELS = {"LO": "low", "MD": "medium", "HI": "high", "XX": None, "X": None}
_POINTER = b"version https://git-lfs"


def read_crema(root: str | Path) -> tuple[Recording, ...]:
    """The recordings of the set; labels: emotion, level, sentence; sex and age as recorded.

    DatasetError for files whose names do not parse, for actors that the table lacks, and for
    files that Git LFS has not fetched.
    """
    tree = Tree(root, TERMS)
    tree.need("VideoFlash", ACTORS)
    actors = {row["ActorID"].strip(): row for row in tree.rows(ACTORS, COLUMNS)}
    recordings = []
    for source in sorted((tree.root / "VideoFlash").glob("*.flv")):
        parts = source.stem.split("_")
        if len(parts) != 4 or parts[2] not in EMOTIONS or parts[3] not in LEVELS:
            tree.fault(f"{source.name}: expected a name such as 1001_DFA_ANG_XX.flv")
        elif parts[0] not in actors:
            tree.fault(f"{source.name}: actor {parts[0]} is not in {ACTORS}")
        elif _is_pointer(source):
            tree.fault(f"{source.name}: is not fetched yet; run git lfs pull")
        else:
            recordings.append(_recording(tree, source, parts, actors[parts[0]]))
    return tree.done(recordings)


def _is_pointer(source: Path) -> bool:
    with source.open("rb") as file:
        return file.read(len(_POINTER)) == _POINTER


def _recording(tree: Tree, source: Path, parts: list[str], actor: dict[str, str]) -> Recording:
    age = actor["Age"].strip()
    if not age.isdigit():
        tree.fault(f"{ACTORS}: actor {parts[0]}: Age: expected years, got {age!r}")
    return Recording(
        id=source.stem,
        subject=parts[0],
        source=source,
        labels={
            "emotion": EMOTIONS[parts[2]],
            "level": LEVELS[parts[3]],
            "sentence": parts[1],
            "sex": actor["Sex"].strip().lower(),
            "age": float(age) if age.isdigit() else None,
        },
        licence=TERMS.licence,
    )
