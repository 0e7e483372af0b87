"""Folders of flow maps: small pictures of u, v and strain, as public code of the field makes them.

A PNG holds u in red, v in green, strain in blue, each scaled to 0..255 by itself. The sign of u and
v comes back by taking off the median, as most of a face does not move; their size does not.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mimetic.errors import DatasetError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.images import write_png
from mimetic.micro.views import SIDE, check_maps
from mimetic.types import Float32, Floats, UInt8
from mimetic.types.arrays import check_shape, freeze

COLUMNS = ("file", "subject", "label")
TABLE = "maps.csv"
_TESTED = "u_test"  # u_train of the same tree repeats the others


@dataclass(frozen=True, kw_only=True, eq=False)
class MapSet:
    """Maps [n 28 28 3] of u (x right), v (y down) and strain, with the class and person of each.

    ``files`` are names under the folder, with "/" between. ``flow`` is the method that the maps
    were made by, empty where that is not known, as of pictures.
    """

    maps: Float32  # [n, 28, 28, 3]
    labels: tuple[str, ...]
    subjects: tuple[str, ...]
    files: tuple[str, ...]
    flow: str = ""

    def __post_init__(self) -> None:
        freeze(self, maps="f4")
        n = len(self.files)
        check_shape("maps", self.maps, f"n {SIDE} {SIDE} 3", n=n)
        check_shape("labels", np.asarray(self.labels), "n", n=n)
        check_shape("subjects", np.asarray(self.subjects), "n", n=n)


def read_maps(folder: str | Path) -> MapSet:
    """The maps of a folder: by ``maps.csv`` in it or beside it, or by the tree of its folders.

    ``maps.csv`` has the columns file, subject, label; other columns count for nothing. It may be
    given itself. The tree is ``<subject>/u_test/<class>/<file>``, at any depth. u and v are in
    shares of their range about the median, strain from 0 to 1. DatasetError names all that is
    missing, no picture of 28 x 28, or of one channel.
    """
    given = Path(folder)
    rows = _listed(given)
    maps, faults = [], []
    for file, _, _ in rows:
        try:
            maps.append(_restored(_picture(file)))
        except DatasetError as error:
            faults.append(str(error))
    if faults:
        more = f"\n... and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise DatasetError("\n".join(faults[:10]) + more)
    root = given if given.is_dir() else given.parent
    return MapSet(
        maps=np.asarray(maps, np.float32),
        labels=tuple(label for _, _, label in rows),
        subjects=tuple(subject for _, subject, _ in rows),
        files=tuple(_name(file, root) for file, _, _ in rows),
    )


def write_maps(folder: str | Path, maps: MapSet) -> Path:
    """Write maps as pictures with their ``maps.csv``, for ``read_maps`` and other software.

    The size of a movement is lost, as in every folder of this form.
    """
    target = Path(folder)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    with disk_errors(target):
        for picture, *row in zip(
            as_pictures(maps.maps), maps.files, maps.subjects, maps.labels, strict=True
        ):
            place = target / row[0]
            place.parent.mkdir(parents=True, exist_ok=True)
            write_png(place, picture)
            writer.writerow(row)
        replace_file(target / TABLE, table.getvalue().encode())
    return target


def as_pictures(maps: Floats) -> UInt8:
    """Maps [n 28 28 3] as 8-bit pictures, each channel of each from 0 to 255."""
    values = check_maps(maps).astype(np.float64)
    low = values.min((1, 2), keepdims=True)
    reach = values.max((1, 2), keepdims=True) - low
    share = (values - low) / np.where(reach > 0, reach, 1)
    return np.asarray(np.rint(share * 255), np.uint8)


def _restored(picture: UInt8) -> Float32:
    values = picture.astype(np.float32) / 255
    values[..., :2] -= np.median(values[..., :2], axis=(0, 1))
    return np.asarray(values)


def _picture(file: Path) -> UInt8:
    try:
        data = np.frombuffer(file.read_bytes(), np.uint8)
    except OSError as error:
        raise DatasetError(f"{file}: expected a picture, got {error.strerror}") from error
    pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if pixels is None or pixels.shape != (SIDE, SIDE, 3) or pixels.dtype != np.uint8:
        got = "no picture" if pixels is None else f"{list(pixels.shape)} of {pixels.dtype}"
        raise DatasetError(
            f"{file}: expected an 8-bit picture [{SIDE} {SIDE} 3] of u, v, strain, got {got}"
        )
    return np.asarray(pixels[..., ::-1], np.uint8)


Row = tuple[Path, str, str]


def _listed(given: Path) -> list[Row]:
    """File, subject and label of each map."""
    places = [given] if given.is_file() else [given / TABLE, given.parent / TABLE]
    table = next((place for place in places if place.is_file()), None)
    if table is not None:
        return _from_table(table, given if given.is_dir() else given.parent)
    rows = [
        (file, file.parts[-4], file.parts[-2])
        for file in given.rglob(f"*/{_TESTED}/*/*.png")
        if not file.name.startswith(".")
    ]
    if not rows:
        raise DatasetError(
            f"{given}: expected {TABLE} ({', '.join(COLUMNS)}) in the folder or beside it, or "
            f"pictures as <subject>/{_TESTED}/<class>/<file>.png, found neither"
        )
    return sorted(rows, key=lambda row: _natural(row[0]))


def _from_table(table: Path, folder: Path) -> list[Row]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            found, rows = reader.fieldnames or [], list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{table}: expected a CSV table, got {error}") from error
    absent = [name for name in COLUMNS if name not in found]
    if absent or not rows:
        raise DatasetError(
            f"{table}: expected rows of {', '.join(COLUMNS)}, got {len(rows)} of {list(found)}"
        )
    bare = [line for line, row in enumerate(rows, 2) if not all(row[name] for name in COLUMNS)]
    if bare:
        raise DatasetError(f"{table}: file, subject or label is missing in lines {bare[:10]}")
    return [(_place(row["file"], table, folder), row["subject"], row["label"]) for row in rows]


def _place(name: str, table: Path, folder: Path) -> Path:
    """Where a file of the table is: under the folder, or under that of the table."""
    under = folder / name.replace("\\", "/")
    beside = table.parent / name.replace("\\", "/")
    return under if under.exists() or not beside.exists() else beside


def _name(file: Path, root: Path) -> str:
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


def _natural(file: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", file.as_posix().lower())
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
