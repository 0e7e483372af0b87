"""What a stage is made from: one hash of its settings, and the provenance of what it leaves."""

from __future__ import annotations

import hashlib
from typing import Any

from mimetic.config import config_hash
from mimetic.io.provenance import make_provenance
from mimetic.io.store import ResultFolder
from mimetic.track.models import NETWORKS
from mimetic.types import Provenance

NETWORKS_HASH = hashlib.sha256(
    "".join(network.sha256 for network in NETWORKS.values()).encode()
).hexdigest()


def config_hash_of(*settings: Any) -> str:
    """SHA-256 of several settings, records or plain values."""
    parts = [config_hash(s) if hasattr(s, "__dataclass_fields__") else repr(s) for s in settings]
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


def provenance_of(
    folder: ResultFolder, settings: str, *, weights_hash: str = NETWORKS_HASH, decoder: str = ""
) -> Provenance:
    """Who made a record of this folder, now; ``settings`` is a hash of ``config_hash_of``."""
    return make_provenance(
        config_hash=settings,
        weights_hash=weights_hash,
        source_sha256=folder.stored().manifest.source.sha256,
        decoder=decoder,
    )
