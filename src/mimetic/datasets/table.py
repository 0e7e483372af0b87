"""Any recordings, listed in a CSV file: path, subject, family (optional), label columns."""

from __future__ import annotations

from pathlib import Path

from mimetic.datasets.base import Label, Recording, Terms, Tree, number_or_word
from mimetic.errors import DatasetError

OWN = "path", "subject", "family"


def read_list(path: str | Path, *, licence: str = "the user's own") -> tuple[Recording, ...]:
    """The recordings of a CSV file; paths are relative to its folder.

    A label column in which every known cell is a number holds numbers, otherwise words.
    Empty cells and n/a are missing (None). DatasetError names rows and columns of all
    faults: paths that are not there, subjects missing, a subject in two families, the
    same path twice.
    """
    path = Path(path)
    terms = Terms(name="a list of recordings", licence=licence, ask="Write the file.")
    tree = Tree(path.parent, terms)
    if not path.is_file():
        raise DatasetError(
            f"{path}: expected a CSV file with the columns path, subject and a label, there is none"
        )
    rows = tree.rows(path.name, OWN[:2])
    names = [name for name in rows[0] if name not in OWN] if rows else []
    labels = {name: _column([row[name] or "" for row in rows]) for name in names}
    _check_rows(tree, path, rows)
    recordings = [
        Recording(
            id=row["path"].strip(),
            subject=row["subject"].strip(),
            family=row.get("family", "").strip() or None,
            source=path.parent / row["path"].strip(),
            labels={name: column[place] for name, column in labels.items()},
            licence=licence,
        )
        for place, row in enumerate(rows)
    ]
    tree.done(recordings)
    return tuple(recordings)


def _check_rows(tree: Tree, path: Path, rows: list[dict[str, str]]) -> None:
    homes: dict[str, tuple[int, str]] = {}
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 2):
        text, subject = row["path"].strip(), row["subject"].strip()
        family, where = row.get("family", "").strip(), f"{path.name}: row {number}"
        if not text or not (path.parent / text).exists():
            tree.fault(f"{where}: path: {text or 'nothing'} is not there")
        if seen.setdefault(text, number) != number:
            tree.fault(f"{where}: path: {text or 'nothing'} is in row {seen[text]} too")
        if not subject:
            tree.fault(f"{where}: subject: missing")
            continue
        first, home = homes.setdefault(subject, (number, family))
        if home != family:
            tree.fault(
                f"{where}: family: {subject} is in {family or 'none'} here and in "
                f"{home or 'none'} in row {first}"
            )


def _column(cells: list[str]) -> list[Label]:
    values = [number_or_word(cell) for cell in cells]
    if any(isinstance(value, str) for value in values):
        return [None if value is None else cells[row].strip() for row, value in enumerate(values)]
    return values
