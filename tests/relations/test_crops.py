import dataclasses

import numpy as np
import pytest

from mimetic import TraitModel
from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.regions import REGIONS_9
from mimetic.relations.crops import MOMENTS, SIDE, read_crops
from mimetic.relations.intake import read_target
from mimetic.relations.kinds import Material
from mimetic.relations.registry import make_kind
from tests.person.faces import make_clip, mesh_px
from tests.relations.clips import planted

TIMES_S = np.arange(10) / 10


def faces(count=8):
    """Clips of one face whose left corner of the mouth (at the right) grows light, or dark."""
    x, y = mesh_px()[291, :2].astype(int)
    made = []
    for row in range(count):
        grey = np.full((10, 128, 128), 128.0)
        course = np.linspace(0, 1 if row % 2 else -1, 10)
        grey[:, y - 6 : y + 6, x - 6 : x + 6] += 60 * course[:, None, None]
        pixels = np.repeat(grey[..., None], 3, axis=3).astype(np.uint8)
        made.append(make_clip(TIMES_S, pixels=pixels))
    return made


def test_pictures_of_regions_show_what_happens_there_and_nowhere_else():
    crops = read_crops(faces(2), REGIONS_9)
    assert crops.signals.shape == (2, MOMENTS, 9, SIDE * SIDE)
    change = np.abs(crops.signals[:, -1] - crops.signals[:, 0]).mean(2)
    assert set(change.argmax(1)) == {REGIONS_9.index("mouth_left")}
    assert change[:, REGIONS_9.index("forehead")].max() < 0.02
    assert crops.signals.min() >= 0
    assert crops.signals.max() <= 1


def test_the_network_on_pictures_is_fitted_with_crops_alone():
    drawn = planted(3, subjects=8, clips_per_subject=1, kin_share=0.0)
    clips = faces(8)
    model = TraitModel.fit(
        drawn.dynamics, drawn.labels, subjects=drawn.subjects, kind="fdin-cnn", clips=clips,
        settings={"rates": (1e-3,), "steps": (1,), "folds": 2, "batch_clips": 4},
    )  # fmt: skip
    assert np.isfinite(model.predict(drawn.dynamics[0], clip=clips[0]).value)
    assert len(model.explain().pairs) == 36
    material = Material(drawn.dynamics)
    target = read_target(drawn.labels, drawn.subjects).target
    with pytest.raises(ArgumentError, match="clips"):
        make_kind("fdin-cnn").fit(material, target, rng=np.random.default_rng(0))


def test_crops_that_cannot_be_read_are_refused():
    clips = faces(2)
    with pytest.raises(ArgumentError, match="regions"):
        read_crops(clips, ("left", "right"))
    unseen = np.full_like(clips[1].shape_ed, np.nan)
    blind = dataclasses.replace(clips[1], valid=np.zeros(10, bool), shape_ed=unseen)
    with pytest.raises(ArgumentError, match="rows 1 "):
        read_crops([clips[0], blind], REGIONS_9)
    flat = {"pixels": np.zeros((10, 128, 130, 3), np.uint8), "depth_px": np.zeros((128, 130))}
    wide = dataclasses.replace(clips[0], **flat)
    with pytest.raises(ShapeError, match="square"):
        read_crops([wide], REGIONS_9)
