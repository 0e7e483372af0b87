"""Sets that cut each micro-expression out: CASME II, SAMM, SMIC, part A of CAS(ME)3."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from mimetic.datasets.base import Recording, Terms
from mimetic.datasets.micro.pictures import Folder, MicroTree, three_classes
from mimetic.datasets.micro.sheets import Rows, table

SIGNED = "signed agreement, research only"
CASME = "Ask the CASME team of the Institute of Psychology, Chinese Academy of Sciences, with the "
CASME += "agreement signed by a staff member, at casme.psych.ac.cn."
CASME2_TERMS = Terms(name="CASME II", licence=SIGNED, ask=CASME)
CAS_ME_3_TERMS = Terms(name="CAS(ME)3", licence=SIGNED, ask=CASME)
SAMM_TERMS = Terms(
    name="SAMM",
    licence=SIGNED,
    ask="Ask Manchester Metropolitan University (Davison, Lansley, Costen, Tan, Yap), with the "
    "signed agreement.",
)
SMIC_TERMS = Terms(
    name="SMIC",
    licence=SIGNED,
    ask="Ask the Center for Machine Vision and Signal Analysis, University of Oulu, with the "
    "signed agreement.",
)
_COLUMNS = {
    "subject": ("Subject",),
    "file": ("Filename", "File name"),
    "onset": ("OnsetFrame", "Onset", "OnsetF"),
    "?apex": ("ApexFrame", "Apex", "ApexF"),
    "offset": ("OffsetFrame", "Offset", "OffsetF"),
    "emotion": ("Estimated Emotion", "Emotion"),
    "?units": ("Action Units", "AU"),
}

Row = Mapping[str, str]
Find = Callable[[MicroTree, Row], Folder | None]


def read_casme2(root: str | Path, *, pictures: str = "") -> tuple[Recording, ...]:
    """CASME II (Yan et al. 2014): 200 frames a second, a recording for each micro-expression.

    Needs ``CASME2-coding-*.xlsx`` (or .csv) and folders ``sub01/EP02_01f`` of pictures.
    Labels of all sets: emotion, class (negative, positive, surprise or None), action_units,
    rate_hz. Events are in seconds after the folder's first picture. ``pictures`` names one
    of several copies, such as Cropped. DatasetError tells what is missing.
    """
    tree = MicroTree(root=Path(root), terms=CASME2_TERMS, rate_hz=200.0, pictures=pictures)
    rows = _first(tree, tree.sheets("CASME2-coding-*.xlsx", "CASME2-coding-*.csv"))
    return _recordings(tree, rows, lambda row: f"sub{_digits(row['subject']):02d}")


def read_samm(root: str | Path, *, pictures: str = "") -> tuple[Recording, ...]:
    """SAMM (Davison et al. 2018): 200 frames a second; folders ``006/006_1_2`` of pictures.

    Needs ``SAMM*FACS_Codes*.xlsx`` (or .csv). Otherwise as ``read_casme2``.
    """
    tree = MicroTree(root=Path(root), terms=SAMM_TERMS, rate_hz=200.0, pictures=pictures)
    rows = _first(tree, tree.sheets("SAMM*FACS_Codes*.xlsx", "SAMM*FACS_Codes*.csv"))
    return _recordings(tree, rows, lambda row: f"{_digits(row['subject']):03d}")


def read_smic(root: str | Path, *, pictures: str = "") -> tuple[Recording, ...]:
    """SMIC (Li et al. 2013), high-speed part: 100 frames a second, three classes, often no apex.

    Needs ``SMIC-HS-E_annotation*.xlsx`` (or .csv) and folders such as
    ``s01/micro/negative/s1_ne_01``; ``pictures="HS"`` where other cameras lie beside.
    Otherwise as ``read_casme2``.
    """
    tree = MicroTree(root=Path(root), terms=SMIC_TERMS, rate_hz=100.0, pictures=pictures)
    rows = _first(tree, tree.sheets("SMIC-HS-E_annotation*.xlsx", "SMIC-HS-E_annotation*.csv"))
    return _recordings(tree, rows, lambda row: f"s{_digits(row['subject']):02d}")


def read_cas_me_3(root: str | Path, *, pictures: str = "") -> tuple[Recording, ...]:
    """CAS(ME)3, part A (Li et al. 2022): 30 frames a second.

    Needs ``cas(me)3_part_A_ME_label*.xlsx`` (or .csv) and folders ``spNO.1_a_355`` of the
    micro-expressions, or whole videos in ``spNO.1/a/color``. Otherwise as ``read_casme2``.
    """
    tree = MicroTree(root=Path(root), terms=CAS_ME_3_TERMS, rate_hz=30.0, pictures=pictures)
    rows = _first(
        tree, tree.sheets("cas(me)3_part_A_ME_label*.xlsx", "cas(me)3_part_A_ME_label*.csv")
    )
    whole = any(path[-1] == "color" for path, _ in tree.folders)

    def find(tree: MicroTree, row: Row) -> Folder | None:
        if whole:
            return tree.folder(row["subject"], row["file"], "color")
        return tree.folder(f"{row['subject']}_{row['file']}_{row['onset']}")

    return _recordings(tree, rows, lambda row: row["subject"], find)


def _first(tree: MicroTree, sheets: Mapping[str, Rows]) -> list[dict[str, str]]:
    """The rows of the first sheet that has the columns."""
    told = ""
    for name, rows in sheets.items():
        try:
            found = table(rows, _COLUMNS)
        except ValueError as error:
            told = told or f"sheet {name}: {error}"
            continue
        return [row for row in found if row["subject"] and row["file"]]
    tree.tree.fault(f"spreadsheet: {told or 'has no sheet'}")
    return []


def _by_subject(subject: str) -> Find:
    return lambda tree, row: tree.folder(subject, row["file"])


def _recordings(
    tree: MicroTree,
    rows: list[dict[str, str]],
    subject_of: Callable[[Row], str],
    find: Find | None = None,
) -> tuple[Recording, ...]:
    recordings = []
    for row in rows:
        subject = subject_of(row)
        folder = (find or _by_subject(subject))(tree, row)
        event = tree.event(row, folder) if folder is not None else None
        if folder is None or event is None:
            continue
        recordings.append(
            Recording(
                id=f"{subject}_{row['file']}_{row['onset']}",
                subject=subject,
                source=folder.path,
                licence=tree.terms.licence,
                events=(event,),
                labels={
                    "emotion": event.label,
                    "class": three_classes(row["emotion"]),
                    "action_units": row["units"] or None,
                    "rate_hz": tree.rate_hz,
                    "sample": row["file"],
                },
            )
        )
    return tree.tree.done(recordings)


def _digits(text: str) -> int:
    """The number in a subject's name; 0 where there is none, which no set uses."""
    found = re.search(r"\d+", text)
    return int(found[0]) if found else 0
