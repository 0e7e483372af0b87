"""Which table and which figure of the docs is made from which benchmark."""

from __future__ import annotations

from collections.abc import Callable

from mimetic.bench import clips, decode, speed, stabilise
from mimetic.bench.flow import figure, listing
from mimetic.bench.flow.tables import TABLES
from mimetic.bench.micro.tables import TABLES as MICRO
from mimetic.bench.person.tables import TABLES as PERSON
from mimetic.bench.relations import figure as dots
from mimetic.bench.relations.tables import TABLES as RELATIONS
from mimetic.bench.tables import Table

# A name before a colon is that of the file; several tables may come from one.
RENDERERS: dict[str, Callable[[Table], str]] = {
    "clips": clips.render,
    "decode": decode.render,
    "speed": speed.render,
    "stabilise": stabilise.render,
    **TABLES,
    **RELATIONS,
    **PERSON,
    **MICRO,
}
FIGURES: dict[str, Callable[[Table], str | None]] = {
    "flow:amplitude": figure.amplitude,
    "flow:learning": figure.learning,
    "relations:dots": dots.dots,
}
# Small files inside the package, by their place in the checkout, and the results they come from.
SUMMARIES: dict[str, tuple[str, Callable[[Table], str]]] = {
    "src/mimetic/bench/flow/measured.json": ("flow", listing.summary),
}
