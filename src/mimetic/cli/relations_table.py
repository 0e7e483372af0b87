"""``mimetic relations table``: a data set as the list that ``fit`` takes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import typer

from mimetic.cli.output import print_json, print_rows

COLUMNS = ("label", "clips", "values")
MOST_WORDS = 6


def table(
    name: str = typer.Argument(..., metavar="SET", help="nemo, crema, ck, bp4d or ravdess."),
    folder: Path = typer.Argument(..., help="The unpacked data set."),
    out: Path = typer.Option(Path("people.csv"), "--out", "-o", help="CSV file to write."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object, not words."),
) -> None:
    """List the clips of a data set with subjects, families and labels; nothing is measured."""
    from mimetic.datasets.sets import SETS, read_set, write_list

    recordings = read_set(name, folder)
    write_list(recordings, out)
    terms = SETS[name][1]
    families = {one.family or f"subject {one.subject}" for one in recordings}
    facts = {
        "set": terms.name,
        "licence": terms.licence,
        "table": str(out),
        "clips": len(recordings),
        "people": len({one.subject for one in recordings}),
        "families": len(families),
    }
    names = dict.fromkeys(key for one in recordings for key in one.labels)
    labels = [_told(key, [one.labels.get(key) for one in recordings]) for key in names]
    if json_out:
        print_json("relations table", {**facts, "labels": labels})
        return
    print_rows([facts], ("set", "clips", "people", "families"))
    typer.echo()
    print_rows(labels, COLUMNS)
    typer.echo(f"\nlicence: {terms.licence}\n{out}")


def _told(name: str, values: list[Any]) -> dict[str, Any]:
    """A label column in words: how many clips have it, and what it says."""
    known = [each for each in values if each is not None]
    if known and all(isinstance(each, float) for each in known):
        said = f"{min(known):g} to {max(known):g}"
    else:
        counted = Counter(map(str, known)).most_common()
        said = ", ".join(f"{word} {number}" for word, number in counted[:MOST_WORDS])
        said += f" and {len(counted) - MOST_WORDS} more" if len(counted) > MOST_WORDS else ""
    return {"label": name, "clips": len(known), "values": said}
