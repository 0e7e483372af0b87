"""What pairs of exact ground truth look like: size, placing, optics, sensor, codec and light."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.errors import ArgumentError

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class PairSettings:
    """How faces are placed and filmed in pairs; ranges are (low, high), equal for one value.

    Shares are probabilities per pair. ``gain``, ``slope`` and ``offset_levels`` are the
    largest change of light between the two pictures: as a factor, as a factor between
    the middle and the border, and in grey levels.
    """

    size_px: int = 192
    supersampling: int = 2
    margin: float = 0.08  # around the face box, as a share of its longer side
    zoom: Range = (0.9, 1.15)
    shift_share: float = 0.04  # of the side, in x and y
    mirror_share: float = 0.5
    blur_px: Range = (0.2, 0.8)  # optics; one standard deviation
    noise_sigma: Range = (0.3, 3.0)  # grey levels, drawn log-uniformly
    correlated_share: float = (
        0.2  # noise of neighbouring pixels alike, as sensors' demosaicing does
    )
    jpeg_share: float = 0.1
    jpeg_quality: Range = (70.0, 95.0)
    codec_share: float = 0.05
    codec_crf: Range = (18.0, 30.0)  # H.264
    light_share: float = 0.4
    gain: float = 0.05
    slope: float = 0.05
    offset_levels: float = 3.0
    # Of triplets: the step before the pair has (1 - acceleration) times its movement.
    acceleration: Range = (0.0, 0.0)

    def __post_init__(self) -> None:
        faults = [text for wrong, text in self._faults() if wrong]
        if faults:
            raise ArgumentError("; ".join(faults))

    @classmethod
    def plain(cls, size_px: int = 192, *, noise_sigma: float = 1.0) -> PairSettings:
        """Nothing but white noise of one size: the standard regime of the bench."""
        return cls(
            size_px=size_px,
            zoom=(1.0, 1.0),
            shift_share=0.0,
            mirror_share=0.0,
            blur_px=(0.5, 0.5),
            noise_sigma=(noise_sigma, noise_sigma),
            correlated_share=0.0,
            jpeg_share=0.0,
            codec_share=0.0,
            light_share=0.0,
        )

    def _faults(self) -> list[tuple[bool, str]]:
        shares = ("mirror_share", "correlated_share", "jpeg_share", "codec_share", "light_share")
        ranges = {
            "zoom": (0.2, 5.0),
            "blur_px": (0.0, 10.0),
            "noise_sigma": (0.0, 60.0),
            "jpeg_quality": (1, 100),
            "codec_crf": (0, 51),
            "acceleration": (-0.25, 2.0),
        }
        faults = [
            (self.size_px < 32, f"size_px: expected 32 or more, got {self.size_px}"),
            (
                self.supersampling not in (1, 2, 3, 4),
                f"supersampling: expected 1 to 4, got {self.supersampling}",
            ),
            (not 0 <= self.margin <= 1, f"margin: expected 0 to 1, got {self.margin}"),
            (
                not 0 <= self.shift_share <= 0.3,
                f"shift_share: expected 0 to 0.3, got {self.shift_share}",
            ),
            (
                not (0 <= self.gain < 1 and 0 <= self.slope < 1 and self.offset_levels >= 0),
                "gain, slope, offset_levels: expected 0 to 1, 0 to 1 and 0 or more, got "
                f"{self.gain}, {self.slope}, {self.offset_levels}",
            ),
        ]
        for name in shares:
            value = getattr(self, name)
            faults.append((not 0 <= value <= 1, f"{name}: expected 0 to 1, got {value}"))
        for name, (least, most) in ranges.items():
            low, high = getattr(self, name)
            faults.append(
                (
                    not least <= low <= high <= most,
                    f"{name}: expected (low, high) within {least} to {most}, got {low}, {high}",
                )
            )
        return faults
