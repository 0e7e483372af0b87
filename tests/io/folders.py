"""Small results for the tests of the result folder."""

import numpy as np

from mimetic.io import layout
from mimetic.io.store import CHUNK, ResultFolder, Source
from mimetic.types import (
    ExpressionEvent,
    FaceClip,
    FaceTrack,
    FlowField,
    LocalDynamics,
    MovementEmbedding,
    Provenance,
    VideoInfo,
)

SHA = "ab" * 32
SOURCE = Source("anna.mp4", SHA)
PROVENANCE = Provenance(
    package="mimetic 0.1.0",
    revision="abc",
    config_hash="c0",
    weights_hash="",
    source_sha256=SHA,
    seed=0,
    decoder="test",
    made_at="2026-01-02T03:04:05+00:00",
)
EVENTS = [
    ExpressionEvent(onset_s=0.1, apex_s=0.2, offset_s=0.3, kind="blink", snr=5.0),
    ExpressionEvent(
        onset_s=1.0,
        apex_s=1.5,
        offset_s=2.0,
        kind="macro",
        label="smile, broad",
        scores={"smile": 0.9},
        regions=("lips", "cheek_left"),
        side="left",
    ),
]


def opened(path, source=SOURCE):
    return ResultFolder.create_or_open(path, source=source)


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def video(frames, rate_hz=25.0):
    return VideoInfo(
        path="anna.mp4",
        sha256=SHA,
        width_px=640,
        height_px=360,
        times_s=np.arange(frames) / rate_hz,
        nominal_hz=rate_hz,
        rotation_deg=0,
        declared_frames=None,
        decoded_frames=frames,
        damaged_packets=0,
        truncated=False,
        repeated=np.arange(frames) % 6 == 5,
        dropped=np.zeros(frames, bool),
        decoder="test 1",
    )


def track(frames, person=0, missing=(1,), points=478):
    valid = np.ones(frames, bool)
    valid[[t for t in missing if t < frames]] = False
    gap = np.where(valid, 0, np.nan).astype(np.float32)
    return FaceTrack(
        person=person,
        times_s=np.arange(frames) / 25,
        box_px=noise((frames, 4), 1) + gap[:, None],
        landmarks_px=noise((frames, points, 3), 2) * 50 + 200 + gap[:, None, None],
        confidence=np.full(frames, 0.9, np.float32) + gap,
        valid=valid,
        reason=np.where(valid, 0, 1).astype(np.uint8),
        yaw_deg=noise(frames, 3) * 10 + gap,
        pitch_deg=noise(frames, 4) * 10 + gap,
        roll_deg=noise(frames, 5) * 10 + gap,
    )


def clip(frames, size=8, points=5, missing=(2,), start=0):
    """Frames ``start`` to ``start + frames`` of an endless clip that is always the same."""
    time = np.arange(start, start + frames)
    valid = ~np.isin(time, missing)
    gap = np.where(valid, 0, np.nan).astype(np.float32)
    wave = np.sin(time).astype(np.float32)
    pixels = (time[:, None, None, None] + np.arange(size * size * 3).reshape(size, size, 3)) % 251
    return FaceClip(
        person=3,
        pixels=(pixels * valid[:, None, None, None]).astype(np.uint8),
        times_s=time / 25,
        crop_to_video=np.tile(np.eye(2, 4), (frames, 1, 1)) * wave[:, None, None],
        depth_px=noise((size, size), 6),
        mesh_px=noise((points, 3), 7),
        alignment=np.tile(np.eye(2, 3), (frames, 1, 1)),
        landmarks_px=np.tile(noise((points, 2), 8), (frames, 1, 1)) * (wave + gap)[:, None, None],
        shape_ed=np.tile(noise((points, 3), 9), (frames, 1, 1)) * (wave + gap)[:, None, None],
        yaw_deg=wave + gap,
        pitch_deg=wave + gap,
        roll_deg=wave + gap,
        residual=wave + gap,
        repeated=time % 6 == 5,
        valid=valid,
    )


def regions(frames):
    valid = np.ones((frames, 2), bool)
    valid[1] = False
    values = noise((frames, 2, 3), 10)
    values[1] = np.nan
    return LocalDynamics(
        values=values,
        times_s=np.arange(frames) / 25,
        regions=("brow_left", "brow_right"),
        features=("displacement_ed", "speed_ed_s", "area_change"),
        valid=valid,
        noise_floor=noise((2, 3), 11),
    )


def codes(frames):
    return MovementEmbedding(
        codes=noise((frames, 4), 12),
        times_s=np.arange(frames) / 25,
        valid=np.ones(frames, bool),
        space="anna-3f2c",
    )


def flow(pairs, size=6):
    values = (
        np.round(noise((pairs, 2, size, size), 13) * 256) / 256 + 0.0
    )  # no -0, which whole steps cannot hold
    valid = np.ones((pairs, size, size), bool)
    valid[0, 0, 0] = False
    values[0, :, 0, 0] = np.nan
    return FlowField(
        flow_px=values.astype(np.float32),
        valid=valid,
        start_s=np.arange(pairs) / 25,
        end_s=np.arange(1, pairs + 1) / 25,
        method="test",
    )


def stretches(frames, size=8):
    for start in range(0, frames, CHUNK):
        yield clip(min(CHUNK, frames - start), size=size, start=start)


def write_result(path, frames=300, left_out=()):
    """A whole result as the pipeline leaves it, small."""
    with opened(path) as folder:
        stage = folder.stage(layout.TRACK, config_hash="c", inputs=(SHA,))
        stage.write_record(layout.VIDEO, video(frames))
        stage.finish(facts={"faces": 2}, provenance=PROVENANCE)
        people = folder.stage(layout.PEOPLE, config_hash="c", inputs=(stage.hash,))
        people.write_record(layout.FACE, track(frames))
        people.write_record(layout.person_record(1), track(frames, person=1))
        people.finish(facts={layout.PERSONS: [{"person": 0}, {"person": 1}]})
        crop = folder.stage(layout.CROP, config_hash="c", inputs=(people.hash,))
        for stretch in stretches(frames):
            crop.append({}, records={layout.CLIP: stretch}, left_out=left_out)
        crop.finish()
        motion = folder.stage(layout.MOTION, config_hash="c", inputs=(crop.hash,))
        motion.write_record(layout.REGIONS, regions(frames))
        motion.write_record(layout.EVENTS, EVENTS)
        motion.write_record(layout.FLOW, flow(frames - 1))
        motion.finish()
        person = folder.stage(layout.PERSON, config_hash="c", inputs=(crop.hash,))
        person.write_record(layout.CODES, codes(frames))
        person.finish({"pictures": noise((4, 8, 8), 14)})
        tables = folder.stage(layout.TABLES, config_hash="c", inputs=(motion.hash, person.hash))
        tables.write_table(
            "frames",
            {"frame": np.arange(frames), "speed_ed_s": regions(frames).values[:, 0, 1]},
            csv=True,
            provenance=PROVENANCE,
        )
        tables.write_table("movements", {"kind": ["a", None], "onset_s": [0.5, None]})
        tables.finish(provenance=PROVENANCE)
    return path
