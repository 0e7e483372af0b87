"""A person's repertoire from result folders, and what another model has no words for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimetic.errors import ArgumentError, ModelError
from mimetic.io.disk import replace_file
from mimetic.person.discover import discover
from mimetic.person.general import GeneralModel
from mimetic.person.keep import load_repertoire
from mimetic.person.linear import PersonModel
from mimetic.person.novelty import Comparison, compare, models_of_halves
from mimetic.person.repertoire import Repertoire
from mimetic.pipeline.modelling import AnyModel
from mimetic.pipeline.person import Recordings, open_recordings
from mimetic.pipeline.repertoire import PAGE, TIMES, write_repertoire_folder
from mimetic.types import FaceClip

SOURCES = "sources.json"  # in the folder of a repertoire: which model, which results
FILES = (PAGE, TIMES, "repertoire.json", "repertoire.npz", SOURCES)


def repertoire_folder(model: Path) -> Path:
    """Where the repertoire of a model lies if nothing else is said: ``anna.repertoire``."""
    return model.with_name(f"{model.stem}.repertoire")


def check_folder(out: Path) -> None:
    """ArgumentError where a repertoire would be written among files that are none of it."""
    if out.exists() and not out.is_dir():
        raise ArgumentError(f"--out: expected a folder, {out} is a file")
    if out.is_dir() and any(out.iterdir()) and not (out / SOURCES).is_file():
        raise ArgumentError(f"--out: {out} holds files that are no repertoire; give a new folder")


def discover_results(
    model: AnyModel, recordings: Recordings, out: Path, *, anonymous: bool = False
) -> Repertoire:
    """Find the movements of a person in recordings and write them, with a page, into ``out``."""
    check_folder(out)
    clips = clips_of(recordings)
    found = discover(own_model(model, recordings), clips)
    if not found.movements:
        raise ArgumentError(
            f"no movement came back often enough in {found.seconds:.0f} s of video; give more of it"
        )
    write_repertoire_folder(found, clips, out, anonymous=anonymous)
    paths = [str(result.path.resolve()) for result in recordings.results]
    about = {"space": model.space, "results": paths}
    replace_file(out / SOURCES, (json.dumps(about, indent=2) + "\n").encode())
    return found


def compare_models(
    model: AnyModel, other: AnyModel, recordings: Recordings, repertoire: Repertoire | None = None
) -> Comparison:
    """Which movements of the person in the recordings ``other`` has no words for.

    Held against models of the same person, one of each half of the video. ``repertoire``
    is what was discovered in the same recordings; without it that is done first.
    """
    clips = clips_of(recordings)
    found = repertoire or discover(own_model(model, recordings), clips)
    return compare(found, own_model(other, recordings), clips, null=models_of_halves(clips))


def own_model(model: AnyModel, recordings: Recordings) -> PersonModel:
    """A model that codes one person; a general one is given the face in the recordings."""
    return model.person(recordings) if isinstance(model, GeneralModel) else model


def clips_of(recordings: Recordings) -> Mapping[str, list[FaceClip] | Any]:
    """The stretches of each recording by name, to be walked any often."""
    return {
        name: result.stretches()
        for name, result in zip(recordings.names, recordings.results, strict=True)
    }


def stored_repertoire(folder: Path, model: AnyModel) -> tuple[Repertoire, Recordings]:
    """The repertoire in a folder with its recordings; ModelError where it is of another model."""
    try:
        about = json.loads((folder / SOURCES).read_text(encoding="utf-8"))
        space, results = str(about["space"]), [str(path) for path in about["results"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder}: expected a repertoire of mimetic person discover, got {error}; give the "
            "result folders of the person, or discover first"
        ) from error
    if space != model.space:
        raise ModelError(
            f"{folder}: the repertoire of another model ({space[:12]}); discover again"
        )
    return load_repertoire(folder), open_recordings(results)


def told_repertoire(repertoire: Repertoire) -> dict[str, Any]:
    """A repertoire in plain values, movements counted from 1 as on its page."""
    rows = [
        {
            "movement": one.number + 1,
            "name": one.name,
            "side": one.side,
            "count": one.count,
            "duration_s": one.duration_s,
            "rise_s": one.rise_s,
            "amplitude_ed": one.amplitude_ed,
            "found_by_seed": one.found_by_seed,
            "found_in_halves": one.found_in_halves,
            "examples": [[each.recording, each.apex_s] for each in one.examples],
        }
        for one in repertoire.movements
    ]
    return {"seconds": repertoire.seconds, "chance": repertoire.chance, "movements": rows}


def told_comparison(found: Comparison) -> dict[str, Any]:
    """A comparison in plain values, what is lost most first."""
    names = ("name", "told", "null", "lost", "low", "high", "novel")
    rows = [
        {"movement": one.number + 1, **{name: getattr(one, name) for name in names}}
        for one in sorted(found.movements, key=lambda one: -one.lost)
    ]
    return {
        "novel": found.count,
        "novel_by_chance": found.null_count,
        "margin": found.margin,
        "movements": rows,
    }
