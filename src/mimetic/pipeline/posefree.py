"""Codes in result folders with what goes with the head's pose taken out, and what that cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mimetic.errors import MimeticError
from mimetic.io.layout import CODES, TRACK
from mimetic.io.result import Result, open_result
from mimetic.io.store import ResultFolder, Source
from mimetic.pipeline.embedding import PREFIX, code_columns, stored_codes
from mimetic.pipeline.modelling import AnyModel
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.person import LeftOut

ENDING = "_without_pose"  # of the name of the codes


def free_of_pose(model: AnyModel, folder: str | Path, *, name: str) -> Result:
    """Store the codes ``embedding_NAME`` once more without pose: ``embedding_NAME_without_pose``.

    A straight line in yaw, pitch and roll is taken out of each code of this recording. The
    facts of the stage hold ``cost``, the share of the movement that went, and how well pose
    is told before and after. TooLittleMovementError below 60 s of face.
    """
    result = open_result(folder)
    freed_name = PREFIX + name + ENDING
    source = Source(result.source.path, result.source.sha256)
    with ResultFolder.create_or_open(folder, source=source) as opened:
        made_from = (opened.finished(PREFIX + name).hash, opened.finished(TRACK).hash)
        settings = config_hash_of({"without": "pose"})
        stage = opened.stage(freed_name, config_hash=settings, inputs=made_from)
        if not stage.done:
            freed = model.without_pose(stored_codes(result, name), result.track)
            provenance = provenance_of(opened, settings, weights_hash=model.space)
            stage.write_record(CODES, freed.embedding)
            first = int(result.facts(TRACK)["first_index"])
            columns = code_columns(freed.embedding, first)
            stage.write_table(freed_name, columns, provenance=provenance)
            leaks = {"leak_before": freed.leak_before, "leak_after": freed.leak_after}
            stage.finish(facts={"cost": freed.cost, **leaks}, provenance=provenance)
    return open_result(folder)


def free_all(
    model: AnyModel, rows: Sequence[dict[str, Any]], *, name: str
) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    """``free_of_pose`` for the rows of ``embed_all``, with ``pose_cost``, and what was left out.

    A recording too short for it keeps its codes as they are; its cost is None. Raises the
    error of the first where this is so for all.
    """
    told, left_out = [], []
    errors: list[MimeticError] = []
    for row in rows:
        cost = None
        try:
            facts = free_of_pose(model, row["result"], name=name).facts(PREFIX + name + ENDING)
            cost = facts["cost"]
        except MimeticError as error:
            errors.append(error)
            named = f"{row['result']}: codes are kept with pose: {error}"
            left_out.append(LeftOut(row["result"], named, error.exit_code))
        told.append({**row, "pose_cost": cost})
    if len(errors) == len(told):
        raise errors[0]
    return told, left_out
