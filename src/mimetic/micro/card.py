"""The card that every stored recogniser carries."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.micro.loso import Scores


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a recogniser was made from."""

    kind: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]  # samples of each class
    people: int
    settings: tuple[str, ...]
    seed: int
    flow: str = ""  # method that its maps were made by; empty where nobody said


def model_card(facts: Facts, scores: Scores | None) -> str:
    """The text of card.md."""
    pairs = zip(facts.classes, facts.counts, strict=True)
    return "\n".join(
        [
            "# Classes of micro-expressions from flow maps",
            "",
            f"Kind `{facts.kind}`, seed {facts.seed}. Learnt from {sum(facts.counts)} maps of "
            f"{facts.people} people: {', '.join(f'{count} {name}' for name, count in pairs)}.",
            "",
            f"Flow of the maps: {f'`{facts.flow}`' if facts.flow else 'not known'}.",
            "",
            "Settings, chosen by leaving each person out:",
            "",
            *(f"- {each}" for each in facts.settings),
            "",
            "## Measured on people that were not learnt from",
            "",
            *_measured(scores),
            "",
            "## What it means, and what it does not",
            "",
            "- Classes are the labels that came with the maps. A movement is no feeling: the same "
            "movement has many causes, and a label of a laboratory is an inference of its makers.",
            "- It knows the people, cameras and tasks above and no others; on another camera or "
            "method of flow, test it before use.",
            "- It is not fit to judge a person, for lie detection, hiring or policing.",
            "- A kernel model holds the maps it was learnt from. They show no face, but are data "
            "of people: mind the terms under which you have them.",
            "",
        ]
    )


def _measured(scores: Scores | None) -> list[str]:
    if scores is None:
        return ["Not measured. Run `mimetic.loso` on the same maps."]
    lines = [
        f"Left-one-subject-out, protocol {scores.protocol}: UF1 {scores.uf1:.3f} (95 % over people "
        f"{scores.uf1_low:.3f} to {scores.uf1_high:.3f}), UAR {scores.uar:.3f} "
        f"({scores.uar_low:.3f} to {scores.uar_high:.3f}).",
        "",
        f"| class | F1 | recall | {' | '.join(f'told {name}' for name in scores.classes)} |",
        f"|---|---|---|{'---|' * len(scores.classes)}",
    ]
    rows = zip(scores.classes, scores.f1, scores.recall, scores.confusion.tolist(), strict=True)
    for name, f1, recall, counts in rows:
        lines.append(f"| {name} | {f1:.3f} | {recall:.3f} | {' | '.join(map(str, counts))} |")
    return lines
