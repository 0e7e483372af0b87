"""The records that everything passes through; numpy only."""

from mimetic.types.arrays import Bool, Float32, Float64, Floats, Int64, UInt8
from mimetic.types.clip import FaceClip, FaceTrack, Reason, VideoInfo
from mimetic.types.motion import FlowField, LocalDynamics, MovementEmbedding
from mimetic.types.outcome import ExpressionEvent, FaceTruth, TraitEstimate
from mimetic.types.protocols import Against, FlowMethod, Frame, FrameSource
from mimetic.types.provenance import Provenance

__all__ = [
    "Against",
    "Bool",
    "ExpressionEvent",
    "FaceClip",
    "FaceTrack",
    "FaceTruth",
    "Float32",
    "Float64",
    "Floats",
    "FlowField",
    "FlowMethod",
    "Frame",
    "FrameSource",
    "Int64",
    "LocalDynamics",
    "MovementEmbedding",
    "Provenance",
    "Reason",
    "TraitEstimate",
    "UInt8",
    "VideoInfo",
]
