"""People rendered from a 3-D face kit, with exact flow and true occlusion."""

from mimetic.datasets.facekit.face import MOTIONS, FaceKitFace, FaceState, RenderedPair
from mimetic.datasets.facekit.kit import FaceKit

__all__ = ["MOTIONS", "FaceKit", "FaceKitFace", "FaceState", "RenderedPair"]
