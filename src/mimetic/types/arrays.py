"""Array types and the checks that every record runs on itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ShapeError

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
UInt8 = npt.NDArray[np.uint8]
Int64 = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating[Any]]


def check_shape(name: str, array: npt.NDArray[Any], shape: str, **sizes: int) -> None:
    """Refuse an array whose shape is not the one written as letters and numbers.

    ``shape`` is a string such as ``"T L 3"``. A letter in ``sizes`` must have
    that size, a number must match, and any other letter takes any size, the
    same wherever it occurs twice.
    """
    wanted = shape.split()
    known = dict(sizes)
    fits = array.ndim == len(wanted)
    for size, letter in zip(array.shape, wanted, strict=False):
        expected = int(letter) if letter.isdigit() else known.setdefault(letter, size)
        fits = fits and size == expected
    if not fits:
        where = "".join(f", {letter} = {size}" for letter, size in sizes.items())
        raise ShapeError(f"{name}: expected [{shape}]{where}, got {list(array.shape)}")


def freeze(record: object, **dtypes: npt.DTypeLike) -> None:
    """Make the named arrays of a frozen record read-only views of the given type.

    Only casts that lose nothing are made (numpy's ``same_kind``); another kind
    of array raises ShapeError.
    """
    for name, dtype in dtypes.items():
        value = getattr(record, name)
        if value is None:
            continue
        given = np.asarray(value)
        if given.dtype != dtype and not np.can_cast(given.dtype, dtype, "same_kind"):
            raise ShapeError(f"{name}: expected {np.dtype(dtype)}, got {given.dtype}")
        array = given.astype(dtype, copy=False).view()
        array.flags.writeable = False
        object.__setattr__(record, name, array)


def check_times(name: str, times_s: Float64) -> None:
    """Refuse times that are not finite or do not increase."""
    if not np.isfinite(times_s).all():
        raise ShapeError(f"{name}: expected finite seconds, got NaN or infinity")
    if times_s.size > 1 and not (np.diff(times_s) > 0).all():
        first = int(np.argmax(np.diff(times_s) <= 0))
        raise ShapeError(
            f"{name}: expected increasing seconds, got {times_s[first]} then {times_s[first + 1]}"
        )


def check_missing(name: str, array: npt.NDArray[Any], valid: Bool) -> None:
    """Refuse numbers where valid is False, and NaN where it is True.

    ``valid`` covers the leading axes of ``array``; the rest must be all NaN or
    hold at least one number.
    """
    per_entry = int(np.prod(array.shape[valid.ndim :]))
    flat = np.isnan(array).reshape(*valid.shape, per_entry)
    if not flat[~valid].all():
        raise ShapeError(f"{name}: expected NaN where valid is False, got numbers")
    if flat[valid].all(axis=-1).any():
        raise ShapeError(f"{name}: expected numbers where valid is True, got only NaN")


def check_names(name: str, names: Iterable[str]) -> None:
    """Refuse names that are empty or occur twice."""
    listed = list(names)
    if len(set(listed)) != len(listed) or not all(listed):
        raise ShapeError(f"{name}: expected distinct non-empty names, got {listed}")
