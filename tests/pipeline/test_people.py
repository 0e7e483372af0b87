"""Two people side by side, one of whom goes away and comes back."""

import dataclasses
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import mimetic
from mimetic.datasets.virtual import Camera, Person, Program, Pulse, VirtualFace
from mimetic.errors import ArgumentError, PersonError
from mimetic.pipeline import AnalyzeConfig, list_persons, mend, track
from tests.pipeline.filming import write_lossless

SIDE_PX = 200
AWAY_S = (1.6, 2.4)  # when the person on the right of the picture is not there
LENGTH_S = 4.4
FOUND_S = 1.0  # while somebody else is in sight, newcomers are sought once a second


def program(*controls, onset_s):
    pulses = tuple(
        Pulse(control=name, onset_s=onset_s, apex_s=onset_s + 0.3, offset_s=onset_s + 0.6)
        for name in controls
    )
    return Program(duration_s=LENGTH_S, pulses=pulses)


def record(person, told, seed):
    camera = Camera(rate_hz=25, size_px=(SIDE_PX, SIDE_PX), noise_sigma=1.0)
    return VirtualFace(person=person).record(told, camera, seed=seed)


def side_by_side(left, right):
    """Frames that show two recordings; the right one is an empty grey wall while away."""
    for one, other in zip(left.frames(), right.frames(), strict=True):
        away = AWAY_S[0] <= one.time_s < AWAY_S[1]
        wall = np.full_like(other.pixels, 120) if away else other.pixels
        yield dataclasses.replace(one, pixels=np.hstack([one.pixels, wall]))


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Anna on the left smiles with her left side at 0.6 s; Ben, on the right, raises his brows."""
    anna = record(None, program("lip_corner_up_left", onset_s=0.6), seed=1)
    ben = record(
        Person(seed=7), program("inner_brow_left", "inner_brow_right", onset_s=2.9), seed=2
    )
    return write_lossless(tmp_path_factory.mktemp("two") / "two.mp4", side_by_side(anna, ben))


@pytest.fixture(scope="module")
def both(video, tmp_path_factory):
    """Tracked, the person chosen as usual."""
    return track(video, out=tmp_path_factory.mktemp("two") / "both")


@pytest.fixture
def copied(both, tmp_path):
    return shutil.copytree(both.path, tmp_path / "two")


def middle_px(result):
    """Where in the picture the measured person is, frame by frame."""
    return result.track.landmarks_px[..., 0].mean(1)


def peak(result, region):
    dynamics = result.regions
    column = dynamics.features.index("displacement_ed")
    return np.nanmax(dynamics.values[:, dynamics.regions.index(region), column])


def test_the_person_who_is_seen_longest_comes_first_and_is_chosen(both):
    persons = list_persons(both)
    assert [row["person"] for row in persons] == [1, 2]
    assert [row["chosen"] for row in persons] == [True, False]
    assert persons[0]["seconds"] == pytest.approx(LENGTH_S)
    # Who comes back is found at the next search, a second later at most.
    there_s = LENGTH_S - (AWAY_S[1] - AWAY_S[0])
    assert there_s - FOUND_S <= persons[1]["seconds"] <= there_s
    assert (middle_px(both) < SIDE_PX).all()


def test_the_other_person_is_measured_when_asked_for_and_keeps_the_number(video, both, tmp_path):
    result = mimetic.analyze(video, out=tmp_path / "ben", config=AnalyzeConfig(person=2))
    valid = result.track.valid
    times_s = result.video.times_s
    away = (times_s >= AWAY_S[0]) & (times_s < AWAY_S[1])
    assert result.track.person == 2
    assert not valid[away].any()
    assert valid[(times_s < AWAY_S[0]) | (times_s >= AWAY_S[1] + FOUND_S)].all()
    assert (middle_px(result)[valid] > SIDE_PX).all()
    assert peak(result, "brow_left") > 3 * peak(result, "mouth_left")
    assert np.isnan(result.regions.values[away]).all()
    table = result.table("frames")
    assert not table["tracked"].to_numpy()[away].any()
    assert set(np.array(table["reason"])[away]) == {"no_face"}


def test_a_result_changes_to_the_other_person_without_tracking_again(video, copied):
    stages = []
    config = AnalyzeConfig(person=2)
    track(video, out=copied, config=config, progress=lambda stage, share: stages.append(stage))
    result = mimetic.open_result(copied)
    assert "tracking" not in stages
    assert result.track.person == 2
    assert (middle_px(result)[result.track.valid] > SIDE_PX).all()


def test_swapped_persons_are_exchanged_from_that_time_on(both, copied):
    mended = mend(copied, swap=(1, 2), at_s=3.0)
    after = mended.video.times_s >= 3.0
    assert (middle_px(mended)[~after] < SIDE_PX).all()
    assert (middle_px(mended)[after] > SIDE_PX).all()
    again = mend(copied, swap=(1, 2), at_s=3.0)
    np.testing.assert_array_equal(again.track.landmarks_px, both.track.landmarks_px)


def test_what_was_made_from_old_identities_is_made_anew(video, tmp_path):
    out = tmp_path / "two"
    smiling = mimetic.analyze(video, out=out)
    assert peak(smiling, "mouth_left") > 3 * peak(smiling, "brow_left")
    mended = mend(out, swap=(1, 2), at_s=0.0)
    assert mended.stages == {"track": True, "people": True}
    stages = []
    again = mimetic.analyze(video, out=out, progress=lambda stage, share: stages.append(stage))
    assert "tracking" not in stages
    assert {"stabilising", "movement", "movement space"} <= set(stages)
    # Who was Ben is person 1 now, and Anna, seen longer, is person 2 and chosen.
    assert again.track.person == 2
    np.testing.assert_array_equal(again.track.landmarks_px, smiling.track.landmarks_px)


def test_persons_seen_together_are_not_merged(copied):
    before = mimetic.open_result(copied).track.landmarks_px
    with pytest.raises(ArgumentError, match=r"never seen together, got \d+ frames with both"):
        mend(copied, merge=(1, 2))
    np.testing.assert_array_equal(mimetic.open_result(copied).track.landmarks_px, before)
    assert not (copied / "identities.json").exists()


@pytest.mark.parametrize("words", [{"swap": (1, 5), "at_s": 1.0}, {"merge": (5, 1)}])
def test_nobody_is_exchanged_or_merged_with_somebody_who_is_not_there(copied, words):
    with pytest.raises(PersonError, match="person 5: not in this video; there: 1, 2"):
        mend(copied, **words)
    assert mimetic.open_result(copied).track.person == 1


def test_persons_are_not_swapped_after_the_end(copied):
    with pytest.raises(ArgumentError, match=r"at: expected a time up to 4\.360 s"):
        mend(copied, swap=(1, 2), at_s=60.0)
    assert mimetic.open_result(copied).track.person == 1


def test_a_person_who_was_taken_for_two_is_made_one(both, copied, monkeypatch):
    def part(summaries):
        return [
            SimpleNamespace(person=number, tracks=(summary.track,))
            for number, summary in enumerate(summaries, 1)
        ]

    monkeypatch.setattr("mimetic.pipeline.people.merge_tracklets", part)
    parted = mend(copied, swap=(1, 2), at_s=0.0)
    assert len(list_persons(parted)) == 3
    joined = mend(copied, merge=(1, 3))  # the swap has made him the first
    assert sorted(row["person"] for row in list_persons(joined)) == [1, 2]
    assert sorted(row["seconds"] for row in list_persons(joined)) == pytest.approx(
        sorted(row["seconds"] for row in list_persons(both))
    )


@pytest.mark.parametrize("words", [{"merge": (1, 2)}, {"swap": (1, 2), "at_s": 60.0}])
def test_a_refused_change_leaves_the_whole_result_as_it_was(video, copied, words):
    before = {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()}
    with pytest.raises(ArgumentError):
        mend(copied, **words)
    with pytest.raises(PersonError):
        track(video, out=copied, config=AnalyzeConfig(person=9))
    assert {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()} == before
