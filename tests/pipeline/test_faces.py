import shutil

import cv2
import numpy as np
import pytest

from mimetic.errors import ArgumentError, NoFaceError, VideoError
from mimetic.flow.labels import neighbours
from mimetic.pipeline import faces
from mimetic.pipeline.faces import choose_rows, media_below, read_faces, virtual_faces
from mimetic.pipeline.window import Window


@pytest.fixture(scope="module")
def album(film, tmp_path_factory):
    """A folder with a clip of anna, a portrait in a folder below, and a file that shows nobody."""
    home = tmp_path_factory.mktemp("album")
    shutil.copy(film.path, home / "anna.mp4")
    (home / "photos").mkdir()
    (portrait,) = virtual_faces(1, seed=3, size_px=160)
    cv2.imwrite(str(home / "photos" / "ben.png"), portrait.pictures[0])
    cv2.imwrite(str(home / "photos" / "wall.png"), np.full((64, 64), 90, np.uint8))
    (home / "photos" / ".hidden.png").write_bytes(b"")
    (home / "notes.txt").write_text("no picture")
    (home / "broken.mp4").write_bytes(b"no video")
    return home


@pytest.fixture(scope="module")
def kept(album, tmp_path_factory):
    """What is read of the album, into a cache, and what was told."""
    told = []
    cache = tmp_path_factory.mktemp("cache")
    found = read_faces(album, size_px=96, frames_at_most=40, cache=cache, tell=told.append)
    return found, told, cache


def test_every_clip_and_picture_below_a_folder_becomes_a_sequence(kept):
    found, _, _ = kept
    assert [(face.source, face.identity) for face in found] == [
        ("anna.mp4", "anna"),
        ("ben.png", "ben"),
    ]
    anna, ben = found
    assert anna.pictures.shape[0] == 40
    assert ben.pictures.shape[0] == 1
    assert max(anna.pictures.shape[1:]) == 96


def test_files_without_a_face_are_left_out_and_told(kept):
    _, told, _ = kept
    assert len(told) == 2
    assert all(message.startswith("left out: ") for message in told)
    assert "wall.png" in told[1]
    assert "broken.mp4" in told[0]


def test_landmarks_lie_where_the_film_says(kept, film):
    """Eyes of the sequence, put back into the video by their distance, against the truth."""
    face = kept[0][0]
    rows = np.searchsorted(film.truth.times_s, face.times_s - 1e-4)
    true = film.truth.landmarks_px[rows][:, [33, 263, 1], :2]
    found = face.landmarks_px[:, [33, 263, 1], :2]
    # One window for the whole sequence: one scale and one shift bring all points to the truth.
    scale = np.linalg.norm(found[:, 1] - found[:, 0], axis=1).mean()
    scale /= np.linalg.norm(true[:, 1] - true[:, 0], axis=1).mean()
    rest = found - scale * true
    rest = rest - rest.mean((0, 1))
    ed = np.linalg.norm(found[:, 1] - found[:, 0], axis=1).mean()
    assert np.linalg.norm(rest, axis=-1).mean() < 0.06 * ed


def test_frames_come_in_stretches_of_neighbours(kept):
    times_s = kept[0][0].times_s
    assert neighbours(times_s).size == 38  # two stretches of 20
    assert np.diff(times_s).max() > 0.1


def test_the_second_reading_comes_from_the_cache_with_the_same_bits(kept, album, monkeypatch):
    found, _, cache = kept
    monkeypatch.setattr(faces, "track", None)  # nothing may be tracked again
    again = read_faces(album, size_px=96, frames_at_most=40, cache=cache)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one.pictures, other.pictures)
        np.testing.assert_array_equal(one.landmarks_px, other.landmarks_px)
        np.testing.assert_array_equal(one.times_s, other.times_s)


def test_a_damaged_cache_is_made_again(kept, album, tmp_path):
    for file in kept[2].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:100])
    again = read_faces(album / "photos", size_px=96, frames_at_most=40, cache=tmp_path)
    np.testing.assert_array_equal(again[0].pictures, kept[0][1].pictures)


def test_a_manifest_says_who_is_who(album, kept, tmp_path):
    shutil.copytree(album, tmp_path / "album")
    manifest = tmp_path / "album" / "MANIFEST.csv"
    manifest.write_text("file,person\nanna.mp4,P01\nphotos/ben.png,-\n")
    found = read_faces(tmp_path / "album", size_px=96, frames_at_most=40, cache=kept[2])
    assert [face.identity for face in found] == ["P01", "ben"]
    manifest.write_text("file,person\nphotos/ben.png,P02\n")
    below = read_faces(tmp_path / "album" / "photos", size_px=96, frames_at_most=40, cache=kept[2])
    assert [face.identity for face in below] == ["P02"]
    manifest.write_text("name,who\nphotos/ben.png,P02\n")
    with pytest.raises(VideoError, match="columns file and person"):
        read_faces(tmp_path / "album", cache=kept[2])
    manifest.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(VideoError, match="readable CSV"):
        read_faces(tmp_path / "album", cache=kept[2])


def test_one_file_is_read_as_well(album, kept):
    (face,) = read_faces(album / "anna.mp4", size_px=96, frames_at_most=40, cache=kept[2])
    assert face.identity == "anna"


def test_a_folder_without_a_face_is_refused(tmp_path):
    with pytest.raises(VideoError, match="clips or pictures"):
        read_faces(tmp_path)
    with pytest.raises(VideoError, match="clips or pictures"):
        read_faces(tmp_path / "nowhere")
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((64, 64), 90, np.uint8))
    with pytest.raises(NoFaceError, match="none of 1 files"):
        read_faces(tmp_path)


def test_sizes_that_hold_no_face_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match="size_px"):
        read_faces(tmp_path, size_px=8)
    with pytest.raises(ArgumentError, match="frames_at_most"):
        read_faces(tmp_path, frames_at_most=0)
    with pytest.raises(ArgumentError, match="size_px"):
        virtual_faces(1, seed=0, size_px=8)


def test_media_come_in_order_and_hidden_ones_are_left_out(album):
    names = [path.relative_to(album).as_posix() for path in media_below(album)]
    assert names == ["anna.mp4", "broken.mp4", "photos/ben.png", "photos/wall.png"]


def test_rows_are_all_or_evenly_spread_stretches():
    assert choose_rows(np.arange(5), 8).tolist() == [0, 1, 2, 3, 4]
    assert choose_rows(np.arange(90), 5).tolist() == [0, 1, 2, 3, 4]
    rows = choose_rows(np.arange(1000), 32)
    assert rows.tolist() == [*range(16), *range(984, 1000)]


def test_virtual_people_move_in_full_pictures_and_differ():
    one, other = virtual_faces(2, seed=4, size_px=96)
    assert one.identity != other.identity
    assert one.pictures.shape == (12, 96, 96)
    low, high = one.landmarks_px[..., :2].min((0, 1)), one.landmarks_px[..., :2].max((0, 1))
    assert (low > 0).all()
    assert (high < 95).all()
    assert (high - low).max() > 60
    assert np.linalg.norm(np.diff(one.landmarks_px, axis=0), axis=-1).mean() > 0.1
    (again,) = virtual_faces(1, seed=4, size_px=96)
    np.testing.assert_array_equal(one.pictures, again.pictures)


def test_a_window_stays_inside_the_video_and_keeps_the_proportions():
    points = np.array([[90.0, 10.0], [110.0, 110.0]], np.float32)
    window = Window.around(points, video_px=(120, 200), size_px=70)
    assert (window.width_px, window.height_px, window.scale) == (120, 140, 0.5)
    assert (window.left_px, window.top_px) == (0, 0)
    ramp = np.repeat(np.arange(120, dtype=np.uint8)[None, :, None], 200, axis=0).repeat(3, axis=2)
    cut = window.cut(ramp)
    assert cut.shape == (70, 60)
    place = window.place(np.array([[100.5, 60.5, 4.0]], np.float32))[0]
    np.testing.assert_allclose(place, [50, 30, 2])
    assert cut[30, 50] == pytest.approx(100.5, abs=0.6)


def test_a_small_face_is_not_enlarged():
    points = np.array([[20.0, 20.0], [50.0, 60.0]], np.float32)
    window = Window.around(points, video_px=(100, 100), size_px=384)
    assert window.scale == 1
    assert window.cut(np.zeros((100, 100, 3), np.uint8)).shape == (56, 56)
