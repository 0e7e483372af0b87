import errno
import fcntl
import json
import os
import socket
import subprocess
import sys

import pytest

from mimetic.errors import LockedError
from mimetic.io.lock import FolderLock

HOLD = """
import sys, time
from pathlib import Path
from mimetic.io.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def hold(folder):
    """Another process that holds the lock of a folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def sign(folder, **owner):
    (folder / "lock.json").write_text(json.dumps(owner))


def without_flock(monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_a_lock_is_gone_after_its_release(tmp_path):
    with FolderLock(tmp_path) as lock:
        assert json.loads(lock.path.read_text())["pid"] == os.getpid()
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_a_living_process_keeps_its_lock_and_a_killed_one_loses_it(tmp_path):
    other = hold(tmp_path)
    try:
        with pytest.raises(LockedError, match=rf"process {other.pid} on .*since 20.*wait for it"):
            FolderLock(tmp_path)
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    assert (tmp_path / "lock.json").exists()
    FolderLock(tmp_path).release()


def test_one_process_cannot_open_a_folder_twice(tmp_path):
    with FolderLock(tmp_path), pytest.raises(LockedError, match=str(os.getpid())):
        FolderLock(tmp_path)


def test_a_lock_that_the_system_gives_is_taken_over_whatever_host_signed_it(tmp_path):
    sign(tmp_path, host="container-7", pid=1, since="2026-01-01")
    with FolderLock(tmp_path) as lock:
        assert json.loads(lock.path.read_text())["host"] == socket.gethostname()


def test_without_flock_the_lock_of_another_host_is_left_alone_with_the_way_to_break_it(
    tmp_path, monkeypatch
):
    without_flock(monkeypatch)
    sign(tmp_path, host="cluster-7", pid=1, since="2026-01-01")
    with pytest.raises(LockedError, match=r"process 1 on cluster-7, since 2026.*delete .*lock\.js"):
        FolderLock(tmp_path)
    assert "cluster-7" in (tmp_path / "lock.json").read_text()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host"', "\x00\x00"])
def test_a_lock_whose_writer_died_before_it_signed_is_taken_over(tmp_path, content):
    (tmp_path / "lock.json").write_text(content)
    FolderLock(tmp_path).release()


def test_a_number_that_another_process_got_since_does_not_keep_a_stale_lock(tmp_path):
    sign(tmp_path, host=socket.gethostname(), pid=os.getppid())
    FolderLock(tmp_path).release()


def test_without_flock_a_living_process_still_keeps_its_lock(tmp_path, monkeypatch):
    without_flock(monkeypatch)
    sign(tmp_path, host=socket.gethostname(), pid=os.getpid())
    with pytest.raises(LockedError, match=str(os.getpid())):
        FolderLock(tmp_path)


@pytest.mark.parametrize("pid", [1, None, -5, "x"])
def test_without_flock_a_process_that_cannot_be_judged_counts_as_living(tmp_path, monkeypatch, pid):
    without_flock(monkeypatch)
    sign(tmp_path, host=socket.gethostname(), pid=pid)
    with pytest.raises(LockedError):
        FolderLock(tmp_path)


def test_without_flock_a_dead_process_loses_its_lock(tmp_path, monkeypatch):
    without_flock(monkeypatch)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    sign(tmp_path, host=socket.gethostname(), pid=gone.pid)
    FolderLock(tmp_path).release()


def test_a_system_without_flock_goes_by_the_file(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    FolderLock(tmp_path).release()


def test_a_process_of_another_user_counts_as_living(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "not permitted")

    without_flock(monkeypatch)
    monkeypatch.setattr(os, "kill", refuse)
    sign(tmp_path, host=socket.gethostname(), pid=99)
    with pytest.raises(LockedError):
        FolderLock(tmp_path)


def test_a_lock_deleted_by_hand_does_not_take_the_next_ones_with_it(tmp_path):
    first = FolderLock(tmp_path)
    first.path.unlink()
    with FolderLock(tmp_path) as second:
        first.release()
        assert second.path.exists()


def test_a_lock_deleted_between_opening_and_locking_is_opened_again(tmp_path, monkeypatch):
    real, lost = fcntl.flock, []

    def flock(handle, how):
        if not lost:
            lost.append((tmp_path / "lock.json").unlink())
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with FolderLock(tmp_path) as lock:
        assert lock.path.exists()
