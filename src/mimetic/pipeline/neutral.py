"""The person's neutral face: the stillest frames of the recording, or a moment that was named."""

from __future__ import annotations

import numpy as np

from mimetic.errors import NoFaceError
from mimetic.io.layout import CLIP, NEUTRAL, NEUTRAL_PIXELS, NEUTRAL_SHAPE
from mimetic.io.store import ResultFolder, Stage
from mimetic.ops.timeseries import frame_at, median_shape, still_rows, still_speed
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.settings import AnalyzeConfig
from mimetic.pipeline.stretches import Stretches

MOST_STILL = 512  # frames that the neutral shape is the median of


def run_neutral(
    folder: ResultFolder, config: AnalyzeConfig, *, crop: Stage, stretches: Stretches
) -> Stage:
    """The stage "neutral": picture and shape of this person's face at rest."""
    settings = config_hash_of(config.neutral_s)
    stage = folder.stage(NEUTRAL, config_hash=settings, inputs=(crop.hash,))
    if stage.done:
        return stage
    times_s, valid = crop.read(f"{CLIP}/times_s"), crop.read(f"{CLIP}/valid")
    repeated = crop.read(f"{CLIP}/repeated")
    if not (valid & ~repeated).any():
        raise NoFaceError(
            f"{folder.path}: a face was tracked, but no frame of it could be held still; "
            "it may be too small, too far to the side or cut by the edge of the picture"
        )
    if config.neutral_s is not None:
        rows = np.array([frame_at(config.neutral_s, times_s, valid=valid & ~repeated)])
    else:
        speed = still_speed(stretches.shapes, times_s, known=valid & ~repeated)
        rows = still_rows(speed, times_s, valid=valid, repeated=repeated)
    kept = rows[np.unique(np.linspace(0, rows.size - 1, MOST_STILL).round().astype(int))]
    shapes = [crop.read(f"{CLIP}/shape_ed", start=row, stop=row + 1)[0] for row in kept]
    shape_ed, nearest = median_shape(np.array(shapes))
    row = int(kept[nearest])
    pixels = stretches.read(row, row + 1).pixels[0]
    stage.finish(
        {NEUTRAL_PIXELS: pixels, NEUTRAL_SHAPE: shape_ed.astype(np.float32)},
        facts={"row": row, "time_s": float(times_s[row]), "still_frames": int(rows.size)},
        provenance=provenance_of(folder, settings),
    )
    return stage
