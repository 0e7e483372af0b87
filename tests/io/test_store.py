import errno
import hashlib
import os

import numpy as np
import pytest
import zarr

from mimetic.errors import (
    ArgumentError,
    DiskError,
    StoreError,
)
from mimetic.io import disk, stage, store
from mimetic.io.result import open_result
from mimetic.io.store import CHUNK
from tests.io.folders import SHA, opened

same = np.testing.assert_array_equal


def rows(frames, start=0):
    """Frames of an endless recording that is always the same."""
    time = np.arange(start, start + frames)
    made = {"faces/0/box_px": np.stack([time, time + 0.5], 1).astype("f4"), "valid": time % 3 > 0}
    if start >= CHUNK:
        made["late_s"] = time / 7
        made["late_count"] = time.astype("i4")
    return made


def write(folder, frames, stop=None):
    """Go on with a stage as a pipeline does; ``stop`` leaves it unfinished."""
    work = folder.stage("track", config_hash="c", inputs=(SHA,))
    if work.done:
        return work
    total = -1 if work.state() is None else int(work.state()["total"])
    for start in range(work.rows, frames if stop is None else stop, CHUNK):
        chunk = rows(min(CHUNK, frames - start), start)
        total += int(chunk["valid"].sum())
        work.append(chunk, state={"total": np.array(total)})
    if stop is None:
        work.finish({"mean": np.float64(total), "map": np.eye(3)}, facts={"total": total})
    return work


def fingerprint(path):
    files = sorted(p for p in (path / "arrays.zarr").rglob("*") if p.is_file())
    return {str(p.relative_to(path)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files} | {
        "details": (path / "details/track.json").read_bytes()
    }


@pytest.mark.parametrize("frames", [1, 255, 256, 257, 512, 700])
def test_rows_come_back_with_the_same_bits_through_us_and_through_zarr(tmp_path, frames):
    with opened(tmp_path / "r") as folder:
        write(folder, frames)
    result = open_result(tmp_path / "r")
    whole = rows(frames)
    tree = zarr.open_group(tmp_path / "r/arrays.zarr", mode="r")["track"]
    for name, expected in whole.items():
        same(result.array("track", name), expected)
        same(tree[name][:], expected)
        assert tree[name].dtype == expected.dtype
    same(tree["map"][:], np.eye(3))
    assert tree["mean"][()] == result.facts("track")["total"]


def test_a_name_that_comes_later_is_missing_in_the_rows_before(tmp_path):
    with opened(tmp_path / "r") as folder:
        write(folder, 300)
    result = open_result(tmp_path / "r")
    late = result.array("track", "late_s")
    assert np.isnan(late[:256]).all()
    same(late[256:], np.arange(256, 300) / 7)
    count = result.array("track", "late_count")
    same(count[:256], 0)
    tree = zarr.open_group(tmp_path / "r/arrays.zarr", mode="r")["track"]
    same(tree["late_s"][:], late)


def test_a_name_that_pauses_is_missing_meanwhile(tmp_path):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        for index in range(3):
            face = {} if index == 1 else {"faces/1/valid": np.ones(CHUNK, bool)}
            work.append({"time_s": np.arange(256.0), **face})
        work.finish()
        same(
            work.read("faces/1/valid", start=250, stop=520), [True] * 6 + [False] * 256 + [True] * 8
        )


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (5, 3), (250, 260), (511, 700), (0, 10**9)])
def test_a_stretch_equals_the_same_slice_of_the_whole(tmp_path, start, stop):
    with opened(tmp_path / "r") as folder:
        write(folder, 700)
    whole = rows(700)["faces/0/box_px"]
    result = open_result(tmp_path / "r")
    same(result.array("track", "faces/0/box_px", start=start, stop=stop), whole[start:stop])


def test_a_stage_goes_on_from_the_last_confirmed_chunk_with_its_state(tmp_path):
    with opened(tmp_path / "a") as folder:
        write(folder, 700)
    with opened(tmp_path / "b") as folder:
        write(folder, 700, stop=512)
    with opened(tmp_path / "b") as folder:
        work = folder.stage("track", config_hash="c", inputs=(SHA,))
        assert not work.done
        assert work.rows == 512
        assert set(work.state()) == {"total"}
        write(folder, 700)
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")
    assert not (tmp_path / "b/state").exists()


def test_rows_that_the_manifest_does_not_confirm_are_deleted_on_opening(tmp_path):
    with opened(tmp_path / "r") as folder:
        write(folder, 700, stop=256)
    home = tmp_path / "r/arrays.zarr/track"
    (home / "faces/0/box_px/c.1.0").write_bytes(b"half a chu")
    (home / "strange").mkdir()
    (home / "strange/c.0").write_bytes(b"never confirmed")
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c", inputs=(SHA,))
        assert work.rows == 256
        assert not (home / "faces/0/box_px/c.1.0").exists()
        assert not (home / "strange/c.0").exists()
        same(work.read("valid"), rows(256)["valid"])


def test_a_short_last_chunk_counts_only_when_finished(tmp_path):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        work.append({"a": np.zeros(256)})
        work.append({"a": np.ones(10)})
        assert work.rows == 266
        same(work.read("a", start=255), [0] + [1] * 10)
    with opened(tmp_path / "r") as folder:
        assert folder.stage("track", config_hash="c").rows == 256


def test_a_done_stage_is_skipped_and_only_read(tmp_path):
    with opened(tmp_path / "r") as folder:
        write(folder, 300)
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c", inputs=(SHA,))
        assert work.done
        assert work.rows == 300
        assert work.state() is None
        for change in (
            lambda: work.append({"a": np.zeros(3)}),
            lambda: work.finish(),
            lambda: work.write_table("t", {"a": [1]}),
        ):
            with pytest.raises(ArgumentError, match=r"folder\.restart\('track'\)"):
                change()


def test_a_stage_whose_state_was_lost_starts_anew(tmp_path):
    with opened(tmp_path / "r") as folder:
        write(folder, 700, stop=512)
    (tmp_path / "r/state/track-512.npz").unlink()
    with opened(tmp_path / "r") as folder:
        assert folder.stage("track", config_hash="c", inputs=(SHA,)).rows == 0


def test_a_damaged_state_is_told_with_the_file_to_delete(tmp_path):
    with opened(tmp_path / "r") as folder:
        write(folder, 700, stop=512)
    (tmp_path / "r/state/track-512.npz").write_bytes(b"PK not a zip")
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c", inputs=(SHA,))
        with pytest.raises(StoreError, match=r"track-512\.npz.*delete that file"):
            work.state()


def test_a_state_of_objects_is_refused_because_it_would_need_pickle(tmp_path):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        with pytest.raises(ArgumentError, match="state"):
            work.append({"a": np.zeros(CHUNK)}, state={"bad": np.array([{}])})


def test_a_damaged_chunk_is_told_and_not_read_as_numbers(tmp_path):
    with opened(tmp_path / "r") as folder:
        write(folder, 300)
    (tmp_path / "r/arrays.zarr/track/valid/c.0").write_bytes(b"junk")
    with pytest.raises(StoreError, match="damaged"):
        open_result(tmp_path / "r").array("track", "valid")


@pytest.mark.parametrize(
    ("number", "error", "told"),
    [
        (errno.ENOSPC, DiskError, "full"),
        (errno.EDQUOT, DiskError, "full"),
        (errno.EACCES, DiskError, "cannot be written"),
        (errno.EROFS, DiskError, "cannot be written"),
        (errno.EIO, StoreError, "working disk"),
    ],
)
def test_a_disk_that_fails_keeps_the_confirmed_rows(tmp_path, monkeypatch, number, error, told):
    with opened(tmp_path / "a") as folder:
        write(folder, 700)
    with opened(tmp_path / "b") as folder:
        write(folder, 700, stop=256)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", failing(number))
            with pytest.raises(error, match=told):
                write(folder, 700)
        write(folder, 700)
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")


def failing(number):
    def fail(handle):
        raise OSError(number, os.strerror(number))

    return fail


def test_a_disk_that_fails_in_the_middle_of_an_append_can_be_tried_again(tmp_path, monkeypatch):
    with opened(tmp_path / "r") as folder:
        work = folder.stage("track", config_hash="c")
        with monkeypatch.context() as patch:
            patch.setattr(disk, "sync_folder", failing(errno.ENOSPC))
            with pytest.raises(DiskError):
                work.append({"a": np.ones(CHUNK)}, state={"x": np.ones(1)})
        assert work.rows == 0
        assert work.state() is None
        work.append({"a": np.ones(CHUNK)}, state={"x": np.zeros(1)})
        assert work.rows == CHUNK
        same(work.state()["x"], [0])


def test_memory_is_the_same_for_a_long_and_a_short_recording(tmp_path):
    import tracemalloc

    def peak(chunks):
        with opened(tmp_path / f"r{chunks}") as folder:
            work = folder.stage("track", config_hash="c")
            tracemalloc.start()
            for index in range(chunks):
                work.append({"a": np.full((256, 400), index, "f4")}, state={"x": np.ones(9)})
            top = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return top

    peak(2)
    assert peak(40) < 1.1 * peak(4)


def test_public_names_are_where_the_pipeline_looks():
    assert stage.Stage is store.Stage
    assert store.CHUNK == 256


def test_a_forgotten_stage_is_gone_at_once_with_what_was_made_from_it(tmp_path):
    with opened(tmp_path / "r") as folder:
        first = folder.stage("track", config_hash="a")
        first.finish({"x": np.zeros(3)})
        second = folder.stage("crop", config_hash="b", inputs=(first.hash,))
        second.finish({"y": np.zeros(3)})
        folder.forget("track")
        folder.forget("never")
        assert list(folder.stored().manifest.stages) == []
    assert not list((tmp_path / "r" / "arrays.zarr").rglob("c.*"))
