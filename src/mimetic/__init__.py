"""mimetic measures how a face moves: video in, one person's movements out, on the video's clock.

The names below load on first use (PEP 562), so importing the package is quick
and brings no network and no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mimetic.datasets.virtual import Camera, Person, Program, VirtualFace
    from mimetic.errors import MimeticError
    from mimetic.flow.predict import FlowEstimator
    from mimetic.io.export import export
    from mimetic.io.result import Result, open_result
    from mimetic.io.video import Video
    from mimetic.micro.loso import loso
    from mimetic.micro.maps import micro_maps
    from mimetic.micro.recognise import MicroModel
    from mimetic.micro.spot import spot
    from mimetic.person.discover import discover
    from mimetic.person.general import GeneralModel
    from mimetic.person.linear import PersonModel
    from mimetic.pipeline import AnalyzeConfig, analyze, load_clip
    from mimetic.relations.model import TraitModel
    from mimetic.types import (
        ExpressionEvent,
        FaceClip,
        FaceTrack,
        FaceTruth,
        FlowField,
        FlowMethod,
        LocalDynamics,
        MovementEmbedding,
        Provenance,
        Reason,
        TraitEstimate,
        VideoInfo,
    )

_HOME = {
    "AnalyzeConfig": "mimetic.pipeline",
    "Camera": "mimetic.datasets.virtual",
    "ExpressionEvent": "mimetic.types",
    "FaceClip": "mimetic.types",
    "FaceTrack": "mimetic.types",
    "FaceTruth": "mimetic.types",
    "FlowEstimator": "mimetic.flow.predict",
    "FlowField": "mimetic.types",
    "FlowMethod": "mimetic.types",
    "GeneralModel": "mimetic.person.general",
    "LocalDynamics": "mimetic.types",
    "MicroModel": "mimetic.micro.recognise",
    "MimeticError": "mimetic.errors",
    "MovementEmbedding": "mimetic.types",
    "Person": "mimetic.datasets.virtual",
    "PersonModel": "mimetic.person.linear",
    "Program": "mimetic.datasets.virtual",
    "Provenance": "mimetic.types",
    "Reason": "mimetic.types",
    "Result": "mimetic.io.result",
    "TraitEstimate": "mimetic.types",
    "TraitModel": "mimetic.relations.model",
    "Video": "mimetic.io.video",
    "VideoInfo": "mimetic.types",
    "VirtualFace": "mimetic.datasets.virtual",
    "analyze": "mimetic.pipeline",
    "discover": "mimetic.person.discover",
    "export": "mimetic.io.export",
    "load_clip": "mimetic.pipeline",
    "loso": "mimetic.micro.loso",
    "micro_maps": "mimetic.micro.maps",
    "open_result": "mimetic.io.result",
    "spot": "mimetic.micro.spot",
}

__version__ = "0.1.0"
__all__ = [
    "AnalyzeConfig",
    "Camera",
    "ExpressionEvent",
    "FaceClip",
    "FaceTrack",
    "FaceTruth",
    "FlowEstimator",
    "FlowField",
    "FlowMethod",
    "GeneralModel",
    "LocalDynamics",
    "MicroModel",
    "MimeticError",
    "MovementEmbedding",
    "Person",
    "PersonModel",
    "Program",
    "Provenance",
    "Reason",
    "Result",
    "TraitEstimate",
    "TraitModel",
    "Video",
    "VideoInfo",
    "VirtualFace",
    "analyze",
    "discover",
    "export",
    "load_clip",
    "loso",
    "micro_maps",
    "open_result",
    "spot",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'mimetic' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
