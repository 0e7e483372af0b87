"""What a person's model refuses, leaves out, and says about it."""

import dataclasses

import numpy as np
import pytest

from mimetic.errors import ArgumentError, ModelError, TooLittleMovementError
from mimetic.person import PersonConfig, PersonModel
from mimetic.person.features import eye_channels
from tests.person.faces import activations, make_clip

TIMES_S = np.arange(0, 14, 0.2)
SMALL = PersonConfig(components=12, appearance_px=32)
CLIP = make_clip(TIMES_S, noise=0.3)


@pytest.fixture(scope="module")
def model():
    return PersonModel.fit([CLIP], config=SMALL, person_name="anna")


def another_recording(clip, **changes):
    """The same frames with a mesh measured anew, a little different."""
    return dataclasses.replace(clip, mesh_px=clip.mesh_px * np.float32(1.001), **changes)


def explained_by(codes, targets):
    design = np.c_[codes, np.ones(len(codes))]
    error = targets - design @ np.linalg.lstsq(design, targets, rcond=None)[0]
    return 1 - (error**2).sum(0) / ((targets - targets.mean(0)) ** 2).sum(0)


def test_two_recordings_of_one_person_make_one_model():
    found = PersonModel.fit([CLIP, another_recording(CLIP, person=3)], config=SMALL)
    assert found.facts.seconds == pytest.approx(28, abs=0.5)


def test_recordings_of_two_people_are_refused_with_the_evidence():
    other = another_recording(CLIP, pixels=np.ascontiguousarray(CLIP.pixels[:, ::-1]))
    with pytest.raises(
        ArgumentError, match=r"recordings 1 and 2 look like two people: .* correlate"
    ):
        PersonModel.fit([CLIP, other], config=SMALL)

    class Named(list):
        names = ("monday", "tuesday")

    with pytest.raises(ArgumentError, match="recordings monday and tuesday look like two people"):
        PersonModel.fit(Named([CLIP, other]), config=SMALL)
    knowing = dataclasses.replace(SMALL, same_person_r=-1.0)
    assert PersonModel.fit([CLIP, other], config=knowing).facts.frames == 2 * TIMES_S.size


def test_channels_of_the_eyes_tell_lids_and_gaze():
    shape = CLIP.shape_ed[:2].copy()
    shape[1, [159, 158, 160]] += np.float32([0, -0.05, 0])  # the right upper lid goes up
    shape[1, 473:478] += np.float32([0.03, 0.01, 0])  # the left eye looks to the left
    change = (
        np.diff(eye_channels(shape), axis=0)[0]
        - np.diff(eye_channels(CLIP.shape_ed[:2]), axis=0)[0]
    )
    assert change[0] == pytest.approx(0, abs=1e-6)
    assert change[1] > 0.02
    assert np.allclose(change[2:], [0.03, 0.01, 0, 0], atol=1e-6)
    assert eye_channels(shape[:, :468]).shape == (2, 2)


def test_a_closing_eye_weighs_more_with_a_channel_of_its_own():
    drive = activations(TIMES_S)
    without = dataclasses.replace(SMALL, lids_energy=0.0, components=1)
    strong = dataclasses.replace(SMALL, lids_energy=20.0, components=1)
    told = [
        explained_by(PersonModel.fit([CLIP], config=one).embed(CLIP).codes, drive)[3]
        for one in (without, strong)
    ]
    assert told[1] > max(0.9, told[0])


def test_a_model_without_pixels_still_codes_the_movements(model, tmp_path):
    model.save(tmp_path, template=False)
    bare = PersonModel.load(tmp_path)
    assert bare.person_name == "anna"
    assert bare.weights.appearance_size == 0
    assert bare.weights.neutral_pixels is None
    assert "no picture" in (tmp_path / "card.md").read_text()
    codes = bare.embed(CLIP)
    assert explained_by(codes.codes[:, :6], activations(TIMES_S)).min() > 0.95
    assert codes.code_sd is None
    assert np.nanmax(np.abs(bare.movement(0))) > 0.1
    with pytest.raises(ModelError, match="holds no picture"):
        bare.render(bare.neutral_codes[None])


def test_the_neutral_face_of_a_model_without_pixels_is_where_it_was(model):
    bare = model.without_pixels()
    assert np.allclose(
        bare.neutral_codes @ bare.weights.landmark_sd_ed().reshape(len(bare.weights.sd), -1),
        model.neutral_codes @ model.weights.landmark_sd_ed().reshape(len(model.weights.sd), -1),
        atol=1e-3,
    )


def test_a_model_of_landmarks_alone_keeps_its_space_without_its_picture():
    model = PersonModel.fit([CLIP], config=dataclasses.replace(SMALL, appearance_px=0))
    bare = model.without_pixels()
    assert bare.space == model.space
    assert bare.embed(CLIP).code_sd is not None
    assert bare.components[0].landmark_share == pytest.approx(1)


def turned(clip, yaw_deg):
    return dataclasses.replace(clip, yaw_deg=np.asarray(yaw_deg, np.float32))


def test_pose_is_taken_out_at_a_price_that_is_told():
    times_s = np.arange(0, 70, 0.25)
    drive = activations(times_s)
    clip = turned(make_clip(times_s, drive=drive), 20 * drive[:, 0])
    model = PersonModel.fit([clip], config=SMALL)
    found = model.without_pose(model.embed(clip), clip)
    assert found.leak_before["yaw"] > 0.9 > 0.1 > found.leak_after["yaw"]
    assert 0.1 < found.cost < 0.9
    assert f"{found.cost:.0%} of the movement" in str(found)
    left = explained_by(model.scaled(found.embedding), drive)
    assert left[0] < 0.1 < 0.5 < left[1:].min()


def test_pose_is_not_taken_out_of_a_short_video(model):
    with pytest.raises(TooLittleMovementError, match="60 s of face or more"):
        model.without_pose(model.embed(CLIP), CLIP)


def test_pose_needs_the_same_frames_and_a_head_that_turns():
    times_s = np.arange(0, 64, 0.4)
    clip = make_clip(times_s, noise=0.3)
    model = PersonModel.fit([clip], config=SMALL)
    codes = model.embed(clip)
    with pytest.raises(ArgumentError, match="the 160 frames of the codes, got 70"):
        model.without_pose(codes, CLIP)
    with pytest.raises(ArgumentError, match="head that turns"):
        model.without_pose(codes, clip)
