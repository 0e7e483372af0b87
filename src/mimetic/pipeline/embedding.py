"""Codes of a given model in result folders, beside those of the recording's own model."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mimetic.errors import ArgumentError
from mimetic.io.disk import disk_errors
from mimetic.io.layout import CODES, CROP, NEUTRAL, TRACK
from mimetic.io.result import Result, open_result
from mimetic.io.store import CHUNK, ResultFolder, Source, Stage
from mimetic.io.tables import read_table, write_table, write_text
from mimetic.pipeline.coding import Embedder
from mimetic.pipeline.modelling import AnyModel
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.person import Recordings
from mimetic.pipeline.settings import Progress, silent
from mimetic.pipeline.tables import Columns
from mimetic.types import MovementEmbedding

PREFIX = "embedding_"  # of the stage and of the table, before the name of the model
NAME = re.compile(r"[a-z0-9_]+")
TABLE_FILES = (".csv", ".tsv", ".parquet")


def code_name(model: str | Path, wished: str | None = None) -> str:
    """What the codes of a model are called in a result folder: "anna" of ``anna.model``.

    ArgumentError for a wished name with other letters than a to z, digits and _.
    """
    if wished is None:
        return re.sub(r"[^a-z0-9]+", "_", Path(model).stem.lower()).strip("_") or "model"
    if not NAME.fullmatch(wished):
        raise ArgumentError(f"--name: expected small letters, digits and _, got {wished!r}")
    return wished


def embed_result(
    embedder: Embedder, folder: str | Path, *, name: str, progress: Progress = silent
) -> Result:
    """Store the codes of a recording in the space of a model: stage and table ``embedding_NAME``.

    The codes of the recording's own model stay where they are. An interrupted run goes on
    from its last chunk; codes of another model under the same name are replaced. Raises
    StoreError where no crops are kept and SpaceError where they have another size.
    """
    result, model = open_result(folder), embedder.model
    embedder(result.clip(0, 1))  # what cannot be embedded is told before anything is replaced
    source = Source(result.source.path, result.source.sha256)
    with ResultFolder.create_or_open(folder, source=source) as opened:
        made_from = (opened.finished(CROP).hash, opened.finished(NEUTRAL).hash)
        settings = config_hash_of(embedder.hash)
        stage = opened.stage(PREFIX + name, config_hash=settings, inputs=made_from)
        if not stage.done:
            embedding = _embed(stage, embedder, result, progress)
            provenance = provenance_of(opened, settings, weights_hash=model.space)
            first = int(result.facts(TRACK)["first_index"])
            stage.write_table(PREFIX + name, code_columns(embedding, first), provenance=provenance)
            facts = {"space": model.space, "scope": embedding.scope, **told_codes(model, embedding)}
            stage.finish(facts=facts, provenance=provenance)
    return open_result(folder)


def stored_codes(result: Result, name: str) -> MovementEmbedding:
    """The codes that ``embed_result`` stored; StoreError where it did not."""
    codes: MovementEmbedding = result.record(PREFIX + name, CODES)
    return codes


def told_codes(model: AnyModel, embedding: MovementEmbedding) -> dict[str, Any]:
    """What codes come to: frames, seconds, and how large their noise is beside the movement.

    ``movement`` is the root-mean-square distance from the recording's own average code and
    ``noise`` what noise alone makes of the codes, over that, median over frames, both
    weighted as ``model.scaled`` does; None where the model does not know its noise, or
    nothing moved.
    """
    codes = model.scaled(embedding)[embedding.valid]
    moved = float(np.sqrt(((codes - codes.mean(0)) ** 2).sum(1).mean())) if len(codes) else 0.0
    noise = None
    if embedding.code_sd is not None and moved > 0:
        spread = model.scaled(replace(embedding, codes=embedding.code_sd))[embedding.valid]
        noise = float(np.median(np.sqrt((spread**2).sum(1)))) / moved
    return {
        "frames": int(embedding.valid.size),
        "embedded": int(embedding.valid.sum()),
        "components": int(embedding.codes.shape[1]),
        "movement": moved,
        "noise": noise,
    }


def code_columns(embedding: MovementEmbedding, first: int) -> Columns:
    """The table of an embedding: a row a frame, ``first`` being the number of the first one."""
    count, width = embedding.codes.shape
    digits = max(len(str(width - 1)), 2)
    columns: Columns = {
        "frame": np.arange(first, first + count),
        "time_s": embedding.times_s,
        "valid": embedding.valid,
    }
    return columns | {f"code_{d:0{digits}d}": embedding.codes[:, d] for d in range(width)}


def _embed(
    stage: Stage, embedder: Embedder, result: Result, progress: Progress
) -> MovementEmbedding:
    stretches = result.stretches()
    for start in range(stage.rows, stretches.total, CHUNK):
        stop = min(start + CHUNK, stretches.total)
        stage.append({}, records={CODES: embedder.stretch(result, start, stop)})
        progress("codes", stop / stretches.total)
    embedding: MovementEmbedding = stage.read_record(CODES)
    return embedding


def embed_all(
    model: AnyModel,
    recordings: Recordings,
    *,
    name: str,
    together: bool = False,
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """``embed_result`` for all recordings: a row of facts for each.

    A general model tells codes about the average face of each recording, or with
    ``together`` of all of them, which then are of one person.
    """
    rows = []
    joined = Embedder.of(model, recordings) if together else None
    for called, result in zip(recordings.names, recordings.results, strict=True):
        embedder = joined or Embedder.of(model, result.stretches())
        done = embed_result(embedder, result.path, name=name, progress=progress)
        told = {"recording": called, "result": str(result.path), **done.facts(PREFIX + name)}
        rows.append(told | {"pose_cost": None})
    return rows


def joined_table(recordings: Recordings, name: str) -> pa.Table:
    """The tables ``embedding_NAME`` of those that have one, after a column ``recording``."""
    parts = []
    for called, result in zip(recordings.names, recordings.results, strict=True):
        file = result.path / "tables" / f"{PREFIX}{name}.parquet"
        if not file.is_file():  # too short to be told without pose
            continue
        part = read_table(file)
        parts.append(part.add_column(0, "recording", pa.array([called] * part.num_rows)))
    return pa.concat_tables(parts)


def check_table(table: Path | None) -> None:
    """ArgumentError for a table whose name does not end in .csv, .tsv or .parquet."""
    if table is not None and table.suffix.lower() not in TABLE_FILES:
        ends = ", ".join(TABLE_FILES)
        raise ArgumentError(f"--table: expected a name that ends in {ends}, got {table.name}")


def save_table(path: Path, table: pa.Table) -> Path:
    """Write a table as its name ends; the file is whole or absent."""
    check_table(path)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() != ".parquet":
        return write_text(path, table)
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    return write_table(path, columns)[0]
