"""The result folder of one video, written by stages that go on after a crash with the same bits.

How a pipeline writes::

    with ResultFolder.create_or_open(path, source=Source(video_path, sha256)) as folder:
        track = folder.stage("track", config_hash=config_hash(config), inputs=(sha256,))
        if not track.done:
            state = track.state()                    # None at the start
            for chunk in ...:                        # begin at frame track.rows
                track.append({"faces/0/box_px": boxes}, state=tracker.state())
            track.write_record("video", info)
            track.finish({"patch_frames": numbers}, facts={"faces": 2})
        people = folder.stage("people", config_hash=..., inputs=(track.hash,))
        ...
        folder.clear_scratch()

* A stage is skipped (``done``) while its settings, its inputs and the version of
  mimetic are unchanged and its files are there. Otherwise it starts anew, and so
  does every stage that was made from it: inputs are the hashes of earlier stages
  (``stage.hash``). What it replaces is deleted at its first write and not before,
  so that a wrong argument that is noticed on the way leaves the folder as it was.
  (``stage.begin()`` does it at once, for a stage that puts files there by itself.)
* ``append`` takes at most CHUNK = 256 rows. Data and state reach the disk before
  the manifest confirms them; rows that it does not confirm are deleted on
  opening and written again. So ``stage.rows`` is a multiple of 256 until done.
* Records go in whole (``write_record``) or by stretches (``append(...,
  records={"clip": clip})``); ``left_out=("pixels",)`` keeps a field out.
  ``layout.py`` says which stage holds which record.
* A name that first comes in a later chunk is missing in the rows before: NaN,
  False, 0, and -32768 (missing flow) for int16.
* ``scratch(stage)`` is a folder for pieces that vanish at the end. It is emptied
  when its stage starts anew; what lies there after a crash belongs to a chunk
  that may be written again, so write files whose names and content follow from
  the frame. A stage that needs the scratch of an earlier, finished one calls
  ``folder.restart(earlier, keep_dependents=True)`` when that scratch is gone.

On the disk: ``manifest.json`` (the truth), ``arrays.zarr/<stage>/<name>``,
``details/<stage>.json`` (facts, plain fields of records, provenance),
``tables/``, and while running ``lock.json``, ``state/``, ``scratch/``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from mimetic import __version__
from mimetic.errors import ArgumentError
from mimetic.io.chunks import CHUNK
from mimetic.io.claim import check_ours, check_source
from mimetic.io.disk import disk_errors
from mimetic.io.lock import FolderLock
from mimetic.io.manifest import NAME as MANIFEST
from mimetic.io.manifest import STAGE_NAME, Manifest, Source, StageEntry, load_manifest
from mimetic.io.pieces import SCRATCH, Pieces
from mimetic.io.stage import Stage
from mimetic.io.stored import STATE, Stored, write_details

__all__ = ["CHUNK", "ResultFolder", "Source", "Stage"]


class ResultFolder:
    """A result folder under this process's lock; use it as a context."""

    def __init__(self, path: Path, manifest: Manifest, lock: FolderLock) -> None:
        self.path = path
        self._manifest = manifest
        self._lock = lock
        self._pieces = Pieces(path)
        self._restarts: dict[str, bool] = {}  # asked for, and whether dependents are kept
        self._coming: dict[str, str] = {}  # hashes of stages that wait for their first write

    @classmethod
    def create_or_open(cls, path: str | Path, *, source: Source) -> ResultFolder:
        """Make the folder or go on in it; refused when locked, foreign, or of another video."""
        folder = Path(path)
        with disk_errors(folder):
            check_ours(folder)
            folder.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(folder)
        try:
            if (folder / MANIFEST).exists():
                manifest = load_manifest(folder)
                check_source(folder, manifest.source, source)
            else:
                manifest = Manifest(source, {})
                manifest.save(folder)
        except BaseException:
            lock.release()
            raise
        return cls(folder, manifest, lock)

    def __enter__(self) -> ResultFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back; what is confirmed stays, folders that hold nothing do not."""
        for path in (*self.path.glob(f"{SCRATCH}/*"), self.path / SCRATCH, self.path / STATE):
            with contextlib.suppress(OSError):
                path.rmdir()
        self._lock.release()

    def stage(self, name: str, *, config_hash: str, inputs: tuple[str, ...] = ()) -> Stage:
        """A stage to skip, to go on with, or to start, as the manifest and the disk say."""
        if not STAGE_NAME.fullmatch(name):
            raise ArgumentError(f"{name!r}: expected a stage name of small letters, digits and _")
        wanted = StageEntry(
            hash=_stage_hash(name, config_hash, inputs),
            config_hash=config_hash,
            inputs=inputs,
            package=__version__,
        )
        self._coming.pop(name, None)
        entry = self._manifest.stages.get(name)
        if entry is None:
            self._restarts.pop(name, None)
            self._pieces.delete(name, (), spare=None)
            self.confirm(name, wanted)
            return Stage(self, name, wanted)
        known = entry.hash == wanted.hash and name not in self._restarts
        if not known or not self._pieces.whole(name, entry):
            self._coming[name] = wanted.hash
            self._pieces.clear_scratch(name, wanted.hash)
            return Stage(self, name, wanted, begun=False)
        self._pieces.delete_unconfirmed(name, entry)
        return Stage(self, name, entry)

    def finished(self, name: str) -> Stage:
        """A finished stage as it lies there, whatever version and settings made it; StoreError."""
        return Stage(self, name, self.stored().finished(name))

    def restart(self, name: str, *, keep_dependents: bool = False) -> None:
        """Let a stage start anew, and every stage that was made from it, at its next write.

        With ``keep_dependents`` the stages made from it stay: right where it is made
        again from the same settings and inputs, only because a piece of it is gone.
        """
        self._restarts[name] = keep_dependents

    def begin(self, name: str, wanted: StageEntry, *, keep: Sequence[str] = ()) -> None:
        """Put a new entry in the place of a stage and of all that was made from it.

        Called by the stage at its first write; files in ``keep`` are not deleted.
        """
        kept = self._restarts.pop(name, True)
        entry = self._manifest.stages.get(name)
        if entry is not None:
            alone = kept and entry.hash == wanted.hash
            others = () if alone else self._manifest.dependents(entry.hash)
            self._give_up({name, *others}, keep)
        self.confirm(name, wanted)
        self._coming.pop(name, None)

    def forget(self, name: str) -> None:
        """Delete a stage and all that was made from it, now; no fault if it is not there."""
        entry = self._manifest.stages.get(name)
        if entry is not None:
            self._give_up({name, *self._manifest.dependents(entry.hash)}, ())

    def drop(
        self, stage: str, *, fields: Collection[str] = (), files: Collection[str] = ()
    ) -> None:
        """Take ``<record>/<field>`` arrays, plain arrays and files out of a finished stage.

        The stage stays done, and what is gone already is no fault. A record that lost
        a field says so when it is read (``stored().left_out``). Whoever needs it again
        calls ``restart(stage, keep_dependents=True)`` first.
        """
        entry, details = self.stored().finished(stage), self.stored().details(stage)
        for name in fields:
            record, _, field = name.rpartition("/")
            kept = details["records"].get(record)
            if kept is not None and field in kept["arrays"]:
                kept["arrays"].remove(field)
                kept["left_out"].append(field)
        arrays = {name: spec for name, spec in entry.arrays.items() if name not in fields}
        left = tuple(name for name in entry.files if name not in files)
        with disk_errors(self.path):
            write_details(self.path, stage, details)
        self.confirm(stage, replace(entry, arrays=arrays, files=left))
        # Also what the manifest forgot before a crash, which nobody else would delete.
        self._pieces.delete_arrays(stage, fields)
        self._pieces.delete_files(files)

    def scratch(self, stage: str) -> Path:
        """A folder for a stage's passing pieces, made when it is not there."""
        entry = self._manifest.stages.get(stage)
        path = self._pieces.scratch(
            stage, self._coming.get(stage, "" if entry is None else entry.hash)
        )
        with disk_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    def clear_scratch(self) -> None:
        """Delete the passing pieces of all stages."""
        self._pieces.clear_scratch()

    def stored(self) -> Stored:
        """What the manifest confirms now, for reading other stages."""
        return Stored(self.path, self._manifest)

    def entry(self, name: str) -> StageEntry:
        """The manifest's entry of a stage."""
        return self._manifest.stages[name]

    def confirm(self, name: str, entry: StageEntry) -> None:
        """Make an entry count; everything it names must be on the disk already."""
        self._save(replace(self._manifest, stages={**self._manifest.stages, name: entry}))
        self._pieces.delete_states(name, keep=entry.rows if entry.has_state else None)

    def _give_up(self, gone: Collection[str], keep: Sequence[str]) -> None:
        files = {stage: self._manifest.stages[stage].files for stage in gone}
        left = {name: entry for name, entry in self._manifest.stages.items() if name not in gone}
        # The manifest first: a crash in between leaves files that nothing confirms.
        self._save(replace(self._manifest, stages=left))
        for stage in sorted(gone):
            owned = [file for file in files[stage] if file not in keep]
            self._pieces.delete(stage, owned, spare=self._coming.get(stage))

    def _save(self, manifest: Manifest) -> None:
        manifest.save(self.path)
        self._manifest = manifest


def _stage_hash(name: str, config_hash: str, inputs: tuple[str, ...]) -> str:
    """What a stage is made from; another version of the package may compute other numbers."""
    made_from = [name, __version__, config_hash, *inputs]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()
