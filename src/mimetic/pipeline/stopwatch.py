"""Where the processor's time goes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


class Stopwatch:
    """CPU seconds of this process by part of the work, all threads counted."""

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Count the time of a with block."""
        before = time.process_time()
        try:
            yield
        finally:
            self.cpu_s[part] = self.cpu_s.get(part, 0.0) + time.process_time() - before

    def each(self, part: str, items: Iterable[Item]) -> Iterator[Item]:
        """The items, with the time counted that making them takes."""
        source = iter(items)
        while True:
            with self(part):
                try:
                    item = next(source)
                except StopIteration:
                    return
            yield item
