"""The program: which commands there are, and how a failure is told."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from typing import Any

import typer

from mimetic.cli import analyze, bench, flow, install, micro, person, relations, results, track
from mimetic.cli.output import complain
from mimetic.errors import DiskError, MimeticError

STOPPED = 130  # the shell's code for Ctrl-C
DISK_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
# The class of all faults of usage; typer names it only through its children.
UsageError: Any = typer.BadParameter.__bases__[0]

app = typer.Typer(
    name="mimetic",
    help="Measures how a face moves: ordinary video in, one person's movements out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (analyze, track, flow, person, relations, micro, results, install):
    module.add_to(app)
app.add_typer(bench.app, name="bench")


@app.callback(invoke_without_command=True)
def root(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    """Measure how a face moves: ordinary video in, one person's movements out."""
    if version:
        from mimetic import __version__

        typer.echo(f"mimetic {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors.py says which error has which."""
    try:
        answer = app(args=arguments, standalone_mode=False)
        code = answer if isinstance(answer, int) else 0
    except typer.Exit as leave:
        code = leave.exit_code
    except UsageError as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except MimeticError as error:
        complain(str(error))
        code = error.exit_code
    except OSError as error:
        if error.errno not in DISK_FAULTS:
            raise
        complain(f"the disk takes no more: {error}; make room and run the same command again")
        code = DiskError.exit_code
    if code == STOPPED:
        complain("stopped; finished chunks are kept, the same command goes on from there")
    return code


def run() -> None:
    """Leave the process with the exit code of ``main``: the installed program."""
    sys.exit(main())
