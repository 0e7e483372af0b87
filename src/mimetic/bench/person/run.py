"""``mimetic person bench``: from the first virtual person to the file of cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from mimetic.bench.cells import NOT_RUN, Cells
from mimetic.bench.person import across, attempts, carrying, finding, learning, realacross
from mimetic.bench.person.coders import Coder, baselines, linear
from mimetic.bench.person.cost import measure_cost
from mimetic.bench.person.decoding import Virtual, measure_rates, measure_virtual
from mimetic.bench.person.real import decode_long, decode_recorded, label_agreement
from mimetic.bench.person.recorded import Recorded
from mimetic.bench.person.settings import LINEAR, LONG_CLIP, NEURAL, QUICK, SETTINGS
from mimetic.bench.person.sources import real_recordings, strangers
from mimetic.errors import ArgumentError
from mimetic.io.provenance import revision
from mimetic.track.models import cache_folder
from mimetic.types import FaceClip

Tell = Callable[[str], None]
Cell = tuple[str, Callable[[], Any]]
BY_PERSON: dict[str, Callable[[Virtual, int], Any]] = {
    "against": across.measure_against,
    "transfer": across.measure_transfer,
    "consistency": finding.measure_consistency,
    "discovery": finding.measure_discovery,
}
BY_CLIP = {
    "real against": realacross.measure_real_against,
    "real transfer": realacross.measure_first_seconds,
}


def silent(message: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a user asks of the bench.

    Virtual people are always measured; real clips where ``data`` is given, the folder
    that holds them, with ``models``, the folder of ``face_landmarker.task`` whose
    networks label them. ``kinds`` are the networks that are measured as well, minutes
    for each of their cells. ``cache`` keeps what was filmed, tracked and labelled.
    """

    quick: bool = False
    data: Path | None = None
    models: Path | None = None
    kinds: Sequence[str] = ()
    cache: Path | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.quick and (self.data or self.models):
            faults.append("quick: expected no data and no models, it takes virtual people alone")
        if (self.data is None) != (self.models is None):
            faults.append("data, models: expected both or neither, networks there label the clips")
        unknown = [kind for kind in self.kinds if kind not in NEURAL]
        if unknown:
            faults.append(f"kinds: expected some of {', '.join(NEURAL)}, got {', '.join(unknown)}")
        if faults:
            raise ArgumentError("\n".join(faults))


def bench_person(out: Path, asked: Asked, *, tell: Tell = silent) -> dict[str, Any]:
    """Fill the table of all rows of the person bench; a second call goes on where one stopped.

    The file ``out`` is written after every cell; ``tell`` hears of each before it is computed.
    """
    settings = SETTINGS | (QUICK if asked.quick else {})
    head = {**settings, "quick": asked.quick}
    if asked.quick:
        head["revision"] = revision()  # minutes are not worth numbers of other code
    cells = Cells(out, "person", head)
    kept = asked.cache or cache_folder() / "person-bench"
    virtual = Virtual(settings, kept / "virtual")
    for name, compute in [*virtual_cells(virtual, asked.kinds), _cost(settings)]:
        _fill(cells, name, compute, tell)
    if asked.data is not None and asked.models is not None:
        real = Real(data=asked.data, models=asked.models, cache=kept, settings=settings)
        for name, compute in real.cells(asked.kinds):
            _fill(cells, name, compute, tell)
    return cells.content()


def _fill(cells: Cells, name: str, compute: Callable[[], Any], tell: Tell) -> None:
    if cells.get(name) == NOT_RUN:
        tell(name)
    cells.run(name, compute)


def virtual_cells(virtual: Virtual, kinds: Sequence[str]) -> Iterator[Cell]:
    """Names of cells on virtual people, each with what computes it."""
    components = virtual.settings["components"]
    coders: dict[str, Coder] = {LINEAR: linear(components), **baselines(components)}
    for number in range(virtual.settings["people"]):
        who = f"person {number}"
        for name, coder in coders.items():
            yield f"virtual / {name} / {who}", partial(measure_virtual, virtual, number, coder)
        for name, measure in BY_PERSON.items():
            yield f"{name} / {who}", partial(measure, virtual, number)
    yield "identity", partial(across.measure_identity, virtual)
    if virtual.settings["rates_hz"]:
        yield "rates", partial(measure_rates, virtual, 0, coders[LINEAR])
    yield from _network_cells(virtual, kinds)


def _network_cells(virtual: Virtual, kinds: Sequence[str]) -> Iterator[Cell]:
    settings = virtual.settings
    seeds = [
        (number, seed)
        for number in range(settings["network_people"])
        for seed in range(settings["network_seeds"])
    ]
    for kind in kinds:
        for number in range(settings["network_people"]):
            measure = partial(learning.measure_network, virtual, number, kind)
            yield f"network / {kind} / person {number}", measure
    others = partial(attempts.others_of, virtual)
    tried = attempts.coders(settings["components"], others) if "neural" in kinds else ()
    for name, coder in tried:
        for number in range(settings["network_people"]):
            attempt = partial(attempts.measure_virtual_attempt, virtual, number, coder)
            yield f"virtual attempt / {name} / person {number}", attempt
    for kind in [each for each in kinds if each in settings["curriculum"]["kinds"]]:
        for number, seed in seeds:
            teach = partial(learning.measure_curriculum, virtual, number, kind=kind, seed=seed)
            yield f"curriculum / {kind} / person {number} / seed {seed}", teach
    if settings["curve"]["kind"] in kinds:
        for number, seed in seeds:
            carry = partial(carrying.measure_updates, virtual, number, seed)
            yield f"updates / person {number} / seed {seed}", carry


@dataclass(frozen=True, kw_only=True)
class Real:
    """The real clips of a run, read when the first cell needs them."""

    data: Path
    models: Path
    cache: Path
    settings: dict[str, Any]

    @cached_property
    def recordings(self) -> dict[str, Recorded]:
        """Those that are tested, by name."""
        every = real_recordings(self.data, self.models, cache=self.cache)
        return {each.name: each for each in every}

    @cached_property
    def further(self) -> dict[str, list[FaceClip]]:
        """Clips of further people, by name."""
        return strangers(self.data, cache=self.cache)

    def decode(self, clip: str, coder: Coder) -> dict[str, Any]:
        """Blocks of time of one clip held out."""
        return decode_recorded(self.recordings[clip].opening(), coder).row()

    def long(self, coder: Coder) -> dict[str, Any]:
        """The end of the long clip held out; ``cpu_s`` to learn from 130 s and code it all."""
        recorded = self.recordings[LONG_CLIP]
        started = time.process_time()
        found = decode_long(recorded, coder).row()
        return found | {"cpu_s": time.process_time() - started}

    def network(self, clip: str, kind: str) -> dict[str, Any]:
        """A network on a clip, or the linear model on the frames that networks are tested on."""
        return learning.measure_real_network(self.recordings[clip], kind, settings=self.settings)

    def across(self, clip: str, measure: Callable[..., Any]) -> Any:
        """Something that one person's clip is compared with everybody else's in."""
        everybody = list(self.recordings.values())
        return measure(self.recordings[clip], everybody, self.further, settings=self.settings)

    def labels(self, clip: str) -> dict[str, float]:
        """How well the labels of a clip agree with themselves."""
        return label_agreement(self.recordings[clip].opening())

    def attempt(self, clip: str, coder: Coder) -> dict[str, Any]:
        """An attempt to beat the linear model."""
        return attempts.measure_attempt(self.recordings[clip], coder)

    def cells(self, kinds: Sequence[str]) -> Iterator[Cell]:
        """Names of cells, each with what computes it."""
        components = self.settings["components"]
        coders: dict[str, Coder] = {LINEAR: linear(components), **baselines(components)}
        for clip in self.settings["clips"]:
            yield f"labels / {clip}", partial(self.labels, clip)
            for name, coder in coders.items():
                yield f"real / {name} / {clip}", partial(self.decode, clip, coder)
            for name, measure in BY_CLIP.items():
                yield f"{name} / {clip}", partial(self.across, clip, measure)
            for kind in (LINEAR, *kinds) if kinds else ():
                yield f"real network / {kind} / {clip}", partial(self.network, clip, kind)
        tried = attempts.coders(components, lambda: self.further) if "neural" in kinds else ()
        for name, coder in tried:
            for clip in self.settings["clips"]:
                yield f"attempt / {name} / {clip}", partial(self.attempt, clip, coder)
            yield f"long attempt / {name}", partial(self.long, coder)
        whole = {kind: learning.whole_recipe(kind, self.settings) for kind in kinds}
        coders |= {kind: learning.by_recipe(config) for kind, config in whole.items()}
        for name, coder in coders.items():
            yield f"long / {name}", partial(self.long, coder)
        yield "long labels", lambda: label_agreement(self.recordings[LONG_CLIP])
        yield "growth", partial(self.across, LONG_CLIP, realacross.measure_growth)


def _cost(settings: dict[str, Any]) -> Cell:
    return "cost", partial(measure_cost, settings["components"])
