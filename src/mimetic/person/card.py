"""What a reader must know about a movement space: its limits and its model card."""

from __future__ import annotations

from mimetic.person.describe import Component
from mimetic.person.weights import GeneralFacts, PersonFacts

ENOUGH_S = 60.0  # of a talking face; a longer video still adds a little
LEAKY = 0.1  # share of the movement that head pose explains
NOISY = 0.3
PICTURED = "It holds the person's average face: treat the folder as a picture of them."
PICTURELESS = (
    "It holds no picture of the person, but the shape of their face and how it moves: still "
    "data about one person."
)


def limits_of(facts: PersonFacts) -> tuple[str, ...]:
    """What a fit is too thin for, in sentences."""
    limits = []
    if facts.seconds < ENOUGH_S:
        limits.append(
            f"The movement space was learnt from {facts.seconds:.0f} s of video; below "
            f"{ENOUGH_S:.0f} s it misses movements that this face can make."
        )
    if facts.general_energy is None:
        limits.append("The components are those of a general model, not of this person.")
    elif facts.general_energy > 0:
        limits.append(
            f"A general model was blended in with {facts.general_energy:.2f} of the energy of this "
            "person's video: components may be movements that others made."
        )
    if facts.jitter is not None and facts.jitter > NOISY:
        limits.append(
            f"Noise of a single frame is {facts.jitter:.0%} of the movement; small changes of a "
            "code mean nothing."
        )
    if facts.pose_share is not None and facts.pose_share > LEAKY:
        limits.append(
            f"Head pose explains {facts.pose_share:.0%} of the movement (the codes tell it with R2 "
            f"{_told(facts)}): expression and head turns came together in this video, or the "
            "tracker and the crop let some of the turn through."
        )
    if not facts.pose_leak_r2:
        limits.append("How much head pose the codes contain could not be tested on this video.")
    return tuple(limits)


def model_card(
    facts: PersonFacts,
    components: tuple[Component, ...],
    *,
    name: str,
    space: str,
    pictured: bool = True,
) -> str:
    """The text of card.md."""
    part = (
        "" if facts.pose_share is None else f"; it explains {facts.pose_share:.1%} of the movement"
    )
    rows = [f"| {each.number} | {each.name} | {each.share:.1%} |" for each in components]
    limits = [f"- {limit}" for limit in limits_of(facts)] or ["- none found"]
    return "\n".join(
        [
            f"# Movement space of {name}",
            "",
            f"Space `{space}`, a linear model (principal components of landmarks and appearance).",
            f"Fitted on {facts.distinct_frames} distinct frames, {facts.seconds:.1f} s; "
            f"{len(components)} components hold {facts.explained:.1%} of the variance.",
            f"Head pose told by the codes on held-out stretches, R2: {_told(facts)}{part}.",
            "",
            "It describes this person's face alone; codes of another model cannot be compared with "
            f"these. {PICTURED if pictured else PICTURELESS}",
            "",
            "## Limits",
            *limits,
            "",
            "## Components",
            "| number | movement toward plus | share of variance |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def general_card(facts: GeneralFacts, components: tuple[Component, ...], *, space: str) -> str:
    """The text of card.md of a general model."""
    rows = [f"| {each.number} | {each.name} | {each.share:.1%} |" for each in components]
    people = [f"- {name}: {seconds:.1f} s" for name, seconds in facts.seconds.items()]
    return "\n".join(
        [
            "# Movement space across people",
            "",
            f"Space `{space}`, a linear model (principal components of landmarks and appearance, "
            "each person about their own average face).",
            f"{len(components)} components hold {facts.explained:.1%} of the variance of a person, "
            f"mean over people. Head pose told by the codes, R2: {_told(facts)}.",
            "",
            "It holds nobody's picture and nobody's average face, but directions of movement that "
            "these people's videos gave.",
            "",
            "## People",
            *people,
            "",
            "## Components",
            "| number | movement toward plus | share of variance |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _told(facts: PersonFacts | GeneralFacts) -> str:
    # Below zero a guess from the codes is worse than none: they tell nothing of it.
    told = [f"{axis} {max(value, 0):.2f}" for axis, value in facts.pose_leak_r2.items()]
    return ", ".join(told) or "not tested"
