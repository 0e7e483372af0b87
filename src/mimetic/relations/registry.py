"""The list of all kinds of models that estimate a trait, and how each is made."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from mimetic.config import from_mapping
from mimetic.errors import ArgumentError, MissingExtra
from mimetic.relations.kinds import Opponent


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Where a kind is made: ``home`` is "module:name", called with the settings or None.

    ``settings`` is the "module:name" of their dataclass, for kinds that are ``Storable``.
    """

    home: str
    about: str
    settings: str = ""
    pixels: bool = False


_HERE = "mimetic.relations"
KINDS: dict[str, Kind] = {
    "additive": Kind(
        home=f"{_HERE}.additive:AdditivePairs",
        about="main effects and pairs that add up, group lasso over pairs",
        settings=f"{_HERE}.additive:AdditiveSettings",
    ),
}


def make_kind(name: str, settings: Any = None) -> Opponent:
    """A fresh, unfitted model of a kind; MissingExtra where its library is not installed.

    ``settings`` are the kind's own record, or the plain values of one.
    """
    if name not in KINDS:
        raise ArgumentError(f"kind: expected one of {', '.join(KINDS)}, got {name!r}")
    if isinstance(settings, dict) and KINDS[name].settings:
        settings = from_mapping(_find(name, KINDS[name].settings), settings, where="settings")
    made: Opponent = _find(name, KINDS[name].home)(settings)
    return made


def _find(name: str, home: str) -> Any:
    module, _, wanted = home.partition(":")
    try:
        return getattr(importlib.import_module(module), wanted)
    except ModuleNotFoundError as error:
        extra = {"torch": "neural", "sklearn": "bench"}.get(str(error.name).partition(".")[0])
        if extra is None:
            raise
        raise MissingExtra(
            f'kind {name!r} needs {error.name}; install it with: pip install "mimetic[{extra}]"'
        ) from error
