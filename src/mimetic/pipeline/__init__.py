"""The whole way: a video goes in, a result folder with a report comes out."""

from mimetic.pipeline.analysis import analyze, list_persons, load_clip, mend, track
from mimetic.pipeline.settings import AnalyzeConfig

__all__ = ["AnalyzeConfig", "analyze", "list_persons", "load_clip", "mend", "track"]
