"""Cuts the attention mesh network into two ordinary graphs.

The network as published holds three operators that only mediapipe knows: they
find a rotated box around lips and eyes, sample a feature map there, and move the
refined points back. Without them it falls into a front (picture to mesh) and a
back (sampled features to refined points); ``mesh.py`` does the steps between in
numpy. The halves are kept beside the networks and checked when read.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder, flexbuffers  # type: ignore[import-untyped]

from mimetic.errors import ModelError
from mimetic.types.arrays import Int64

CUT_VERSION = 1  # raise it when the cut changes, so that kept halves are made again
BOX, SAMPLE, MOVE = b"Landmarks2TransformMatrix", b"TransformTensorBilinear", b"TransformLandmarks"


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One refined part of the face: lips, right eye region, left eye region.

    ``points`` are the numbers, in the mesh, of the refined points and also those the
    box is put around; ``start`` and ``end`` say what is level in the box.
    """

    points: Int64  # [K]
    start: int
    end: int
    scale: float
    size: int


@dataclass(frozen=True, kw_only=True, eq=False)
class CutMesh:
    """The two halves, and what happens between them.

    Front: picture [1 192 192 3] -> mesh [1404], presence logit [1], features
    [1 48 48 32]. Back: one sampled crop per part -> per part its refined points, in
    the order of ``parts``; for parts 1 and 2 (the eyes) then the five iris points.
    """

    front: bytes
    back: bytes
    parts: tuple[Part, ...]


def cut_mesh(model: bytes) -> CutMesh:
    """Cut the network; raises ModelError where it is not the one this was written for."""
    tree = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = tree.subgraphs[0]
    boxes = [node for node in graph.operators if _kind(tree, node) == BOX]
    samples = [node for node in graph.operators if _kind(tree, node) == SAMPLE]
    moves = [node for node in graph.operators if _kind(tree, node) == MOVE]
    if (len(boxes), len(samples), len(moves)) != (3, 3, 5):
        raise ModelError(
            "the mesh network: expected 3 boxes, 3 samplings and 5 moves, "
            f"got {len(boxes)}, {len(samples)} and {len(moves)}; "
            "fetch it again with: mimetic models"
        )
    named = {graph.tensors[index].name: index for index in graph.outputs}
    front = [named[b"output_mesh_identity"], named[b"conv_faceflag"], samples[0].inputs[0]]
    back = [node.inputs[0] for node in moves]
    parts = tuple(_part(node) for node in boxes)
    return CutMesh(
        front=_slice(model, inputs=list(graph.inputs), outputs=front),
        back=_slice(model, inputs=[node.outputs[0] for node in samples], outputs=back),
        parts=parts,
    )


def load_cut(path: Path, folder: Path) -> CutMesh:
    """The halves of the network at ``path``, read from ``folder`` or made and kept there.

    A kept file that is damaged or of another network is made again; a folder that
    cannot be written only costs the time to cut at every start.
    """
    model = path.read_bytes()
    kept = folder / f"{path.stem}.cut{CUT_VERSION}.npz"
    source = hashlib.sha256(model).hexdigest()
    found = _read(kept, source)
    if found is None:
        found = cut_mesh(model)
        _keep(kept, found, source)
    return found


def _kind(tree: Any, node: Any) -> bytes | None:
    name = tree.operatorCodes[node.opcodeIndex].customCode
    return None if name is None else bytes(name)


def _part(node: Any) -> Part:
    options = flexbuffers.Loads(bytes(node.customOptions))
    return Part(
        points=np.array(options["subset_idxs"], np.int64).reshape(-1),
        start=options["left_rotation_idx"],
        end=options["right_rotation_idx"],
        scale=options["scale_x"],
        size=options["output_width"],
    )


def _slice(model: bytes, *, inputs: list[int], outputs: list[int]) -> bytes:
    """The model made of those operators that lead from ``inputs`` to ``outputs``.

    Walks backward from the outputs, so the operators that unpack weights stay.
    """
    tree = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = tree.subgraphs[0]
    wanted, kept = set(map(int, outputs)), []
    for node in reversed(graph.operators):
        if wanted.intersection(map(int, node.outputs)) - set(map(int, inputs)):
            kept.append(node)
            wanted.update(map(int, node.inputs))
    graph.operators = kept[::-1]
    graph.inputs, graph.outputs = inputs, outputs
    _drop_unused(tree, graph)
    builder = Builder(len(model))
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _drop_unused(tree: Any, graph: Any) -> None:
    """Leave out the tensors, weights and operator kinds that nothing refers to."""
    used = set(map(int, [*graph.inputs, *graph.outputs]))
    for node in graph.operators:
        used.update(int(index) for index in [*node.inputs, *node.outputs] if index >= 0)
    order = sorted(used)
    place = {old: new for new, old in enumerate(order)} | {-1: -1}
    graph.tensors = [graph.tensors[old] for old in order]
    for item in [graph, *graph.operators]:
        item.inputs = [place[int(index)] for index in item.inputs]
        item.outputs = [place[int(index)] for index in item.outputs]
    buffers = sorted({0} | {tensor.buffer for tensor in graph.tensors})
    tree.buffers = [tree.buffers[old] for old in buffers]
    for tensor in graph.tensors:
        tensor.buffer = buffers.index(tensor.buffer)
    codes = sorted({node.opcodeIndex for node in graph.operators})
    tree.operatorCodes = [tree.operatorCodes[old] for old in codes]
    for node in graph.operators:
        node.opcodeIndex = codes.index(node.opcodeIndex)
    tree.metadata = tree.metadataBuffer = tree.signatureDefs = None


def _fields(cut: CutMesh, source: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "front": np.frombuffer(cut.front, np.uint8),
        "back": np.frombuffer(cut.back, np.uint8),
        "numbers": np.array([[p.start, p.end, p.scale, p.size] for p in cut.parts]),
    }
    fields |= {f"points{number}": part.points for number, part in enumerate(cut.parts)}
    digest = hashlib.sha256(source.encode())
    for name in sorted(fields):
        digest.update(fields[name].tobytes())
    return fields | {"digest": np.frombuffer(digest.digest(), np.uint8)}


def _read(kept: Path, source: str) -> CutMesh | None:
    try:
        # From memory: numpy leaves a file open where the archive is damaged.
        with np.load(io.BytesIO(kept.read_bytes()), allow_pickle=False) as stored:
            fields = {name: stored[name] for name in stored.files}
        numbers = fields["numbers"]
        parts = tuple(
            Part(
                points=fields[f"points{number}"],
                start=int(start),
                end=int(end),
                scale=float(scale),
                size=int(size),
            )
            for number, (start, end, scale, size) in enumerate(numbers)
        )
        cut = CutMesh(front=fields["front"].tobytes(), back=fields["back"].tobytes(), parts=parts)
        whole = np.array_equal(fields["digest"], _fields(cut, source)["digest"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return cut if whole else None


def _keep(kept: Path, cut: CutMesh, source: str) -> None:
    content = io.BytesIO()
    np.savez(content, **_fields(cut, source))
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=kept.name, dir=kept.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.getvalue())
        os.replace(part, kept)
    except OSError:
        return  # a folder that cannot be written is no fault: the halves are in memory
