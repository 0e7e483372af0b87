"""Spreadsheets as rows of text: .xlsx by the standard library alone, and .csv exports.

Only values are read. A workbook that declares a document type or entities, or that unpacks to
more than a plausible size, is refused.
"""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from mimetic.errors import DatasetError

LARGEST_BYTES = 64 * 2**20  # of one part, unpacked
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Rows = list[list[str]]


def read_sheets(path: Path) -> dict[str, Rows]:
    """The rows of every sheet by its name; a .csv file is one sheet called by the file's stem.

    Raises DatasetError where the file is neither.
    """
    if path.suffix.lower() == ".csv":
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DatasetError(f"{path}: expected UTF-8 text, got: {error}") from error
        return {path.stem: [[cell.strip() for cell in row] for row in csv.reader(text.split("\n"))]}
    try:
        with zipfile.ZipFile(path) as book:
            return _workbook(book)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise DatasetError(
            f"{path}: expected an .xlsx or .csv spreadsheet, got: {error}; open it and save it "
            "as .csv"
        ) from error


class _NoDoctype(ElementTree.TreeBuilder):
    """Refuses what could expand or load something else."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError(f"a document type ({name}), which no spreadsheet has")


def _part(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    if book.getinfo(name).file_size > LARGEST_BYTES:
        raise ValueError(f"{name} of more than {LARGEST_BYTES} bytes")
    with book.open(name) as file:
        text = file.read(LARGEST_BYTES + 1)  # the size in the directory may be wrong
    if len(text) > LARGEST_BYTES:
        raise ValueError(f"{name} of more than {LARGEST_BYTES} bytes")
    return ElementTree.fromstring(text, ElementTree.XMLParser(target=_NoDoctype()))


def _workbook(book: zipfile.ZipFile) -> dict[str, Rows]:
    links = {one.get("Id"): one.get("Target") for one in _part(book, "xl/_rels/workbook.xml.rels")}
    shared: list[str] = []
    if "xl/sharedStrings.xml" in book.namelist():
        shared = [_text(item) for item in _part(book, "xl/sharedStrings.xml")]
    sheets = {}
    for sheet in _part(book, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
        target = str(links[sheet.get(_LINK)]).lstrip("/")
        place = target if target.startswith("xl/") else f"xl/{target}"
        sheets[str(sheet.get("name"))] = _rows(_part(book, place), shared)
    return sheets


def _rows(sheet: ElementTree.Element, shared: list[str]) -> Rows:
    rows: Rows = []
    for row in sheet.iter(f"{_MAIN}row"):
        cells: list[str] = []
        for cell in row.iter(f"{_MAIN}c"):
            column = _column(str(cell.get("r", "")), len(cells))
            cells += [""] * (column + 1 - len(cells))
            cells[column] = _value(cell, shared).strip()
        rows.append(cells)
    return rows


def _column(reference: str, following: int) -> int:
    """The column of a cell such as AB7, counted from 0; a cell without one follows the last."""
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return following
    number = 0
    for letter in letters[0]:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s" and value:
        return shared[int(value)]
    whole = re.fullmatch(r"(-?\d+)\.0*", value)
    return whole[1] if whole and kind == "n" else value


def _text(item: ElementTree.Element) -> str:
    """The text of a string in all its runs, without the readings of Japanese words."""
    runs = [*item.findall(f"{_MAIN}is"), item]
    parts = []
    for run in runs:
        parts += [one.text or "" for one in run.findall(f"{_MAIN}t")]
        parts += [one.text or "" for one in run.findall(f"{_MAIN}r/{_MAIN}t")]
    return "".join(parts)


def table(rows: Rows, columns: dict[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """Rows below the first line that has a cell for each wanted column, by the column's name.

    ``columns`` gives the names that a column may have; those that begin with "?" may be
    missing. Names are compared in small letters and without spaces. ValueError where no line fits.
    """
    for number, row in enumerate(rows):
        names = [_plain(cell) for cell in row]
        found = {
            name: next((names.index(_plain(one)) for one in known if _plain(one) in names), None)
            for name, known in columns.items()
        }
        if all(place is not None or name.startswith("?") for name, place in found.items()):
            below = [each for each in rows[number + 1 :] if any(each)]
            return [_named(each, found) for each in below]
    wanted = [known[0] for name, known in columns.items() if not name.startswith("?")]
    raise ValueError(f"no line with the columns {', '.join(wanted)}")


def _named(row: list[str], found: dict[str, int | None]) -> dict[str, str]:
    return {
        name.lstrip("?"): row[place] if place is not None and place < len(row) else ""
        for name, place in found.items()
    }


def _plain(cell: str) -> str:
    return re.sub(r"[\s_]+", "", cell).lower()
