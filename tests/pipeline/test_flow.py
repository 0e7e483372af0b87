"""Dense flow of a whole recording, stored beside an analysis."""

import dataclasses
import shutil

import numpy as np
import pytest

import mimetic
from mimetic.errors import ArgumentError, MimeticError, StoreError
from mimetic.flow.clips import a_row_a_frame
from mimetic.flow.predict import FlowEstimator, FlowSettings
from mimetic.io.store import ResultFolder, Source
from mimetic.io.video import Video
from mimetic.pipeline import AnalyzeConfig
from mimetic.pipeline.flow import FlowWish, estimate_flow, run_flow
from mimetic.pipeline.stretches import Material
from mimetic.types import FlowField
from tests.flow.clips import clip_of, eight_bits, texture

DIS = FlowWish(method="dis")


class Doubled:
    """Somebody else's method: what DIS finds, twice as long."""

    name = "doubled"

    def __init__(self):
        self.inner = FlowEstimator.load("dis")

    def pair(self, first, second):
        return 2 * self.inner.pair(first, second)

    def predict(self, clip, *, against="neighbour"):
        found = self.inner.predict(clip, against=against)
        return dataclasses.replace(found, flow_px=2 * found.flow_px, method=self.name)


@pytest.fixture
def copied(result, tmp_path):
    return shutil.copytree(result.path, tmp_path / "anna")


@pytest.fixture(scope="module")
def tracked(film, tmp_path_factory):
    """A folder in which flow was measured and nothing after the neutral face made."""
    out = tmp_path_factory.mktemp("flow") / "anna"
    estimate_flow(film.path, out=out, wish=DIS)
    return out


def test_flow_between_neighbours_is_stored_with_a_row_for_every_frame(tracked, result):
    told = mimetic.open_result(tracked)
    assert set(told.stages) == {"track", "people", "template", "crop", "neutral", "flow"}
    flow = told.flow()
    frames = result.video.times_s.size
    assert flow.flow_px.shape == (frames, 2, 128, 128)
    assert flow.method == "dis"
    np.testing.assert_array_equal(flow.end_s, told.video.times_s)
    assert np.isnan(flow.start_s[0])
    np.testing.assert_array_equal(flow.start_s[1:], told.video.times_s[:-1])
    direct = FlowEstimator.load("dis").predict(told.clip(10, 12))
    np.testing.assert_allclose(flow.flow_px[11], direct.flow_px[0], atol=1 / 500)
    facts = told.facts("flow")
    assert facts["pairs"] == frames - 1
    assert facts["median_peak_px"] < facts["largest_peak_px"]
    assert facts["cpu_ms_pair"] > 0


def test_flow_of_a_finished_analysis_uses_it_and_leaves_it_as_it_is(copied, film, result):
    heard = set()
    told = estimate_flow(
        film.path, out=copied, wish=FlowWish(method="dis", against="neutral"),
        progress=lambda stage, share: heard.add(stage),
    )  # fmt: skip
    assert heard == {"flow"}
    assert told.facts("flow")["against"] == "neutral"
    direct = FlowEstimator.load("dis").predict(result.clip(20, 21), against="neutral")
    np.testing.assert_allclose(told.flow(20, 21).flow_px, direct.flow_px, atol=1 / 500)
    np.testing.assert_array_equal(told.codes.codes, result.codes.codes)
    again = set()
    mimetic.analyze(film.path, out=copied, progress=lambda stage, share: again.add(stage))
    assert not again
    assert mimetic.open_result(copied).stages["flow"]


def test_another_wish_takes_the_place_of_the_one_before(tracked, film, tmp_path):
    out = shutil.copytree(tracked, tmp_path / "anna")
    told = estimate_flow(film.path, out=out, wish=FlowWish(method="zero", against=0.12))
    flow = told.flow()
    assert flow.method == "zero"
    known = np.isfinite(flow.start_s)
    np.testing.assert_allclose((flow.end_s - flow.start_s)[known], 0.12, atol=1e-6)
    assert not np.nan_to_num(flow.flow_px).any()


def test_three_frames_and_the_check_are_named_with_the_flow(tracked, film, tmp_path):
    out = shutil.copytree(tracked, tmp_path / "anna")
    wish = FlowWish(method="dis", settings=FlowSettings(frames=3, check=True))
    told = estimate_flow(film.path, out=out, wish=wish)
    plain = mimetic.open_result(tracked)
    flow, before = told.flow(), plain.flow()
    assert flow.method == "dis+three-frames+checked"
    assert flow.valid.sum() < before.valid.sum()
    assert told.facts("flow")["frames_used"] == 3


class Walk:
    """Three hundred small frames in memory, in the place of a recording's stretches."""

    def __init__(self, frames=300):
        rng = np.random.default_rng(0)
        ground = texture(4, size=80)[:32]
        starts = np.clip(np.cumsum(rng.integers(-1, 2, frames)) + 20, 0, 48)
        pictures = [eight_bits(ground[:, at : at + 32]) for at in starts]
        self.repeated = rng.random(frames) < 0.2
        self.clip = clip_of(pictures, np.arange(frames) / 50, repeated=self.repeated)
        self.times_s, self.rows = self.clip.times_s, frames

    def read(self, start, stop):
        return cut(self.clip, start, stop)


def cut(clip, start, stop):
    """A stretch of a clip."""
    kept = {}
    for field in dataclasses.fields(clip):
        value = getattr(clip, field.name)
        if isinstance(value, np.ndarray) and field.name not in ("depth_px", "mesh_px"):
            kept[field.name] = value[start:stop]
    return dataclasses.replace(clip, **kept)


@pytest.mark.parametrize("against", ["neighbour", 0.1])
@pytest.mark.parametrize("frames", [2, 3])
def test_a_run_that_was_stopped_goes_on_and_stretches_have_no_seams(tmp_path, against, frames):
    walk = Walk()
    wish = FlowWish(method="dis", against=against, settings=FlowSettings(frames=frames))
    material = Material(stretches=walk, method=wish.load())

    def stop(stage, share):
        if share < 1:
            raise KeyboardInterrupt

    def run(progress):
        source = Source("walk.mp4", "ab" * 32)
        with ResultFolder.create_or_open(tmp_path / "walk", source=source) as folder:
            run_flow(folder, wish, material=material, inputs=("a",), progress=progress)

    with pytest.raises(KeyboardInterrupt):
        run(stop)
    heard = []
    run(lambda stage, share: heard.append(share))
    assert heard == [1.0]
    stored = mimetic.open_result(tmp_path / "walk").flow()
    whole = a_row_a_frame(material.method.predict(walk.clip, against=against), walk.times_s)
    np.testing.assert_array_equal(stored.start_s, whole.start_s)
    np.testing.assert_array_equal(stored.valid, whole.valid)
    np.testing.assert_allclose(stored.flow_px, whole.flow_px, atol=1 / 500)


def test_the_video_of_the_flow_has_a_picture_at_the_time_of_every_frame(copied, film):
    told = estimate_flow(film.path, out=copied, wish=FlowWish(method="dis", overlay=True))
    drawn = list(Video.open(told.path / "flow.mp4").frames())
    assert [one.time_s for one in drawn] == pytest.approx(told.video.times_s, abs=1e-4)
    assert drawn[0].pixels.shape[1] == 3 * 384
    mimetic.analyze(film.path, out=copied, config=AnalyzeConfig(anonymous=True))
    assert not (copied / "flow.mp4").exists()


def test_a_folder_without_pixels_gets_flow_and_keeps_no_pixels(film, tmp_path):
    quiet = AnalyzeConfig(keep_pixels=False, anonymous=True, start_s=0.5, end_s=1.1)
    bare = mimetic.analyze(film.path, out=tmp_path / "bare", config=quiet)
    codes = bare.codes.codes
    told = estimate_flow(film.path, out=tmp_path / "bare", wish=DIS)
    assert told.flow(5, 6).valid.any()
    np.testing.assert_array_equal(told.codes.codes, codes)
    with pytest.raises(StoreError, match="no-pixels"):
        told.clip()
    assert not list(told.path.rglob("clip/pixels"))
    assert told.flow().end_s[[0, -1]] == pytest.approx([0.5, 1.1], abs=0.021)


def test_a_method_of_somebody_else_stands_in_for_ours(film, tmp_path):
    config = AnalyzeConfig(start_s=0.5, end_s=1.1, keep_flow=True)
    theirs = mimetic.analyze(film.path, out=tmp_path / "a", config=config, flow=Doubled())
    assert theirs.facts("motion")["method"] == "doubled"
    found = theirs.record("motion", "flow")
    ours = FlowEstimator.load("dis").predict(theirs.clip(), against="neutral")
    np.testing.assert_allclose(found.flow_px, 2 * ours.flow_px, atol=1 / 500)
    page = (tmp_path / "a" / "report.html").read_text()
    assert "flow=method)" in page
    assert "Method: doubled." in page
    stored = estimate_flow(film.path, out=tmp_path / "a", wish=FlowWish(method=Doubled()))
    assert isinstance(stored.flow(3, 4), FlowField)
    assert stored.flow(3, 4).method == "doubled"


def test_what_is_no_method_is_refused_before_anything_is_measured(film, tmp_path):
    with pytest.raises(ArgumentError, match="got str without name, pair, predict"):
        mimetic.analyze(film.path, out=tmp_path / "out", flow="dis")
    config = AnalyzeConfig(flow_method="dis")
    with pytest.raises(ArgumentError, match="leave one out"):
        mimetic.analyze(film.path, out=tmp_path / "out", config=config, flow=Doubled())
    with pytest.raises(ArgumentError, match="no frame before it"):
        FlowWish(against="neutral", settings=FlowSettings(frames=3))
    with pytest.raises(MimeticError):
        estimate_flow(film.path, out=tmp_path / "out", wish=FlowWish(method="raft"))
    assert not (tmp_path / "out").exists()
