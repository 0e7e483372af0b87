"""``mimetic micro train`` and ``recognise``: classes of brief movements."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.micro_bench import tell_scores
from mimetic.cli.output import complain, print_json, print_rows
from mimetic.errors import ArgumentError

OF_MAPS = typer.Option(
    None, "--method", help="Method of flow for events; of ready maps: the one they were made by."
)
OF_MODEL = typer.Option(
    None, "--method", help="Method of flow, only where the model does not know that of its maps."
)
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")


def train(
    source: Path = typer.Argument(
        ..., help="Folder of 28x28 flow maps, its maps.csv, or a CSV of events in result folders."
    ),
    out: Path = typer.Option(..., "--out", "-o", help="Model folder to write."),
    kind: str = typer.Option("kernel", "--kind", help="kernel, or ststnet (needs torch)."),
    method: str | None = OF_MAPS,
    seed: int = typer.Option(0, "--seed", min=0, help="Of intervals and networks."),
    json_out: bool = JSON,
) -> None:
    """Test on each person left out, then learn from all people; the test goes onto the card."""
    from mimetic.micro.recognise import MicroModel
    from mimetic.micro.registry import check_kind
    from mimetic.pipeline.microlearn import read_training

    check_kind(kind)
    if out.exists() and not out.is_dir():
        raise ArgumentError(f"--out: expected a folder, {out} is a file")
    maps = read_training(source, method=method)
    found, facts = tell_scores(maps, kind=kind, seed=seed, quiet=json_out)
    model = MicroModel.fit(maps.maps, maps.labels, subjects=maps.subjects, kind=kind, seed=seed)
    model.of_flow(maps.flow).save(out, scores=found)
    if json_out:
        print_json("micro train", {"source": source, "model": out, **facts})
    else:
        typer.echo(out)


def recognise(
    result: Path = typer.Argument(..., help="Result folder in which mimetic micro spot was run."),
    model: Path = typer.Option(..., "--model", help="Model folder, as mimetic micro train wrote."),
    method: str | None = OF_MODEL,
    json_out: bool = JSON,
) -> None:
    """Say which class each spotted event is; labels and scores are kept in the folder."""
    from mimetic.io.layout import MICRO_CLASSES
    from mimetic.pipeline.microlearn import recognise_result

    facts = recognise_result(result, model, method=method).facts(MICRO_CLASSES)
    if json_out:
        print_json("micro recognise", {"result": result, "model": model, **facts})
        return
    if facts["model_method"] is None:
        complain(f"the model does not say by which flow its maps were made; {facts['method']} is "
                 "used here")  # fmt: skip
    rows = [{**row, **row["scores"]} for row in facts["events"]]
    print_rows(rows, ("event", "apex_s", "label", *facts["classes"]))
    for row in rows:
        if row["error"]:
            complain(f"event {row['event']}: {row['error']}")
