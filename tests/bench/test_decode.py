import numpy as np
import pytest

from mimetic.bench import decode as bench
from mimetic.bench.decode import CONDITIONS, bench_decode, decode, render
from mimetic.bench.filming import EyeCropper, Stretches, eye_similarity, film
from mimetic.datasets.virtual import CONTROLS
from mimetic.ops.align import apply_affine
from mimetic.types import Reason
from tests.person.faces import MESH_PX, make_clip

TIMES_S = np.arange(0, 40, 0.2)


def cell(r2):
    values = dict.fromkeys(CONTROLS, r2) | {"quirk": None}
    return {name: {"r2": values, "r2_mean": r2} for name in CONDITIONS}


class StandIn:
    """A cropper of which only the size and the missing row are asked."""

    class config:  # noqa: N801
        size_px = 128

    def missing(self, reason):
        return reason


def test_the_eyes_come_to_their_places_whatever_the_head_does():
    angle = np.radians(20)
    turn = 1.7 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    video = MESH_PX.copy()
    video[:, :2] = MESH_PX[:, :2] @ turn.T + [40, -12]
    to_video = eye_similarity(video, 128)
    assert np.allclose(apply_affine(to_video, MESH_PX[:, :2]), video[:, :2], atol=1e-3)


def test_a_crop_by_the_eyes_undoes_shift_and_size():
    down, across = np.mgrid[:400, :400]
    picture = np.repeat((60 + 0.4 * across + 0.1 * down)[..., None], 3, -1).astype(np.uint8)
    points = MESH_PX * 2 + [50, 70, 0]
    row = EyeCropper(StandIn())(picture, points.astype(np.float32))
    assert np.allclose(row.landmarks_px, MESH_PX[:, :2], atol=1e-3)
    assert np.allclose(row.shape_ed[263] - row.shape_ed[33], [1, 0, 0], atol=1e-3)
    assert row.pixels[60, 64, 0] == pytest.approx(60 + 0.4 * 178 + 0.1 * 190, abs=2)
    assert row.reason is Reason.NONE


def test_a_frame_without_a_face_has_no_crop_by_the_eyes():
    points = np.full((478, 3), np.nan, np.float32)
    assert EyeCropper(StandIn())(np.zeros((9, 9, 3), np.uint8), points) is Reason.NO_FACE


def test_a_track_of_known_landmarks_is_valid_where_they_are():
    points = np.repeat(MESH_PX[None], 5, 0)
    points[2] = np.nan
    filmed = film("nowhere.mp4", points, times_s=np.arange(5.0))
    assert filmed.track.valid.tolist() == [True, True, False, True, True]
    assert np.isnan(filmed.track.box_px[2]).all()


def test_stretches_can_be_read_again():
    stretches = Stretches([], None, None)
    assert list(stretches) == list(stretches) == []


def test_planted_activations_are_decoded_from_a_clip():
    drive = np.zeros((TIMES_S.size, len(CONTROLS)))
    clip = make_clip(TIMES_S, noise=0.3)
    drive[:, 0] = clip.shape_ed[:, 291, 1]
    found = decode([clip], drive, settings={"seed": 1})
    assert found["r2"][CONTROLS[0]] > 0.95
    assert found["r2"][CONTROLS[1]] is None
    assert found["r2_mean_low"] < found["r2_mean"] < found["r2_mean_high"] + 0.02
    assert (found["frames"], found["measured"]) == (TIMES_S.size, 1.0)


def test_an_interrupted_benchmark_goes_on_where_it_stopped(tmp_path, monkeypatch):
    calls = []

    def measure(number, settings):
        if number == 1 and len(calls) == 1:
            raise KeyboardInterrupt
        calls.append(number)
        return cell(0.5)

    monkeypatch.setattr(bench, "measure", measure)
    with pytest.raises(KeyboardInterrupt):
        bench_decode(tmp_path / "decode.json")
    calls.append("again")
    table = bench_decode(tmp_path / "decode.json")
    assert calls == [0, "again", 1, 2]
    assert list(table["cells"]) == ["person 0", "person 1", "person 2"]


def test_the_table_has_a_row_per_control_with_both_sides_together():
    text = render({"cells": {"person 0": cell(0.5), "person 1": cell(0.7)}})
    lines = text.splitlines()
    assert lines[0].count("|") == len(CONDITIONS) + 2
    assert "| inner brow | 0.6 | 0.6 | 0.6 | 0.6 |" in lines
    assert "| quirk |  |  |  |  |" in lines
    assert lines[-1].startswith("| mean | 0.6")
    assert len(lines) == 2 + 13 + 1


@pytest.mark.slow
def test_a_short_virtual_recording_gives_its_blinks_and_its_jaw(tmp_path):
    table = bench_decode(tmp_path / "decode.json", quick=True)
    found = table["cells"]["person 0"]["tracked, stabilised"]
    assert found["r2"]["lid_close_left"] > 0.9
    assert found["r2"]["jaw_open"] > 0.9
