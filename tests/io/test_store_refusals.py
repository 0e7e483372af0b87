import os

import numpy as np
import pytest

from mimetic.errors import (
    ArgumentError,
    DiskError,
    LockedError,
    OtherVideoError,
    ShapeError,
    StoreError,
)
from mimetic.io.result import open_result
from mimetic.io.store import Source
from tests.io.folders import SHA, opened


def test_a_folder_of_another_video_is_refused(tmp_path):
    opened(tmp_path / "r").close()
    with pytest.raises(OtherVideoError, match=r"results of anna\.mp4.*not of ben\.mp4"):
        opened(tmp_path / "r", Source("ben.mp4", "cd" * 32))
    opened(tmp_path / "r").close()  # the refusal left no lock


def test_the_same_video_under_another_name_goes_on(tmp_path):
    opened(tmp_path / "r").close()
    opened(tmp_path / "r", Source("moved.mp4", SHA)).close()


def test_a_folder_with_other_files_is_refused_and_left_as_it_was(tmp_path):
    (tmp_path / "thesis.docx").write_text("x")
    with pytest.raises(StoreError, match=r"found thesis\.docx and no manifest"):
        opened(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "r").write_text("x")
    with pytest.raises(StoreError, match="got a file"):
        opened(tmp_path / "r")


def test_an_empty_folder_and_one_that_died_at_birth_are_taken(tmp_path):
    (tmp_path / "manifest.json.part").write_text("{")
    (tmp_path / ".DS_Store").write_text("x")
    opened(tmp_path).close()
    assert open_result(tmp_path).stages == {}


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path):
    with opened(tmp_path / "r") as folder:
        folder.stage("track", config_hash="c").finish()
        with pytest.raises(LockedError, match=f"process {os.getpid()}"):
            opened(tmp_path / "r")
        assert open_result(tmp_path / "r").stages == {"track": True}
    opened(tmp_path / "r").close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_a_disk_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DiskError, match="cannot be written"):
        opened(tmp_path / "r")


REFUSED = {
    "too many rows": ({"a": np.zeros(257)}, ShapeError, "1 to 256 rows"),
    "no rows": ({"a": np.zeros(0)}, ShapeError, "1 to 256 rows"),
    "no arrays": ({}, ShapeError, "got none"),
    "different rows": ({"a": np.zeros(3), "b": np.zeros(4)}, ShapeError, "a: 3, b: 4"),
    "text": ({"a": np.array(["x"])}, ArgumentError, "text belongs into facts"),
    "objects": ({"a": np.array([None])}, ArgumentError, "got object"),
    "a single number": ({"a": np.float64(3)}, ArgumentError, "a row per frame"),
    "a way out": ({"../a": np.zeros(3)}, ArgumentError, "expected a name of letters"),
    "an array in an array": ({"a": np.zeros(3), "a/b": np.zeros(3)}, ArgumentError, "hold another"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_written(tmp_path, case):
    arrays, error, told = REFUSED[case]
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        with pytest.raises(error, match=told):
            work.append(arrays)
        assert not (folder.path / "arrays.zarr").exists()


def test_rows_after_a_short_chunk_are_refused(tmp_path):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        work.append({"a": np.zeros(3)})
        with pytest.raises(ArgumentError, match="and 3 came; call finish"):
            work.append({"a": np.zeros(3)})


def test_an_array_that_changes_its_type_is_refused(tmp_path):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        work.append({"a": np.zeros((256, 2))})
        with pytest.raises(ShapeError, match="float32"):
            work.append({"a": np.zeros((256, 2), "f4")})


def test_facts_that_json_cannot_hold_are_refused(tmp_path):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        with pytest.raises(ArgumentError, match=r"facts: mean: expected text, numbers.*ndarray"):
            work.finish(facts={"mean": np.zeros(3)})


def test_a_stage_name_that_is_no_name_is_refused(tmp_path):
    with opened(tmp_path / "r") as folder, pytest.raises(ArgumentError, match="stage name"):
        folder.stage("../track", config_hash="c")


def test_a_file_that_is_not_there_cannot_be_counted(tmp_path):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("report", config_hash="c")
        with pytest.raises(ArgumentError, match=r"report\.html: expected a file"):
            work.add_files("report.html")


def test_a_file_outside_the_folder_cannot_be_counted(tmp_path):
    (tmp_path / "thesis.docx").write_text("x")
    with opened(tmp_path / "r") as folder:
        work = folder.stage("report", config_hash="c")
        with pytest.raises(ArgumentError, match="inside the folder"):
            work.add_files("../thesis.docx")


NO_DETAILS = [
    *("[]", "{}", "[" * 99_999, '{"facts": 3, "records": {}, "provenance": null}'),
    *('{"facts": {}, "records": {}}', '{"facts": {}, "records": {}, "provenance": "x"}'),
]


@pytest.mark.parametrize("content", NO_DETAILS)
def test_details_that_are_none_are_told(tmp_path, content):
    with opened(tmp_path / "r") as folder:
        folder.stage("track", config_hash="c").finish()
    (tmp_path / "r/details/track.json").write_text(content)
    with pytest.raises(StoreError, match="expected the facts of the stage 'track'"):
        open_result(tmp_path / "r").facts("track")
