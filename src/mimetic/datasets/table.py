"""Any recordings, listed in a CSV file: path, subject, family (optional), label columns."""

from __future__ import annotations

from pathlib import Path

from mimetic.datasets.base import Label, Recording, Terms, Tree, number_or_word

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
    tree.need(path.name)
    rows = tree.rows(path.name, OWN[:2])
    names = [name for name in rows[0] if name not in OWN] if rows else []
    labels = {name: _column([row[name] or "" for row in rows]) for name in names}
    recordings, homes, seen = [], dict[str, tuple[int, str]](), dict[str, int]()
    for place, row in enumerate(rows):
        number, subject = place + 2, row["subject"].strip()
        family = row.get("family", "").strip()
        text = row["path"].strip()
        if not text or not (path.parent / text).exists():
            tree.fault(f"{path.name}: row {number}: path: {text or 'nothing'} is not there")
        if seen.setdefault(text, number) != number:
            tree.fault(f"{path.name}: row {number}: path: {text} is in row {seen[text]} too")
        if not subject:
            tree.fault(f"{path.name}: row {number}: subject: missing")
        first, home = homes.setdefault(subject, (number, family))
        if subject and home != family:
            tree.fault(
                f"{path.name}: row {number}: family: {subject} is in {family or 'none'} here and "
                f"in {home or 'none'} in row {first}"
            )
        recordings.append(
            Recording(
                id=text,
                subject=subject,
                family=family or None,
                source=path.parent / text,
                labels={name: column[place] for name, column in labels.items()},
                licence=licence,
            )
        )
    order = {one.id: place for place, one in enumerate(recordings)}
    return tuple(sorted(tree.done(recordings), key=lambda one: order[one.id]))


def _column(cells: list[str]) -> list[Label]:
    values = [number_or_word(cell) for cell in cells]
    if any(isinstance(value, str) for value in values):
        return [None if value is None else cells[row].strip() for row, value in enumerate(values)]
    return values
