"""The model card that every stored trait model carries, and what a reader is warned of."""

from __future__ import annotations

from mimetic.relations.explain import Explanation
from mimetic.relations.facts import TraitFacts

ENOUGH_PEOPLE = 120  # of planted populations this large, 85 of 100 explanations were right
FEW_IN_CLASS = 30
_SHOWN = 10


def limits_of(facts: TraitFacts) -> tuple[str, ...]:
    """What a fit is too thin for, in sentences."""
    limits = []
    if facts.people < ENOUGH_PEOPLE:
        limits.append(
            f"Learnt from {facts.people} people; with fewer than {ENOUGH_PEOPLE} the pairs named "
            "here are often not the ones that carry the trait."
        )
    if facts.label is not None and facts.fewest < FEW_IN_CLASS:
        limits.append(f"The smaller class has {facts.fewest} people only.")
    if facts.score_low is not None and facts.score_high is not None:
        useless = facts.score_low <= 0.5 if facts.label else facts.score_high >= facts.chance
        if useless:
            limits.append(
                "On people that were not learnt from, the estimate is not better than chance: "
                "neither it nor its explanation means anything."
            )
    limits += [
        f"The trait can be told without movement, by the probe {probe.kind} (held-out score "
        f"{probe.score:.2g}, chance {probe.chance:.2g}): the clips of the groups were filmed or "
        "tracked differently, and what the model found may be that."
        for probe in facts.probes
        if probe.beyond_chance
    ]
    if facts.bridged > 0.05:
        limits.append(
            f"{facts.bridged:.0%} of the moments of regions were not seen and were bridged."
        )
    return tuple(limits)


def model_card(facts: TraitFacts, explanation: Explanation | None) -> str:
    """The text of card.md."""
    what = f"{facts.trait}: {facts.label} against {' and '.join(facts.others)}"
    limits = [f"- {limit}" for limit in limits_of(facts)]
    return "\n".join(
        [
            f"# {what if facts.label else facts.trait} from the movement of facial regions",
            "",
            f"Kind `{facts.kind}`, seed {facts.seed}. Fitted on {facts.clips} clips of "
            f"{facts.people} people ({facts.families} families; folds keep a family together). "
            + _labels(facts),
            "",
            "## Measured on people that were not learnt from",
            "",
            _score(facts),
            "",
            *(_pairs(explanation, facts) if explanation is not None else []),
            "## What the estimate means, and what it does not",
            "",
            f"- It says how a clip's movement compares with the {facts.people} people above. It is "
            "a statement on a group, with an error for every single person; it diagnoses nothing.",
            "- Labels are those recorded with the clips; nothing else about the people is known "
            "to the model.",
            "- A pair that carries the trait here was filmed in one way, on one task, of these "
            "people; whether it carries it elsewhere has to be tested there.",
            "- Movement is measured from a person's own neutral face, so that still looks cannot "
            "enter; how well the tracker follows different faces still can. " + _probes(facts),
            "- The folder holds the labels and contributions of each clip learnt from, without "
            "names; treat it as data of these people.",
            *limits,
            "",
        ]
    )


def _probes(facts: TraitFacts) -> str:
    """What was found without movement, or how to find it."""
    if not facts.probes:
        return 'Probe it: `kind="tracker-noise"` must be at chance.'
    told = [
        f"{probe.kind} {probe.score:.2f} ({probe.score_low:.2f} to {probe.score_high:.2f})"
        for probe in facts.probes
        if probe.score is not None
    ]
    return (
        f"Held-out scores of kinds that see no movement: {', '.join(told)}; chance "
        f"{facts.chance:.3g}. At chance they prove nothing where people are few."
    )


def _labels(facts: TraitFacts) -> str:
    if facts.label is None:
        return (
            f"Labels: mean {facts.share:.4g}, standard deviation {facts.spread:.3g} {facts.unit}."
        )
    return f"{facts.share:.0%} of the clips are {facts.label}."


def _score(facts: TraitFacts) -> str:
    if facts.score is None:
        return "Nothing: this kind keeps no held-out scores."
    bounds = f"{facts.score:.3g} (95 % interval {facts.score_low:.3g} to {facts.score_high:.3g}"
    folds = "on the folds on which the settings were chosen"
    if facts.label is None:
        return (
            f"Mean absolute error of a person's mean estimate, {folds}: {bounds}; "
            f"{facts.chance:.3g} for the same guess each time) {facts.unit}."
        )
    return f"Area under the ROC curve of a person's mean score, {folds}: {bounds}; chance 0.5)."


def _pairs(explanation: Explanation, facts: TraitFacts) -> list[str]:
    rows = [
        f"| {each.region} | {each.other} | {each.contribution:.2f} | {each.low:.2f} to "
        f"{each.high:.2f} | {each.p:.3f} |"
        for each in explanation.pairs[:_SHOWN]
    ]
    return [
        "## Pairs of regions",
        "",
        f"Contribution in {facts.unit} to people not learnt from; p holds for all pairs together "
        f"(largest of all pairs under permuted labels). Kendall's tau between the rankings of "
        f"refits: {explanation.stability:.2f}.",
        "",
        "| region | other | contribution | 95 % | p |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]
