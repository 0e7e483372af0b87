from itertools import pairwise

import pytest

from mimetic.bench import speed
from mimetic.io.video import Video


def test_a_lengthened_video_shows_the_same_frames_again_on_one_clock(film, tmp_path):
    long = speed.lengthen(film.path, tmp_path / "long.mp4", 3)
    frames = list(Video.open(long).frames())
    once = film.truth.times_s.size
    assert len(frames) == 3 * once
    times = [frame.time_s for frame in frames]
    assert all(later > sooner for sooner, later in pairwise(times))
    assert times[-1] == pytest.approx(3 * 4.0, abs=0.1)
    assert (frames[5].pixels == frames[once + 5].pixels).all()


def test_methods_are_compared_with_the_first(monkeypatch):
    clock = iter([0.0, 0.1, 0.0, 0.2, 0.0, 0.3, 0.0, 0.1])
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    found = speed._compare({"ours": lambda: 10, "rival": lambda: 10}, rounds=2)
    assert found["ours"] == {"cpu_ms": pytest.approx(10), "ratio": 1.0}
    assert found["rival"]["ratio"] == pytest.approx(1.0)


def test_the_bars_say_not_run_until_they_are_measured():
    assert "not run" in speed.render({"cells": {}})


@pytest.mark.slow
def test_the_quick_benchmark_fills_every_table(tmp_path):
    cells = speed.bench_speed(tmp_path / "speed.json", quick=True)["cells"]
    assert {"analyze", "decode", "flow", "components"} <= set(cells)
    assert cells["analyze"]["cpu_ms_frame"] > 0
