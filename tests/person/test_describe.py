import numpy as np
import pytest

from mimetic.ops import landmarks as lm
from mimetic.person import PersonModel
from mimetic.person.actions import ACTIONS, action_amounts, pleasing_signs, ranked
from mimetic.person.describe import head_movement, joined
from mimetic.person.places import REGIONS, energy_table, nearest_point, region_of_points
from tests.person.faces import MESH_PX, MOVES, displacement_ed, make_clip, mirrored

TIMES_S = np.arange(0, 12, 0.1)
REGION, SIDE = region_of_points(MESH_PX)


def named(move):
    table = energy_table((move**2).sum(1), REGION, side=SIDE)
    return ranked(move, table.sum(1))[0][0]


def move_of(points, toward):
    move = np.zeros((lm.POINTS, 2))
    move[list(points)] = toward
    return move


def one_movement(number):
    drive = np.zeros((TIMES_S.size, len(MOVES)))
    drive[:, number] = 0.5 + 0.5 * np.sin(TIMES_S * 3)
    return make_clip(TIMES_S, drive=drive)


@pytest.mark.parametrize(
    ("points", "toward", "name"),
    [
        ((61, 291), (0, -0.1), "both mouth corners up"),
        ((61, 291), (0, 0.1), "both mouth corners down"),
        ((291,), (0.1, 0), "left mouth corner outward"),
        ((61,), (0.1, 0), "right mouth corner inward"),
        (lm.UPPER_LID_LEFT, (0, 0.1), "left eye closing"),
        ((107, 55, 66, 65, 336, 285, 296, 295), (0, -0.1), "both inner brows up"),
        ((468, 473), (0.1, 0), "gaze to the left"),
        ((14, 87, 317), (0, 0.2), "mouth opening"),
    ],
)
def test_a_movement_has_the_name_of_what_moves(points, toward, name):
    assert named(move_of(points, toward)) == name


def test_opposite_sides_are_told_apart():
    move = move_of((291,), (0, -0.1)) + move_of((61,), (0, 0.1))
    assert named(move) == "mouth corners: left up, right down"


def test_a_component_of_one_movement_is_named_after_it():
    names = [PersonModel.fit([one_movement(n)]).components[0].name for n in range(len(MOVES))]
    assert "mouth opening" in names[0]
    assert names[1] == "both outer brows up"
    assert names[2] == "left mouth corner up"
    assert names[3] == "right eye closing"


def test_a_one_sided_movement_has_that_side_and_that_region():
    component = PersonModel.fit([one_movement(3)]).components[0]
    assert component.side == "right"
    assert max(component.regions, key=component.regions.get) == "eye"
    assert sum(component.regions.values()) == pytest.approx(1)


def test_in_the_mirror_left_is_right_and_right_is_left():
    clip = one_movement(2)
    there = PersonModel.fit([clip]).components[0]
    back = PersonModel.fit([mirrored(clip)]).components[0]
    assert (there.side, back.side) == ("left", "right")
    assert back.name == there.name.replace("left", "right")
    assert back.regions == pytest.approx(there.regions, abs=0.05)


def test_names_are_distinct_and_components_ordered():
    components = PersonModel.fit([make_clip(TIMES_S, noise=1.0)]).components
    assert len({each.name for each in components}) == len(components)
    shares = [each.share for each in components]
    assert shares == sorted(shares, reverse=True)
    assert [each.number for each in components] == list(range(len(components)))


def test_components_point_the_way_they_are_named():
    moves = displacement_ed()
    assert np.array_equal(pleasing_signs(-moves, MESH_PX), -pleasing_signs(moves, MESH_PX))
    assert (pleasing_signs(moves, MESH_PX) == 1).all()


def test_change_of_light_without_movement_is_called_shading():
    times_s = np.arange(0, 6, 0.1)
    clip = make_clip(times_s, noise=0.05)
    pixels = clip.pixels.astype(float)
    pixels[:, 80:110, 45:85] += 60 * np.sin(times_s * 3)[:, None, None, None]
    shape = clip.shape_ed[:1].repeat(times_s.size, 0).copy()
    shape += 1e-4 * np.random.default_rng(0).normal(size=shape.shape)
    lit = make_clip(times_s, pixels=pixels.astype(np.uint8), shape_ed=shape)
    component = PersonModel.fit([lit]).components[0]
    assert component.name.startswith("shading of mouth")
    assert component.landmark_share < 0.1


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (lambda x, y, z: (-z, 0 * z), "turning to the left"),
        (lambda x, y, z: (0 * z, z), "turning up"),
        (lambda x, y, z: (-y, x), "tilting clockwise"),
        (lambda x, y, z: (-x, -y), "moving away"),
        (lambda x, y, z: (1 + 0 * x, 0 * x), "shifting to the left"),
    ],
)
def test_movement_of_the_whole_head_is_recognised(field, words):
    x, y, z = (MESH_PX - MESH_PX.mean(0)).astype(float).T
    share, told = head_movement(np.stack(field(x, y, z), 1), MESH_PX)
    assert share == pytest.approx(1)
    assert told == words


def test_a_whole_head_component_is_named_so():
    times_s = np.arange(0, 6, 0.1)
    clip = make_clip(times_s, noise=0.5)
    shape = clip.shape_ed.copy()
    depth = (MESH_PX[:, 2] - MESH_PX[:, 2].mean()) / 56
    shape[..., 0] += np.sin(times_s * 3)[:, None] * depth
    turned = make_clip(times_s, shape_ed=shape, noise=0.5)
    names = [each.name for each in PersonModel.fit([turned]).components]
    assert any(name.startswith("whole head turning to the") for name in names)


def test_no_movement_is_no_head_movement():
    assert head_movement(np.zeros((lm.POINTS, 2)), MESH_PX)[0] == 0


def test_actions_without_their_points_measure_nothing():
    amounts = action_amounts(np.ones((468, 2)))
    gaze = [n for n, action in enumerate(ACTIONS) if action.what == "gaze"]
    assert (amounts[gaze] == 0).all()


def test_two_phrases_become_one():
    assert joined("both inner brows up", "both outer brows up") == "both brows up"
    assert joined("mouth corner up", "mouth corner outward") == "mouth corner up and outward"
    assert joined("jaw down", "mouth opening") == "jaw down, mouth opening"


def test_every_landmark_and_pixel_has_a_place():
    assert set(REGION) <= set(range(len(REGIONS)))
    assert set(SIDE) == {-1, 0, 1}
    assert (SIDE[list(lm.BROW_RIGHT)] == -1).all()
    assert (SIDE[list(lm.BROW_LEFT)] == 1).all()
    assert {REGIONS[n] for n in REGION[list(lm.LIPS)]} == {"mouth"}
    points = nearest_point(MESH_PX, 128, appearance_px=64)
    assert points.max() < lm.POINTS


def test_energy_of_nothing_is_spread_evenly():
    table = energy_table(np.zeros(lm.POINTS), REGION, side=SIDE)
    assert table.sum() == pytest.approx(1)
