"""The model card of a trained flow network, from what its provenance says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LABELS = {
    "exact": "exact: pictures were moved by known fields",
    "landmarks": "the law of Alkaddour et al. 2021 (affine between landmarks), landmarks known "
    "but for a jitter of {jitter_px:g} px",
    "tracker": "the law of Alkaddour et al. 2021 (affine between landmarks), landmarks as tracked "
    "in real neighbouring frames",
}

_UNCERTAIN = ["- It says nothing of its own uncertainty."]
_CALIBRATED = [
    "- One standard deviation of its error was calibrated on the people above: on other "
    "pictures, look at the bench.",
]


def model_card(about: Mapping[str, Any]) -> str:
    """The text of card.md."""
    data, metrics = about["recipe"]["data"], about["metrics"]
    labels = _LABELS[data["labels"]].format(**data)
    rows = [f"| {name} | {value:.4g} |" for name, value in metrics.items()]
    return "\n".join(
        [
            f"# {about['network']}: dense flow between two pictures of a face",
            "",
            *([about["recipe"]["about"], ""] if about["recipe"].get("about") else []),
            f"{about['parameters']:,} parameters, stored in half precision.",
            f"Learnt in {about['steps']:,} steps of {data['batch']} pairs "
            f"({about['seconds'] / 60:.1f} minutes on {about['device']}) from {data['pairs']} "
            f"pairs of {about['people']} people or pictures, none of them kept for the bench.",
            f"Labels: {labels}. Textures: {data['textures']}. Start: {data['start']}.",
            "",
            "## Measured while learning",
            "",
            "On exact pairs of people that were not learnt from, moved by the kinds of motion that "
            "were; `held_zero_px` is the error of predicting nothing. The bench is the fair test.",
            "",
            "| figure | value |",
            "|---|---|",
            *rows,
            "",
            "## Limits",
            "",
            "- Displacements of more than about 9 px and faces much smaller or larger than "
            f"{data['pictures']['size_px']} px were not learnt.",
            *(_UNCERTAIN if about["network"] != "refiner" else _CALIBRATED),
            "- Weights learnt from pictures of people: the pictures' licences and consents bind "
            "whoever passes the weights on.",
            "",
        ]
    )
