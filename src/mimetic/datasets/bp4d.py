"""BP4D-Spontaneous (Zhang et al. 2014): 41 people in eight tasks that move them."""

from __future__ import annotations

import re
from pathlib import Path

from mimetic.datasets.base import Label, Recording, Terms, Tree

TERMS = Terms(
    name="BP4D",
    licence="signed licence, research only",
    ask="Ask Lijun Yin's group at Binghamton University, with a signed licence.",
)
CODES = "AUCoding/AU_OCC"
_SUBJECT, _TASK = re.compile(r"[FM]\d{3}"), re.compile(r"T\d")


def read_bp4d(root: str | Path) -> tuple[Recording, ...]:
    """The recordings of the set: folders of pictures, a person and a task each.

    Labels: task, sex (from the subject's name), and for every coded action unit ("au_12") the
    share of coded frames in which it was there; None without a file of codes, or where no
    frame could be coded. DatasetError for tables that do not parse.
    """
    tree = Tree(root, TERMS)
    tree.need("img", CODES)
    recordings = []
    for source in sorted((tree.root / "img").glob("*/*")):
        subject, task = source.parent.name, source.name
        if not (_SUBJECT.fullmatch(subject) and _TASK.fullmatch(task)):
            tree.fault(f"img/{subject}/{task}: expected folders such as img/F001/T1")
            continue
        labels: dict[str, Label] = {"task": task}
        labels["sex"] = "female" if subject[0] == "F" else "male"
        recordings.append(
            Recording(
                id=f"{subject}_{task}",
                subject=subject,
                source=source,
                labels=labels | _shares(tree, f"{CODES}/{subject}_{task}.csv"),
                licence=TERMS.licence,
            )
        )
    return tree.done(recordings)


def _shares(tree: Tree, name: str) -> dict[str, Label]:
    if not (tree.root / name).exists():
        return {}
    lines = [line for line in tree.lines(name) if line.strip()]
    rows = tree.read(name, lambda line: [int(cell) for cell in line.split(",")], lines)
    if not rows or rows[0][0] != 0 or {len(row) for row in rows} != {len(rows[0])}:
        tree.fault(f"{name}: expected a header 0,1,2,4,... and rows of as many cells")
        return {}
    shares: dict[str, Label] = {}
    for column, unit in enumerate(rows[0][1:], 1):
        coded = [row[column] for row in rows[1:] if row[column] in (0, 1)]  # 9: not known
        shares[f"au_{unit}"] = sum(coded) / len(coded) if coded else None
    return shares
