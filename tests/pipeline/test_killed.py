"""An analysis that is killed and started again ends with the same bits."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mimetic
from mimetic.datasets.virtual import Camera, Program, VirtualFace, write_video

ROOT = Path(__file__).parents[2]


def kill(film, out, kills, seed):
    """Analyze a film in children that are killed, the last one not; what each had reached."""
    words = [str(film), str(out), str(kills), str(seed)]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.pipeline.killed", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def arrays(result):
    """Every file below the arrays of a result, by its place: the bits themselves."""
    home = result.path / "arrays.zarr"
    return {str(f.relative_to(home)): f.read_bytes() for f in home.rglob("*") if f.is_file()}


def assert_alike(found, expected):
    """The same bits in arrays, tables, codes and model, and nothing left over."""
    assert arrays(found) == arrays(expected)
    names = sorted(path.name for path in (expected.path / "tables").iterdir())
    assert sorted(path.name for path in (found.path / "tables").iterdir()) == names
    for name in names:
        one, other = (result.table(Path(name).stem) for result in (found, expected))
        assert one.column_names == other.column_names
        for column in one.column_names:
            np.testing.assert_array_equal(one[column].to_numpy(), other[column].to_numpy())
    models = [mimetic.PersonModel.load(result.path / "model") for result in (found, expected)]
    assert models[0].space == models[1].space == found.codes.space
    assert models[0].components == models[1].components
    assert (found.path / "report.html").exists()
    assert not [path.name for path in found.path.iterdir() if path.name in ("scratch", "lock.json")]
    assert not list(found.path.rglob("*.part"))


def test_an_analysis_killed_twice_ends_with_the_same_bits(film, result, tmp_path):
    assert len(kill(film.path, tmp_path / "anna", 2, seed=4)) == 2
    assert_alike(mimetic.open_result(tmp_path / "anna"), result)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_an_analysis_killed_twenty_four_times_ends_with_the_same_bits(tmp_path, seed):
    camera = Camera(rate_hz=25, size_px=(200, 200), noise_sigma=1.0)
    path = tmp_path / "long.mp4"
    write_video(VirtualFace().record(Program.random(seed, 24.0), camera, seed=seed), path)
    told = kill(path, tmp_path / "killed", 24, seed)
    reached = [rows for _, rows in told]
    assert len(told) >= 20
    assert reached == sorted(reached)  # what was confirmed once is never lost
    assert len({stage for names, _ in told for stage in names}) >= 3
    undisturbed = mimetic.analyze(path, out=tmp_path / "undisturbed")
    assert_alike(mimetic.open_result(tmp_path / "killed"), undisturbed)
