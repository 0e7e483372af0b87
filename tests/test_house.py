"""The rules of the house that no linter knows."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import mimetic
from mimetic import errors

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def tracked_texts():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".in", ".json", ".cff", ""}:
            yield name, path.read_text(encoding="utf-8")


def test_the_public_names_are_these():
    assert mimetic.__all__ == sorted(mimetic.__all__)
    for name in mimetic.__all__:
        assert getattr(mimetic, name).__doc__, name
    assert set(mimetic.__all__) | {"__version__"} == set(dir(mimetic))


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'smile'"):
        _ = mimetic.smile


def test_the_version_is_the_one_of_the_project():
    assert mimetic.__version__ == PROJECT["version"]


def test_every_error_has_a_documented_exit_code_of_its_own():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = [kind.exit_code for kind in kinds if kind not in (errors.ShapeError,)]
    assert len(codes) == len(set(codes))
    assert all(kind.__doc__ for kind in kinds)


def test_importing_mimetic_imports_neither_numpy_nor_torch():
    loaded = run_python("import sys, mimetic; print(*sys.modules)").stdout.split()
    assert {"mimetic"} <= set(loaded)
    assert not {"numpy", "torch", "cv2", "av", "zarr"} & set(loaded)


def test_analysis_imports_no_torch_and_no_mediapipe():
    loaded = run_python(
        "import sys, mimetic.pipeline, mimetic.cli; print(*sys.modules)"
    ).stdout.split()
    assert "mimetic.pipeline" in loaded
    assert not {"torch", "mediapipe", "h5py", "pynwb", "sklearn"} & set(loaded)


def test_the_lock_is_made_from_the_dependencies_of_the_project():
    lines = (ROOT / "requirements/core.in").read_text().splitlines()
    asked = {line for line in lines if line and not line.startswith("#")}
    assert asked - {"setuptools>=77"} == set(PROJECT["dependencies"])


def test_no_tracked_file_names_a_machine_path_or_a_package_host():
    hosts = "|".join(["py" + r"pi\.org", "python" + r"hosted\.org", r"registry\.npm" + "js"])
    banned = re.compile(rf"({hosts}|/ho" + r"me/\w+/|/wo" + r"rk/|/ro" + r"ot/)")
    faults = [name for name, text in tracked_texts() if banned.search(text)]
    assert not faults


def sources():
    for path in sorted((ROOT / "src").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text()


def functions(text):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


def test_source_files_stay_short():
    assert not {name: n for name, text in sources() if (n := len(text.splitlines())) > 250}


def test_functions_stay_short_and_take_few_arguments():
    faults = []
    for name, text in sources():
        for function in functions(text):
            lines = function.end_lineno - function.lineno + 1
            arguments = function.args.args + function.args.kwonlyargs
            named = [one.arg for one in arguments if one.arg not in ("self", "cls")]
            # The arguments of a command are the words that a user may type.
            many = len(named) > 5 and "/cli/" not in name
            faults += [f"{name}: {function.name}"] * (lines > 40 or many)
    assert not faults


def test_help_does_not_load_what_it_does_not_need():
    environment = os.environ | {"COLUMNS": "100"}
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mimetic.cli", "--help"],
        capture_output=True, text=True, timeout=60, env=environment,
    )  # fmt: skip
    assert answer.returncode == 0
    assert "analyze" in answer.stdout
    assert not re.search(r"\b(numpy|cv2|av|zarr|scipy)\s*$", answer.stderr, re.MULTILINE)
