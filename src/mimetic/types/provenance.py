"""Who made a number, from what, with which settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The origin of a stored record.

    Hashes are hexadecimal SHA-256. ``made_at`` is UTC in ISO 8601.
    """

    package: str
    revision: str
    config_hash: str
    weights_hash: str
    source_sha256: str
    seed: int
    decoder: str
    made_at: str
