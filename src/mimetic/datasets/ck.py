"""CK+ (Lucey et al. 2010): posed expressions of 123 people, from neutral to the apex."""

from __future__ import annotations

from pathlib import Path

from mimetic.datasets.base import Recording, Terms, Tree

TERMS = Terms(
    name="CK+",
    licence="signed agreement, research only",
    ask="Ask the Affect Analysis Group of the University of Pittsburgh, with a signed agreement.",
)
IMAGES = "cohn-kanade-images"
EMOTIONS = ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


def read_ck(root: str | Path) -> tuple[Recording, ...]:
    """The sequences of the set: folders of pictures that end at the apex, without a clock.

    Labels: emotion (None for the many sequences that have none) and action_units, such as
    "1+2+25", None where they were not coded. DatasetError for label files that do not parse.
    """
    tree = Tree(root, TERMS)
    tree.need(IMAGES, "Emotion", "FACS")
    recordings = []
    for source in sorted((tree.root / IMAGES).glob("*/*")):
        if not any(source.glob("*.png")):
            continue
        place = f"{source.parent.name}/{source.name}"
        emotion = _labels(tree, f"Emotion/{place}", "*_emotion.txt")
        units = _labels(tree, f"FACS/{place}", "*_facs.txt")
        recordings.append(
            Recording(
                id=place.replace("/", "_"),
                subject=source.parent.name,
                source=source,
                labels={
                    "emotion": _emotion(tree, place, emotion),
                    "action_units": "+".join(str(int(row[0])) for row in units) or None,
                },
                licence=TERMS.licence,
            )
        )
    return tree.done(recordings)


def _labels(tree: Tree, folder: str, pattern: str) -> list[list[float]]:
    """The numbers of the lines of a label file; none where a sequence has no such file."""
    files = sorted((tree.root / folder).glob(pattern))
    if not files:
        return []
    name = files[0].relative_to(tree.root).as_posix()
    lines = [line for line in tree.lines(name) if line.strip()]
    return tree.read(name, lambda line: [float(cell) for cell in line.split()], lines)


def _emotion(tree: Tree, place: str, rows: list[list[float]]) -> str | None:
    if not rows:
        return None
    number = int(rows[0][0])
    if not 0 <= number < len(EMOTIONS):
        tree.fault(f"Emotion/{place}: expected 0 to {len(EMOTIONS) - 1}, got {number}")
        return None
    return EMOTIONS[number]
