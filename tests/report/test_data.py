from dataclasses import replace

import numpy as np
import pytest

from mimetic.errors import ShapeError
from mimetic.report import ComponentView, Thumbnail
from mimetic.report.faces import heat_steps, mesh_edges, outline_path, region_paths
from tests.report import scenes


def test_components_must_have_a_column_of_codes():
    data = scenes.recording(seconds=5)
    beyond = replace(data.components[0], index=2, name="jaw")
    with pytest.raises(ShapeError, match=r"components: expected indices below 2, got more in"):
        replace(data, components=(beyond,))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mesh_px", np.zeros((4, 2), np.float32)),
        ("neutral_pixels", np.zeros((4, 4), np.uint8)),
        ("region_masks", np.zeros((2, 4, 4), np.float32)),
    ],
)
def test_wrong_shapes_are_refused(name, value):
    with pytest.raises(ShapeError, match=name):
        replace(scenes.recording(seconds=5), **{name: value})


def test_responses_have_a_column_for_each_region():
    data = scenes.recording(seconds=5)
    one = data.responses[0]
    with pytest.raises(ShapeError, match="responses"):
        replace(data, responses=(replace(one, mean=one.mean[:, :3]),))


def test_pictures_and_meshes_of_one_component_agree():
    mesh = np.zeros((4, 2), np.float32)
    with pytest.raises(ShapeError, match="plus_mesh_px"):
        ComponentView(index=0, name="a", share=0.1, minus_mesh_px=mesh, plus_mesh_px=mesh[:3])
    with pytest.raises(ShapeError, match="plus_pixels"):
        ComponentView(
            index=0, name="a", share=0.1, minus_mesh_px=mesh, plus_mesh_px=mesh,
            plus_pixels=np.zeros((4, 4), np.uint8),
        )  # fmt: skip
    with pytest.raises(ShapeError, match="flow_px"):
        ComponentView(
            index=0, name="a", share=0.1, minus_mesh_px=mesh, plus_mesh_px=mesh,
            flow_px=np.zeros((4, 4), np.float32),
        )  # fmt: skip
    with pytest.raises(ShapeError, match="pixels"):
        Thumbnail(time_s=0, caption="", landmarks_px=mesh, pixels=np.zeros((4, 4), np.uint8))


def test_edges_of_a_square_are_its_sides_and_one_diagonal():
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10.0]])
    edges = {tuple(edge) for edge in mesh_edges(square).tolist()}
    assert {(0, 1), (1, 2), (2, 3), (0, 3)} < edges
    assert len(edges) == 5


@pytest.mark.parametrize("mesh", [np.zeros((3, 2)), np.zeros((5, 2)), np.full((9, 2), np.nan)])
def test_a_mesh_without_extent_has_no_edges(mesh):
    assert mesh_edges(mesh).shape == (0, 2)


def test_outlines_need_the_face_scheme():
    assert outline_path(np.zeros((68, 2))) == ""
    assert outline_path(scenes.drawn_mesh()).count("M") == 9


def test_a_region_that_is_a_disc_is_drawn_as_one_closed_line_of_its_size():
    y, x = np.mgrid[:64, :64]
    disc = ((x - 30) ** 2 + (y - 20) ** 2 < 100).astype(np.float32)
    (path,) = region_paths(disc[None])
    places = np.array([pair.split() for pair in path[1:-1].split("L")], float)
    assert path.count("M") == path.count("Z") == 1
    np.testing.assert_allclose(np.hypot(*(places - [30, 20]).T), 10, atol=0.8)


def test_heat_counts_from_nothing_to_the_largest():
    assert heat_steps([0.0, 0.1, 0.5, 1.0, float("nan")]) == [0, 1, 3, 5, 0]
    assert heat_steps([0.0, float("nan")]) == [0, 0]
