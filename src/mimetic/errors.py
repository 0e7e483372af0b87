"""Every error that mimetic raises on purpose, each with its own exit code.

A message says what was expected, what came, and what to do. The command line
prints it and leaves with ``exit_code``; Python callers catch the class.
"""

from __future__ import annotations


class MimeticError(Exception):
    """Root of the tree; catch this to catch everything mimetic refuses."""

    exit_code = 1


class ArgumentError(MimeticError, ValueError):
    """An argument has a value that the call cannot use."""

    exit_code = 2


class ShapeError(ArgumentError):
    """An array has another shape or type than the record declares."""


class ConfigError(ArgumentError):
    """A configuration file holds an unknown key or a value of the wrong type."""

    exit_code = 3


class InputError(MimeticError):
    """Something that the user brought cannot be read."""

    exit_code = 10


class VideoError(InputError):
    """The file is missing, empty, damaged beyond use, or no video."""

    exit_code = 11


class NoFaceError(InputError):
    """No frame of the stretch shows a face that the tracker accepts."""

    exit_code = 12


class PersonError(InputError):
    """The person asked for is not in this video."""

    exit_code = 13


class EventsError(InputError):
    """A table of trial times cannot be read."""

    exit_code = 14


class TooLargeError(InputError):
    """Loading this at once would take more memory than the caller allows."""

    exit_code = 15


class TooLittleMovementError(ArgumentError):
    """A recording is too short or too still for a movement space."""

    exit_code = 16


class DatasetError(InputError):
    """A data set on disk lacks a file, or holds one that is not what its name says."""

    exit_code = 17


class ModelError(MimeticError):
    """A face network or a stored model is missing, damaged or of another version."""

    exit_code = 20


class SpaceError(ModelError):
    """Codes or clips of different spaces cannot be compared."""

    exit_code = 21


class MissingExtra(MimeticError):
    """An optional dependency is not installed; the message names the line that mends it."""

    exit_code = 22


class StoreError(MimeticError):
    """A result folder cannot be read or written."""

    exit_code = 30


class LockedError(StoreError):
    """Another run is writing this result folder."""

    exit_code = 31


class OtherVideoError(StoreError):
    """The result folder belongs to another video."""

    exit_code = 32


class SchemaError(StoreError):
    """The result folder was written by a newer mimetic."""

    exit_code = 33


class DiskError(StoreError):
    """The disk is full or not writable; finished chunks are kept."""

    exit_code = 34
