"""What stages leave on the disk beside the manifest: is it whole, and how it is deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from mimetic.io.chunks import forget_rows
from mimetic.io.disk import disk_errors
from mimetic.io.manifest import StageEntry
from mimetic.io.stored import ARRAYS, DETAILS, STATE, state_path

SCRATCH = "scratch"


class Pieces:
    """The files of a result folder, by the stages that own them; OSErrors as in ``disk``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def whole(self, stage: str, entry: StageEntry) -> bool:
        """Whether what the manifest counts on is still on the disk."""
        if not entry.done:
            return not entry.has_state or state_path(self._folder, stage, entry.rows).exists()
        home = self._folder / ARRAYS / stage
        paths = [home / array / "zarr.json" for array in entry.arrays]
        paths += [self._folder / file for file in entry.files]
        return all(path.exists() for path in [*paths, self._folder / DETAILS / f"{stage}.json"])

    def scratch(self, stage: str, made_from: str) -> Path:
        """Where passing pieces lie: those of other settings (another hash) must not mix."""
        return self._folder / SCRATCH / f"{stage}-{made_from[:12]}"

    def clear_scratch(self, stage: str | None = None, made_from: str = "") -> None:
        """Delete the passing pieces of all stages, or of one as it is made from one hash."""
        scratch = self._folder / SCRATCH
        self._remove(scratch if stage is None else self.scratch(stage, made_from))

    def delete(self, stage: str, files: Iterable[str], *, spare: str | None) -> None:
        """Delete all of a stage, but not the passing pieces of the hash ``spare``."""
        coming = None if spare is None else self.scratch(stage, spare)
        self._remove(self._folder / ARRAYS / stage)
        for path in (self._folder / SCRATCH).glob(f"{stage}-*"):
            if path != coming:
                self._remove(path)
        self.delete_files([f"{DETAILS}/{stage}.json", *files])
        self.delete_states(stage, keep=None)

    def delete_arrays(self, stage: str, names: Iterable[str]) -> None:
        """Delete some arrays of a stage; those that are not there are no fault."""
        for name in names:
            self._remove(self._folder / ARRAYS / stage / name)

    def delete_files(self, names: Iterable[str]) -> None:
        """Delete files; those that are not there are no fault."""
        with disk_errors(self._folder):
            for name in names:
                (self._folder / name).unlink(missing_ok=True)

    def delete_unconfirmed(self, stage: str, entry: StageEntry) -> None:
        """Delete the rows and states of an unfinished stage that its entry does not count on."""
        self.delete_states(stage, keep=entry.rows if entry.has_state else None)
        if not entry.done:
            with disk_errors(self._folder):
                forget_rows(self._folder / ARRAYS / stage, entry.arrays, entry.rows)

    def delete_states(self, stage: str, *, keep: int | None) -> None:
        """Delete the saved states of a stage but the one after ``keep`` rows."""
        with disk_errors(self._folder):
            for path in (self._folder / STATE).glob(f"{stage}-*.npz"):
                if keep is None or path != state_path(self._folder, stage, keep):
                    path.unlink()

    def _remove(self, folder: Path) -> None:
        with disk_errors(self._folder):
            if folder.exists():
                shutil.rmtree(folder)
