"""Made-up but plausible recordings: a drawn mesh, thirty seconds of signals, gaps."""

from __future__ import annotations

import dataclasses

import numpy as np

from mimetic.io.events import Trial
from mimetic.ops.lids import relative_lids
from mimetic.ops.trials import TrialMean
from mimetic.report import (
    AsymmetryRow,
    ComponentView,
    Picture,
    ReportData,
    Thumbnail,
)
from mimetic.types import (
    ExpressionEvent,
    FaceTrack,
    LocalDynamics,
    MovementEmbedding,
    Provenance,
    Reason,
    VideoInfo,
)

REGIONS = (
    "forehead", "brow_left", "brow_right", "lids_left", "lids_right", "cheek_left",
    "cheek_right", "nose", "mouth_left", "mouth_right", "lips", "jaw_left", "jaw_right",
)  # fmt: skip
PLACES = {  # middle and radii of each region on a 128 px crop; the person's left is image right
    "forehead": (64, 18, 34, 10), "brow": (22, 33, 14, 5), "lids": (22, 46, 13, 7),
    "cheek": (27, 70, 14, 13), "nose": (64, 60, 9, 18), "mouth": (20, 92, 8, 9),
    "lips": (64, 92, 14, 9), "jaw": (26, 110, 17, 9),
}  # fmt: skip
GAP_S = (18.0, 20.0)


def drawn_mesh():
    """A face-like cloud of 478 points [478 3] in crop pixels, no scheme but the eye corners."""
    turn = np.arange(478) * 2.399963
    radius = np.sqrt((np.arange(478) + 0.5) / 478)
    mesh = np.stack([64 + 44 * radius * np.cos(turn), 66 + 58 * radius * np.sin(turn)], axis=1)
    mesh = np.column_stack([mesh, 20 * radius**2])
    mesh[33], mesh[263] = (36, 46, 10), (92, 46, 10)  # 56 px, as in a crop
    return mesh.astype(np.float32)


def region_masks(size=128):
    y, x = np.mgrid[:size, :size]
    masks = []
    for name in REGIONS:
        part, _, side = name.partition("_")
        cx, cy, rx, ry = PLACES[part]
        if side:
            cx = 64 + cx if side == "left" else 64 - cx
        masks.append(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1)
    return np.stack(masks).astype(np.float32)


def video(times_s, **changes):
    frames = times_s.size
    fields = {
        "path": "anna.mp4", "sha256": "ab" * 32, "width_px": 640, "height_px": 360,
        "times_s": times_s, "nominal_hz": 30.0, "rotation_deg": 0, "declared_frames": frames,
        "decoded_frames": frames, "damaged_packets": 0, "truncated": False,
        "repeated": np.zeros(frames, bool), "dropped": np.zeros(frames, bool), "decoder": "made up",
    }  # fmt: skip
    return VideoInfo(**(fields | changes))


def track(times_s, valid, mesh, seed=0):
    rng = np.random.default_rng(seed)
    frames = times_s.size
    landmarks = np.repeat(mesh[None] * 1.5 + [250, 60, 0], frames, axis=0).astype(np.float32)
    pose = [
        reach * np.sin(times_s / period + phase) + rng.normal(0, 0.2, frames)
        for reach, period, phase in ((9, 3.1, 0), (5, 2.2, 1), (2.5, 4.0, 2))
    ]
    reason = np.where(valid, Reason.NONE, Reason.NO_FACE).astype(np.uint8)
    for array in (landmarks, *pose):
        array[~valid] = np.nan
    yaw, pitch, roll = (angle.astype(np.float32) for angle in pose)
    return FaceTrack(
        person=0, times_s=times_s, box_px=np.zeros((frames, 4), np.float32),
        landmarks_px=landmarks, confidence=np.where(valid, 0.995, 0.1).astype(np.float32),
        valid=valid, reason=reason, yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll,
    )  # fmt: skip


def bumps(times_s, moments, width_s):
    return sum(np.exp(-0.5 * ((times_s - moment) / width_s) ** 2) for moment in moments)


def dynamics(times_s, valid, seed=1):
    rng = np.random.default_rng(seed)
    floor = np.full((13, 2), 0.012, np.float32)
    floor[:, 1] = 0.1
    strength = [0.03, 0.05, 0.09, 0.06, 0.06, 0.05, 0.05, 0.02, 0.15, 0.08, 0.2, 0.07, 0.07]
    values = np.abs(rng.normal(0, 0.004, (times_s.size, 13, 2)))
    smile = bumps(times_s, [4.2, 12.4, 25.0], 0.7)
    for region, size in enumerate(strength):
        raised = bumps(times_s, [8.0, 22.5], 0.5) if region < 5 else smile
        values[:, region, 0] += size * raised
    values[:, :, 1] = np.abs(np.diff(values[:, :, 0], axis=0, prepend=0)) * 30
    seen = np.repeat(valid[:, None], 13, axis=1)
    values[~seen] = np.nan
    return LocalDynamics(
        values=values.astype(np.float32), times_s=times_s, regions=REGIONS,
        features=("displacement_ed", "speed_ed_s"), valid=seen, noise_floor=floor,
    )  # fmt: skip


def blink(apex_s):
    return ExpressionEvent(
        onset_s=apex_s - 0.1, apex_s=apex_s, offset_s=apex_s + 0.15, kind="blink"
    )


def component(index, name, share, mesh, shift):
    flat = mesh[:, :2]
    weight = np.exp(-((flat[:, 1] - 92) ** 2) / 300)[:, None]
    return ComponentView(
        index=index, name=name, share=share, minus_mesh_px=flat - weight * shift,
        plus_mesh_px=flat + weight * shift,
    )  # fmt: skip


def responses(kinds=("smile", "frown")):
    lags_s = np.arange(-30, 61) / 30
    rise = np.clip(lags_s, 0, 0.6)[:, None] / 0.6
    sizes = (
        np.array([1, 1, 1, 2, 2, 5, 5, 2, 15, 9, 20, 7, 7]) / 100,
        np.array([3, 6, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1]) / 100,
    )
    return tuple(
        TrialMean(
            trial_type=kind, lags_s=lags_s, mean=rise * size + 0.004, low=rise * size * 0.85,
            high=rise * size * 1.15 + 0.008, trials=np.full((91, 13), 6),
        )
        for kind, size in zip(kinds, sizes, strict=True)
    )  # fmt: skip


def recording(seconds=30.0, rate_hz=30.0, mesh=None, **changes):
    """A ReportData with every piece, a two-second gap and one dropped frame."""
    mesh = drawn_mesh() if mesh is None else mesh
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    valid = (times_s < GAP_S[0]) | (times_s >= GAP_S[1])
    dropped = np.zeros(times_s.size, bool)
    blinks = tuple(blink(apex) for apex in (3.0, 9.5, 15.2, 27.3) if apex < seconds)
    shut = bumps(times_s, [one.apex_s for one in blinks], 0.06) if blinks else 0 * times_s
    aperture = np.repeat((0.11 * (1 - 0.95 * shut))[:, None], 2, axis=1)
    codes = np.stack([bumps(times_s, [4.2, 12.4], 0.8), np.sin(times_s)], axis=1)
    rng = np.random.default_rng(2)
    aperture += rng.normal(0, 0.003, aperture.shape)
    aperture[~valid] = codes[~valid] = np.nan
    frame = rng.integers(40, 200, (128, 128, 3)).astype(np.uint8)
    moments = ((1.0, "neutral"), (12.4, "largest movement: lips"), (22.5, "brows up"))
    fields = {
        "title": "anna.mp4",
        "video": video(times_s, dropped=dropped),
        "command": "mimetic analyze anna.mp4 -o results/anna",
        "track": track(times_s, valid, mesh),
        "picture": Picture(light=0.5, clipped=0.003, blur_px=1.1),
        "mesh_px": mesh,
        "neutral_pixels": frame,
        "neutral_s": 1.0,
        "thumbnails": tuple(
            Thumbnail(time_s=at, caption=words, landmarks_px=mesh[:, :2], pixels=frame)
            for at, words in moments
        ),
        "dynamics": dynamics(times_s, valid),
        "region_masks": region_masks(),
        "asymmetry": (
            AsymmetryRow(pair="brow", left=0.05, right=0.09, index=-0.286, low=-0.4, high=-0.15,
                         movements=5),
            AsymmetryRow(pair="mouth", left=0.15, right=0.08, index=0.304, low=0.2, high=0.4,
                         movements=9),
            AsymmetryRow(pair="cheek", left=0.05, right=0.05, index=0.01, low=-0.1, high=0.12,
                         movements=9),
        ),
        "lids": relative_lids(aperture, times_s),
        "blinks": blinks,
        "embedding": MovementEmbedding(
            codes=codes.astype(np.float32), times_s=times_s, valid=valid, space="made-up",
            code_sd=np.full(codes.shape, 0.06, np.float32),
        ),
        "components": (
            component(0, "mouth corners up", 0.41, mesh, np.array([0.0, -4.0])),
            component(1, "jaw", 0.22, mesh, np.array([0.0, 5.0])),
        ),
        "pose_leak": {"yaw": 0.31, "pitch": 0.12, "roll": 0.05},
        "trials": (Trial(onset_s=4.0, duration_s=1.5, trial_type="smile"),
                   Trial(onset_s=22.0, duration_s=1.5, trial_type="frown")),
        "responses": responses(),
        "limits": ("Below 60 s of video the movement space is not stable.",),
        "provenance": Provenance(
            package="mimetic 0.1.0", revision="abc1234", config_hash="c0" * 32,
            weights_hash="d1" * 32, source_sha256="ab" * 32, seed=0, decoder="made up",
            made_at="2026-01-01T00:00:00Z",
        ),
        "versions": {"Licences": "face networks Apache-2.0"},
    }  # fmt: skip
    return ReportData(**(fields | changes))


def without(data, *names):
    """The same recording with pieces taken away."""
    empty = {"components": (), "thumbnails": (), "asymmetry": (), "responses": (), "trials": ()}
    return dataclasses.replace(data, **{name: empty.get(name) for name in names})
