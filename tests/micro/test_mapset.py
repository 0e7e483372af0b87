import csv
import shutil

import cv2
import numpy as np
import pytest

from mimetic.errors import DatasetError
from mimetic.micro.mapset import MapSet, as_pictures, read_maps, write_maps
from mimetic.micro.views import scaled
from tests.micro.population import small


def mapset(n=6):
    data = small()
    files = tuple(f"{subject}/{row}.png" for row, subject in enumerate(data.subjects[:n]))
    return MapSet(
        maps=data.maps[:n], labels=data.labels[:n], subjects=data.subjects[:n], files=files
    )


def test_maps_come_back_with_their_sign_and_shape_and_without_their_size(tmp_path):
    given = mapset()
    found = read_maps(write_maps(tmp_path, given))
    assert (found.labels, found.subjects, found.files) == (
        given.labels,
        given.subjects,
        given.files,
    )
    # Three roundings of half a grey level: of the values and of the median.
    np.testing.assert_allclose(scaled(found.maps), scaled(given.maps), atol=1.01 / 255)
    assert np.abs(np.median(found.maps[..., :2], axis=(1, 2))).max() < 1e-6
    assert found.maps[..., 2].min() >= 0


def test_writing_what_was_read_gives_the_same_pictures(tmp_path):
    write_maps(tmp_path / "one", mapset())
    write_maps(tmp_path / "two", read_maps(tmp_path / "one"))
    for file in mapset().files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_u_is_red_v_green_and_strain_blue(tmp_path):
    given = mapset(1)
    folder = write_maps(tmp_path, given)
    picture = cv2.imread(str(folder / given.files[0]))[..., ::-1]
    np.testing.assert_array_equal(picture, as_pictures(given.maps)[0])


def test_the_table_may_lie_beside_the_folder_or_be_given_itself(tmp_path):
    folder = write_maps(tmp_path / "maps", mapset())
    inside = read_maps(folder / "maps.csv")
    shutil.move(folder / "maps.csv", tmp_path / "maps.csv")
    beside = read_maps(folder)
    np.testing.assert_array_equal(inside.maps, beside.maps)
    rows = list(csv.DictReader((tmp_path / "maps.csv").read_text().splitlines()))
    with (tmp_path / "maps.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["label", "note", "subject", "file"])
        writer.writeheader()
        writer.writerows({**row, "file": f"maps/{row['file']}", "note": ""} for row in rows)
    np.testing.assert_array_equal(read_maps(folder).maps, inside.maps)


def test_a_tree_of_folders_says_subject_and_class(tmp_path):
    given = mapset()
    for row, picture in enumerate(as_pictures(given.maps)):
        for part in ("u_test", "u_train"):
            subject, label = given.subjects[row], given.labels[row]
            file = tmp_path / "norm" / subject / part / label / f"{row}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(file), picture[..., ::-1])
    found = read_maps(tmp_path)
    assert len(found.files) == 6
    assert sorted(zip(found.subjects, found.labels, strict=True)) == sorted(
        zip(given.subjects, given.labels, strict=True)
    )
    assert all("u_test" in file for file in found.files)


def test_what_is_no_map_is_named(tmp_path):
    given = mapset()
    folder = write_maps(tmp_path, given)
    cv2.imwrite(str(folder / given.files[0]), np.zeros((32, 32, 3), np.uint8))
    cv2.imwrite(str(folder / given.files[1]), np.zeros((28, 28), np.uint8))
    (folder / given.files[2]).unlink()
    (folder / given.files[3]).write_bytes(b"")
    with pytest.raises(DatasetError) as caught:
        read_maps(folder)
    text = str(caught.value)
    assert "got [32, 32, 3] of uint8" in text
    assert "got [28, 28] of uint8" in text
    assert "No such file" in text
    assert "got no picture" in text


def test_a_table_without_what_is_needed_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="found neither"):
        read_maps(tmp_path)
    table = tmp_path / "maps.csv"
    table.write_text("file,person\na.png,p\n")
    with pytest.raises(DatasetError, match="expected rows of file, subject, label"):
        read_maps(tmp_path)
    table.write_text("file,subject,label\na.png,,happy\n")
    with pytest.raises(DatasetError, match=r"missing in lines \[2\]"):
        read_maps(tmp_path)
    table.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="expected a CSV table"):
        read_maps(tmp_path)
