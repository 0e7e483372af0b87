"""Which class a brief movement belongs to: fit on labelled maps, predict, keep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mimetic.micro.card import Facts, model_card
from mimetic.micro.kinds import Learnt, Words, choose, read_samples
from mimetic.micro.loso import Scores
from mimetic.micro.registry import make_recogniser
from mimetic.micro.store import Stored, read_model, write_model
from mimetic.micro.views import check_maps
from mimetic.types import Float64, Floats
from mimetic.types.arrays import check_shape, freeze


@dataclass(frozen=True, kw_only=True, eq=False)
class Recognition:
    """What a model says of maps: the class of each, and a score for every class.

    Scores are no probabilities. A kernel model gives about 0 for all classes where a map is like
    none that it knows.
    """

    classes: tuple[str, ...]
    labels: tuple[str, ...]  # [n]
    scores: Float64  # [n, C]

    def __post_init__(self) -> None:
        freeze(self, scores="f8")
        check_shape("scores", self.scores, "n C", n=len(self.labels), C=len(self.classes))


class MicroModel:
    """Recognises classes of brief movements from maps of u, v and strain."""

    def __init__(self, learnt: Learnt, facts: Facts) -> None:
        self.facts = facts
        self._learnt = learnt

    @classmethod
    def fit(
        cls, maps: Floats, labels: Words, *, subjects: Words, kind: str = "kernel", seed: int = 0
    ) -> MicroModel:
        """Learn from maps [n 28 28 3] with the class and the person of each.

        Settings are chosen by leaving each person out; ``loso`` says what the model is worth on
        others. Kinds: "kernel" (closed form) and "ststnet" (needs torch). Errors are those of
        ``loso``.
        """
        samples = read_samples(maps, labels, subjects)
        recogniser = make_recogniser(kind, samples, seed=seed)
        everyone = np.arange(samples.y.size)
        inner = recogniser.inner(everyone)
        picks = choose(inner, samples.y, kept=recogniser.kept)
        count = Counter(samples.names[each] for each in samples.y.tolist())
        facts = Facts(
            kind=kind,
            classes=samples.names,
            counts=tuple(count[name] for name in samples.names),
            people=int(np.unique(samples.groups).size),
            settings=tuple(recogniser.names[pick] for pick in picks.tolist()),
            seed=seed,
        )
        return cls(recogniser.learn(everyone, picks), facts)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, in the order of the scores."""
        return self.facts.classes

    def predict(self, maps: Floats) -> Recognition:
        """The class and the scores of maps [n 28 28 3]; ShapeError for maps of another form.

        Of maps that the model was learnt from it says too much good; see ``loso``.
        """
        scores = self._learnt.scores(check_maps(maps))
        told = tuple(self.classes[each] for each in scores.argmax(1).tolist())
        return Recognition(classes=self.classes, labels=told, scores=scores)

    def of_flow(self, method: str) -> MicroModel:
        """The same model, which says that its maps were made by this method of flow.

        ``recognise_result`` then measures by the same, and by no other.
        """
        return MicroModel(self._learnt, replace(self.facts, flow=method))

    def save(self, folder: str | Path, *, scores: Scores | None = None) -> Path:
        """Write config.toml, weights.npz, card.md and, last, provenance.json into a folder.

        ``scores`` of a left-out-subject test go onto the card.
        """
        target = Path(folder)
        card = model_card(self.facts, scores)
        write_model(target, Stored(learnt=self._learnt, facts=self.facts), card=card)
        return target

    @classmethod
    def load(cls, folder: str | Path) -> MicroModel:
        """Read a model folder; ModelError where it is missing, damaged or of another version."""
        stored = read_model(Path(folder))
        return cls(stored.learnt, stored.facts)
