"""Between the two passes: the mesh, depth and picture that the chosen person is held still by."""

from __future__ import annotations

import numpy as np

from mimetic.errors import NoFaceError
from mimetic.io.layout import FACE, TEMPLATE, TRACK, VIDEO
from mimetic.io.store import ResultFolder, Stage
from mimetic.io.video import Video
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.patches import PatchFolder, patches_of
from mimetic.pipeline.settings import AnalyzeConfig
from mimetic.pipeline.stopwatch import Stopwatch
from mimetic.pipeline.tracking import stretch
from mimetic.track.crop import fit_template


def run_template(
    folder: ResultFolder, video: Video, config: AnalyzeConfig, *, track: Stage, people: Stage
) -> Stage:
    """The stage "template": the person's mesh, depth and Lucas-Kanade template."""
    settings = config_hash_of(config.crop)
    stage = folder.stage(TEMPLATE, config_hash=settings, inputs=(people.hash,))
    if stage.done:
        return stage
    watch = Stopwatch()
    patches = PatchFolder(folder.scratch(TRACK))
    repeated = track.read_record(VIDEO).repeated
    with watch("template"):
        found = patches_of(patches, people, repeated, stretch(video, config))
        if not found:
            raise NoFaceError(
                f"{video.path}: the chosen person is seen in too few frames to make a template; "
                "choose another one with --person"
            )
        faces = [
            people.read(f"{FACE}/landmarks_px", start=patch.frame, stop=patch.frame + 1)[0]
            for patch in found
        ]
        template = fit_template(found, np.array(faces), config.crop)
    stage.finish(
        template.to_arrays(),
        facts={"patches": template.patches, "cpu_s": watch.cpu_s},
        provenance=provenance_of(folder, settings),
    )
    return stage
