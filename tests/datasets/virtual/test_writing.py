import av
import numpy as np

from mimetic.datasets.virtual import Camera, Program, write_video


def test_a_written_video_shows_the_recording_at_its_own_times(astronaut, tmp_path):
    camera = Camera(rate_hz=25, size_px=(160, 128), jitter_s=0.01)
    recording = astronaut.record(Program.single("jaw_open", onset_s=0.1, rise_s=0.1), camera)
    path = tmp_path / "jaw.mp4"
    write_video(recording, path)
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    times = [float(frame.time) for frame in frames]
    assert np.allclose(times, recording.times_s, atol=2e-5)
    last = np.ascontiguousarray(frames[-1].to_ndarray(format="rgb24"))
    assert np.abs(last.astype(float) - recording.frame(len(recording) - 1).pixels).mean() < 4
