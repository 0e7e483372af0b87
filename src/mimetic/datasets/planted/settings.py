"""What a planted population is like: who, how long, which pairs carry the trait, what disturbs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from mimetic.datasets.planted.kinds import KINDS
from mimetic.errors import ArgumentError
from mimetic.ops.regions import region_scheme

TRAITS = ("class", "age")
CLASSES = ("first", "second")  # scores speak for the second
AGES = (18.0, 76.0)  # years, every age as likely


@dataclass(frozen=True, kw_only=True)
class PopulationSettings:
    """How many people, which relations carry their trait, and how well it can be seen.

    ``kinds`` are those of the planted pairs, ``strengths`` how often (by subject) the sign
    of each coupling agrees with the trait: .5 plants nothing. For "age" the sign turns at an age of
    its own for each pair. ``pairs`` names the regions, None draws them: without a shared region,
    or each with one of those before (``overlapping``). ``distractors`` are pairs as
    tightly coupled, whatever the trait. Lengths are in eye distances.
    """

    subjects: int = 320
    clips_per_subject: int = 3
    regions: str = "9"  # a scheme of ops.regions
    steps: int = 48
    rate_hz: float = 12.5
    trait: str = "class"
    kinds: tuple[str, ...] = ("amplitude", "lag", "synchrony")
    strengths: tuple[float, ...] = (0.90, 0.85, 0.80)
    pairs: tuple[tuple[str, str], ...] | None = None
    overlapping: bool = False
    distractors: int = 1
    coupling: float = 0.9  # correlation of coupled latents; other laws are as tight
    main_effects: int = 0  # regions whose own amplitude tells of the trait
    main_size: float = 0.8  # standard deviations between the classes or the ends of age
    habit_sd: float = 0.0  # of latents, from person to person, half of it in the family
    common_sd: float = 0.0  # of latents, from clip to clip, the same for all regions
    kin_share: float = 0.1  # of subjects who have a sibling in the population
    shortcut: float = 0.0  # still appearance between the classes, in its standard deviations
    jitter_ed: float = 0.002  # of the tracker, each frame anew
    jitter_by_trait: float = 0.0  # how much larger it is in the second class or in old age
    dropout_share: float = 0.0  # of the frames of a region in which it is not seen

    def __post_init__(self) -> None:
        faults = [*self._word_faults(), *self._number_faults()]
        if faults:
            raise ArgumentError("\n".join(faults))

    @property
    def duration_s(self) -> float:
        """The time from the first frame to the end of the last."""
        return self.steps / self.rate_hz

    @property
    def region_names(self) -> tuple[str, ...]:
        """The names of the regions."""
        return region_scheme(self.regions).regions

    def null(self) -> PopulationSettings:
        """The same population with nothing planted: all pairs tell as little as a coin."""
        return dataclasses.replace(self, strengths=(0.5,) * len(self.kinds), main_effects=0)

    def _word_faults(self) -> list[str]:
        names = self.region_names
        faults = []
        if self.trait not in TRAITS:
            faults.append(f"trait: expected class or age, got {self.trait!r}")
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown:
            faults.append(f"kinds: expected some of {', '.join(KINDS)}; got {unknown}")
        if len(self.strengths) != len(self.kinds):
            faults.append(f"strengths: expected one for each of {len(self.kinds)} kinds")
        for pair in self.pairs or ():
            if len(set(pair)) != 2 or not set(pair) <= set(names):
                faults.append(f"pairs: expected two of {', '.join(names)}; got {pair}")
        given = None if self.pairs is None else len({frozenset(pair) for pair in self.pairs})
        if given not in (None, len(self.kinds)):
            faults.append(f"pairs: expected {len(self.kinds)} distinct ones, one for each kind")
        return faults

    def _number_faults(self) -> list[str]:
        spans: dict[str, tuple[float, float]] = {
            "subjects": (2, 100_000),
            "clips_per_subject": (1, 1_000),
            "steps": (8, 10_000),
            "rate_hz": (1, 1_000),
            "distractors": (0, 10),
            "coupling": (0.1, 0.99),
            "main_effects": (0, len(self.region_names)),
            "main_size": (0, 10),
            "habit_sd": (0, 10),
            "common_sd": (0, 10),
            "kin_share": (0, 1),
            "shortcut": (0, 100),
            "jitter_ed": (0, 1),
            "jitter_by_trait": (0, 100),
            "dropout_share": (0, 0.8),
        }
        faults = [
            f"{name}: expected {low:g} to {high:g}, got {getattr(self, name)}"
            for name, (low, high) in spans.items()
            if not low <= getattr(self, name) <= high
        ]
        if not all(0.5 <= strength <= 1 for strength in self.strengths):
            faults.append(f"strengths: expected shares of 0.5 to 1, got {self.strengths}")
        if self.rate_hz > 0 and not 3 <= self.duration_s <= 60:
            faults.append(f"steps, rate_hz: expected 3 to 60 s together, got {self.duration_s:g} s")
        return faults
