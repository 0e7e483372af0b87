"""What the README and the docs say is tried: code, commands, links, names, tables."""

import dataclasses
import importlib.util
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer

import mimetic
from mimetic import errors
from mimetic.bench.registry import RENDERERS, SUMMARIES
from mimetic.bench.tables import BLOCK, fill_tables
from mimetic.cli import main
from mimetic.cli.app import STOPPED, app
from mimetic.config import read_config

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"python", "sh", "text", "json", "toml"}
# Commands on the finished example that only read, or find everything done.
CHEAP = {
    "mimetic --version",
    "mimetic analyze anna.mp4 -o results",
    "mimetic doctor",
    "mimetic info results/anna",
    "mimetic models",
    "mimetic track anna.mp4 -o results/anna",
    *(f"mimetic export results/anna --format {kind}" for kind in ("csv", "openface", "mat", "nwb")),
    "mimetic export results/anna --format h5 -o anna.h5",
}


def blocks(path, language):
    return [text for found, text in FENCE.findall(path.read_text()) if found == language]


def commands(path):
    lines = "".join(blocks(path, "sh")).replace("\\\n", " ").splitlines()
    words = (shlex.split(line, comments=True) for line in lines)
    return [line[line.index("mimetic") :] for line in words if "mimetic" in line[:2]]


def prose():
    return "\n".join(path.read_text() for path in PAGES)


def rows_of(page, heading):
    """The first column of the table below a heading of a page, without code marks."""
    text = (ROOT / "docs" / page).read_text()
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no heading {heading!r}"
    cells = re.findall(r"^\| *(`[^|]+`) *\|", found[1], re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


@pytest.fixture
def desk(film, result, tmp_path, monkeypatch):
    """A folder with a film and its result, and nothing else."""
    shutil.copy(film.path, tmp_path / "anna.mp4")
    shutil.copytree(result.path, tmp_path / "results" / "anna")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def rich(film, result, tmp_path_factory):
    """The result with every table that analyze can make."""
    folder = tmp_path_factory.mktemp("rich")
    (folder / "trials.tsv").write_text("onset\tduration\ttrial_type\n0.6\t1\tsmile\n2.6\t1\tbrow\n")
    shutil.copytree(result.path, folder / "anna")
    config = mimetic.AnalyzeConfig(events=str(folder / "trials.tsv"), rate_hz=10.0)
    return mimetic.analyze(film.path, out=folder / "anna", config=config)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "README.md"])
def test_the_python_of_a_page_runs(name, desk):
    namespace = {"__name__": "docs"}
    for number, code in enumerate(blocks(ROOT / name, "python"), 1):
        exec(compile(code, f"{name}, block {number}", "exec"), namespace)


def test_the_python_of_the_readme_runs_in_an_empty_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(ROOT / "README.md", "python")
    assert len([line for line in code.splitlines() if line]) == 10
    exec(compile(code, "README.md", "exec"), {"__name__": "docs"})
    assert (tmp_path / "results/anna/report.html").exists()
    assert "100%" in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_blocks_say_their_language_and_commands_are_understood(name):
    path = ROOT / name
    assert {found for found, _ in FENCE.findall(path.read_text())} <= LANGUAGES
    for _, *words in commands(path):
        leaf = typer.main.get_command(app)
        while words and words[0] in getattr(leaf, "commands", {}):
            leaf = leaf.commands[words.pop(0)]
        if words not in (["--version"], ["--help"]):
            leaf.make_context("mimetic", words)


def test_cheap_commands_of_the_docs_run(desk, capsys):
    told = {" ".join(words) for path in PAGES for words in commands(path)}
    for line in sorted(CHEAP & told):
        assert main(shlex.split(line)[1:]) == 0, line
        assert capsys.readouterr().out, line
    assert told >= CHEAP


def test_settings_files_of_the_docs_are_accepted(tmp_path):
    texts = [text for path in PAGES for text in blocks(path, "toml")]
    for text in texts:
        (tmp_path / "settings.toml").write_text(text)
        assert read_config(mimetic.AnalyzeConfig, tmp_path / "settings.toml")
    assert texts


def test_every_command_is_shown_in_the_docs():
    shown = {" ".join(words[1:3]) for path in PAGES for words in commands(path)}
    for name, command in typer.main.get_command(app).commands.items():
        for sub in getattr(command, "commands", [""]):
            wanted = f"{name} {sub}"
            assert any(f"{line} ".startswith(wanted) for line in shown), wanted


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name):
    path = ROOT / name
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        page = path.parent / file if file else path
        assert page.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads]
            assert anchor in slugs, target


def test_every_column_of_every_table_is_explained_once(rich):
    assert {"trials", "movements_regular", "lids_regular", "codes_regular"} <= set(rich.tables)
    for name in rich.tables:
        columns = rich.table(name).column_names
        made = list(dict.fromkeys(re.sub(r"^code_\d\d$", "code_00", one) for one in columns))
        assert sorted(rows_of("data.md", name)) == sorted(made), name


def test_regions_features_and_reasons_are_explained(rich):
    assert rows_of("data.md", "The thirteen regions") == list(rich.regions.regions)
    assert rows_of("data.md", "Features") == list(rich.regions.features)
    reasons = [reason.name.lower() for reason in mimetic.Reason]
    assert rows_of("data.md", "Missing data") == reasons


def test_every_exit_code_is_listed_once():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds} | {0, STOPPED}
    assert sorted(map(int, rows_of("quickstart.md", "Exit codes"))) == sorted(codes)


def test_every_public_name_and_every_setting_is_in_the_docs():
    text = prose()
    missing = [name for name in mimetic.__all__ if not re.search(rf"\b{name}\b", text)]
    assert not missing
    settings = []
    for field in dataclasses.fields(mimetic.AnalyzeConfig):
        value = getattr(mimetic.AnalyzeConfig(), field.name)
        inner = dataclasses.fields(value) if dataclasses.is_dataclass(value) else []
        settings += [f"{field.name}.{one.name}" for one in inner] or [field.name]
    assert rows_of("quickstart.md", "Settings") == settings


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_examples_say_the_same_as_the_result(desk, result):
    (desk / "results" / "bare").mkdir()
    (desk / "results" / "bare" / "manifest.json").write_text("{}")
    rows = load("collect").collect(desk / "results")
    assert [row["region"] for row in rows] == list(result.regions.regions)
    assert {row["video"] for row in rows} == {"anna"}
    # The film smiles on the person's left alone.
    side = {row["region"]: row["asymmetry"] for row in rows}
    assert side["mouth_left"] == side["mouth_right"] > 0.3
    assert side["lips"] is None
    assert all(row["high_ed"] > row["median_ed"] >= 0 for row in rows)


def test_the_drawing_of_the_regions_has_the_person_s_left_at_its_right(result):
    example = load("draw_regions")
    drawn = example.draw(result.clip(0, 1), example.region_scheme("13"))
    across = {name: int(x) for x, name in re.findall(r'<text x="(\d+)"[^>]*>(\w+)</text>', drawn)}
    assert set(across) == set(result.regions.regions)
    assert across["brow_right"] < across["nose"] < across["brow_left"]


def test_tables_of_the_docs_are_those_of_the_benchmark_files(tmp_path):
    docs = shutil.copytree(ROOT / "docs", tmp_path / "docs")
    blocks_there = {name for path in PAGES for _, name, _ in BLOCK.findall(path.read_text())}
    assert blocks_there == set(RENDERERS)
    changed = fill_tables(docs, ROOT / "benchmarks/results", RENDERERS)
    assert not changed, "write the tables anew with: mimetic bench tables"


@pytest.mark.parametrize("place", SUMMARIES)
def test_figures_inside_the_package_are_those_of_the_benchmark_files(place):
    name, make = SUMMARIES[place]
    table = json.loads((ROOT / "benchmarks/results" / f"{name}.json").read_text())
    assert (ROOT / place).read_text() == make(table), "write them anew with: mimetic bench tables"


def flat(values, before=""):
    """The names of what --json prints: objects in lists as name[].key, provenance opened."""
    names = []
    for key, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            names += flat(value[0], f"{before}{key}[].")
        elif key == "provenance":
            names += flat(value, f"{key}.")
        else:
            names.append(before + key)
    return names


@pytest.mark.parametrize(
    "line",
    [
        "analyze anna.mp4 -o results",
        "doctor",
        "export results/anna --format csv",
        "info results/anna",
        "models",
        "track anna.mp4 -o results/anna",
    ],
)
def test_every_field_of_json_is_explained(line, desk, capsys):
    assert main([*line.split(), "--json"]) == 0
    told = flat(json.loads(capsys.readouterr().out))
    head = rows_of("json.md", "What every object holds")
    own = rows_of("json.md", f"`{line.split()[0]}`")
    assert sorted(told) == sorted([*head, *own])
