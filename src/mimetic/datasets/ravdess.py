"""RAVDESS (Livingstone and Russo 2018): 24 actors speak and sing in eight emotions."""

from __future__ import annotations

from pathlib import Path

from mimetic.datasets.base import Recording, Terms, Tree

TERMS = Terms(
    name="RAVDESS",
    licence="CC BY-NC-SA 4.0: no commercial use",
    ask="It is free at zenodo.org/records/1188976: unpack the folders Actor_01 to Actor_24.",
)
EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
_SOUND_ONLY = 3
_MOST = (3, 2, 8, 2, 2, 2, 24)  # of each of the seven numbers in a name


def read_ravdess(root: str | Path) -> tuple[Recording, ...]:
    """The recordings of the set; labels: emotion, strength, voice, statement, sound, sex.

    ``sound`` says whether the file has any: most clips are there twice, with and without.
    DatasetError for names that do not parse.
    """
    tree = Tree(root, TERMS)
    folders = sorted(folder for folder in tree.root.glob("Actor_*") if folder.is_dir())
    if not folders:
        tree.need("Actor_01")
    recordings = []
    for source in (file for folder in folders for file in sorted(folder.glob("*.mp4"))):
        numbers = _numbers(source.stem)
        if numbers is None or source.parent.name != f"Actor_{numbers[-1]:02d}":
            name = f"{source.parent.name}/{source.name}"
            tree.fault(f"{name}: expected a name such as Actor_12/02-01-06-01-02-01-12.mp4")
        elif numbers[0] != _SOUND_ONLY:
            recordings.append(_recording(source, numbers))
    return tree.done(recordings)


def _numbers(stem: str) -> tuple[int, ...] | None:
    parts = stem.split("-")
    if len(parts) != len(_MOST) or not all(part.isdigit() for part in parts):
        return None
    numbers = tuple(map(int, parts))
    inside = all(1 <= one <= most for one, most in zip(numbers, _MOST, strict=True))
    return numbers if inside else None


def _recording(source: Path, numbers: tuple[int, ...]) -> Recording:
    modality, channel, emotion, strength, statement, _, actor = numbers
    return Recording(
        id=source.stem,
        subject=f"{actor:02d}",
        source=source,
        labels={
            "emotion": EMOTIONS[emotion - 1],
            "strength": ("normal", "strong")[strength - 1],
            "voice": ("speech", "song")[channel - 1],
            "statement": str(statement),
            "sound": "yes" if modality == 1 else "no",
            "sex": "male" if actor % 2 else "female",  # odd numbers are men
        },
        licence=TERMS.licence,
    )
