"""Recognition: on virtual people by method of flow, and on virtual maps in the form of MEGC2019."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.bench.micro.filmed import event_clips
from mimetic.datasets.virtual import Person
from mimetic.datasets.virtual_maps import MapPopulation, virtual_maps
from mimetic.datasets.virtual_micro import MicroActor, MicroSettings
from mimetic.flow.predict import FlowEstimator
from mimetic.micro.loso import Scores, fixed_loso, leaky_loso, loso
from mimetic.micro.maps import micro_maps
from mimetic.micro.mapset import MapSet, read_maps, write_maps
from mimetic.types import ExpressionEvent, FaceClip

METHODS = ("zero", "farneback", "dis", "dis-vr", "closed-form", "refine")
FIRST_PERSON = 700
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Population:
    """Virtual people who each make a few brief movements; filmed once for all methods."""

    people: int = 24
    settings: MicroSettings = field(
        default_factory=lambda: MicroSettings(
            duration_s=12.0, amplitudes_px=(0.025, 0.05, 0.1, 0.2), noise_sigma=2.0
        )
    )

    def plain(self) -> Row:
        """As it is stored with every cell."""
        return {"people": self.people, **asdict(self.settings)}

    @cached_property
    def filmed(self) -> list[tuple[FaceClip, ExpressionEvent, str]]:
        """A clip of three frames of each event, the event at their times, and the person."""
        made = []
        for number in range(self.people):
            film = MicroActor(Person(seed=FIRST_PERSON + number), self.settings).film(number)
            clips = event_clips(film.recording, film.events)
            made += [
                (clip, _at(clip, event), f"p{number:03d}")
                for clip, event in zip(clips, film.events, strict=True)
            ]
        return made


def recognise_cell(population: Population, method: str) -> Row:
    """How well classes are told from maps of one method of flow, people left out."""
    clips, events, subjects = zip(*population.filmed, strict=True)
    started_s = time.process_time()
    maps = micro_maps(list(clips), list(events), flow=FlowEstimator.load(method))
    flow_s = time.process_time() - started_s
    labels = [str(event.label) for event in events]
    found = loso(maps, labels, list(subjects))
    return {
        "population": population.plain(),
        "flow_s": flow_s,
        "amplitude_px": [event.amplitude_px for event in events],
        "labels": labels,
        "told": list(found.told),
        "subjects": list(subjects),
        **_told(found),
    }


def maps_cell(population: MapPopulation, *, seed: int = 0) -> Row:
    """The whole nested test on virtual maps: as drawn, through pictures, and the leaky protocol."""
    made = virtual_maps(population, rng=np.random.default_rng(seed))
    started_s = time.process_time()
    found = loso(made.maps, made.labels, made.subjects)
    nested_s = time.process_time() - started_s
    with tempfile.TemporaryDirectory() as folder:
        names = tuple(f"{number:04d}.png" for number in range(len(made.labels)))
        listed = MapSet(maps=made.maps, labels=made.labels, subjects=made.subjects, files=names)
        read = read_maps(write_maps(Path(folder), listed))
    pictures = loso(read.maps, read.labels, read.subjects)
    leaky = leaky_loso(made.maps, made.labels, made.subjects)
    fixed = fixed_loso(made.maps, made.labels, made.subjects)
    row = {"maps": len(made.labels), "people": population.people, "nested_s": nested_s}
    return row | {
        "nested": _told(found),
        "pictures": _told(pictures),
        "leaky": _told(leaky),
        "fixed": {name: list(scores) for name, scores in fixed.items()},
    }


def _told(found: Scores) -> Row:
    names = ("uf1", "uf1_low", "uf1_high", "uar", "uar_low", "uar_high")
    return {name: getattr(found, name) for name in names}


def _at(clip: FaceClip, event: ExpressionEvent) -> ExpressionEvent:
    """The event at the times of the frames that were drawn."""
    onset_s, apex_s, offset_s = clip.times_s.tolist()
    return ExpressionEvent(
        onset_s=onset_s,
        apex_s=apex_s,
        offset_s=offset_s,
        kind="micro",
        label=event.label,
        amplitude_px=event.amplitude_px,
    )
