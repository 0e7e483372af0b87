"""``mimetic relations``: a trait from how facial regions move together, and by which pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mimetic.cli.output import complain, print_json, print_rows, progress
from mimetic.cli.relations_bench import bench
from mimetic.cli.relations_score import score
from mimetic.cli.relations_table import table
from mimetic.cli.settings import settings_from
from mimetic.errors import ArgumentError

if TYPE_CHECKING:
    from mimetic.pipeline.explaining import Split
    from mimetic.pipeline.traits import People
    from mimetic.relations.model import FitOptions, TraitModel

PEOPLE = typer.Argument(..., help="CSV file: path, subject, family (optional), label columns.")
MODEL = typer.Argument(..., help="Model folder, as mimetic relations fit wrote it.")
TRAIT = typer.Option(..., "--trait", help="The label column to learn: numbers, or words.")
LABEL = typer.Option(None, "--label", help="The class to tell from the rest; default: the last.")
RESULTS = typer.Option(
    None,
    "--results",
    help="Videos are measured into folders here; default results beside the file.",
)
BY = typer.Option(None, "--by", help="Column of --people: contributions within each group.")
CLIP = typer.Option(None, "--clip", help="A video or result folder: what each of its moments said.")
CONFIG = typer.Option(None, "--config", help="TOML file of settings for videos not measured yet.")
FEATURES = typer.Option("flow", "--features", help="flow, landmarks, or both side by side.")
UNIT = typer.Option(
    None, "--unit", help="Of a numeric trait; default: years for an age, else the column's name."
)
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")
SHOWN = 10
PAIR_COLUMNS = ("region", "other", "contribution", "low", "high", "p")

app = typer.Typer(
    help="A trait from how regions move together: fit, predict, explain.", no_args_is_help=True
)
app.command()(bench)
app.command()(table)
app.command()(score)


@app.command()
def fit(
    people: Path = PEOPLE,
    trait: str = TRAIT,
    out: Path = typer.Option(Path("model"), "--out", "-o", help="Model folder."),
    kind: str = typer.Option("additive", "--kind", help="The kind of model."),
    label: str | None = LABEL,
    unit: str | None = UNIT,
    features: str = FEATURES,
    results: Path | None = RESULTS,
    seed: int = typer.Option(0, "--seed", min=0, help="Of folds and draws."),
    config: Path | None = CONFIG,
    json_out: bool = JSON,
) -> int:
    """Learn a trait from labelled clips; videos are measured first, results used as they are."""
    from mimetic.pipeline.traitfits import check_kind, fit_probed
    from mimetic.pipeline.traits import measure_with, read_people

    if out.exists() and not out.is_dir():
        raise ArgumentError(f"--out: expected a folder, {out} is a file")
    check_kind(kind)
    measure = measure_with(
        settings_from(config, {}), progress(people.name, quiet=json_out), features=features
    )
    found = read_people(people, trait, label=label, results=results, measure=measure)
    _complain_rows(people, found)
    options: FitOptions = {"trait": trait, "seed": seed}
    options |= {"label": label} if label is not None else {}
    options |= {"unit": unit} if unit is not None else {}
    model = fit_probed(found, kind=kind, **options)
    model.save(out)
    _tell_fit(model, found, out, json_out=json_out)
    return next((one.exit_code for one in found.left_out if one.exit_code), 0)


@app.command()
def predict(
    model: Path = MODEL,
    clip: Path = typer.Argument(..., help="A video, or a result folder."),
    results: Path = typer.Option(
        Path("results"), "--results", help="A video is measured into RESULTS/<its name>."
    ),
    config: Path | None = CONFIG,
    json_out: bool = JSON,
) -> None:
    """Say what the movement of one clip tells of the trait, and which parts said it."""
    from mimetic.pipeline.explaining import told_estimate
    from mimetic.pipeline.traits import measure_for
    from mimetic.relations.model import TraitModel

    loaded = TraitModel.load(model)
    settings = None if config is None else settings_from(config, {})
    measure = measure_for(loaded, settings, progress(clip.name, quiet=json_out))
    estimate = loaded.predict(measure(clip, results / clip.stem))
    facts = told_estimate(loaded, estimate)
    if json_out:
        print_json("relations predict", {"model": str(model), "clip": str(clip), **facts})
        return
    columns = ("trait", "label", "probability", "value", "low", "high", "unit")
    print_rows([facts], columns)
    said = [one for one in facts["pairs"] if one["contribution"]][:SHOWN]
    if said:
        typer.echo()
        print_rows(said, ("region", "other", "contribution"))
    for warning in facts["warnings"]:
        complain(warning)


@app.command()
def explain(
    model: Path = MODEL,
    out: Path = typer.Option(Path("explanation"), "--out", "-o", help="Folder of the files."),
    people: Path | None = typer.Option(None, "--people", help="CSV file of clips for --by."),
    by: str | None = BY,
    clip: Path | None = CLIP,
    results: Path | None = RESULTS,
    config: Path | None = CONFIG,
    json_out: bool = JSON,
) -> None:
    """Rank the pairs of regions that carry the trait: tables, a heat map, arcs on a drawn face."""
    from mimetic.pipeline.explaining import told, write_explanation
    from mimetic.pipeline.traits import measure_for
    from mimetic.relations.model import TraitModel

    if (people is None) != (by is None):
        raise ArgumentError("--people, --by: expected both or neither")
    loaded = TraitModel.load(model)
    explanation = loaded.explain()
    groups: Split | None = None
    if people is not None and by is not None:
        groups = _groups(loaded, people, by, results, config)
    moments = None
    if clip is not None:
        settings = None if config is None else settings_from(config, {})
        measure = measure_for(loaded, settings, progress(clip.name, quiet=json_out))
        moments = loaded.moments(measure(clip, (results or Path("results")) / clip.stem))
    files = write_explanation(loaded, out, explanation=explanation, groups=groups, moments=moments)
    facts = told(loaded, explanation)
    if json_out:
        named = [str(name) for name in files]
        print_json("relations explain", {"model": str(model), **facts, "files": named})
        return
    print_rows(facts["pairs"][:SHOWN], PAIR_COLUMNS)
    typer.echo(f"\ncontribution in {facts['unit']}; p holds for all pairs together; "
               f"stability of the ranking {facts['stability']:.2f}")  # fmt: skip
    for name in files:
        typer.echo(name)
    for warning in facts["warnings"]:
        complain(warning)


def _groups(
    model: TraitModel, path: Path, by: str, results: Path | None, config: Path | None
) -> Split:
    """What each pair contributes within each group of the people of a file."""
    from mimetic.pipeline.explaining import Split
    from mimetic.pipeline.traits import measure_for, read_groups

    settings = None if config is None else settings_from(config, {})
    found = read_groups(path, by, results=results, measure=measure_for(model, settings))
    _complain_rows(path, found)
    labels = [str(label) for label in found.labels]
    return Split(by, model.explain(found.dynamics).per_group(labels))


def _complain_rows(path: Path, found: People) -> None:
    for one in found.left_out:
        complain(f"{path.name}: row {one.row}: {one.path}: left out: {one.error}")


def _tell_fit(model: TraitModel, people: People, out: Path, *, json_out: bool) -> None:
    from mimetic.pipeline.explaining import told_fit

    facts = told_fit(model, people)
    if json_out:
        print_json("relations fit", {"model": str(out), **facts})
        return
    print_rows([facts], ("trait", "label", "clips", "people", "families"))
    typer.echo()
    print_rows([facts, *facts["probes"]], ("kind", "score", "score_low", "score_high", "chance"))
    if facts["pairs"]:
        typer.echo()
        print_rows(facts["pairs"][:SHOWN], PAIR_COLUMNS)
    typer.echo(out)
    for warning in facts["warnings"]:
        complain(warning)


def add_to(program: typer.Typer) -> None:
    """Put the group of commands into the program."""
    program.add_typer(app, name="relations")
