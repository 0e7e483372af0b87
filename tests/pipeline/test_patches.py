import numpy as np
import pytest

import mimetic
from mimetic.pipeline import track
from mimetic.pipeline.patches import PatchFolder, stride
from mimetic.track.template import MOST_PATCHES


@pytest.mark.parametrize(("rows", "step"), [(1, 1), (512, 1), (513, 2), (1024, 2), (18_000, 64)])
def test_the_stride_keeps_at_most_512_frames(rows, step):
    assert stride(rows) == step
    assert -(-rows // stride(rows)) <= MOST_PATCHES


def test_the_frames_kept_on_the_way_hold_those_wanted_at_the_end():
    for rows in (1, 600, 5000, 18_000):
        kept = {row for row in range(rows) if row % stride(row + 1) == 0}
        assert set(range(0, rows, stride(rows))) <= kept


def test_pieces_come_back_as_they_were_kept(tmp_path, film):
    frame = next(mimetic.Video.open(film.path).frames())
    folder = PatchFolder(tmp_path)
    folder.keep(7, frame.pixels, {3: film.truth.landmarks_px[0]})
    patch = folder.read(7, 3)
    assert patch.frame == 7
    x, y = (int(value) for value in patch.origin_px)
    assert patch.scale == 1.0
    grey = frame.pixels[y : y + patch.pixels.shape[0], x : x + patch.pixels.shape[1]].mean(2)
    assert np.abs(patch.pixels - grey).mean() < 15


def test_a_face_that_has_left_the_picture_leaves_no_piece(tmp_path, film):
    frame = next(mimetic.Video.open(film.path).frames())
    folder = PatchFolder(tmp_path)
    folder.keep(0, frame.pixels, {0: film.truth.landmarks_px[0] + 1000})
    assert folder.read(0, 0) is None


def test_a_piece_that_was_half_written_counts_as_none(tmp_path, film):
    frame = next(mimetic.Video.open(film.path).frames())
    folder = PatchFolder(tmp_path)
    folder.keep(0, frame.pixels, {0: film.truth.landmarks_px[0]})
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:200])
    assert folder.read(0, 0) is None


def test_without_kept_pieces_the_same_template_is_made_from_the_video(film, result, tmp_path):
    tracked = track(film.path, out=tmp_path / "anna")
    assert not (tracked.path / "scratch").exists()
    again = mimetic.analyze(film.path, out=tmp_path / "anna")
    np.testing.assert_array_equal(
        again.array("template", "template"), result.array("template", "template")
    )
    np.testing.assert_array_equal(again.codes.codes, result.codes.codes)


def test_frames_in_which_the_face_is_doubtful_are_no_part_of_the_template(
    film, result, tmp_path, monkeypatch
):
    limit = float(np.quantile(result.track.confidence, 0.3))
    monkeypatch.setattr("mimetic.track.tracklets.LEAST_CONFIDENCE", limit)
    told = mimetic.analyze(film.path, out=tmp_path / "anna")
    assert told.track.valid.mean() == pytest.approx(0.7, abs=0.05)
    assert told.facts("template")["patches"] == told.track.valid.sum()
    assert np.isnan(told.regions.values[~told.track.valid]).all()
