import numpy as np
import pytest

from mimetic.errors import ArgumentError, StoreError
from mimetic.io.result import open_result
from tests.io.folders import EVENTS, SHA, opened


def chain(folder, config="c"):
    first = folder.stage("track", config_hash=config, inputs=(SHA,))
    if not first.done:
        first.finish({"a": np.zeros(2)})
    second = folder.stage("crop", config_hash="c", inputs=(first.hash,))
    if not second.done:
        second.finish({"a": np.zeros(2)})
    third = folder.stage("codes", config_hash="c", inputs=(second.hash,))
    if not third.done:
        third.write_table("frames", {"a": [1]})
        third.finish()
    other = folder.stage("other", config_hash="c", inputs=(SHA,))
    if not other.done:
        other.finish()


def contents(path):
    left_out = {"lock.json"}
    files = [file for file in path.rglob("*") if file.is_file() and file.name not in left_out]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


WRITES = {
    "append": lambda stage: stage.append({"a": np.zeros(2)}),
    "record": lambda stage: stage.write_record("events", EVENTS),
    "table": lambda stage: stage.write_table("new", {"a": [1]}),
    "finish": lambda stage: stage.finish(),
    "begin": lambda stage: stage.begin(),
}


@pytest.mark.parametrize("write", WRITES)
def test_new_settings_start_all_that_was_made_from_a_stage_anew_at_its_first_write(tmp_path, write):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        (folder.scratch("track") / "piece").write_text("x")
    with opened(tmp_path / "r") as folder:
        first = folder.stage("track", config_hash="other", inputs=(SHA,))
        assert not first.done
        WRITES[write](first)
        assert open_result(tmp_path / "r").stages == {"other": True, "track": first.done}
        assert not (tmp_path / "r/tables/frames.parquet").exists()
        assert not (tmp_path / "r/arrays.zarr/crop").exists()
        assert list(folder.scratch("track").iterdir()) == []
        chain(folder, "other")
    assert all(open_result(tmp_path / "r").stages.values())


def test_a_run_that_fails_before_its_first_write_leaves_the_folder_as_it_was(tmp_path):
    with opened(tmp_path / "r") as folder:
        chain(folder)
    before = contents(tmp_path / "r")
    with opened(tmp_path / "r") as folder:
        first = folder.stage("track", config_hash="wrong", inputs=(SHA,))
        assert (first.done, first.rows, first.state()) == (False, 0, None)
        with pytest.raises(StoreError, match="left no array 'a'"):
            first.read("a")
        with pytest.raises(ArgumentError, match="text belongs into facts"):
            first.append({"a": np.array(["x"])})
        with pytest.raises(ArgumentError, match="expected a file"):
            first.add_files("nothing.txt")
        with pytest.raises(ArgumentError, match="arrays are stored as arrays"):
            first.finish(facts={"a": np.zeros(3)})
    assert contents(tmp_path / "r") == before
    with opened(tmp_path / "r") as folder:
        assert folder.stage("track", config_hash="c", inputs=(SHA,)).done


def test_a_stage_that_waits_can_begin_after_what_it_was_made_from_began(tmp_path):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        first = folder.stage("track", config_hash="other", inputs=(SHA,))
        second = folder.stage("crop", config_hash="other", inputs=(first.hash,))
        first.finish()
        second.finish()
        assert open_result(folder.path).stages == {"other": True, "track": True, "crop": True}


def test_an_unfinished_stage_is_not_lost_to_a_wrong_argument_either(tmp_path):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        (folder.scratch("track") / "piece").write_text("x")
        work.append({"a": np.ones(256)}, state={"x": np.ones(1)})
    with opened(tmp_path / "r") as folder:
        folder.stage("track", config_hash="wrong")
        (folder.scratch("track") / "piece").write_text("of other settings")
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        assert work.rows == 256
        assert work.state() is not None
        assert (folder.scratch("track") / "piece").read_text() == "x"


def test_pieces_of_a_stage_that_starts_anew_outlive_its_first_write(tmp_path):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        first = folder.stage("track", config_hash="other", inputs=(SHA,))
        (folder.scratch("track") / "piece").write_text("x")
        first.append({"a": np.ones(2)})
        assert (folder.scratch("track") / "piece").read_text() == "x"


def test_a_file_written_before_it_is_counted_is_not_deleted_as_one_of_the_old_stage(tmp_path):
    for config in "ab":
        with opened(tmp_path / "r") as folder:
            work = folder.stage("report", config_hash=config)
            (folder.path / "report.html").write_text(config)
            work.add_files("report.html")
            work.finish()
    assert (tmp_path / "r/report.html").read_text() == "b"


def test_another_version_of_the_package_makes_stages_anew(tmp_path, monkeypatch):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        monkeypatch.setattr("mimetic.io.store.__version__", "99.0")
        assert not folder.stage("track", config_hash="c", inputs=(SHA,)).done
        same = folder.finished("track")
        assert same.done
        assert same.read("a").tolist() == [0, 0]


def test_a_stage_that_is_not_finished_is_not_given_as_finished(tmp_path):
    with opened(tmp_path / "r") as folder:
        folder.stage("track", config_hash="c")
        with pytest.raises(StoreError, match="stopped after 0 frames"):
            folder.finished("track")


def test_a_piece_made_again_leaves_what_was_made_from_it(tmp_path):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        folder.restart("track", keep_dependents=True)
        first = folder.stage("track", config_hash="c", inputs=(SHA,))
        assert not first.done
        first.begin()
        stages = {"crop": True, "codes": True, "other": True, "track": False}
        assert open_result(folder.path).stages == stages
        chain(folder)
    (tmp_path / "r/details/crop.json").unlink()
    with opened(tmp_path / "r") as folder:
        first = folder.stage("track", config_hash="c", inputs=(SHA,))
        crop = folder.stage("crop", config_hash="c", inputs=(first.hash,))
        assert not crop.done
        crop.begin()
        assert open_result(folder.path).stages["codes"]


def test_a_restart_that_was_asked_for_forgets_what_was_made_from_the_stage(tmp_path):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        folder.restart("crop")
        assert all(open_result(folder.path).stages.values())
        first = folder.stage("track", config_hash="c", inputs=(SHA,))
        crop = folder.stage("crop", config_hash="c", inputs=(first.hash,))
        crop.finish()
        assert open_result(folder.path).stages == {"track": True, "other": True, "crop": True}
        assert folder.stage("crop", config_hash="c", inputs=(first.hash,)).done


def test_a_forgotten_stage_is_gone_at_once_with_all_that_was_made_from_it(tmp_path):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        folder.forget("crop")
        folder.forget("flow")
        assert open_result(folder.path).stages == {"track": True, "other": True}
        assert not (folder.path / "tables/frames.parquet").exists()


def test_a_done_stage_has_nothing_to_begin(tmp_path):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        with pytest.raises(ArgumentError, match="only read"):
            folder.stage("track", config_hash="c", inputs=(SHA,)).begin()


def test_restart_of_an_unknown_stage_does_nothing(tmp_path):
    with opened(tmp_path / "r") as folder:
        chain(folder)
        folder.restart("flow")
        assert len(open_result(folder.path).stages) == 4


@pytest.mark.parametrize(
    "lost", ["arrays.zarr/track/mean/zarr.json", "details/track.json", "tables/frames.parquet"]
)
def test_a_stage_whose_files_were_lost_is_made_again(tmp_path, lost):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c", inputs=(SHA,))
        work.write_table("frames", {"a": [1]})
        work.finish({"mean": np.zeros(3)})
    (tmp_path / "r" / lost).unlink()
    with opened(tmp_path / "r") as folder:
        assert not folder.stage("track", config_hash="c", inputs=(SHA,)).done


def test_scratch_vanishes_at_the_end(tmp_path):
    with opened(tmp_path / "r") as folder:
        (folder.scratch("track") / "piece").write_text("x")
        folder.clear_scratch()
        folder.clear_scratch()
        assert not (folder.path / "scratch").exists()
