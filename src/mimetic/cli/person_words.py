"""What several commands of ``mimetic person`` share: opening recordings, telling of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mimetic.cli.output import complain, print_json, print_rows

if TYPE_CHECKING:
    from mimetic.pipeline.modelling import AnyModel
    from mimetic.pipeline.person import Recordings


def recordings_of(results: list[Path], out: Path | None = None) -> Recordings:
    """The recordings that can be used; the others are told. ``out`` must be free for a model."""
    from mimetic.pipeline.modelling import check_out
    from mimetic.pipeline.person import open_recordings

    if out is not None:
        check_out(out)
    recordings = open_recordings(results)
    for one in recordings.left_out:
        complain(f"left out: {one.error}")
    return recordings


def code_of(recordings: Recordings) -> int:
    """The exit code of the first folder that was left out, 0 where all were used."""
    return recordings.left_out[0].exit_code if recordings.left_out else 0


def tell_model(
    command: str,
    model: AnyModel,
    out: Path,
    recordings: Recordings,
    *,
    kind: str,
    json_out: bool,
) -> None:
    """Say what was learnt from which recordings, and what it is too thin for."""
    from mimetic.pipeline.modelling import told_model

    told = told_model(model, kind)
    facts = {"model": out, "results": recordings.names, **told, "left_out": recordings.left_out}
    if json_out:
        print_json(command, facts)
    else:
        columns = ("person", "kind", "seconds", "frames", "components", "explained", "jitter",
                   "pose_share", "general_energy")  # fmt: skip
        print_rows([facts], columns)
        typer.echo(out)
    for warning in told["warnings"]:
        complain(warning)
