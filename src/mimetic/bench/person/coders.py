"""Codes that compete: each is fitted on some frames of a recording and codes all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from mimetic.bench.person.recorded import APPEARANCE_PX, Recorded
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person import PersonModel
from mimetic.person.weights import PersonConfig
from mimetic.types import FaceClip, Float32, Float64, Floats, Int64, MovementEmbedding

# From a recording and the frames to learn from, the codes [T D] of all its frames, in a
# scale that means something: what moves little has small numbers. NaN where not measured.
Coder = Callable[[Recorded, Int64], Float64]

BANDS = (0.36, 0.62)  # of the crop's height: brows and eyes, nose and cheeks, mouth and jaw


class Model(Protocol):
    """Any fitted movement space, linear or not."""

    def embed(self, clip: FaceClip) -> MovementEmbedding:
        """Codes of a clip."""
        ...

    def scaled(self, embedding: MovementEmbedding) -> Float64:
        """Codes [T D] in the scale of the movement they stand for."""
        ...


def by_model(fit: Callable[[list[FaceClip]], Model]) -> Coder:
    """The code of any model that is fitted on clips and embeds clips."""

    def code(recorded: Recorded, rows: Int64) -> Float64:
        return codes_of(fit(recorded.parts(rows)), recorded)

    return code


def codes_of(model: Model, recorded: Recorded) -> Float64:
    """Scaled codes [T D] of every frame of a recording."""
    every = np.arange(recorded.clip.times_s.size)
    return np.concatenate([model.scaled(model.embed(part)) for part in recorded.parts(every)])


def linear(components: int = 64) -> Coder:
    """The linear model as a user fits it."""
    config = PersonConfig(components=components)
    return by_model(lambda clips: PersonModel.fit(clips, config=config))


def by_pca(features: Callable[[Recorded], Floats], components: int = 64) -> Coder:
    """Principal components of features [T P] of a recording."""

    def code(recorded: Recorded, rows: Int64) -> Float64:
        return principal(features(recorded), rows, components)

    return code


def by_regions(components: int = 64) -> Coder:
    """Principal components of brows and eyes, nose and cheeks, mouth and jaw, each by itself."""
    height = np.nonzero(ellipse_mask(APPEARANCE_PX))[0] / APPEARANCE_PX
    band = np.digitize(height, BANDS)

    def code(recorded: Recorded, rows: Int64) -> Float64:
        shares = [components // 3 + (n < components % 3) for n in range(3)]
        codes = [
            principal(recorded.appearance[:, band == n], rows, share)
            for n, share in enumerate(shares)
        ]
        return np.concatenate([each / np.sqrt(each[rows].var(0).sum()) for each in codes], axis=1)

    return code


def motion_energy(recorded: Recorded) -> Float32:
    """Absolute differences [T A] of neighbouring frames of the plain crop, 0 in the first."""
    seen = recorded.plain_appearance
    return np.abs(np.diff(seen, axis=0, prepend=seen[:1]))


def principal(features: Floats, rows: Int64, components: int) -> Float64:
    """Codes [T D] by the principal components of the features [T P] of some rows."""
    known = np.isfinite(features[rows]).all(1)
    learnt = features[rows[known]].astype(np.float64)
    mean = learnt.mean(0)
    centred = learnt - mean
    if len(centred) < centred.shape[1]:
        _, vectors = np.linalg.eigh(centred @ centred.T)
        basis = np.linalg.qr(centred.T @ vectors[:, ::-1][:, :components])[0]
    else:
        basis = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :components]
    return np.asarray((features - mean) @ basis)


def baselines(components: int = 64) -> dict[str, Coder]:
    """What the models are compared with, by name."""
    return {
        "plain pixels": by_pca(lambda recorded: recorded.plain_appearance, components),
        "landmarks": by_pca(lambda recorded: recorded.landmarks, components),
        "stabilised pixels": by_pca(lambda recorded: recorded.appearance, components),
        "regions": by_regions(components),
        "motion energy": by_pca(motion_energy, components),
    }
