"""``mimetic models`` and ``mimetic doctor``: what this installation has, and how to mend it."""

from __future__ import annotations

import typer

from mimetic.cli.output import print_json, print_rows


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into the program."""
    app.command()(models)
    app.command()(doctor)


def models(
    fetch: bool = typer.Option(False, "--fetch", help="Bring the networks that are missing."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Say where the face networks are, fetch and verify them."""
    from mimetic.track import models as networks

    found = networks.fetch() if fetch else networks.status()
    if json_out:
        print_json("models", {"networks": found, "cache": networks.cache_folder()})
    else:
        rows = [
            {
                "network": one.name,
                "state": _state(one.path is not None, verified=one.verified),
                "file": one.path or one.file,
                "licence": one.licence,
                "sha256": one.sha256[:12],
            }
            for one in found
        ]
        print_rows(rows, ("network", "state", "licence", "sha256", "file"))
    missing = not all(one.verified for one in found)
    if missing and not json_out:
        typer.echo("bring them with: mimetic models --fetch")
    return int(missing)


def doctor(json_out: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> int:
    """Say what this installation can and cannot do, and the line that mends it."""
    from mimetic.pipeline.health import examine

    checks = examine()
    if json_out:
        print_json("doctor", {"checks": checks})
    else:
        rows = [
            {"": "ok" if one.works else ("no" if one.needed else "-"), "what": one.what,
             "found": one.found, "mend": "" if one.works else one.mend}
            for one in checks
        ]  # fmt: skip
        print_rows(rows, ("", "what", "found", "mend"))
    return int(any(one.needed and not one.works for one in checks))


def _state(present: bool, *, verified: bool) -> str:
    if not present:
        return "missing"
    return "verified" if verified else "another file"
