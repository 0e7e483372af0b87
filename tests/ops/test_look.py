import cv2
import numpy as np
import pytest

from mimetic.ops.look import blur_of, light_of


def grey(level):
    return np.full((128, 128), level, np.uint8)


def edges(blur_px, size=128):
    """A card with upright edges, drawn ten times finer, blurred, and averaged down."""
    fine = np.zeros((size, 10 * size), np.float32)
    fine[:, 480:800] = 200
    if blur_px:
        fine = cv2.GaussianBlur(fine, (0, 0), 10 * blur_px, sigmaY=0.01)
    return fine.reshape(size, size, 10).mean(2).round().astype(np.uint8)


def test_light_is_the_median_of_the_face_and_not_of_its_surroundings():
    picture = grey(51)
    picture[:4] = 255  # outside the ellipse
    assert light_of(picture) == (0.2, 0.0)


@pytest.mark.parametrize("level", [0, 255])
def test_black_and_white_are_clipped(level):
    assert light_of(grey(level)) == (level / 255, 1.0)


def test_half_a_white_face_is_half_clipped():
    picture = grey(100)
    picture[:, 65:] = 255
    assert light_of(picture)[1] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("blur_px", [1.5, 2.0, 3.0, 4.0])
def test_the_blur_of_an_edge_is_found(blur_px):
    assert blur_of(edges(blur_px)) == pytest.approx(blur_px, rel=0.1)


def test_more_blur_reads_as_more():
    assert blur_of(edges(0)) < blur_of(edges(1)) < blur_of(edges(2)) < blur_of(edges(4))


def test_a_picture_without_edges_reads_as_the_most_that_can_be_told():
    assert blur_of(grey(90)) == pytest.approx(7.0, abs=0.1)
