"""The command line: one file a command group; heavy imports stay inside the commands."""

from mimetic.cli.app import main

__all__ = ["main"]
