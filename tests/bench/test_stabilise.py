import numpy as np
import pytest

from mimetic.bench import stabilise
from mimetic.bench.steps import STEPS, Seen, measure_steps
from mimetic.ops import mesh
from mimetic.track.patch import cut_patch
from tests.ops.surface import View, render, surface_points, texture

POINTS = surface_points()


@pytest.fixture(scope="module")
def figures():
    """A surface that turns slowly and does nothing else, its landmarks shaking by 0.3 px."""
    picture, rng = texture(), np.random.default_rng(4)
    turns = np.linspace(0, 2 * np.pi, 24)
    frames = [
        render(picture, View(yaw_deg=9 * np.sin(t), pitch_deg=6 * np.cos(2 * t)), POINTS)
        for t in turns
    ]
    exact = np.stack([points for _, points in frames])
    tracked = exact + rng.uniform(-0.3, 0.3, exact.shape)
    mesh_px = mesh.place_mesh(mesh.person_mesh(tracked)).astype(np.float32)
    seen = Seen(
        patches=[cut_patch(pixels, tracked[i], frame=i) for i, (pixels, _) in enumerate(frames)],
        landmarks_px=tracked,
        times_s=np.arange(24) / 12,
        mesh_px=mesh_px,
        depth_px=mesh.depth_map(mesh_px, 128),
        targets=np.column_stack([np.sin(turns)]),
        true_px=exact,
    )
    return measure_steps(seen, jitter_px=0.5, seed=3)


def test_every_step_is_measured(figures):
    assert list(figures) == list(STEPS)
    assert all(set(row) == set(list(stabilise.COLUMNS)[1:]) for row in figures.values())


def test_a_crop_in_depth_holds_a_turning_face_better_than_a_flat_one(figures):
    assert figures["3-D crop"]["slip_px"] < figures["18-point similarity"]["slip_px"] / 2
    assert figures["3-D crop"]["residual"] < figures["18-point similarity"]["residual"]


def test_alignment_takes_the_landmarks_noise_out(figures):
    before, after = figures["3-D crop"], figures["3-D crop + LK"]
    assert after["residual"] < before["residual"]
    assert after["slip_px"] < before["slip_px"]
    assert after["noise"] < before["noise"] / 2


def test_noise_is_a_number_and_r2_never_exceeds_one(figures):
    assert all(np.isfinite(row["noise"]) for row in figures.values())
    assert all(np.isnan(row["r2"]) or row["r2"] <= 1 for row in figures.values())


def test_a_file_that_is_no_video_is_a_row_that_says_so(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("no video")
    row = stabilise.measure_clip(path, stabilise.SETTINGS)
    assert set(row) == {"outcome"}
    assert str(tmp_path) not in row["outcome"]


def test_the_six_movements_are_read_from_the_landmarks():
    mesh_px = mesh.place_mesh(POINTS)
    opened = mesh_px.copy()
    opened[14, 1] += 5.6
    opened[13, 1] -= 5.6
    both = stabilise.expressions_ed(mesh_px, np.stack([mesh_px, opened]))
    assert both.shape == (2, 6)
    np.testing.assert_allclose(both[0, 1:], both[1, 1:], atol=1e-6)
    assert both[0, 0] != pytest.approx(both[1, 0], abs=0.01)


def test_the_table_gives_medians_of_real_and_virtual_cells_apart():
    row = dict.fromkeys(list(stabilise.COLUMNS)[1:], 0.5)
    cell = {"steps": dict.fromkeys(STEPS, row), "outcome": "measured", "seconds": 20.0}
    unknown = {**cell, "steps": dict.fromkeys(STEPS, row | {"slip_px": None})}
    cells = {"virtual person 0": cell, "anna": unknown, "empty": {"outcome": "no face"}}
    text = stabilise.render({"cells": cells})
    assert "Real clips, n = 1" in text
    assert "Virtual people, n = 1" in text
    assert text.count("3-D crop + LK") == 2


def test_decoding_counts_only_where_there_is_enough_of_a_face():
    row = dict.fromkeys(list(stabilise.COLUMNS)[1:], 0.5)
    long = {"steps": dict.fromkeys(STEPS, row), "seconds": 10.0}
    short = {"steps": dict.fromkeys(STEPS, row | {"r2": -9.0}), "seconds": 9.9}
    assert "-9" not in stabilise.render({"cells": {"long": long, "short": short}})
