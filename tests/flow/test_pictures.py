import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.flow.pictures import (
    ARROW,
    UNKNOWN,
    area_key,
    area_picture,
    colour_wheel,
    difference_picture,
    draw_arrows,
    flow_colours,
    usual_range_px,
)
from mimetic.ops.strain import strain_of

ROWS, COLUMNS = np.indices((40, 50), np.float64)


def towards(right, down):
    return np.stack([np.full((4, 5), float(right)), np.full((4, 5), float(down))])


@pytest.mark.parametrize(
    ("right", "down", "colour"),
    [(1, 0, (255, 0, 0)), (0, 1, (255, 234, 0)), (-1, 0, (0, 197, 255)), (0, -1, (103, 0, 255))],
)
def test_the_four_directions_have_the_colours_of_the_wheel(right, down, colour):
    painted = flow_colours(towards(right, down), range_px=1.0)
    np.testing.assert_allclose(painted, np.broadcast_to(colour, (4, 5, 3)), atol=1)


def test_no_movement_is_white_half_the_range_is_half_coloured_and_beyond_it_is_darker():
    assert (flow_colours(towards(0, 0), range_px=2.0) == 255).all()
    assert tuple(flow_colours(towards(1, 0), range_px=2.0)[0, 0]) == (255, 128, 128)
    assert tuple(flow_colours(towards(4, 0), range_px=2.0)[0, 0]) == (191, 0, 0)


def test_what_is_not_known_is_grey_and_a_still_field_is_white():
    flow = towards(0.001, 0)
    flow[1, 2, 3] = np.nan
    painted = flow_colours(flow)
    assert tuple(painted[2, 3]) == UNKNOWN
    assert painted[0, 0].min() > 225
    assert usual_range_px(np.full((2, 3, 3), np.nan)) == 0.01


def test_the_wheel_has_its_colours_where_it_points():
    wheel = colour_wheel(101)
    assert (wheel[50, 50] == 255).all()
    np.testing.assert_allclose(wheel[50, 98], (255, 10, 10), atol=8)
    np.testing.assert_allclose(wheel[50, 2], (8, 198, 255), atol=8)
    assert (wheel[0, 0] == 255).all()
    assert tuple(colour_wheel(101, paper=(1, 2, 3))[0, 0]) == (1, 2, 3)


def test_arrows_lead_from_their_point_along_the_flow_at_the_asked_length():
    flow = np.zeros((2, 16, 16))
    flow[0, 4, 4] = 2.0
    flow[:, :, 8:] = np.nan
    picture = np.full((64, 64, 3), 90, np.uint8)
    drawn = draw_arrows(picture, flow, step_px=8, grow=3.0)
    # The point (4, 4) lies at (17.5, 17.5) of a picture four times as large, the tip 24 px on.
    changed = np.flatnonzero((drawn[17:19] != 90).any(axis=(0, 2)))
    assert changed.min() == pytest.approx(17.5, abs=3)
    assert changed[changed < 45].max() == pytest.approx(41.5, abs=3)
    assert not (drawn[:, 46:] != 90).any()
    yellow = (drawn.astype(int) - ARROW)[17:19, 20:32]
    assert np.abs(yellow).max() < 130
    assert (picture == 90).all()
    hidden = draw_arrows(picture, flow, valid=np.zeros((16, 16), bool))
    np.testing.assert_array_equal(hidden, picture)


def test_stretched_skin_is_green_squeezed_is_violet_and_unknown_grey():
    grown = area_picture(strain_of(0.05 * np.stack([COLUMNS, ROWS])), range_share=0.1)
    assert (grown == (27, 120, 55)).all()
    field = -0.05 * np.stack([COLUMNS, ROWS])
    field[:, 10, 10] = np.nan
    shrunk = area_picture(strain_of(field), range_share=0.1)
    assert tuple(shrunk[0, 0]) == (118, 42, 131)
    assert tuple(shrunk[10, 10]) == UNKNOWN
    key = area_key(21, 3)
    assert [tuple(key[1, x]) for x in (0, 10, 20)] == [(118, 42, 131), (247,) * 3, (27, 120, 55)]


def test_the_difference_to_the_truth_is_dark_where_there_is_none():
    truth = towards(1, 0)
    found = truth.copy()
    found[0, :, 3:] += 1.0
    found[0, 0, 0] = np.nan
    painted = difference_picture(found, truth, range_px=1.0).astype(int)
    assert painted[1, 1].sum() < 20
    assert painted[1, 4].sum() > 600
    assert tuple(painted[0, 0]) == UNKNOWN


def test_pictures_that_cannot_be_drawn_are_refused():
    flow, strain = towards(1, 0), strain_of(np.zeros((2, 8, 8)))
    with pytest.raises(ArgumentError, match="range_px"):
        flow_colours(flow, range_px=0.0)
    with pytest.raises(ArgumentError, match="at least 3 px"):
        colour_wheel(2)
    with pytest.raises(ShapeError, match="whole number of times 4 x 5 px, got 9 x 10"):
        draw_arrows(np.zeros((9, 10, 3), np.uint8), flow)
    with pytest.raises(ArgumentError, match="step_px"):
        draw_arrows(np.zeros((4, 5, 3), np.uint8), flow, step_px=0)
    with pytest.raises(ArgumentError, match="range_share"):
        area_picture(strain, range_share=0.0)
    with pytest.raises(ArgumentError, match="range_px"):
        difference_picture(flow, flow, range_px=-1.0)
    with pytest.raises(ShapeError, match="truth_px"):
        difference_picture(flow, np.zeros((2, 4, 4)), range_px=1.0)
