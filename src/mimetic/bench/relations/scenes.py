"""What the bench of relations measures: populations, kinds of models, seeds, and their order."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mimetic.datasets.planted import PopulationSettings

OURS = "additive"
LINEAR = ("logistic-regions", "mean-pool", "frozen-frame", "tracker-noise")
FORESTS = ("forest", "forest-pairs")
PAPER = ("fdin-softmax", "fdin-sigmoid")
NETWORKS = (*PAPER, "lstm", "tcn")
SEEDS = 5
TESTED = 300  # people whom no model has seen
RENDERED, UNRENDERED, SEARCH = "rendered", "unrendered", "search"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A population, and what is done to it or asked of it.

    ``subjects`` learn, ``tested`` more are tested on (0: nobody is). ``shuffled``: labels
    are dealt out anew to the people who are learnt from. ``fixed``: all seeds show the same
    planted pairs on other people.
    """

    name: str
    people: dict[str, Any] = dataclasses.field(default_factory=dict)
    subjects: int = 320
    tested: int = TESTED
    shuffled: bool = False
    null: bool = False
    fixed: bool = False

    def settings(self) -> PopulationSettings:
        """Those of the whole population, learnt from and tested on."""
        made = PopulationSettings(**{**self.people, "subjects": self.subjects + self.tested})
        return made.null() if self.null else made

    def plain(self) -> dict[str, Any]:
        """The scene as it stands in each of its cells; another one makes the cell anew."""
        return dataclasses.asdict(self)


_FIXED = (("eye_left", "mouth_right"), ("forehead", "cheek_left"), ("nose", "mouth_left"))
_FIVE = ("amplitude", "lag", "synchrony", "crossed", "closeness")
_ALL = (
    Scene(name="inside"),
    Scene(name="small", subjects=120),
    Scene(name="outside A", people={"kinds": ("closeness", "lead", "bursts")}),
    Scene(name="outside B", people={"kinds": ("ratio", "overlap", "extremity")}),
    Scene(name="age", people={"trait": "age"}),
    Scene(name="shortcut", people={"shortcut": 2.0}),
    Scene(name="null", null=True, tested=0),
    Scene(name="null small", null=True, subjects=120, tested=0),
    Scene(name="shuffled", shuffled=True),
    Scene(name="again", people={"pairs": _FIXED}, fixed=True),
    Scene(
        name="overlapping",
        people={"kinds": _FIVE, "strengths": (0.9, 0.85, 0.8, 0.85, 0.85), "overlapping": True},
    ),
    Scene(name="main effects", people={"main_effects": 2}),
    Scene(name="habits", people={"habit_sd": 0.5, "common_sd": 0.5}),
    Scene(name="rough", people={"jitter_ed": 0.005, "dropout_share": 0.1}),
    Scene(name="50 Hz", people={"rate_hz": 50.0, "steps": 192}),
    Scene(name="one clip each", people={"clips_per_subject": 1}),
    Scene(name="60 people", subjects=60),
    Scene(name="1000 people", subjects=1000),
)
SCENES = {scene.name: scene for scene in _ALL}

# Part by part, those first that the bars are about: scenes, kinds, number of seeds.
PARTS: tuple[tuple[tuple[str, ...], tuple[str, ...], int], ...] = (
    (("inside",), (OURS, *LINEAR), SEEDS),
    (("small", "outside A", "outside B"), (OURS,), SEEDS),
    (("age",), (OURS, "logistic-regions"), SEEDS),
    (("shortcut",), (OURS, "mean-pool", "frozen-frame"), SEEDS),
    (("inside",), FORESTS, SEEDS),
    (("null small", "null"), (OURS,), 20),
    ((UNRENDERED, RENDERED), (OURS, "forest-pairs"), 1),
    ((SEARCH,), PAPER[:1], 1),
    (("inside",), NETWORKS, 2),
    (("inside",), NETWORKS, SEEDS),
    (("shuffled", "again", "overlapping", "main effects", "habits", "rough"), (OURS,), SEEDS),
    (("50 Hz", "one clip each", "60 people", "1000 people"), (OURS,), SEEDS),
    (("null small",), (OURS,), 60),
    (("outside A", "outside B", "small", "age"), ("forest-pairs",), 3),
    (("shortcut",), ("lstm", "fdin-softmax"), 2),
    (("shuffled", "again"), ("forest-pairs", "fdin-softmax"), 3),
    (("outside A", "outside B", "small", "age"), PAPER[:1], 2),
)
QUICK_SCENES = tuple(
    dataclasses.replace(SCENES[name], subjects=subjects, tested=tested)
    for name, subjects, tested in (("inside", 120, 60), ("null small", 60, 0), ("shortcut", 80, 60))
)
QUICK_PARTS: tuple[tuple[tuple[str, ...], tuple[str, ...], int], ...] = (
    (("inside", "shortcut"), (OURS, "logistic-regions", "frozen-frame"), 1),
    (("null small",), (OURS,), 2),
)


def jobs(*, quick: bool = False) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Scene, seed and the kinds that are fitted on it, in the order of the bench."""
    for scenes, kinds, seeds in QUICK_PARTS if quick else PARTS:
        for scene in scenes:
            for seed in range(seeds):
                yield scene, seed, kinds


def scenes(*, quick: bool = False) -> dict[str, Scene]:
    """All planted scenes by name."""
    return {scene.name: scene for scene in QUICK_SCENES} if quick else SCENES
