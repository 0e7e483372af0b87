import dataclasses

import numpy as np
import pytest
import torch

from mimetic.flow.data import DataSettings
from mimetic.flow.losses import mean_where, warp_exact
from mimetic.flow.networks.source import SceneSource
from mimetic.flow.pairs import PairSettings
from mimetic.flow.pairset import learning_scenes
from tests.flow.faces import face_sequence

CPU = torch.device("cpu")
SETTINGS = DataSettings(
    pictures=PairSettings.plain(64, noise_sigma=0.3),
    crop_px=64, batch=8, pairs=3, drawn="anew", kinds=("global",),
)  # fmt: skip


@pytest.fixture(scope="module")
def scenes():
    return learning_scenes([face_sequence()], SETTINGS, seed=0, tell=lambda stage, share: None)


def draw(scenes, seed, **changes):
    source = SceneSource(scenes, dataclasses.replace(SETTINGS, **changes))
    return source.draw(rng=np.random.default_rng(seed), device=CPU)


def test_the_flow_brings_the_second_picture_back_in_every_mirroring(scenes):
    for seed in range(8):
        batch = draw(scenes, seed)
        inner = torch.zeros_like(batch.valid)
        inner[:, 12:-12, 12:-12] = True
        inner &= batch.valid
        warped = warp_exact(batch.second, batch.flow)
        left = mean_where((warped - batch.first).abs()[:, 0], inner)
        # Noise of 0.3 in both and whole grey levels; nothing else is left.
        assert left < 0.7 / 255


def test_a_generator_gives_one_batch_and_every_step_new_pictures(scenes):
    one, again, other = draw(scenes, 1), draw(scenes, 1), draw(scenes, 2)
    assert torch.equal(one.first, again.first)
    assert torch.equal(one.flow, again.flow)
    assert not torch.equal(one.first, other.first)


def test_movement_is_a_share_of_the_scene_and_crops_have_their_size(scenes):
    batch = draw(scenes, 3, crop_px=48)
    assert batch.first.shape == batch.second.shape == (8, 1, 48, 48)
    assert batch.flow.shape == (8, 2, 48, 48)
    assert batch.valid.shape == (8, 48, 48)
    longest = max(float(np.hypot(*scene.field_px).max()) for scene in scenes)
    assert batch.flow.norm(dim=1).max() <= longest * 1.001
