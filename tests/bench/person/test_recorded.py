import dataclasses
import zipfile

import numpy as np
import pytest

from mimetic.bench.person import blendshapes, sources
from mimetic.bench.person.blendshapes import (
    NAMES,
    POINTS,
    Labeller,
    PseudoLabels,
    label_video,
    mirrored,
    retest_picture,
)
from mimetic.bench.person.pieces import join, pick
from mimetic.bench.person.sources import LONG_CLIPS, folder_of, plain_crop, real_recordings
from mimetic.datasets.virtual import Program, VirtualFace, write_video
from mimetic.errors import ArgumentError, ModelError
from tests.bench.person.faces import drawn
from tests.person.faces import MESH_PX, make_clip


class Counting:
    """A labeller that says how bright a picture is and counts how often it is asked."""

    sha256 = "0" * 64

    def __init__(self):
        self.asked = 0

    def label(self, pixels):
        self.asked += 1
        return np.full(len(NAMES), pixels.mean(), np.float32)


def test_labels_have_52_names_and_are_read_off_146_points():
    assert len(set(NAMES)) == 52
    assert len(set(POINTS)) == 146


def test_a_mirrored_label_has_left_and_right_exchanged():
    values = np.arange(52, dtype=np.float32)
    swapped = mirrored(values)
    assert swapped[NAMES.index("eyeBlinkLeft")] == NAMES.index("eyeBlinkRight")
    assert swapped[NAMES.index("jawOpen")] == NAMES.index("jawOpen")
    assert np.array_equal(mirrored(swapped), values)


def test_the_picture_of_the_retest_is_mirrored_and_smaller():
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, :100] = 200
    again = retest_picture(picture)
    assert again.shape == (93, 186, 3)
    assert again[50, 20, 0] == 0
    assert again[50, 160, 0] == 200


def test_labels_that_repeat_themselves_correlate_and_still_ones_do_not():
    values = np.random.default_rng(0).normal(size=(30, 52)).astype(np.float32)
    values[:, 3] = 1
    again = values.copy()
    again[1::2] = np.nan
    r = PseudoLabels(values=values, retest=again).retest_r()
    assert np.isnan(r[3])
    assert np.allclose(np.delete(r, 3), 1)


def test_a_file_without_the_networks_is_refused(tmp_path):
    with pytest.raises(ModelError, match="--models"):
        Labeller(tmp_path / "face_landmarker.task")
    with zipfile.ZipFile(tmp_path / "other.task", "w") as archive:
        archive.writestr("x", b"")
    with pytest.raises(ModelError, match="face_blendshapes"):
        Labeller(tmp_path / "other.task")


def test_labels_of_a_video_are_kept(tmp_path):
    path = tmp_path / "film.mp4"
    write_video(VirtualFace().record(Program.still(0.24)), path)
    labeller = Counting()
    found = label_video(path, labeller, cache=tmp_path / "kept")
    assert found.values.shape == (6, 52)
    assert np.isfinite(found.retest[:: blendshapes.RETEST_EVERY]).all()
    assert np.isnan(found.retest[1]).all()
    asked = labeller.asked
    again = label_video(path, labeller, cache=tmp_path / "kept")
    assert labeller.asked == asked == 8
    assert np.array_equal(again.values, found.values)


def test_a_label_that_happens_once_or_hardly_varies_does_not_count():
    recorded = drawn(12.0)
    targets = recorded.targets.copy()
    targets[:, 1] = 0
    targets[50:60, 1] = 1
    targets[:, 2] *= 0.01
    changed = dataclasses.replace(recorded, targets=targets)
    assert changed.used().tolist() == [0, 3]
    unsure = dataclasses.replace(changed, retest_r=np.array([0.9, 0.9, 0.9, 0.2]))
    assert unsure.used().tolist() == [0]


def test_frames_that_repeat_or_have_no_label_do_not_count():
    recorded = drawn(2.0)
    repeated = np.zeros(20, bool)
    repeated[4] = True
    targets = recorded.targets.copy()
    targets[7] = np.nan
    clip = dataclasses.replace(recorded.clip, repeated=repeated)
    changed = dataclasses.replace(recorded, clip=clip, targets=targets)
    assert sorted(set(range(20)) - set(changed.rows)) == [4, 7]


def test_parts_end_where_frames_are_missing():
    parts = drawn(4.0).parts(np.r_[0:10, 20:40])
    assert [part.times_s.size for part in parts] == [10, 20]


def test_only_the_opening_of_a_long_recording_is_split():
    assert drawn(36.0, 5.0, noise=0.0).opening().clip.times_s[-1] == pytest.approx(33.8)


def test_stretches_come_together_as_they_were():
    clip = make_clip(np.arange(10) / 10)
    again = join([pick(clip, np.arange(4)), pick(clip, np.arange(4, 10))])
    assert np.array_equal(again.pixels, clip.pixels)
    assert np.array_equal(again.mesh_px, clip.mesh_px)


def test_a_plain_crop_undoes_shift_and_turn_and_is_black_without_a_face():
    angle = np.radians(15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = MESH_PX.astype(np.float64)
    points[:, :2] = points[:, :2] @ turn.T + [60, 30]
    down, across = np.mgrid[:260, :260]
    place = (np.stack([across, down], -1) - [60, 30]) @ turn
    picture = np.clip(40 + place[..., 0], 0, 255).astype(np.uint8)
    crop = plain_crop(np.repeat(picture[..., None], 3, -1), points, mesh_px=MESH_PX)
    assert np.allclose(crop[60, 40:90], 40 + np.arange(40, 90), atol=2)
    assert not plain_crop(np.zeros((9, 9, 3), np.uint8), points * np.nan, mesh_px=MESH_PX).any()


def test_a_folder_without_the_clips_is_refused(tmp_path):
    (tmp_path / "video").mkdir()
    assert folder_of(tmp_path) == tmp_path / "video"
    with pytest.raises(ArgumentError, match=LONG_CLIPS[0]):
        real_recordings(tmp_path, tmp_path, cache=tmp_path)
    assert sources.strangers(tmp_path, cache=tmp_path) == {}
