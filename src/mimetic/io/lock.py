"""One writer per result folder; a lock that a dead process left behind is taken over.

The lock is a file held with flock, so the system itself lets go of it when its
process dies, however it dies. The file also says who holds it, for the message
and for disks that know no flock. Reading a folder needs no lock.
"""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from mimetic.errors import LockedError
from mimetic.io.disk import disk_errors

NAME = "lock.json"


class FolderLock:
    """The right to write one folder; use it as a context or call ``release``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        with disk_errors(self.path):
            self._handle = self._open()
            self._write_owner()

    def release(self) -> None:
        """Let other runs write the folder; a second call does nothing."""
        if self._handle >= 0:
            if self._is_named(self._handle):
                self.path.unlink()
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _open(self) -> int:
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                self._take(handle)
            except BaseException:
                os.close(handle)
                raise
            if self._is_named(handle):
                return handle
            os.close(handle)  # its owner deleted it between our open and our flock

    def _take(self, handle: int) -> None:
        owner = _read_owner(handle)
        held = _flock(handle)
        if held is False:
            raise LockedError(self._refusal(owner))
        # A flock that is given proves that nobody is left, whatever the file says: containers
        # and batch jobs have another host name at every start.
        if held or not owner:
            return
        if owner.get("host") != socket.gethostname():
            raise LockedError(
                f"{self._refusal(owner)}. If that run is certainly over, delete {self.path}"
            )
        if _alive(owner.get("pid")):
            raise LockedError(self._refusal(owner))

    def _refusal(self, owner: dict[str, Any]) -> str:
        who = f"process {owner.get('pid', '?')} on {owner.get('host', '?')}"
        return (
            f"{self.path.parent}: another run is writing this result folder "
            f"({who}, since {owner.get('since', '?')}); wait for it to end, "
            "or choose another folder"
        )

    def _is_named(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self.path))
        except FileNotFoundError:
            return False

    def _write_owner(self) -> None:
        owner = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, json.dumps(owner).encode())


def _flock(handle: int) -> bool | None:
    """True when the file is ours now, False when another has it, None without flock."""
    try:
        import fcntl
    except ImportError:
        return None  # no such call on this system: the file alone says who holds it
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None  # some network disks refuse flock
    return True


def _read_owner(handle: int) -> dict[str, Any]:
    try:
        owner = json.loads(os.read(handle, 4096))
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) else {}


def _alive(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0 or os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
