"""The ICT-FaceKit 3-D face (Li et al., CVPR 2020; MIT): shapes of people, expressions, parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mimetic.errors import ArgumentError, DatasetError
from mimetic.types import Bool, Float32, Float64, Int64
from mimetic.types.arrays import check_shape, freeze

# Vertex ranges of the file's parts: what lies on the eye (film, tear line, lashes) is left out,
# and so is the outer of the two shells of each eyeball.
FACE_END, SKIN_END = 9409, 14062
DRAWN = ((0, 22221), (23021, 23791))
EYEBALLS = ((21451, 22221), (23021, 23791))
SKIN_PART, MOUTH_PART, EYE_PART = 0, 1, 2
ARRAYS = ("neutral_cm", "expression_delta_cm", "expression_names", "identity_delta_cm", "quads")


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceKit:
    """A face of V vertices in centimetres (x its left, y up, z forward), and how it varies.

    ``part`` is 0 for skin, 1 for the inside of the mouth, 2 for eyeballs; ``face`` is
    True for the skin of the face proper, without skull and neck.
    """

    neutral_cm: Float32  # [V, 3]
    expressions_cm: Float32  # [E, V, 3]
    expression_names: tuple[str, ...]
    identities_cm: Float32  # [K, V, 3], one standard deviation each
    triangles: Int64  # [F, 3]
    part: Int64  # [V]
    face: Bool  # [V]

    def __post_init__(self) -> None:
        freeze(self, neutral_cm="f4", expressions_cm="f4", identities_cm="f4")
        freeze(self, triangles="i8", part="i8", face="?")
        check_shape("neutral_cm", self.neutral_cm, "V 3")
        sizes = {"V": len(self.neutral_cm), "E": len(self.expression_names)}
        check_shape("expressions_cm", self.expressions_cm, "E V 3", **sizes)
        check_shape("identities_cm", self.identities_cm, "K V 3", **sizes)
        check_shape("triangles", self.triangles, "F 3")
        check_shape("part", self.part, "V", **sizes)
        check_shape("face", self.face, "V", **sizes)
        if self.triangles.size and not 0 <= self.triangles.min() <= self.triangles.max() < len(
            self.neutral_cm
        ):
            raise ArgumentError(
                f"triangles: expected vertex numbers 0 to {len(self.neutral_cm) - 1}, got "
                f"{self.triangles.min()} to {self.triangles.max()}"
            )

    @classmethod
    def open(cls, path: str | Path) -> FaceKit:
        """Read ``ict_facekit.npz``; DatasetError where it is another file."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                missing = [name for name in ARRAYS if name not in stored]
                if missing:
                    raise DatasetError(
                        f"{path}: expected the arrays of ict_facekit.npz, without "
                        f"{', '.join(missing)}; give the file that holds the ICT-FaceKit face"
                    )
                arrays = {name: stored[name] for name in ARRAYS}
        except (OSError, ValueError, BadZipFile) as error:
            raise DatasetError(f"{path}: expected ict_facekit.npz, got {error}") from error
        names = tuple(str(name) for name in arrays["expression_names"])
        vertices = np.arange(len(arrays["neutral_cm"]))
        part = np.where(vertices < SKIN_END, SKIN_PART, MOUTH_PART)
        for start, end in EYEBALLS:
            part[start:end] = EYE_PART
        return cls(
            neutral_cm=arrays["neutral_cm"],
            expressions_cm=arrays["expression_delta_cm"].astype(np.float32),
            expression_names=names,
            identities_cm=arrays["identity_delta_cm"].astype(np.float32),
            triangles=_triangles(arrays["quads"]),
            part=part,
            face=vertices < FACE_END,
        )

    def weights(self, expressions: dict[str, float]) -> Float64:
        """Weights [E] of named expressions, 0 to 1; ArgumentError for a name there is not."""
        unknown = sorted(set(expressions) - set(self.expression_names))
        if unknown:
            raise ArgumentError(
                f"expressions: expected names of {', '.join(self.expression_names)}; "
                f"got {', '.join(unknown)}"
            )
        return np.array([expressions.get(name, 0.0) for name in self.expression_names])


def _triangles(quads: Int64) -> Int64:
    """Two triangles of each quad (one where it ends in -1), of the drawn vertices only."""
    whole = quads[quads[:, 3] >= 0]
    both = np.concatenate([quads[:, :3], whole[:, [0, 2, 3]]]).astype(np.int64)
    drawn = np.zeros(both.max() + 1, bool)
    for start, end in DRAWN:
        drawn[start:end] = True
    return np.asarray(both[drawn[both].all(1)])
