"""The settings of one analysis, and how its progress is told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from mimetic.errors import ArgumentError
from mimetic.flow.methods import find_method
from mimetic.ops.regions import region_scheme
from mimetic.person.linear import PersonConfig
from mimetic.track.crop import CropConfig
from mimetic.track.link import TrackConfig

Progress = Callable[[str, float], None]


def silent(stage: str, share: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class AnalyzeConfig:
    """What to measure and what to keep; a TOML file of --config holds the same names.

    Seconds are on the video's own clock. ``person`` None takes the person seen
    longest and largest; ``neutral_s`` None finds the neutral face by itself;
    ``rate_hz`` asks for tables on a regular clock beside those of the frames;
    ``images_hz`` is the rate of a folder of pictures; ``events`` a TSV of trial
    times; ``regions`` the scheme, "13" or "9"; ``flow_method`` a name of ``mimetic flow
    methods`` or the folder of a trained one.
    """

    person: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    neutral_s: float | None = None
    rate_hz: float | None = None
    images_hz: float | None = None
    events: str | None = None
    flow_method: str = "auto"
    regions: str = "13"
    keep_pixels: bool = True
    keep_flow: bool = False
    csv: bool = False
    overlay: bool = False
    anonymous: bool = False
    track: TrackConfig = field(default_factory=TrackConfig)
    crop: CropConfig = field(default_factory=CropConfig)
    space: PersonConfig = field(default_factory=PersonConfig)

    def __post_init__(self) -> None:
        faults = [text for wrong, text in self._faults() if wrong]
        if faults:
            raise ArgumentError("; ".join(faults))
        region_scheme(self.regions)
        find_method(self.flow_method)

    def _faults(self) -> list[tuple[bool, str]]:
        """What is wrong with single values, and its words."""
        start = self.start_s or 0.0
        finite = {
            name: value
            for name in ("start_s", "end_s", "neutral_s", "rate_hz", "images_hz")
            if (value := getattr(self, name)) is not None
        }
        rates = {name: value for name, value in finite.items() if name.endswith("_hz")}
        return [
            *(
                (not math.isfinite(value), f"{name}: expected a number, got {value}")
                for name, value in finite.items()
            ),
            *(
                (value <= 0, f"{name}: expected a number above 0, got {value}")
                for name, value in rates.items()
            ),
            (
                self.end_s is not None and self.end_s <= start,
                f"end_s: expected more seconds than start_s ({start:g}), got {self.end_s}",
            ),
            (
                self.person is not None and self.person < 1,
                f"person: expected 1 or more, got {self.person}",
            ),
        ]
