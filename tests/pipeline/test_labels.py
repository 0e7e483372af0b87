"""The labels of a whole video: made, stopped, gone on with, read."""

import dataclasses
import json
import os
import shutil
import signal

import cv2
import numpy as np
import pytest
import typer

from mimetic.cli.flow_labels import labels as labels_command
from mimetic.datasets.virtual import Camera, Program, VirtualFace
from mimetic.errors import LockedError, NoFaceError, OtherVideoError
from mimetic.flow.labels import LabelSettings
from mimetic.io.lock import FolderLock
from mimetic.io.overlay import VideoWriter
from mimetic.io.store import CHUNK
from mimetic.pipeline import AnalyzeConfig, track
from mimetic.pipeline.labelling import pairs_of
from mimetic.pipeline.labels import describe_labels, make_labels, read_labels

SMALL = LabelSettings(size_px=48, margin_px=4)


@pytest.fixture(scope="module")
def made(film, tmp_path_factory):
    """The labels of the film."""
    return make_labels(film.path, out=tmp_path_factory.mktemp("labels") / "anna", settings=SMALL)


@pytest.fixture(scope="module")
def long_film(tmp_path_factory):
    """More frames than a chunk holds, tracked already."""
    home = tmp_path_factory.mktemp("long")
    camera = Camera(rate_hz=12.5, size_px=(120, 120), zoom=0.7)
    recording = VirtualFace().record(Program.random(2, 0.8), camera)
    drawn = [frame.pixels for frame in recording.frames()]
    there_and_back = drawn + drawn[-2:0:-1]
    with VideoWriter(home / "long.mp4", 120, 120) as writer:
        for row in range(CHUNK + 20):
            writer.write(there_and_back[row % len(there_and_back)], row / 25)
    track(home / "long.mp4", out=home / "tracked")
    return home / "long.mp4", home / "tracked"


def bits(result):
    home = result.path / "arrays.zarr" / "labels"
    return {str(f.relative_to(home)): f.read_bytes() for f in home.rglob("*") if f.is_file()}


def test_every_pair_of_neighbours_is_labelled(made, film):
    pairs = list(read_labels(made.path))
    frames = made.array("labels", "frames")
    assert len(pairs) == describe_labels(made)["pairs"] == len(frames) > 90
    assert (frames[:, 1] > frames[:, 0]).all()
    assert all(pair.first.shape == (48, 48) and pair.kind == "paper" for pair in pairs)
    assert np.mean([pair.valid.mean() for pair in pairs]) > 0.4
    assert all((pair.flow_px[:, ~pair.valid] == 0).all() for pair in pairs)


def test_labels_follow_the_true_movement_of_the_head(made, film):
    """Between frames the head moves less than the tracker's jitter; over ten it stands out."""
    frames, scale = made.array("labels", "frames"), made.array("labels", "square")[:, 2]
    found = made.array("labels", "landmarks_second") - made.array("labels", "landmarks_first")
    true = film.truth.landmarks_px[frames[:, 1]] - film.truth.landmarks_px[frames[:, 0]]
    wanted = np.cumsum((true[:, :468, :2] * scale[:, None, None]).mean(1), axis=0)
    labelled = np.cumsum(found.mean(1), axis=0)
    ways = [(path[10:] - path[:-10]).ravel() for path in (wanted, labelled)]
    assert np.corrcoef(*ways)[0, 1] > 0.9


def test_flow_and_landmarks_of_a_pair_agree(made):
    flow = made.record("labels", "flow", start=10, stop=11)
    first, second = (made.array("labels", f"landmarks_{n}")[10] for n in ("first", "second"))
    x, y = np.rint(first).astype(int).T
    known = flow.valid[0, y, x]
    difference = flow.flow_px[0][:, y, x].T - (second - first)
    assert np.median(np.linalg.norm(difference[known], axis=1)) < 0.05
    assert flow.method == "landmarks mesh478"


def test_the_preview_shows_pairs_beside_their_labels(made):
    preview = cv2.imread(str(made.path / "preview.png"))
    assert preview.shape == (6 * 48, 3 * 48, 3)


def test_who_made_the_labels_is_stored(made):
    assert made.provenances["labels"].source_sha256 == made.source.sha256


def test_finished_labels_are_not_made_again(made, film):
    before = {path: path.stat().st_mtime_ns for path in made.path.rglob("c.*")}
    make_labels(film.path, out=made.path, settings=SMALL)
    assert {path: path.stat().st_mtime_ns for path in made.path.rglob("c.*")} == before


def killed_at_the_first_chunk(video, out, settings):
    """Labels in a child that is killed as soon as a chunk is confirmed."""

    def told(stage, share):
        if stage == "labels":
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            make_labels(video, out=out, settings=settings, progress=told)
        finally:
            os._exit(1)
    return os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def test_labels_that_were_killed_go_on_with_the_same_bits(long_film, tmp_path):
    video, tracked = long_film
    settings = dataclasses.replace(SMALL, size_px=32, margin_px=2, jitter_px=0.2)
    for name in ("killed", "undisturbed"):
        shutil.copytree(tracked, tmp_path / name)
    assert killed_at_the_first_chunk(video, tmp_path / "killed", settings)
    stored = json.loads((tmp_path / "killed" / "manifest.json").read_text())
    assert stored["stages"]["labels"]["rows"] == CHUNK
    found = make_labels(video, out=tmp_path / "killed", settings=settings)
    wanted = make_labels(video, out=tmp_path / "undisturbed", settings=settings)
    assert found.facts("labels")["pairs"] > CHUNK
    assert bits(found) == bits(wanted)
    assert len(list(read_labels(found.path))) == found.facts("labels")["pairs"]


def test_only_neighbours_that_both_show_the_face_are_pairs(made):
    info = dataclasses.replace(
        made.video,
        times_s=np.array([0.0, 0.04, 0.08, 0.12, 0.16, 0.9, 0.94]),
        repeated=np.array([0, 0, 1, 0, 0, 0, 0], bool),
        dropped=np.zeros(7, bool),
    )
    valid = np.array([1, 1, 1, 1, 0, 1, 1], bool)
    # Row 2 repeats row 1; the face is lost in row 4; before row 5 the camera stood still.
    assert pairs_of(info, valid).tolist() == [[0, 1], [1, 3], [5, 6]]
    one = dataclasses.replace(
        info, times_s=np.zeros(1), repeated=np.zeros(1, bool), dropped=np.zeros(1, bool)
    )
    assert pairs_of(one, np.ones(1, bool)).shape == (0, 2)


def test_a_single_picture_has_no_labels(film, tmp_path):
    with pytest.raises(NoFaceError, match="two neighbouring frames"):
        make_labels(film.path, out=tmp_path / "one", config=AnalyzeConfig(end_s=0.01))


def test_labels_of_another_video_are_not_overwritten(made, long_film):
    with pytest.raises(OtherVideoError):
        make_labels(long_film[0], out=made.path)


def test_two_runs_do_not_write_one_folder(made, film):
    with FolderLock(made.path), pytest.raises(LockedError):
        make_labels(film.path, out=made.path)


def run(*words):
    app = typer.Typer()
    app.command()(labels_command)
    app([str(word) for word in words], standalone_mode=False)


def test_the_command_says_what_was_made(film, made, capsys):
    words = (film.path, "-o", made.path, "--size", 48, "--margin", 4)
    run(*words)
    told = capsys.readouterr().out
    assert f"{describe_labels(made)['pairs']} pairs of 48 px, labelled from mesh478" in told
    run(*words, "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer["command"] == "flow labels"
    assert answer["pairs"] == describe_labels(made)["pairs"]
    assert answer["labels"] == str(made.path)
