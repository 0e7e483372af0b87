"""Files that are whole or absent, and what a full disk says.

Data is flushed to the disk before anything refers to it; a file that is
replaced keeps its old content until the new one is complete.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from mimetic.errors import DiskError, StoreError

FULL = (errno.ENOSPC, errno.EDQUOT)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError under ``path`` into DiskError or StoreError with a way on."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskError(
                f"{path}: the disk or quota is full; finished chunks are kept. "
                "Free some space and run the same command again, it goes on from there"
            ) from error
        if error.errno in REFUSED:
            raise DiskError(
                f"{path}: cannot be written ({error.strerror}); finished chunks are kept. "
                "Allow writing there or choose another folder"
            ) from error
        raise StoreError(
            f"{path}: expected a folder on a working disk, got: {error}. "
            "Run the same command again, or choose another folder"
        ) from error


class FileBatch:
    """Files that are all on the disk when the block ends, for about the price of one.

    Flushed one by one, each of twenty files waits for the disk in turn (80 ms where it
    is busy); flushed from threads at once, they share a commit of its journal (11 ms).
    """

    _MOST = 64  # open files at a time, far below what systems allow

    def __init__(self) -> None:
        self._handles: list[int] = []

    def write(self, path: Path, content: bytes) -> None:
        """Write a file in place; it is safe once the block has ended."""
        if len(self._handles) >= self._MOST:
            self._flush()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        self._handles.append(handle)
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]

    def __enter__(self) -> FileBatch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._flush()
        self._close()

    def _flush(self) -> None:
        try:
            with ThreadPoolExecutor(8) as pool:
                for _ in pool.map(os.fsync, self._handles):
                    pass  # a fault of any of them is raised here
        finally:
            self._close()

    def _close(self) -> None:
        while self._handles:
            os.close(self._handles.pop())


def write_through(path: Path, content: bytes) -> None:
    """Write a file in place and wait until the disk has it."""
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that readers and crashes see the old content or the new, nothing between."""
    passing = path.with_name(path.name + ".part")
    write_through(passing, content)
    os.replace(passing, path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Wait until the disk knows the names in a folder (a no-op where systems have no such call)."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
