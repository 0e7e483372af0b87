"""Movements that were planted are found again, and only those."""

import dataclasses

import numpy as np
import pytest

import mimetic
from mimetic.errors import ArgumentError, ConfigError, ModelError, TooLittleMovementError
from mimetic.person.discover import DiscoverSettings, discover
from mimetic.person.keep import load_repertoire, save_repertoire
from mimetic.person.linear import PersonModel
from mimetic.person.novelty import CompareSettings, compare, models_of_halves
from mimetic.person.occurrences import occurrences
from mimetic.person.parts import PartsFit
from mimetic.person.snippets import snippet_distance, snippets_of
from mimetic.person.tracks import read_tracks
from mimetic.person.vocabulary import find_words
from mimetic.person.weights import PersonConfig
from mimetic.pipeline.repertoire import occurrence_columns, repertoire_data, write_repertoire_folder
from tests.person.faces import MOVES, frames_of, make_clip

RATE_HZ = 25.0
SMALL = PersonConfig(components=12)
NAMES = {  # a move of the drawn face, and what it is called
    "mouth opening": "lower lip down, mouth opening",
    "both outer brows up": "both outer brows up",
    "left mouth corner up": "left mouth corner up",
    "right eye closing": "right eye closing",
}
PRIVATE = "left mouth corner up"


def pulses(times, rate_hz=RATE_HZ, moves=tuple(MOVES), seed=3):
    """Times [T], activations [T K] of single pulses in random order, and each move's apexes."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(round(times * 1.2 * len(moves) * rate_hz + rate_hz)) / rate_hz
    drive = np.zeros((times_s.size, len(MOVES)))
    apexes = {name: [] for name in MOVES}
    for number, name in enumerate(rng.permutation(np.repeat(moves, times))):
        apex_s, half_s, size = 0.8 + 1.2 * number, rng.uniform(0.25, 0.38), rng.uniform(0.7, 1)
        rise = np.clip(1 - np.abs(times_s - apex_s) / half_s, 0, 1)
        drive[:, list(MOVES).index(name)] += size * (0.5 - 0.5 * np.cos(np.pi * rise))
        apexes[str(name)].append(apex_s)
    return times_s, drive, apexes


@pytest.fixture(scope="module")
def film():
    times_s, drive, apexes = pulses(6)
    return make_clip(times_s, noise=0.3, drive=drive), apexes


@pytest.fixture(scope="module")
def model(film):
    return PersonModel.fit([film[0]], config=SMALL, person_name="Anna")


@pytest.fixture(scope="module")
def repertoire(film, model):
    return discover(model, {"monday": [film[0]]})


def test_every_planted_movement_is_found_once_under_its_name(repertoire):
    assert {one.name for one in repertoire.movements} == set(NAMES.values())
    assert repertoire.recordings == ("monday",)
    assert repertoire.person_name == "Anna"


def test_every_time_that_it_happens_is_found(repertoire, film):
    for name, apexes in film[1].items():
        movement = repertoire.movement(NAMES[name])
        assert [one.apex_s for one in movement.occurrences] == pytest.approx(apexes, abs=0.1)
        assert movement.count == 6
        assert 0.3 < movement.duration_s < 0.8


def test_onset_and_offset_are_where_the_movement_leaves_a_tenth(model, repertoire):
    # A raised cosine over 2 x 0.12 s: a tenth is left and reached again 0.19 s apart.
    times_s = np.arange(250) / RATE_HZ
    drive = np.zeros((times_s.size, len(MOVES)))
    which = list(MOVES).index("right eye closing")
    for apex_s in (2.0, 4.0, 4.6):
        rise = np.clip(1 - np.abs(times_s - apex_s) / 0.12, 0, 1)
        drive[:, which] += 0.5 - 0.5 * np.cos(np.pi * rise)
    tracks = read_tracks(model, {"short": [make_clip(times_s, noise=0.3, drive=drive)]})
    words = repertoire.movements
    found = occurrences(tracks, repertoire.parts, words, neutral=repertoire.rest)
    number = [word.name for word in words].index("right eye closing")
    assert [one.apex_s for one in found[number]] == pytest.approx([2.0, 4.0, 4.6], abs=0.04)
    lasted = [one.offset_s - one.onset_s for one in found[number]]
    assert lasted == pytest.approx([0.19] * 3, abs=0.04)


def test_a_rise_that_has_not_ended_ends_where_the_next_one_begins(model, repertoire):
    times_s = np.arange(200) / RATE_HZ
    drive = np.zeros((times_s.size, len(MOVES)))
    which = list(MOVES).index("mouth opening")
    for apex_s in (3.0, 3.8):
        rise = np.clip(1 - np.abs(times_s - apex_s) / 0.5, 0, 1)
        drive[:, which] += 0.5 - 0.5 * np.cos(np.pi * rise)
    tracks = read_tracks(model, {"twice": [make_clip(times_s, noise=0.1, drive=drive)]})
    words = repertoire.movements
    number = [word.name for word in words].index(NAMES["mouth opening"])
    found = occurrences(tracks, repertoire.parts, words, neutral=repertoire.rest)[number]
    assert [one.apex_s for one in found] == pytest.approx([3.0, 3.8], abs=0.05)
    assert found[0].offset_s <= found[1].onset_s


def test_a_part_of_the_face_that_never_moved_has_no_strokes_to_compare(repertoire):
    still = snippets_of(repertoire.tracks[:0], repertoire.parts, 0, neutral=repertoire.rest)
    assert len(still) == 0
    assert snippet_distance(still).shape == (0, 0)
    assert find_words([still], repertoire.parts, least=3) == []


def test_sides_reach_and_parts_are_those_of_the_drawn_face(repertoire):
    told = {one.name: one for one in repertoire.movements}
    assert told["left mouth corner up"].side == "left"
    assert told["right eye closing"].side == "right"
    assert told["both outer brows up"].side == "both"
    assert told["left mouth corner up"].part == "mouth"
    assert told["lower lip down, mouth opening"].amplitude_ed == pytest.approx(0.21, abs=0.05)


def test_planted_movements_are_stable_and_random_groups_are_not(repertoire):
    assert all(one.found_by_seed == 1 for one in repertoire.movements)
    assert all(one.found_in_halves == 1 for one in repertoire.movements)
    assert repertoire.chance < 0.7


def test_frame_rate_does_not_matter(repertoire, model):
    times_s, drive, _ = pulses(6, rate_hz=50.0)
    fast = discover(model, [make_clip(times_s, noise=0.3, drive=drive)])
    counts = {one.name: one.count for one in fast.movements}
    assert counts == {one.name: one.count for one in repertoire.movements}


def test_the_head_is_told_where_it_turns_along(film, model):
    clip = film[0]
    drive = pulses(6)[1][:, list(MOVES).index(PRIVATE)]
    turned = dataclasses.replace(clip, yaw_deg=(10 * drive).astype(np.float32))
    found = discover(model, [turned])
    assert found.movements[-1].name == PRIVATE
    assert found.movements[-1].head_deg["yaw"] == pytest.approx(8, abs=2)
    assert all(not one.head_deg for one in found.movements[:-1])


def test_a_moment_is_found_again_wherever_it_happens(repertoire, film):
    apexes = film[1][PRIVATE]
    example = ("monday", apexes[0] - 0.4, apexes[0] + 0.4)
    hits = repertoire.find(example, least=0.5)
    middles = sorted((hit.start_s + hit.end_s) / 2 for hit in hits)
    assert middles == pytest.approx(apexes, abs=0.2)
    assert hits[0].alike == pytest.approx(1, abs=0.01)
    assert (hits[0].start_s, hits[0].end_s) == pytest.approx(example[1:], abs=0.05)


def test_a_movement_is_found_by_name_number_and_example(repertoire):
    movement = repertoire.movement(PRIVATE)
    hits = repertoire.find(PRIVATE, least=0.0)
    assert hits == repertoire.find(movement.number, least=0.0) == repertoire.find(movement, least=0)
    assert [hit.alike for hit in hits] == sorted((hit.alike for hit in hits), reverse=True)
    assert len(repertoire.find(movement.examples[0])) == movement.count


def test_only_what_another_face_never_does_is_new_to_its_model(repertoire, film):
    times_s, drive, _ = pulses(6, moves=tuple(name for name in MOVES if name != PRIVATE), seed=5)
    few = PersonConfig(components=3)  # a fourth would be noise that anything shows in
    other = PersonModel.fit([make_clip(times_s, noise=0.3, drive=drive)], config=few)
    clips = {"monday": [film[0]]}
    null = models_of_halves(clips, config=SMALL)
    found = compare(repertoire, other, clips, null=null)
    assert [one.name for one in found.movements if one.novel] == [PRIVATE]
    assert (found.count, found.null_count) == (1, 0)


def test_what_cannot_be_compared_is_refused(repertoire, film, model):
    clip = film[0]
    with pytest.raises(ArgumentError, match="two or more models"):
        compare(repertoire, model, [clip], null=[model])
    with pytest.raises(ArgumentError, match="expected the recordings in which"):
        compare(repertoire, model, [frames_of(clip, slice(0, 200))], null=[model, model])
    empty = dataclasses.replace(repertoire, movements=())
    with pytest.raises(ArgumentError, match="expected one with movements"):
        compare(empty, model, [clip], null=[model, model])
    with pytest.raises(ConfigError, match="margin"):
        CompareSettings(margin=1.5)


def test_recordings_without_names_begin_where_the_clock_goes_back(film, model):
    clip = film[0]
    halves = [frames_of(clip, slice(0, 300)), frames_of(clip, slice(300, None))]
    again = frames_of(clip, slice(0, 200))
    assert [one.recording for one in read_tracks(model, [*halves, again])] == ["1", "2"]
    with pytest.raises(ArgumentError, match="at least one recording"):
        discover(model, {})


def test_what_is_not_there_is_not_found(repertoire):
    with pytest.raises(ArgumentError, match="movement: expected one of 0"):
        repertoire.movement("winking")
    with pytest.raises(ArgumentError, match=r"stretch of 0\.12 s or more"):
        repertoire.find(("tuesday", 1.0, 2.0))
    with pytest.raises(ArgumentError, match="measured throughout"):
        repertoire.find(("monday", 900.0, 901.0))


def test_too_little_video_and_wrong_settings_are_refused(model):
    short = make_clip(np.arange(20) / RATE_HZ)
    with pytest.raises(TooLittleMovementError, match="at least 50"):
        discover(model, [short])
    with pytest.raises(ConfigError, match=r"least_strokes.*\n.*least_found"):
        DiscoverSettings(least_strokes=1, least_found=2)
    still = make_clip(np.arange(60) / RATE_HZ, drive=np.zeros((60, len(MOVES))))
    fit = PartsFit()
    fit.take(still, np.ones((60, 4)))
    with pytest.raises(TooLittleMovementError, match="never does"):
        fit.finish()
    fewer = dataclasses.replace(
        short,
        mesh_px=short.mesh_px[:468],
        landmarks_px=short.landmarks_px[:, :468],
        shape_ed=short.shape_ed[:, :468],
    )
    with pytest.raises(ArgumentError, match="same landmarks"):
        fit.take(fewer, np.ones((20, 4)))


def test_a_stored_repertoire_comes_back_to_the_bit(repertoire, tmp_path):
    save_repertoire(repertoire, tmp_path)
    again = load_repertoire(tmp_path)
    for one, other in zip(repertoire.movements, again.movements, strict=True):
        assert one.occurrences == other.occurrences
        assert (one.change == other.change).all()
        assert (one.name, one.side, one.head_deg) == (other.name, other.side, other.head_deg)
    example = repertoire.movement(0).examples[0]
    assert again.find(example) == repertoire.find(example)


def test_damaged_and_foreign_repertoires_are_refused(repertoire, tmp_path):
    save_repertoire(repertoire, tmp_path)
    (tmp_path / "repertoire.npz").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="run discover again"):
        load_repertoire(tmp_path)
    (tmp_path / "repertoire.json").write_text('{"format": 99}')
    with pytest.raises(ModelError, match="format 1, got 99"):
        load_repertoire(tmp_path)


def test_the_page_shows_the_apex_and_no_face_when_anonymous(repertoire, film, tmp_path):
    clips = {"monday": [film[0]]}
    data = repertoire_data(repertoire, clips, title="Anna & co")
    for view in data.movements:
        best = repertoire.movement(view.number).examples[0]
        assert view.apex.time_s == pytest.approx(best.apex_s, abs=0.03)
    page = write_repertoire_folder(repertoire, clips, tmp_path, title="Anna & co").read_text()
    assert "Anna &amp; co" in page
    assert page.count("<image") == sum(3 + len(view.more) for view in data.movements)
    hidden = write_repertoire_folder(repertoire, clips, tmp_path, anonymous=True).read_text()
    assert "<image" not in hidden
    assert "base64" not in hidden


def test_the_table_has_a_row_for_every_time(repertoire):
    columns = occurrence_columns(repertoire)
    assert {len(values) for values in columns.values()} == {24}
    assert all(np.diff([columns["onset_s"], columns["offset_s"]], axis=0)[0] > 0)


def test_public_name_leads_to_discover():
    assert mimetic.discover is discover
