"""What a flow network learns from, as a recipe says it."""

from __future__ import annotations

from dataclasses import dataclass, field

from mimetic.errors import ArgumentError
from mimetic.flow.laws import TRAIN_KINDS
from mimetic.flow.pairs import PairSettings
from mimetic.flow.starts import STARTS

LABELS = ("exact", "landmarks", "tracker")
TEXTURES = ("faces", "random")
DRAWN = ("once", "anew")


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """Which pairs are learnt from.

    ``labels``: "exact", the field by which the pair was made; "landmarks", the paper's law
    (piecewise affine between landmarks) from landmarks that are known exactly but for a
    jitter of ``jitter_px``; "tracker", the paper's law on real neighbouring frames with the
    landmarks as tracked. ``textures``: "random" puts noise and shapes in the place of
    faces and moves them by the same fields. ``start``: with "dis" or "closed-form" the
    network gets the second picture brought back by that method, and learns what is left.
    """

    labels: str = "exact"
    kinds: tuple[str, ...] = TRAIN_KINDS
    points: str = "mesh478"  # or "68"
    jitter_px: float = 0.0  # one standard deviation, x and y, each picture on its own
    textures: str = "faces"
    start: str = "none"
    pairs: int = 600
    drawn: str = "once"  # "anew": so many scenes, filmed for every step on the training's device
    test_pairs: int = 40  # exact, of people that are not learnt from
    crop_px: int = 128  # what is learnt from is cut at random out of a pair
    batch: int = 8
    pictures: PairSettings = field(default_factory=PairSettings)

    def __post_init__(self) -> None:
        faults = [
            f"{name}: expected one of {', '.join(known)}, got {getattr(self, name)!r}"
            for name, known in _CHOICES.items()
            if getattr(self, name) not in known
        ]
        faults += [f"kinds: expected some of {', '.join(TRAIN_KINDS)}, got {kind!r}"
                   for kind in self.kinds or ("",) if kind not in TRAIN_KINDS]  # fmt: skip
        faults += [
            f"{name}: expected 1 or more, got {getattr(self, name)}"
            for name in ("pairs", "test_pairs", "batch")
            if getattr(self, name) < 1
        ]
        if not 32 <= self.crop_px <= self.pictures.size_px:
            faults.append(
                f"crop_px: expected 32 to the size of the pictures ({self.pictures.size_px}), "
                f"got {self.crop_px}"
            )
        if self.jitter_px < 0:
            faults.append(f"jitter_px: expected 0 or more, got {self.jitter_px}")
        if self.labels == "tracker" and self.textures == "random":
            faults.append("textures: expected faces where labels come from the tracker")
        if self.drawn == "anew" and (self.labels, self.start) != ("exact", "none"):
            faults.append("drawn: expected once where labels are not exact or a start goes before")
        if faults:
            raise ArgumentError("; ".join(faults))


_CHOICES = {"labels": LABELS, "textures": TEXTURES, "start": STARTS, "drawn": DRAWN}
