"""What FaceFlowBench measures: suites, regimes, amplitudes and sizes of the samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mimetic.flow.pairs import PairSettings

REFERENCE = "dis-vr"
RIVAL = "deepflow"
# The kinds that the bars are about; the law taken from real motion is judged by itself.
JUDGED_KINDS = ("local", "mixed", "rbf", "mesh", "edge")
JUDGED_PEAKS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
PEAKS = (0.05, *JUDGED_PEAKS, 8.0)
# Regimes for which a slow method is run all the same.
SLOW = {"tvl1": ("S1 local", "S1 mesh", "S1 real", "S2 virtual", "S2 3-D face")}
ROBUST = (
    "noise 0",
    "noise 2",
    "noise 4",
    "jpeg 90",
    "jpeg 70",
    "h264",
    "light",
    "128 px",
    "256 px",
)

# Everything that a number depends on but the method: cells of other settings are dropped.
SETTINGS: dict[str, Any] = {
    "kinds": {**dict.fromkeys((*JUDGED_KINDS, "real"), PEAKS), "global": (0.1, 1.0, 4.0)},
    "robust": ROBUST,
    "robust_draws": (("local", 0.5), ("mesh", 1.0), ("mixed", 2.0)),
    "accelerations": (-0.25, 0.0, 0.25, 0.5, 1.0),
    "three_draws": (("mixed", 0.5), ("mixed", 2.0), ("mesh", 1.0)),
    "solid_peaks": (0.25, 0.5, 1.0, 2.0, 4.0),
    "virtual_people": 4,
    "kit_people": 6,
    "starts": 4,
    "size_px": 192,
    "noise_sigma": 1.0,
    "seed": 2101,
}
QUICK: dict[str, Any] = {
    "kinds": dict.fromkeys(("local", "mesh", "real"), (0.1, 0.5, 2.0)),
    "robust": ("noise 4", "jpeg 70", "light"),
    "robust_draws": (("mixed", 1.0),),
    "accelerations": (0.5,),
    "three_draws": (("mixed", 1.0),),
    "solid_peaks": (0.5, 2.0),
    "virtual_people": 2,
    "kit_people": 1,
    "starts": 1,
}


def plain(settings: dict[str, Any]) -> PairSettings:
    """The standard regime: white noise and nothing else."""
    return PairSettings.plain(settings["size_px"], noise_sigma=settings["noise_sigma"])


def robust(name: str, settings: dict[str, Any]) -> PairSettings:
    """A regime of the robust set by the name that stands in the table."""
    base = plain(settings)
    what, _, amount = name.partition(" ")
    if what == "noise":
        return replace(base, noise_sigma=(float(amount), float(amount)))
    if what == "jpeg":
        return replace(base, jpeg_share=1.0, jpeg_quality=(int(amount), int(amount)))
    if what == "h264":
        return replace(base, codec_share=1.0, codec_crf=(23, 23))
    if what == "light":
        return replace(base, light_share=1.0, gain=0.1, slope=0.1, offset_levels=5.0)
    return replace(base, size_px=int(what))
