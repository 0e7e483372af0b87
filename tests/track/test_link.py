import io
from itertools import chain

import numpy as np
import pytest

from mimetic.datasets.virtual import Camera, Program, VirtualFace
from mimetic.errors import ArgumentError, ConfigError
from mimetic.ops.confidence import confidence_of
from mimetic.track.link import FaceTracker, TrackConfig
from mimetic.track.region import Region
from tests.track.faceworld import Actor, World, middle

approx = pytest.approx


def tracker(world, **changes):
    return FaceTracker(TrackConfig(**changes), search=world, mesh=world)


def play(world, rate_hz=25.0, **changes):
    follower = tracker(world, **changes)
    return [follower.step(frame) for frame in world.frames(rate_hz)]


def numbers(seen):
    return [[face.track for face in faces] for faces in seen]


def walk(frames, person=1, start=200.0, step=2.0, y=200.0):
    return [[Actor(person, start + step * index, y)] for index in range(frames)]


def test_a_moving_face_keeps_its_number_and_is_where_it_is():
    world = World(walk(50))
    seen = play(world)
    assert numbers(seen) == [[0]] * 50
    assert middle(seen[-1][0]) == approx(middle(seen[0][0]) + np.array([98, 0]), abs=1e-3)


def test_a_followed_face_is_not_searched_for_between_searches():
    world = World(walk(24))
    play(world)
    assert world.calls["quick"] == 1
    assert world.calls["read"] <= 24 + 2


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 100.0])
def test_searches_come_by_the_videos_time_at_any_frame_rate(rate_hz):
    world = World(walk(int(4 * rate_hz), step=0.1))
    play(world, rate_hz)
    assert world.calls["fine"] == 4


def test_a_second_face_is_found_at_the_next_search():
    scenes = [[Actor(1, 200, 200)] + ([Actor(2, 600, 200)] if t >= 5 else []) for t in range(40)]
    seen = numbers(play(World(scenes)))
    assert seen[24] == [0]
    assert seen[25] == [0, 1]


def test_no_more_faces_are_followed_than_asked():
    scenes = [[Actor(n, 200 + 300 * n, 200) for n in range(4)]] * 3
    assert numbers(play(World(scenes), most_faces=2)) == [[0, 1]] * 3


def test_a_face_that_comes_back_soon_at_its_place_keeps_its_number():
    scenes = walk(10, step=0) + [[]] * 20 + walk(10, step=0)
    seen = numbers(play(World(scenes)))
    assert seen[9] == [0]
    assert seen[10:30] == [[]] * 20
    assert seen[-1] == [0]


def test_another_person_at_the_same_place_gets_another_number():
    scenes = walk(10, step=0) + [[]] * 5 + walk(10, person=2, step=0)
    assert numbers(play(World(scenes)))[-1] == [1]


def test_a_face_that_comes_back_late_gets_another_number():
    scenes = walk(10, step=0) + [[]] * 30 + walk(10, step=0)
    assert numbers(play(World(scenes)))[-1] == [1]


def test_a_face_that_comes_back_elsewhere_gets_another_number():
    scenes = walk(10, step=0) + [[]] * 5 + walk(10, start=600, step=0)
    assert numbers(play(World(scenes)))[-1] == [1]


def test_a_lost_face_is_searched_for_in_the_same_frame():
    scenes = walk(5, step=0) + walk(5, start=400, step=0)
    assert numbers(play(World(scenes))) == [[0]] * 5 + [[1]] * 5


def test_a_cut_to_another_person_at_the_same_place_ends_the_track():
    scenes = walk(5, step=0) + walk(5, person=2, step=0)
    assert numbers(play(World(scenes))) == [[0]] * 5 + [[1]] * 5


def test_a_jump_in_size_ends_the_track():
    scenes = [[Actor(1, 200, 200)]] * 5 + [[Actor(1, 200, 200, size=180)]] * 5
    assert numbers(play(World(scenes))) == [[0]] * 5 + [[1]] * 5


def test_two_squares_that_fall_on_one_face_become_one():
    apart = [[Actor(1, 200, 200), Actor(1, 290, 200)]] * 5
    scenes = apart + [[Actor(1, 245, 200)]] * 5
    assert numbers(play(World(scenes)))[5:] == [[0]] * 5


def test_while_no_face_is_in_sight_the_fine_search_comes_five_times_a_second():
    world = World([[]] * 100)
    play(world, rate_hz=50.0)
    assert world.calls["quick"] == 100
    assert world.calls["fine"] == approx(10, abs=1)
    assert world.calls["hard"] == 2


def test_a_face_that_only_the_hard_search_finds_is_followed():
    world = World(walk(10), detected={"hard"})
    assert numbers(play(world)) == [[0]] * 10
    assert world.calls["hard"] == 1


def test_a_face_is_not_begun_with_little_confidence():
    world = World([[Actor(1, 200, 200, logit=5.0)]] * 3)
    assert numbers(play(world)) == [[]] * 3


def test_a_followed_face_is_kept_with_its_low_confidence():
    scenes = walk(5, step=0) + [[Actor(1, 200, 200, logit=2.0)]] * 5
    seen = play(World(scenes))
    assert numbers(seen) == [[0]] * 10
    assert seen[-1][0].confidence == approx(confidence_of(2.0))


def test_a_doubtful_face_is_mended_by_the_next_search():
    class Doubtful(World):
        def read(self, pixels, region):
            reading = super().read(pixels, region)
            # Seen across, as a lying face in an upright square, until the hard search.
            rough = self.calls["hard"] == 0
            return type(reading)(
                landmarks_px=reading.landmarks_px,
                look=reading.look,
                logit=11.0 if rough else 30.0,
            )

    world = Doubtful(walk(3, step=0))
    seen = play(world)
    assert numbers(seen) == [[0]] * 3
    assert seen[0][0].confidence > 0.9


def run_on(world, split, through=lambda state: state):
    first = tracker(world)
    frames = list(world.frames())
    seen = [first.step(frame) for frame in frames[:split]]
    second = tracker(world)
    second.restore(through(first.state()))
    return seen + [second.step(frame) for frame in frames[split:]], second


def stored(state):
    """The state after a visit to disk."""
    content = io.BytesIO()
    np.savez(content, **state)
    content.seek(0)
    with np.load(content, allow_pickle=False) as read:
        return {name: read[name] for name in read.files}


def lively():
    rng = np.random.default_rng(5)
    scenes = []
    for t in range(80):
        actors = [Actor(1, 200 + 3 * np.sin(t), 200), Actor(2, 700 - t, 300, logit=15 + t % 7)]
        scenes.append([actor for actor in actors if rng.random() > 0.15])
    return World(scenes)


@pytest.mark.parametrize("split", [0, 1, 13, 27, 50])
def test_going_on_from_a_stored_state_gives_the_same_bits(split):
    whole, last = run_on(lively(), 80)
    parted, again = run_on(lively(), split, stored)
    assert numbers(whole) == numbers(parted)
    for one, other in zip(chain(*whole), chain(*parted), strict=True):
        assert np.array_equal(one.landmarks_px, other.landmarks_px)
        assert one.confidence == other.confidence
    for name, value in last.state().items():
        assert np.array_equal(value, again.state()[name]), name


def test_a_state_of_another_version_is_refused():
    state = tracker(World([])).state() | {"version": np.array(99)}
    with pytest.raises(ArgumentError, match="expected version 2, got 99"):
        tracker(World([])).restore(state)


def test_the_look_of_a_track_is_that_of_its_person():
    world = World(walk(10))
    follower = tracker(world)
    faces = [follower.step(frame) for frame in world.frames()]
    assert follower.look(0) / 10 == approx(faces[0][0].look, abs=1e-5)


def test_real_networks_go_on_with_the_same_bits(mesh, search, portrait):
    def real():
        return FaceTracker(TrackConfig(), search=search, mesh=mesh)

    def frames(first, last):
        world = World([[]] * last)
        for frame in list(world.frames())[first:]:
            shifted = np.roll(portrait, 2 * frame.index, axis=1)
            yield type(frame)(index=frame.index, time_s=frame.time_s, pixels=shifted)

    follower = real()
    whole = [follower.step(frame) for frame in frames(0, 8)]
    first = real()
    parted = [first.step(frame) for frame in frames(0, 5)]
    second = real()
    second.restore(stored(first.state()))
    parted += [second.step(frame) for frame in frames(5, 8)]
    for one, other in zip(chain(*whole), chain(*parted), strict=True):
        assert np.array_equal(one.landmarks_px, other.landmarks_px)
        assert one.confidence == other.confidence > 0.9


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("search_s", -1.0, "seconds of 0 or more"),
        ("retry_s", np.nan, "seconds of 0 or more"),
        ("hold_s", np.inf, "seconds of 0 or more"),
        ("start", 1.5, "a share of 0 to 1"),
        ("sure", -0.1, "a share of 0 to 1"),
        ("jump", 0.0, "a change above 0"),
        ("look_jump", -1.0, "a change above 0"),
        ("most_faces", 0, "1 or more"),
    ],
)
def test_settings_of_the_tracker_out_of_range_are_refused(name, value, expected):
    with pytest.raises(ConfigError, match=f"{name}: expected {expected}, got"):
        TrackConfig(**{name: value})


def test_all_faults_of_the_settings_are_told_at_once():
    with pytest.raises(ConfigError) as refused:
        TrackConfig(search_s=-1.0, sure=2.0, look_jump=0.0, most_faces=0)
    told = [line.split(":")[0] for line in str(refused.value).splitlines()]
    assert told == ["search_s", "sure", "look_jump", "most_faces"]


def test_the_landmarks_of_a_still_face_do_not_alternate(mesh, search):
    """The square follows the landmarks and the landmarks the square: taken whole, they swing."""
    recording = VirtualFace().record(Program.still(1.6), Camera(size_px=(320, 320)))
    follower = FaceTracker(TrackConfig(), search=search, mesh=mesh)
    seen = [follower.step(frame)[0].landmarks_px[:, :2] for frame in recording.frames()]
    steps = np.diff(seen[10:], axis=0)
    eyes_px = np.linalg.norm(seen[0][33] - seen[0][263])
    assert np.sqrt(np.mean(steps**2)) < 0.0008 * eyes_px


def test_a_square_goes_half_way_by_the_shorter_turn():
    one = Region(centre_x_px=10, centre_y_px=20, side_px=100, angle_rad=3.1)
    other = Region(centre_x_px=12, centre_y_px=18, side_px=104, angle_rad=-3.1)
    middle = one.half_way_to(other)
    assert middle.to_array()[:3] == approx([11, 19, 102])
    assert np.cos(middle.angle_rad) == approx(-1)
    assert Region.from_array(middle.to_array()) == middle
