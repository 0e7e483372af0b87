"""Result folders that hold a drawn face and nothing else, made without any video."""

import numpy as np

from mimetic.io import layout
from mimetic.io.store import CHUNK, ResultFolder, Source
from mimetic.types import FaceTrack, Reason
from tests.person.faces import frames_of, make_clip


def write_clip(path, clip, *, sha="ab" * 32, first=0, pixels=True):
    """A result folder with the stages that models of a person are made from; its path."""
    with ResultFolder.create_or_open(path, source=Source("film.mp4", sha)) as folder:
        track = folder.stage(layout.TRACK, config_hash="c", inputs=(sha,))
        track.finish({"n": np.zeros(1)}, facts={"first_index": first})
        people = folder.stage(layout.PEOPLE, config_hash="c", inputs=(track.hash,))
        people.write_record(layout.FACE, track_of(clip))
        people.finish()
        crop = folder.stage(layout.CROP, config_hash="c", inputs=(people.hash,))
        left_out = () if pixels else ("pixels",)
        for start in range(0, clip.times_s.size, CHUNK):
            part = frames_of(clip, slice(start, start + CHUNK))
            crop.append({}, records={layout.CLIP: part}, left_out=left_out)
        crop.finish()
        neutral = folder.stage(layout.NEUTRAL, config_hash="c", inputs=(crop.hash,))
        arrays = {layout.NEUTRAL_SHAPE: clip.shape_ed[0]}
        if pixels:
            arrays[layout.NEUTRAL_PIXELS] = clip.pixels[0]
        neutral.finish(arrays)
    return path


def track_of(clip):
    """The track that a clip would have been cut from, in crop pixels."""
    landmarks_px = np.dstack([clip.landmarks_px, 0 * clip.landmarks_px[..., :1]])
    return FaceTrack(
        person=clip.person,
        times_s=clip.times_s,
        box_px=np.zeros((clip.times_s.size, 4)),
        landmarks_px=landmarks_px,
        confidence=np.ones(clip.times_s.size),
        valid=clip.valid,
        reason=np.where(clip.valid, Reason.NONE, Reason.NO_FACE).astype(np.uint8),
        yaw_deg=clip.yaw_deg,
        pitch_deg=clip.pitch_deg,
        roll_deg=clip.roll_deg,
    )


def write_face(path, seconds, *, seed=0, rate_hz=10.0, **changes):
    """A result folder of a drawn face that moves for so long."""
    clip = make_clip(np.arange(0, seconds, 1 / rate_hz), seed=seed, noise=0.3)
    return write_clip(path, clip, **changes)


def write_nobody(path):
    """A result folder in which no face was found."""
    with ResultFolder.create_or_open(path, source=Source("nobody.mp4", "cd" * 32)) as folder:
        folder.stage(layout.TRACK, config_hash="c").finish({"n": np.zeros(1)})
    return path
