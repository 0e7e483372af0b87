import numpy as np
import pytest

from mimetic.track.detect import (
    FAR_GRID,
    NEAR_GRID,
    FaceDetector,
    decode,
    letterbox,
    make_anchors,
    merge_overlapping,
    overlap,
)
from mimetic.track.search import FaceSearch

approx = pytest.approx


def points_of(*boxes):
    """Points [A 8 2] of detections whose keypoints all lie in the middle of the box."""
    corners = np.array(boxes, np.float64).reshape(-1, 2, 2)
    return np.concatenate([corners, np.repeat(corners.mean(1, keepdims=True), 6, 1)], axis=1)


class SpotEngine:
    """Answers as a detector that sees one face of 16 x 16 px where the picture is brightest."""

    def __init__(self, size):
        self.size = size

    def __call__(self, canvas):
        y, x = np.unravel_index(canvas[0].sum(-1).argmax(), (self.size, self.size))
        values = np.zeros((1, 1, 16), np.float32)
        values[0, 0, :4] = x + 0.5, y + 0.5, 16, 16
        values[0, 0, 4:] = np.tile([x + 0.5, y + 0.5], 6)
        return [values, np.full((1, 1, 1), 9, np.float32)]


def spot_detector(size=64):
    return FaceDetector(SpotEngine(size), size=size, anchors=np.zeros((1, 2)), score=0.5)


def test_the_near_detector_has_two_anchors_a_coarse_cell_and_six_a_coarser_one():
    anchors = make_anchors(NEAR_GRID)
    assert anchors.shape == (896, 2)
    assert anchors[0] == approx([0.5 / 16, 0.5 / 16])
    assert anchors[1] == approx(anchors[0])
    assert anchors[2] == approx([1.5 / 16, 0.5 / 16])
    assert anchors[512] == approx([0.5 / 8, 0.5 / 8])
    assert anchors[895] == approx([7.5 / 8, 7.5 / 8])


def test_the_far_detector_has_one_anchor_every_four_pixels():
    anchors = make_anchors(FAR_GRID)
    assert anchors.shape == (2304, 2)
    assert anchors[49] * 192 == approx([6.0, 6.0])


def test_values_count_from_the_anchor():
    values = np.zeros((1, 16), np.float32)
    values[0, :6] = 4, -2, 20, 10, 1, 1
    points = decode(values, np.array([[0.5, 0.25]]), size=128)
    assert points[0, 0] == approx([64 + 4 - 10, 32 - 2 - 5])
    assert points[0, 1] == approx([64 + 4 + 10, 32 - 2 + 5])
    assert points[0, 2] == approx([65, 33])


def test_overlap_of_half_shifted_squares_is_a_third():
    boxes = np.array([[5.0, 0, 15, 10], [0, 0, 10, 10], [20, 20, 30, 30], [0, 0, 0, 0]])
    assert overlap(np.array([0.0, 0, 10, 10]), boxes) == approx(np.array([1 / 3, 1, 0, 0]))


def test_overlapping_boxes_become_their_mean_weighted_by_score():
    found = merge_overlapping(points_of([0, 0, 10, 10], [2, 0, 12, 10]), np.array([0.9, 0.6]))
    assert len(found) == 1
    assert found[0].box_px == approx([0.8, 0, 10.8, 10])
    assert found[0].score == 0.9


def test_boxes_apart_stay_apart_and_the_surest_comes_first():
    points = points_of([0, 0, 10, 10], [50, 50, 60, 60])
    found = merge_overlapping(points, np.array([0.6, 0.8]))
    assert [detection.score for detection in found] == [0.8, 0.6]


def test_a_box_without_extent_ends_the_search_too():
    assert len(merge_overlapping(points_of([3, 3, 3, 3]), np.array([0.7]))) == 1


def test_the_letterbox_is_black_around_the_whole_picture():
    canvas, scale, shift = letterbox(np.full((360, 640, 3), 255, np.uint8), 128)
    assert canvas.shape == (128, 128, 3)
    assert scale == approx([0.2, 0.2])
    assert list(shift) == [0, 28]
    assert (canvas[:28] == -1).all()
    assert canvas[28:100] == approx(1.0)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("shape", [(256, 192), (120, 200)])
def test_a_face_is_found_in_its_place_however_the_picture_is_turned(turns, shape):
    pixels = np.zeros((*shape, 3), np.uint8)
    pixels[60:68, 100:108] = 255
    detection = spot_detector().detect(pixels, turns=turns)[0]
    middle = detection.box_px.reshape(2, 2).mean(0)
    assert middle == approx([104, 64], abs=4.5)
    assert detection.keypoints_px[0] == approx(middle)
    assert (detection.box_px[2:] > detection.box_px[:2]).all()


def test_tiles_find_a_small_spot_in_its_place():
    pixels = np.zeros((600, 900, 3), np.uint8)
    pixels[400:404, 700:704] = 255
    found = FaceSearch(near=spot_detector(), far=spot_detector()).hard(pixels)
    middles = np.array([each.box_px.reshape(2, 2).mean(0) for each in found])
    assert (np.abs(middles - [702, 402]).max(1) < 8).sum() >= 4


def test_a_small_picture_is_not_tiled():
    calls = []

    class Counting:
        def detect(self, pixels, *, turns=0):
            calls.append(turns)
            return []

    assert FaceSearch(near=Counting(), far=Counting()).hard(np.zeros((90, 90, 3), np.uint8)) == []
    assert calls == [1, 3, 2]


def test_both_detectors_see_the_portrait_at_one_place(search, portrait):
    for found in (search.quick(portrait), search.fine(portrait)):
        assert found[0].score > 0.8
        assert found[0].box_px == approx([176, 72, 275, 174], abs=12)
