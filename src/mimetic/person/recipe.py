"""The recipe of a neural person model: which kind, from what pairs, by which losses, how long."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import gcd

from mimetic.errors import ConfigError
from mimetic.learn.curriculum import LagSchedule
from mimetic.learn.settings import LoopSettings
from mimetic.person.weights import PersonConfig

NEURAL_KINDS = ("neural", "cycle", "fabnet")


@dataclass(frozen=True, kw_only=True)
class PairLosses:
    """Weights of the losses of "cycle" and "fabnet"; those of the paper's code are named."""

    pixel: float = 1.0  # the paper's: rebuilt from the swapped neutral, and from its own
    warp: float = 1.5  # the paper's: of the picture that is only warped, for pixel and ssim
    ssim: float = 5.0  # the paper's
    symmetry: float = 1.5  # the paper's: of the neutral; resting faces that are crooked pay it
    # In the place of the paper's Gram loss on ImageNet features (.01), which asks for weights
    # that are not ours to give: differences between neighbouring pixels at two sizes.
    edges: float = 1.0


@dataclass(frozen=True, kw_only=True)
class PictureSizes:
    """How wide the networks of "cycle" and "fabnet" are."""

    code: int = 256  # the paper's
    width: int = 16  # channels of the first layer; 64 has about the paper's size


@dataclass(frozen=True, kw_only=True)
class RegionUnits:
    """The units of "neural", and how they learn.

    Every facial region has ``units`` of its own, waves over what the region shows.
    ``energy`` is their part of the variance that the code describes, the rest being the linear
    features; 0 is the linear model itself.
    """

    units: int = 256  # a region
    energy: float = 0.3  # a half told less of six people
    width: float = 2.0  # of the bumps that the units add up to at first, in rms movement
    hide: float = 0.3  # part of the regions that are hidden from a frame while learning
    noise: float = 0.1  # sd of noise added while learning, in rms movement


@dataclass(frozen=True, kw_only=True)
class NeuralConfig:
    """A neural model of a person's movement: the content of a file ``recipes/person-*.toml``.

    ``updates`` is the number of learning steps, 0 for none; it takes the place of ``loop.steps``.
    ``lag`` is the time between the frames of a pair; the units of "neural" are taught by one
    frame to rebuild the other, which a short lag makes a test of what is no noise.
    ``linear`` is the model that "neural" starts from and by which every kind is described; its
    ``components`` are the dimensions of every kind's codes.
    """

    about: str = ""
    kind: str = "neural"
    updates: int = 0
    batch: int = 32
    steady: bool = True  # components that are mostly noise lean on the frames around
    linear: PersonConfig = field(default_factory=PersonConfig)
    regions: RegionUnits = field(default_factory=RegionUnits)
    sizes: PictureSizes = field(default_factory=PictureSizes)
    lag: LagSchedule = field(default_factory=lambda: LagSchedule(kind="constant"))
    losses: PairLosses = field(default_factory=PairLosses)
    loop: LoopSettings = field(default_factory=LoopSettings)

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in NEURAL_KINDS:
            faults.append(f"kind: expected one of {NEURAL_KINDS}, got {self.kind!r}")
        for name, least in {"updates": 0, "batch": 2}.items():
            if getattr(self, name) < least:
                faults.append(f"{name}: expected {least} or more, got {getattr(self, name)}")
        seen_px = self.linear.appearance_px
        if self.kind != "neural" and (seen_px % 32 or not seen_px):
            faults.append(
                "linear.appearance_px: expected a multiple of 32 for networks that see pictures, "
                f"got {seen_px}"
            )
        if not 0 <= self.regions.energy < 1 or not 0 <= self.regions.hide < 1:
            faults.append(
                "regions: expected an energy and a hidden part of 0 or more and below 1, got "
                f"{self.regions.energy} and {self.regions.hide}"
            )
        if faults:
            raise ConfigError("\n".join(faults))

    @classmethod
    def of(cls, kind: str) -> NeuralConfig:
        """The usual recipe of a kind, as in ``recipes/``."""
        if kind not in ("cycle", "fabnet"):
            return cls(kind=kind)
        # Painting takes ten times the time of a flow: "cycle" sees half the pixels a side, which
        # told more on the clip it was tried on than fewer channels or updates at the full size.
        seen_px = 32 if kind == "cycle" else 64
        return cls(
            kind=kind,
            updates=1500 if kind == "cycle" else 3000,
            batch=16,
            linear=PersonConfig(appearance_px=seen_px),
            lag=LagSchedule(kind="random" if kind == "fabnet" else "linear", first_s=0.08),
            loop=LoopSettings(rate=1e-3, average=0.99),
        )

    def loop_for(self, at: tuple[int, ...] = ()) -> LoopSettings:
        """The loop of ``updates`` steps, evaluated wherever ``at`` wants to look."""
        wanted = [count for count in at if count]
        every = gcd(*wanted) if wanted else self.loop.evaluate_every
        return replace(self.loop, steps=max(self.updates, 1), evaluate_every=every)
