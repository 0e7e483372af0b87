"""UvA-NEMO Smile (Dibeklioglu, Salah, Gevers 2012): spontaneous and posed smiles of 400 people."""

from __future__ import annotations

from pathlib import Path

from mimetic.datasets.base import Recording, Terms, Tree
from mimetic.learn.groups import group_numbers

TERMS = Terms(
    name="UvA-NEMO Smile",
    licence="signed agreement, research only",
    ask="The University of Amsterdam gives it out to those who sign the agreement at uva-nemo.org.",
)
FILES = "UvA-NEMO_Smile_Database_File_Details.txt"
KINSHIP = "UvA-NEMO_Smile_Database_Kinship_Labels.txt"
HEADER = 5  # lines before the first row


def read_nemo(root: str | Path) -> tuple[Recording, ...]:
    """The recordings of the set; labels: sex and age as recorded, smile (its kind).

    Relatives share a family where the file of kinship is there. The published folds, which
    are files of their own, are read by ``learn.folds.read_folds``; check them against
    families with ``named_folds``. DatasetError names what is missing and lines that do
    not parse.
    """
    tree = Tree(root, TERMS)
    tree.need("videos", FILES)
    rows = tree.read(FILES, _row, [line for line in tree.lines(FILES)[HEADER:] if line.strip()])
    kin: list[tuple[str, str]] = []
    if (tree.root / KINSHIP).exists():
        kin = tree.read(KINSHIP, _kin, [line for line in tree.lines(KINSHIP) if _has_kin(line)])
    families = _families([row[1] for row in rows], kin)
    recordings = []
    for file, subject, sex, age, smile in rows:
        source = tree.root / "videos" / file
        if not source.exists():
            tree.fault(f"videos/{file}: listed in {FILES}, but not there")
        recordings.append(
            Recording(
                id=source.stem,
                subject=subject,
                family=families[subject],
                source=source,
                labels={"sex": sex, "age": age, "smile": smile},
                licence=TERMS.licence,
            )
        )
    return tree.done(recordings)


def _row(line: str) -> tuple[str, str, str, float, str]:
    file, subject, sex, age, smile = (cell.strip() for cell in line.split("\t")[:5])
    if not file or not subject:
        raise ValueError(line)
    return file, subject, sex.lower(), float(age), smile.lower()


def _has_kin(line: str) -> bool:
    """Whether a line names two subjects; the file begins with lines that explain it."""
    return line[:3].isdigit()


def _kin(line: str) -> tuple[str, str]:
    one, other = line.split("\t")[0].split()
    return one, other


def _families(subjects: list[str], kin: list[tuple[str, str]]) -> dict[str, str | None]:
    """The family of each subject, named after its first member; None for those without kin."""
    people = sorted(set(subjects))
    groups = group_numbers(people, kin=kin).tolist()
    related = {one for pair in kin for one in pair}
    first: dict[int, str] = {}
    for one, group in zip(people, groups, strict=True):
        first.setdefault(group, one)
    return {
        one: f"family of {first[group]}" if one in related else None
        for one, group in zip(people, groups, strict=True)
    }
