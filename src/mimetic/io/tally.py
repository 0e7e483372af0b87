"""What a pass over a video counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts of one pass, as far as it went.

    ``complete`` says that the pass saw the end of the file; only then ``truncated``,
    whether less came than the file declares, can be true. ``damaged_packets`` were
    refused by the decoder or mended by guessing; the frames of the latter are given
    and counted in ``concealed_frames``. ``hidden_packets`` hold pictures that the
    container says not to show (edit lists). ``mended_times`` are timestamps that were
    missing or did not go forward, ``clock_resets`` the restarts among them (see
    Clock). ``resized_frames`` came in another size than the first and were fitted in.
    """

    complete: bool = False
    decoded_frames: int = 0
    damaged_packets: int = 0
    concealed_frames: int = 0
    hidden_packets: int = 0
    truncated: bool = False
    mended_times: int = 0
    clock_resets: int = 0
    resized_frames: int = 0
