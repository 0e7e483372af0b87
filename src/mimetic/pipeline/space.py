"""The person's movement space: fitted on the whole recording, then a code for every frame."""

from __future__ import annotations

from typing import Any

from mimetic.errors import TooLittleMovementError
from mimetic.io.layout import CODES, PERSON
from mimetic.io.store import ResultFolder, Stage
from mimetic.person.linear import PersonModel
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.settings import AnalyzeConfig, Progress
from mimetic.pipeline.stopwatch import Stopwatch
from mimetic.pipeline.stretches import Stretches

MODEL = "model"  # folder of the person's model inside the result folder


def run_space(
    folder: ResultFolder,
    config: AnalyzeConfig,
    *,
    stretches: Stretches,
    inputs: tuple[str, ...],
    progress: Progress,
) -> Stage:
    """The stage "person": the model in ``model/``, the record ``codes``, facts about the fit.

    A recording that is too short or too still for a movement space leaves the
    fact ``refused`` and no codes; the rest of the analysis does not need them.
    """
    settings = config_hash_of(config.space)
    stage = folder.stage(PERSON, config_hash=settings, inputs=inputs)
    if stage.done:
        return stage
    watch = Stopwatch()
    progress("movement space", 0.0)
    try:
        with watch("fit"):
            model = PersonModel.fit(stretches, config=config.space)
    except TooLittleMovementError as error:
        stage.finish(facts={"refused": str(error), "cpu_s": watch.cpu_s})
        return stage
    for number, clip in enumerate(stretches):
        if number >= stage.rows // Stretches.frames:
            with watch("embed"):
                codes = model.embed(clip)
            stage.append({}, records={CODES: codes})
    provenance = provenance_of(folder, settings, weights_hash=model.space)
    model.save(folder.path / MODEL, provenance=provenance)
    stage.add_files(*(f"{MODEL}/{path.name}" for path in sorted((folder.path / MODEL).iterdir())))
    stage.finish(facts=_facts(model) | {"cpu_s": watch.cpu_s}, provenance=provenance)
    progress("movement space", 1.0)
    return stage


def _facts(model: PersonModel) -> dict[str, Any]:
    """What is known about the fit, in plain values."""
    return {
        "limits": list(model.limits),
        "pose_leak_r2": dict(model.facts.pose_leak_r2),
        "pose_share": model.facts.pose_share,
        "jitter": model.facts.jitter,
        "components": [
            {"component": one.number, "name": one.name, "share": one.share, "side": one.side}
            for one in model.components
        ],
    }
