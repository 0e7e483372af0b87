import numpy as np
import pytest

from mimetic.errors import ModelError
from mimetic.track.graph import cut_mesh, load_cut


@pytest.fixture(scope="module")
def cut(networks):
    return cut_mesh(networks["mesh"].read_bytes())


def same(first, second):
    points = all(
        np.array_equal(one.points, other.points) and one.scale == other.scale
        for one, other in zip(first.parts, second.parts, strict=True)
    )
    return first.front == second.front and first.back == second.back and points


def test_the_parts_are_lips_right_eye_and_left_eye(cut):
    assert [len(part.points) for part in cut.parts] == [80, 71, 71]
    assert [(part.start, part.end) for part in cut.parts] == [(61, 291), (33, 133), (362, 263)]
    assert {(part.scale, part.size) for part in cut.parts} == {(1.5, 16)}


def test_each_half_is_smaller_than_the_whole(cut, networks):
    whole = networks["mesh"].stat().st_size
    assert len(cut.front) < whole
    assert len(cut.back) < whole
    assert len(cut.front) + len(cut.back) < 1.1 * whole


def test_cutting_twice_gives_the_same_bytes(cut, networks):
    assert same(cut, cut_mesh(networks["mesh"].read_bytes()))


def test_another_network_is_refused(networks):
    with pytest.raises(ModelError, match="expected 3 boxes, 3 samplings and 5 moves, got 0"):
        cut_mesh(networks["near"].read_bytes())


def test_the_halves_are_kept_and_read_again(cut, networks, tmp_path, monkeypatch):
    load_cut(networks["mesh"], tmp_path)
    monkeypatch.setattr("mimetic.track.graph.cut_mesh", None)
    assert same(load_cut(networks["mesh"], tmp_path), cut)


@pytest.mark.parametrize("damage", ["truncated", "empty", "one byte", "nonsense"])
def test_damaged_halves_are_made_again(cut, networks, tmp_path, damage):
    load_cut(networks["mesh"], tmp_path)
    kept = next(tmp_path.iterdir())
    whole = kept.read_bytes()
    middle = len(whole) // 2
    changed = {
        "truncated": whole[:middle],
        "empty": b"",
        "one byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "nonsense": b"nonsense" * 100,
    }
    kept.write_bytes(changed[damage])
    assert same(load_cut(networks["mesh"], tmp_path), cut)
    assert kept.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_no_fault(cut, networks, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert same(load_cut(networks["mesh"], tmp_path / "file"), cut)
