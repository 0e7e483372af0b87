"""A table that is filled cell by cell and survives being interrupted."""

from __future__ import annotations

import json
import multiprocessing
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from mimetic.errors import StoreError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.provenance import environment, to_plain

NOT_RUN = "not run"
INNERMOST, BREAK = re.compile(r"[\[{][^\[\]{}]*[\]}]"), re.compile(r"\n *")


class Cells:
    """Named results in one JSON file, written after each, never computed twice.

    The file holds ``schema``, ``benchmark``, ``settings``, the dictionary ``cells`` and
    under the same names ``made``, the provenance of each: cells of one table may come
    from several runs. Cells computed with other settings are dropped.
    """

    schema = 1

    def __init__(self, path: Path, benchmark: str, settings: Mapping[str, Any]) -> None:
        self.path = path
        self._head = {"schema": self.schema, "benchmark": benchmark, "settings": dict(settings)}
        self._cells: dict[str, Any] = {}
        self._made: dict[str, Any] = {}
        self._load()

    def run(self, name: str, compute: Callable[[], Any]) -> Any:
        """The stored result of a cell, computed and stored first if there is none."""
        if name not in self._cells:
            self._cells[name] = to_plain(compute())
            self._made[name] = environment()
            self.save()
        return self._cells[name]

    def get(self, name: str) -> Any:
        """The stored result of a cell, "not run" where there is none."""
        return self._cells.get(name, NOT_RUN)

    def forget(self, wanted: Callable[[str], bool]) -> None:
        """Drop the cells of some names, so that they are computed again."""
        for name in [name for name in self._cells if wanted(name)]:
            del self._cells[name], self._made[name]

    def save(self) -> None:
        """Write the table so that an interruption leaves the old one or the new one."""
        content = in_lines(self.content())
        with disk_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, content.encode())

    def content(self) -> dict[str, Any]:
        """The whole table as it is stored."""
        return {**to_plain(self._head), "made": self._made, "cells": self._cells}

    def _load(self) -> None:
        if not self.path.exists():
            return
        try:
            stored = json.loads(self.path.read_bytes())
            head = {name: stored[name] for name in self._head}
            cells, made = dict(stored["cells"]), dict(stored["made"])
            if set(cells) != set(made):
                raise ValueError("made does not name the same cells")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{self.path}: expected a benchmark file, got a fault: {error!r}; remove it"
            ) from error
        if head == to_plain(self._head):
            self._cells, self._made = cells, made


def in_lines(content: Mapping[str, Any]) -> str:
    """JSON text that has each innermost list or object in one line."""
    text = json.dumps(content, indent=1, allow_nan=False)
    # A break of line is never inside a string, so that this changes no value.
    return INNERMOST.sub(lambda found: BREAK.sub(" ", found[0]), text) + "\n"


def in_own_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a fresh process, so that its peak memory is its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()
