"""What a result folder holds, in plain values, told without reading its long arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mimetic.io.layout import CODES, FACE, HOME, PEOPLE, PERSONS, TABLES, VIDEO
from mimetic.io.stored import Stored
from mimetic.types import Provenance, VideoInfo


def summarise(path: Path, stored: Stored) -> dict[str, Any]:
    """Source, stages and the main figures; pieces that have not run are left out."""
    source, stages = stored.manifest.source, stored.manifest.stages
    told: dict[str, Any] = {
        "path": str(path),
        "source": source.path,
        "source_sha256": source.sha256,
        "stages": {name: entry.done for name, entry in stages.items()},
    }
    if has_record(stored, VIDEO):
        told |= _about_video(stored.record(HOME[VIDEO], VIDEO))
    if has_record(stored, FACE):
        # Not the record itself: its landmarks are 2 GB in an hour of video.
        told["person"] = stored.details(PEOPLE)["records"][FACE]["plain"]["person"]
        told["persons"] = list(stored.facts(PEOPLE).get(PERSONS, []))
        valid = stored.array(PEOPLE, f"{FACE}/valid")
        told["tracked_share"] = float(valid.mean()) if valid.size else 0.0
    if has_record(stored, CODES):
        told["components"] = stored.entry(HOME[CODES]).arrays[f"{CODES}/codes"].shape[-1]
    if TABLES in stages and stages[TABLES].done:
        told["tables"] = list(table_names(stored))
    made = list(provenances(stored).values())
    if made:
        told["made_by"] = f"{made[-1].package} {made[-1].revision}".strip()
        told["made_at"] = made[-1].made_at
    return told


def has_record(stored: Stored, name: str) -> bool:
    """Whether a record of ``layout.HOME`` is there: its stage is done and left it."""
    entry = stored.manifest.stages.get(HOME[name])
    done = entry is not None and entry.done
    return done and name in stored.details(HOME[name])["records"]


def table_names(stored: Stored) -> tuple[str, ...]:
    """The tables that finished stages left, those of the stage of tables first."""
    entries = (stored.finished(TABLES), *stored.manifest.stages.values())
    files = [Path(file) for entry in entries if entry.done for file in entry.files]
    found = (file for file in files if file.suffix == ".parquet" and file.parent.name == "tables")
    return tuple(dict.fromkeys(file.stem for file in found))


def provenances(stored: Stored) -> dict[str, Provenance]:
    """Who made each finished stage, for those that say so."""
    done = [name for name, entry in stored.manifest.stages.items() if entry.done]
    kept = {name: stored.details(name)["provenance"] for name in done}
    return {name: Provenance(**plain) for name, plain in kept.items() if plain}


def _about_video(video: VideoInfo) -> dict[str, Any]:
    times_s = video.times_s
    return {
        "frames": video.decoded_frames,
        "duration_s": float(times_s[-1] - times_s[0]) if times_s.size else 0.0,
        "width_px": video.width_px,
        "height_px": video.height_px,
        "nominal_hz": video.nominal_hz,
        "damaged_packets": video.damaged_packets,
        "truncated": video.truncated,
        "repeated_frames": int(video.repeated.sum()),
        "dropped_frames": int(video.dropped.sum()),
        "decoder": video.decoder,
    }
