"""The pairs that a network learns from, drawn once and kept in memory, with or without a start."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError
from mimetic.flow.data import DataSettings
from mimetic.flow.draws import DRAWS, by_person, exact_pair, exact_scene
from mimetic.flow.film import Scene
from mimetic.flow.laws import TRAIN_KINDS
from mimetic.flow.records import FaceSequence, FlowPair, is_held_out
from mimetic.io.disk import disk_errors, replace_file
from mimetic.ops.warp import sample_exact
from mimetic.types import Bool, Float32, UInt8

VERSION = 1  # of the pairs; raise it when the same settings give others
_HELD_SEED = 1_000_003  # apart from every seed that a recipe is likely to have
_HELD_SHARE = 5  # of the people to learn from, one in so many is kept to watch the learning

_LATER = ("crop_px", "batch", "drawn")  # what is done with pairs that are there

Measure = Callable[[UInt8, UInt8], Float32]
Tell = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class PairSet:
    """Labelled pairs of one size; flow in half precision (0.004 px at 8 px, 0.0001 at 0.1)."""

    first: UInt8  # [K, S, S]
    second: UInt8  # [K, S, S]
    flow_px: npt.NDArray[np.float16]  # [K, 2, S, S]
    valid: Bool  # [K, S, S]
    names: tuple[str, ...] = ()  # kind of motion of each pair

    def __len__(self) -> int:
        return len(self.first)


def split_people(faces: Sequence[FaceSequence]) -> tuple[list[FaceSequence], list[FaceSequence]]:
    """Faces to learn from and faces to test on while learning; the bench's people in neither.

    With fewer than three people to learn from, both lists are the same.
    """
    known = [face for face in faces if not is_held_out(face.identity)]
    if not known:
        raise ArgumentError(
            f"faces: expected someone to learn from, but all of the {len(faces)} are kept for the "
            "bench (one person in three, by name); bring more people"
        )
    people = sorted({face.identity for face in known}, key=_order)
    if len(people) < 3:
        return known, known
    tested = set(people[: max(1, len(people) // _HELD_SHARE)])
    return (
        [face for face in known if face.identity not in tested],
        [face for face in known if face.identity in tested],
    )


def learning_pairs(
    faces: Sequence[FaceSequence], settings: DataSettings, *, seed: int, tell: Tell
) -> PairSet:
    """The pairs to learn from, with the labels that the settings name."""
    people = by_person(faces, moving=settings.labels == "tracker")
    pairs = []
    for number in range(settings.pairs):
        pairs.append(DRAWS[settings.labels](people, settings, (seed, number)))
        tell("pairs", (number + 1) / settings.pairs)
    return stack_pairs(pairs)


def learning_scenes(
    faces: Sequence[FaceSequence], settings: DataSettings, *, seed: int, tell: Tell
) -> list[Scene]:
    """The scenes of the exact pairs to learn from, for filming anew."""
    people = by_person(faces, moving=False)
    scenes = []
    for number in range(settings.pairs):
        scenes.append(exact_scene(people, settings, (seed, number)))
        tell("scenes", (number + 1) / settings.pairs)
    return scenes


def held_pairs(faces: Sequence[FaceSequence], settings: DataSettings) -> PairSet:
    """Exact pairs of faces, whatever labels and textures are learnt from: the same for all."""
    plain = replace(settings, textures="faces", kinds=TRAIN_KINDS)
    people = by_person(faces, moving=False)
    seeds = [(_HELD_SEED, number) for number in range(settings.test_pairs)]
    return stack_pairs([exact_pair(people, plain, seed) for seed in seeds])


def stack_pairs(pairs: Sequence[FlowPair]) -> PairSet:
    """Pairs of one size as one set."""
    return PairSet(
        first=np.stack([pair.first for pair in pairs]),
        second=np.stack([pair.second for pair in pairs]),
        flow_px=np.stack([pair.flow_px.astype(np.float16) for pair in pairs]),
        valid=np.stack([pair.valid for pair in pairs]),
        names=tuple(pair.kind for pair in pairs),
    )


def with_start(pairs: PairSet, measure: Measure, *, tell: Tell) -> PairSet:
    """What is left to learn when a method has gone before.

    The second picture of every pair is brought back by the flow that the method finds,
    and the label is what that flow lacks.
    """
    second, left = pairs.second.copy(), pairs.flow_px.copy()
    for number in range(len(pairs)):
        start = measure(pairs.first[number], pairs.second[number])
        second[number] = bring_back(pairs.second[number], start)
        left[number] = pairs.flow_px[number].astype(np.float32) - start
        tell("starts", (number + 1) / len(pairs))
    return replace(pairs, second=second, flow_px=left)


def bring_back(second: UInt8, flow_px: Float32) -> UInt8:
    """The second picture [H W] as it would look had nothing moved by ``flow_px`` [2 H W]."""
    y, x = np.indices(second.shape, dtype=np.float64)
    seen = sample_exact(second, x + flow_px[0], y + flow_px[1])
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)


def cached_pairs(path: Path | None, make: Callable[[], PairSet]) -> PairSet:
    """What ``make`` gives, kept in a file; a damaged file counts as none."""
    kept = None if path is None else _load(path)
    if kept is not None:
        return kept
    made = make()
    if path is not None:
        packed = io.BytesIO()
        np.savez(packed, **{**vars(made), "names": np.array(made.names)})
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, packed.getvalue())
    return made


def pairs_hash(faces: Sequence[FaceSequence], settings: DataSettings, *, seed: int) -> str:
    """What names a set of pairs: the faces, by content, and all that shapes the pairs."""
    shaping = {k: v for k, v in asdict(settings).items() if k not in _LATER}
    digest = hashlib.sha256(json.dumps([VERSION, seed, shaping], sort_keys=True).encode())
    for face in faces:
        digest.update(face.identity.encode())
        digest.update(face.pictures.tobytes())
        digest.update(face.landmarks_px.tobytes())
    return digest.hexdigest()


def set_hash(pairs: PairSet) -> str:
    """What names the content of a set."""
    digest = hashlib.sha256()
    for plane in (pairs.first, pairs.second, pairs.flow_px, pairs.valid):
        digest.update(np.ascontiguousarray(plane).tobytes())
    return digest.hexdigest()


def _order(identity: str) -> str:
    return hashlib.sha256(f"test {identity}".encode()).hexdigest()


def _load(path: Path) -> PairSet | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
        names = tuple(str(name) for name in arrays.pop("names"))
        return PairSet(**arrays, names=names)
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
        return None
