"""Sets of whole videos with several movements each: CAS(ME)2 and the long videos of SAMM."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mimetic.datasets.base import Recording, Terms
from mimetic.datasets.micro.pictures import Folder, MicroTree
from mimetic.datasets.micro.sheets import Rows, table
from mimetic.datasets.micro.short import CASME, SAMM_TERMS, SIGNED
from mimetic.types import ExpressionEvent

CAS_ME_2_TERMS = Terms(name="CAS(ME)2", licence=SIGNED, ask=CASME)
SAMM_LONG_TERMS = Terms(name="SAMM Long Videos", licence=SIGNED, ask=SAMM_TERMS.ask)
_SAMM_COLUMNS = {
    "subject": ("Subject",),
    "file": ("Filename",),
    "onset": ("Onset", "Onset Frame"),
    "apex": ("Apex", "Apex Frame"),
    "offset": ("Offset", "Offset Frame"),
    "type": ("Type",),
    "?units": ("Action Units",),
}
# The sheet of CAS(ME)2 has no line of names; its columns in order.
_CODED = ("number", "file", "onset", "apex", "offset", "units", "emotion", "type", "reported")

Found = tuple[Folder, str, ExpressionEvent]  # and the subject


def read_cas_me_2(root: str | Path, *, pictures: str = "rawpic") -> tuple[Recording, ...]:
    """CAS(ME)2, part A (Qu et al. 2018): 30 frames a second, macro- and micro-expressions.

    Needs ``CAS(ME)^2code_final*.xlsx`` with its three sheets, and the pictures of the videos
    (``rawpic/s15/15_0101disgustingteeth``). A recording for each video that has an
    event; events are in seconds after its first picture, ``kind`` "micro" or "macro". Labels:
    rate_hz. DatasetError tells what is missing.
    """
    tree = MicroTree(root=Path(root), terms=CAS_ME_2_TERMS, rate_hz=30.0, pictures=pictures)
    sheets = tree.sheets("CAS(ME)^2code_final*.xlsx", "CAS(ME)*code_final*.xlsx")
    named = {re.sub(r"[^a-z0-9]", "", name.lower()): rows for name, rows in sheets.items()}
    coded = next((rows for name, rows in named.items() if "code" in name), [])
    subjects = _pairs(named.get("namingrule1", []), 2, 1)
    videos = _pairs(named.get("namingrule2", []), 1, 0)
    if not (coded and subjects and videos):
        tree.tree.fault(
            "spreadsheet: expected the sheets CASFEcode_final, naming rule1 and naming rule2, "
            f"got {', '.join(sheets)}"
        )
        return tree.tree.done([])
    found = []
    for cells in coded:
        row = dict(zip(_CODED, [*cells, *[""] * len(_CODED)], strict=False))
        if not row["number"].isdigit():
            continue
        subject, video = subjects.get(row["number"]), videos.get(row["file"].rsplit("_", 1)[0])
        if subject is None or video is None:
            tree.tree.fault(f"{row['number']} {row['file']}: is not in the naming rules")
            continue
        start = f"{subject.lstrip('sS')}_{video.zfill(4)}"
        folder = tree.starting(subject, start)
        event = folder and tree.event(row, folder, kind=_kind(row["type"]))
        found += [(folder, subject, event)] if folder and event else []
    return _videos(tree, found)


def read_samm_long(root: str | Path, *, pictures: str = "") -> tuple[Recording, ...]:
    """SAMM Long Videos (Yap et al. 2020): 200 frames a second, macro- and micro-movements.

    Needs ``SAMM_LongVideos*.xlsx`` (or .csv) and folders ``006_1`` of pictures. Otherwise as
    ``read_cas_me_2``; the set gives no emotions.
    """
    tree = MicroTree(root=Path(root), terms=SAMM_LONG_TERMS, rate_hz=200.0, pictures=pictures)
    sheets = tree.sheets("SAMM_LongVideos*.xlsx", "SAMM_LongVideos*.csv")
    rows: list[dict[str, str]] = []
    try:
        rows = table(next(iter(sheets.values()), []), _SAMM_COLUMNS)
    except ValueError as error:
        tree.tree.fault(f"spreadsheet: {error}")
    found = []
    for row in rows:
        parts = row["file"].split("_")
        if len(parts) < 3:
            tree.tree.fault(f"{row['file']!r}: expected a name such as 006_1_2")
            continue
        folder = tree.folder("_".join(parts[:2]))
        event = folder and tree.event(row, folder, kind=_kind(row["type"]))
        found += [(folder, parts[0], event)] if folder and event else []
    return _videos(tree, found)


def _pairs(rows: Rows, key: int, value: int) -> dict[str, str]:
    return {row[key]: row[value] for row in rows if len(row) > max(key, value) and row[key]}


def _kind(told: str) -> str:
    return "micro" if "micro" in told.lower() else "macro"


def _videos(tree: MicroTree, found: Sequence[Found]) -> tuple[Recording, ...]:
    """A recording for each video, its events in order of time."""
    videos: dict[Path, list[Found]] = {}
    for each in found:
        videos.setdefault(each[0].path, []).append(each)
    return tree.tree.done(
        Recording(
            id=path.name,
            subject=each[0][1],
            source=path,
            licence=tree.terms.licence,
            events=tuple(sorted((event for *_, event in each), key=lambda one: one.onset_s)),
            labels={"rate_hz": tree.rate_hz},
        )
        for path, each in videos.items()
    )
