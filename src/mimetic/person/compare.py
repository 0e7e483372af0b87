"""Codes are numbers of one space; those of another mean something else."""

from __future__ import annotations

from mimetic.errors import ArgumentError, SpaceError
from mimetic.types import MovementEmbedding


def same_space(*embeddings: MovementEmbedding) -> str:
    """The space that all embeddings share; SpaceError where they do not."""
    if not embeddings:
        raise ArgumentError("embeddings: expected at least one, got none")
    spaces = list(dict.fromkeys(each.space for each in embeddings))
    if len(spaces) > 1:
        names = ", ".join(space[:12] for space in spaces)
        raise SpaceError(
            f"these codes come from different models ({names}); embed all clips with one model"
        )
    return spaces[0]
