"""A recipe that is learnt in a second, and three people to learn from."""

import dataclasses

from mimetic.flow.records import is_held_out
from mimetic.flow.train import RunSettings, train_flow
from tests.flow.faces import face_sequence

NAMES = [name for name in map("person {}".format, range(20)) if not is_held_out(name)][:3]
RECIPE = """
network = "flownets"
[options]
width = 0.0625
difference = 8.0
[data]
pairs = 4
test_pairs = 2
crop_px = 64
batch = 2
kinds = ["global"]
[data.pictures]
size_px = 64
[loop]
steps = 6
report_every = 2
save_every = 2
warmup_steps = 1
"""


def faces():
    """Three people, none of them kept for the bench."""
    return [dataclasses.replace(face_sequence(), identity=name) for name in NAMES]


def learn(recipe, out, **run):
    """The training of a recipe on the processor."""
    return train_flow(recipe, faces, out, run=RunSettings(device="cpu", **run))
