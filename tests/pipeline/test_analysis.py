import json
import shutil

import cv2
import numpy as np
import pytest

import mimetic
from mimetic.datasets.virtual import Camera, Program, VirtualFace, write_video
from mimetic.errors import (
    ArgumentError,
    EventsError,
    NoFaceError,
    OtherVideoError,
    PersonError,
    StoreError,
    TooLargeError,
    VideoError,
)
from mimetic.io.overlay import VideoWriter
from mimetic.io.video import Video
from mimetic.ops.landmarks import OUTER_EYES
from mimetic.pipeline import AnalyzeConfig, track


@pytest.fixture
def copied(result, tmp_path):
    """A result folder that a test may change."""
    return shutil.copytree(result.path, tmp_path / "anna")


def write_plain(path, *, frames=12, value=None):
    """A video without a face: one colour, or noise."""
    rng = np.random.default_rng(0)
    with VideoWriter(path, 96, 64) as writer:
        for number in range(frames):
            noise = rng.integers(0, 255, (64, 96, 3), dtype=np.uint8)
            writer.write(noise if value is None else np.full_like(noise, value), number / 25)
    return path


def movement(result, region, feature="displacement_ed"):
    dynamics = result.regions
    return dynamics.values[:, dynamics.regions.index(region), dynamics.features.index(feature)]


def during(result, start_s, end_s):
    return (result.regions.times_s >= start_s) & (result.regions.times_s <= end_s)


def test_there_is_one_row_for_every_decoded_frame(film, result):
    assert result.video.times_s == pytest.approx(film.truth.times_s, abs=1e-4)
    assert result.track.valid.all()
    assert result.table("frames").num_rows == film.truth.times_s.size


def test_the_tracked_landmarks_lie_on_the_true_ones(film, result):
    away = np.linalg.norm(
        result.track.landmarks_px[..., :2] - film.truth.landmarks_px[..., :2], axis=-1
    )
    right, left = (film.truth.landmarks_px[:, point, :2] for point in OUTER_EYES)
    eyes_px = np.linalg.norm(left - right, axis=1).mean()
    assert np.median(away) < 0.04 * eyes_px


def test_a_smile_of_the_left_side_moves_the_left_side_while_it_lasts(result):
    smile = during(result, 0.8, 1.3)
    left, right = (
        np.nanmax(movement(result, f"mouth_{side}")[smile]) for side in ("left", "right")
    )
    assert right < 0.1 * left
    floor = result.regions.noise_floor[result.regions.regions.index("mouth_left"), 2]
    assert left > 3 * floor


def test_the_brows_rise_together_when_they_are_told_to(result):
    up = (
        -movement(result, "brow_left", "displacement_y_ed"),
        -movement(result, "brow_right", "displacement_y_ed"),
    )
    raised, before = during(result, 2.9, 3.1), during(result, 0.0, 0.5)
    for side in up:
        assert np.nanmean(side[raised]) > np.nanmean(side[before]) + 0.02
    assert np.nanmean(up[0][raised]) == pytest.approx(np.nanmean(up[1][raised]), rel=0.35)


def test_the_one_blink_is_found_at_its_time(result):
    blinks = [event for event in result.events if event.kind == "blink" and not event.rejected]
    assert len(blinks) == 1
    assert blinks[0].apex_s == pytest.approx(2.0, abs=0.06)
    assert blinks[0].side == "both"


def test_codes_belong_to_the_model_that_is_stored_beside_them(result):
    model = mimetic.PersonModel.load(result.path / "model")
    assert result.codes.space == model.space
    again = model.embed(result.clip())
    np.testing.assert_array_equal(again.codes, result.codes.codes)


def test_a_second_run_does_nothing_again(copied, film):
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*") if path.is_file()}
    stages = []
    mimetic.analyze(film.path, out=copied, progress=lambda stage, share: stages.append(stage))
    after = {path: path.stat().st_mtime_ns for path in copied.rglob("*") if path.is_file()}
    assert stages == []
    assert after == before


def test_a_stopped_run_goes_on_to_the_same_bits(film, result, tmp_path):
    def stop(stage, share):
        if stage == "movement":
            raise KeyboardInterrupt

    out = tmp_path / "anna"
    with pytest.raises(KeyboardInterrupt):
        mimetic.analyze(film.path, out=out, progress=stop)
    stages = []
    again = mimetic.analyze(film.path, out=out, progress=lambda stage, _: stages.append(stage))
    assert "tracking" not in stages
    np.testing.assert_array_equal(again.track.landmarks_px, result.track.landmarks_px)
    np.testing.assert_array_equal(again.regions.values, result.regions.values)
    np.testing.assert_array_equal(again.codes.codes, result.codes.codes)


def test_the_stretch_between_start_and_end_is_measured_alone(film, tmp_path):
    config = AnalyzeConfig(start_s=1.0, end_s=2.0)
    part = track(film.path, out=tmp_path / "part", config=config)
    assert part.video.times_s[[0, -1]] == pytest.approx([1.0, 2.0], abs=0.021)
    assert part.facts("track")["first_index"] == 25
    assert part.video.decoded_frames == part.video.times_s.size
    assert part.video.declared_frames is None


def test_without_pixels_nothing_of_the_face_stays_but_the_numbers_do(film, result, tmp_path):
    config = AnalyzeConfig(keep_pixels=False, anonymous=True)
    bare = mimetic.analyze(film.path, out=tmp_path / "bare", config=config)
    with pytest.raises(StoreError, match="no-pixels"):
        bare.clip()
    np.testing.assert_array_equal(bare.codes.codes, result.codes.codes)
    assert not list(bare.path.rglob("clip/pixels"))
    assert not list((bare.path / "model").glob("*"))
    assert "data:image" not in (bare.path / "report.html").read_text()
    whole = mimetic.analyze(film.path, out=bare.path)  # pixels are wanted again
    np.testing.assert_array_equal(whole.clip().pixels, result.clip().pixels)


def test_trial_times_bring_their_means_into_tables_and_report(copied, film, tmp_path):
    trials = tmp_path / "trials.tsv"
    trials.write_text("onset\tduration\ttrial_type\n0.6\t1\tsmile\n2.6\t1\tbrows\n")
    config = AnalyzeConfig(events=str(trials), csv=True, rate_hz=50)
    told = mimetic.analyze(film.path, out=copied, config=config)
    table = told.table("trials").to_pydict()
    assert set(table["trial_type"]) == {"smile", "brows"}
    report = (told.path / "report.html").read_text()
    assert "smile" in report
    assert "brows" in report
    assert (told.path / "tables" / "trials.csv").exists()
    clock = np.unique(told.table("movements_regular")["time_s"].to_numpy())
    assert np.diff(clock) == pytest.approx(0.02)


def test_the_neutral_moment_can_be_named(copied, film):
    told = mimetic.analyze(film.path, out=copied, config=AnalyzeConfig(neutral_s=3.0))
    assert told.facts("neutral")["time_s"] == pytest.approx(3.0, abs=0.021)


def test_dense_flow_and_the_overlay_come_when_asked_for(copied, film):
    config = AnalyzeConfig(keep_flow=True, overlay=True)
    told = mimetic.analyze(film.path, out=copied, config=config)
    assert told.flow(0, 10).flow_px.shape == (10, 2, 128, 128)
    drawn = [frame.time_s for frame in Video.open(told.path / "overlay.mp4").frames()]
    assert drawn == pytest.approx(told.video.times_s, abs=1e-4)


def test_a_clip_is_loaded_without_leaving_anything_behind(film, result):
    clip = mimetic.load_clip(film.path)
    np.testing.assert_array_equal(clip.pixels, result.clip().pixels)


def test_a_clip_that_would_not_fit_is_refused_with_a_way_on(film):
    with pytest.raises(TooLargeError, match="stretches"):
        mimetic.load_clip(film.path, max_bytes=2**20)


def test_pictures_in_a_folder_are_a_recording_at_a_rate(tmp_path):
    recording = VirtualFace().record(
        Program.single("jaw_open"), Camera(rate_hz=10, size_px=(200, 200))
    )
    write_pictures(recording, tmp_path / "pictures")
    with pytest.raises(VideoError, match="--images-hz"):
        mimetic.analyze(tmp_path / "pictures", out=tmp_path / "out")
    config = AnalyzeConfig(images_hz=10)
    told = track(tmp_path / "pictures", out=tmp_path / "out", config=config)
    assert told.video.times_s == pytest.approx(recording.times_s)


def write_pictures(recording, folder):
    folder.mkdir()
    for frame in recording.frames():
        bgr = np.ascontiguousarray(frame.pixels[..., ::-1])
        cv2.imwrite(str(folder / f"{frame.index}.png"), bgr)


def test_a_video_of_a_single_frame_is_reported_as_it_is(tmp_path):
    camera = Camera(times_s=(0.0,), size_px=(200, 200))
    write_video(VirtualFace().record(Program.still(1.0), camera), tmp_path / "one.mp4")
    told = mimetic.analyze(tmp_path / "one.mp4", out=tmp_path / "out")
    assert told.video.times_s.size == 1
    assert "refused" in told.facts("person")
    assert (told.path / "report.html").exists()


def test_a_video_without_a_face_is_refused_and_keeps_what_was_computed(tmp_path):
    path = write_plain(tmp_path / "noise.mp4")
    with pytest.raises(NoFaceError, match="no face in 12 frames"):
        mimetic.analyze(path, out=tmp_path / "out")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["stages"]["track"]["done"]


def test_another_video_in_the_same_folder_is_refused(copied, tmp_path):
    with pytest.raises(OtherVideoError, match="choose another folder"):
        mimetic.analyze(write_plain(tmp_path / "noise.mp4"), out=copied)


def test_a_person_who_is_not_there_is_refused_with_those_who_are(copied, film):
    with pytest.raises(PersonError, match="--person 7: not in this video; there: 1"):
        mimetic.analyze(film.path, out=copied, config=AnalyzeConfig(person=7))


def test_a_stretch_beyond_the_video_is_refused(film, tmp_path):
    with pytest.raises(VideoError, match="no frame lies between the seconds"):
        mimetic.analyze(film.path, out=tmp_path / "out", config=AnalyzeConfig(start_s=99))


def test_a_neutral_moment_outside_the_video_is_refused(copied, film):
    with pytest.raises(ArgumentError, match="moment"):
        mimetic.analyze(film.path, out=copied, config=AnalyzeConfig(neutral_s=99))


def test_trial_times_that_cannot_be_read_are_refused_before_anything_is_measured(film, tmp_path):
    config = AnalyzeConfig(events=str(tmp_path / "none.tsv"))
    with pytest.raises(EventsError):
        mimetic.analyze(film.path, out=tmp_path / "out", config=config)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rate_hz": 0.0}, "rate_hz: expected a number above 0"),
        ({"images_hz": -1.0}, "images_hz: expected a number above 0"),
        ({"start_s": 3.0, "end_s": 2.0}, "end_s: expected more seconds than start_s"),
        ({"person": 0}, "person: expected 1 or more"),
        ({"start_s": float("nan")}, "start_s: expected a number"),
        ({"flow_method": "magic"}, "expected auto or one of"),
        ({"regions": "14"}, "scheme: expected one of"),
    ],
)
def test_settings_that_make_no_sense_are_refused(fields, message):
    with pytest.raises(ArgumentError, match=message):
        AnalyzeConfig(**fields)
