"""Face clips made from known movements: a drawn face whose points and pixels move together."""

import dataclasses

import numpy as np

from mimetic.ops import landmarks as lm
from mimetic.types import FaceClip

SIZE_PX = 128
ED_PX = 56.0


def mesh_px():
    """A plausible mesh [478 3]: named points where they belong, the others spread on an oval."""
    rng = np.random.default_rng(12)
    points = np.full((lm.POINTS, 3), np.nan)
    at = {}
    for number, point in enumerate(lm.BROW_UPPER_RIGHT):
        at[point] = (30 + 7 * number, 34 - 2 * np.sin(number / 4 * np.pi))
    for number, point in enumerate(lm.BROW_LOWER_RIGHT):
        at[point] = (30 + 7 * number, 38 - 2 * np.sin(number / 4 * np.pi))
    for number, (up, down) in enumerate(zip(lm.UPPER_LID_RIGHT, lm.LOWER_LID_RIGHT, strict=True)):
        across = 38 + 2.2 * number
        at[up] = (across, 46 - 3 * np.sin((number + 1) / 8 * np.pi))
        at[down] = (across, 46 + 3 * np.sin((number + 1) / 8 * np.pi))
    at |= {33: (36, 46), 133: (56, 46), 468: (45, 46), 469: (44, 46), 470: (45, 44)}
    at |= {471: (46, 46), 472: (45, 48), 50: (36, 66), 101: (43, 64), 205: (40, 74), 36: (45, 70)}
    at |= {48: (56, 70), 64: (55, 72), 98: (58, 73), 207: (36, 82), 187: (33, 78)}
    for number, point in enumerate(lm.LIPS_OUTER_UPPER[:6]):
        at[point] = (48 + 3.2 * number, 90 - 1.1 * number)
    for number, point in enumerate(lm.LIPS_OUTER_LOWER[:6]):
        at[point] = (48 + 3.2 * number, 90 + 1.3 * number)
    for number, point in enumerate(lm.LIPS_INNER_UPPER[:6]):
        at[point] = (50 + 2.8 * number, 90 - 0.4 * number)
    for number, point in enumerate(lm.LIPS_INNER_LOWER[:6]):
        at[point] = (50 + 2.8 * number, 90 + 0.4 * number)
    for number, point in enumerate(lm.FACE_OVAL_RIGHT):
        angle = np.pi * (number + 1) / 18
        at[point] = (64 - 44 * np.sin(angle), 66 - 56 * np.cos(angle))
    at |= {lm.FOREHEAD: (64, 10), lm.CHIN: (64, 122), 151: (64, 22)}
    for number, point in enumerate(lm.NOSE_RIDGE):
        at[point] = (64, 46 + 4 * number)
    at |= {2: (64, 75), 164: (64, 80), 200: (64, 106), 199: (64, 112), 175: (64, 117)}
    for point, place in at.items():
        points[point, :2] = place
        mirror = lm.MIRROR[point]
        if mirror != point:
            points[mirror, :2] = (128 - place[0], place[1])
    for point in np.flatnonzero(np.isnan(points[:, 0])):
        if not np.isnan(points[point, 0]):
            continue
        radius, angle = np.sqrt(rng.uniform()), rng.uniform(np.pi / 2, 3 * np.pi / 2)
        place = (64 + 42 * radius * np.cos(angle), 66 + 54 * radius * np.sin(angle))
        points[point, :2] = place
        points[lm.MIRROR[point], :2] = (128 - place[0], place[1])
    depth = ((points[:, 0] - 64) / 46) ** 2 + ((points[:, 1] - 66) / 60) ** 2
    points[:, 2] = 40 * depth - 20
    return points.astype(np.float32)


MESH_PX = mesh_px()
# Point groups that move, their direction (x, y) in ed at activation 1, and where in the
# crop (x, y, radius in px) the light changes with them.
MOVES = {
    "mouth opening": ((14, 87, 317, 17, 84, 314, 181, 405), (0, 0.25), (64, 96, 10)),
    "both outer brows up": ((70, 63, 46, 53, 300, 293, 276, 283), (0, -0.12), (36, 32, 8)),
    "left mouth corner up": ((291, 308, 409, 375), (0, -0.15), (82, 88, 8)),
    "right eye closing": (lm.UPPER_LID_RIGHT, (0, 0.08), (45, 46, 7)),
}


def displacement_ed():
    """What every move does to the points at activation 1: [K 478 2] in ed."""
    fields = np.zeros((len(MOVES), lm.POINTS, 2))
    for number, (points, toward, _) in enumerate(MOVES.values()):
        fields[number, list(points)] = toward
    return fields


def shading():
    """What every move does to the light at activation 1: [K 128 128], grey levels."""
    down, across = np.mgrid[:SIZE_PX, :SIZE_PX]
    fields = [
        40 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * radius**2))
        for _, _, (x, y, radius) in MOVES.values()
    ]
    return np.stack(fields)


def activations(times_s, seed=0):
    """Smooth known activations [T K] between 0 and 1, a function of time alone."""
    rng = np.random.default_rng(seed)
    waves = 0
    for _ in range(5):
        rate_hz, phase = rng.uniform(0.1, 1.2, len(MOVES)), rng.uniform(0, 6.3, len(MOVES))
        waves = waves + np.sin(2 * np.pi * rate_hz * np.asarray(times_s)[:, None] + phase)
    return 0.5 + waves / 10


def make_clip(times_s, seed=0, noise=0.0, drive=None, **changes):
    """A FaceClip [T] of the drawn face with known activations."""
    times_s = np.asarray(times_s, np.float64)
    count = times_s.size
    drive = activations(times_s, seed) if drive is None else np.asarray(drive, float)
    rng = np.random.default_rng(seed + 1)
    neutral = (MESH_PX - MESH_PX[[33, 263]].mean(0)) / ED_PX
    shape = np.repeat(neutral[None], count, 0).astype(np.float64)
    shape[..., :2] += np.tensordot(drive, displacement_ed(), 1)
    shape[..., :2] += noise * 0.002 * rng.normal(size=shape[..., :2].shape)
    down, across = np.mgrid[:SIZE_PX, :SIZE_PX]
    face = 130 + 30 * np.sin(across / 9) * np.cos(down / 11)
    grey = face + np.tensordot(drive, shading(), 1)
    grey = grey + noise * 2 * rng.normal(size=grey.shape)
    pixels = np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[..., None], 3, -1)
    zero = np.zeros(count, np.float32)
    fields = {
        "person": 0,
        "pixels": pixels,
        "times_s": times_s,
        "crop_to_video": np.repeat(np.eye(2, 4)[None], count, 0),
        "depth_px": np.zeros((SIZE_PX, SIZE_PX), np.float32),
        "mesh_px": MESH_PX,
        "alignment": np.repeat(np.eye(2, 3)[None], count, 0),
        "landmarks_px": (shape[..., :2] * ED_PX + [64, 46]).astype(np.float32),
        "shape_ed": shape.astype(np.float32),
        "yaw_deg": zero,
        "pitch_deg": zero,
        "roll_deg": zero,
        "residual": zero,
        "repeated": np.zeros(count, bool),
        "valid": np.ones(count, bool),
    }
    return FaceClip(**(fields | changes))


def mirrored(clip):
    """The clip as a mirror would show it: the person's sides swapped."""
    middle = (SIZE_PX - 1) / 2
    shape = clip.shape_ed[:, lm.MIRROR].copy()
    shape[..., 0] *= -1
    points = clip.landmarks_px[:, lm.MIRROR].copy()
    points[..., 0] = 2 * middle - points[..., 0]
    mesh = clip.mesh_px[lm.MIRROR].copy()
    mesh[:, 0] = 2 * middle - mesh[:, 0]
    pixels = np.ascontiguousarray(clip.pixels[:, :, ::-1])
    return dataclasses.replace(
        clip, pixels=pixels, shape_ed=shape, landmarks_px=points, mesh_px=mesh
    )


def frames_of(clip, rows):
    """The frames ``rows`` of a clip, a slice, or numbers that may repeat, then at even times."""
    whole = ("person", "mesh_px", "depth_px", "neutral_pixels", "neutral_shape_ed")
    names = [each.name for each in dataclasses.fields(clip) if each.name not in whole]
    fields = {name: getattr(clip, name)[rows] for name in names}
    if not isinstance(rows, slice):
        fields["times_s"] = np.arange(len(rows)) * 0.05
    return dataclasses.replace(clip, **fields)
