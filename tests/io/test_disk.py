import os

import pytest

from mimetic.errors import DiskError, StoreError
from mimetic.io.disk import FileBatch, disk_errors, replace_file


def test_a_batch_writes_more_files_than_it_keeps_open(tmp_path, monkeypatch):
    flushed = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(handle) or fsync(handle))
    with FileBatch() as batch:
        for index in range(150):
            batch.write(tmp_path / str(index), str(index).encode())
    assert len(flushed) == 150
    assert all((tmp_path / str(i)).read_text() == str(i) for i in range(150))


def test_a_shorter_file_leaves_nothing_of_the_longer_one(tmp_path):
    for content in (b"long content", b"short"):
        with FileBatch() as batch:
            batch.write(tmp_path / "a", content)
    assert (tmp_path / "a").read_bytes() == b"short"


def open_handles():
    return len(os.listdir("/proc/self/fd"))


def write_both(first, second):
    with FileBatch() as batch:
        batch.write(first, b"x")
        batch.write(second, b"x")


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts handles in /proc")
def test_a_batch_that_fails_closes_its_files(tmp_path, monkeypatch):
    def fail(handle):
        raise OSError(28, "No space left on device")

    before = open_handles()
    with pytest.raises(FileNotFoundError):
        write_both(tmp_path / "a", tmp_path / "nothing" / "b")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DiskError, match="full"), disk_errors(tmp_path), FileBatch() as batch:
        batch.write(tmp_path / "a", b"x")
    assert open_handles() == before


def test_a_replaced_file_keeps_its_old_content_when_the_new_cannot_be_written(
    tmp_path, monkeypatch
):
    path = tmp_path / "a"
    replace_file(path, b"old")

    def fail(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DiskError), disk_errors(path):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"


def test_other_faults_of_a_disk_are_told_with_the_fault(tmp_path):
    with pytest.raises(StoreError, match="No such file"), disk_errors(tmp_path):
        (tmp_path / "nothing" / "a").write_text("x")
