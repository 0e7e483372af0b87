"""How the terms of a flow network's loss are weighed; the terms themselves are in ``losses``."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.errors import ArgumentError

TERMS = (
    "endpoint",
    "photometric_charbonnier",
    "photometric_huber",
    "census",
    "smoothness",
    "angular",
    "forward_backward",
)
_LAWS = ("levels", "sequence")
# Columns of a learning curve: on pairs of people not learnt from, the error of all points, of
# those that move, and of predicting nothing.
HELD = ("held_epe_px", "held_moving_px", "held_zero_px")


@dataclass(frozen=True, kw_only=True)
class LossSettings:
    """Weights of the terms; a term of weight 0 is not computed.

    ``endpoint_law`` says how the flows of a network share the endpoint error: by
    ``"levels"`` (``multi_scale_endpoint``) or as a ``"sequence"`` that mends one
    flow (``sequence_endpoint``, for RAFT). ``relative_px`` above 0 divides a pair's
    endpoint error by its mean length of label plus so much, so that small movements
    count as much as large ones; 0 is the loss as published.
    """

    endpoint: float = 1.0
    endpoint_law: str = "levels"
    relative_px: float = 0.0
    photometric_charbonnier: float = 0.0
    photometric_huber: float = 0.0
    census: float = 0.0
    smoothness: float = 0.0
    angular: float = 0.0
    forward_backward: float = 0.0

    def __post_init__(self) -> None:
        weights = [getattr(self, name) for name in TERMS]
        if min(weights) < 0 or not any(weights):
            raise ArgumentError(
                f"loss: expected weights of 0 or more, one of them above 0, got {weights}"
            )
        if self.relative_px < 0:
            raise ArgumentError(f"relative_px: expected 0 or more, got {self.relative_px}")
        if self.endpoint_law not in _LAWS:
            raise ArgumentError(
                f"endpoint_law: expected {' or '.join(_LAWS)}, got {self.endpoint_law!r}"
            )
