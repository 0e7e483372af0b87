"""How sure the tracker is that it follows a face, as a number and in words.

MediaPipe's networks see human faces in animals, statues, paintings and drawings.
Measured on 23 clips of 20 people and 18 pictures: the presence logit is -16 to 9
where there is no face, 14 to 34 on living faces (clip medians 21 and more), 18 to
24 on a monkey, a dog and a statue, and 27 to 32 on paintings, an old photograph and
a drawing. No still-frame quantity tried (detector scores, refinement, mirror and
jitter consistency) tells a painted face from a living one, so no number here does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.types.arrays import Floats

MIDDLE_LOGIT, LOGIT_SCALE = 12.0, 3.0
HIGH, MODERATE = 0.985, 0.8  # logits of 24.6 and 16.2
_WORDS = {
    "none": "no frame shows a face",
    "low": "may not be a living human face; look at the overlay before using any number",
    "moderate": (
        "a small or turned face, strong expression, or a face partly hidden; "
        "statues and animals also score like this"
    ),
    "high": (
        "looks like a human face; whether it is alive cannot be told from this "
        "(paintings, photographs and drawings score as high)"
    ),
}


@dataclass(frozen=True, kw_only=True)
class ConfidenceJudgement:
    """What the confidences of a track say; ``level`` is none, low, moderate or high."""

    level: str
    median: float  # 0 to 1, NaN without a face
    words: str


def confidence_of(logit: float) -> float:
    """Confidence in 0 to 1 for a presence logit: 0.5 between no face (9) and a face (15)."""
    return float(1 / (1 + np.exp(-(logit - MIDDLE_LOGIT) / LOGIT_SCALE)))


def judge_confidence(confidence: Floats) -> ConfidenceJudgement:
    """The level of a track's median confidence [T], with words; NaN is left out."""
    known = confidence[np.isfinite(confidence)]
    middle = float(np.median(known)) if known.size else float("nan")
    level = "high" if middle >= HIGH else "moderate" if middle >= MODERATE else "low"
    level = level if known.size else "none"
    return ConfidenceJudgement(level=level, median=middle, words=_WORDS[level])
