"""The kinds of recognisers by name."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy.typing as npt

from mimetic.config import from_mapping
from mimetic.errors import ArgumentError, MissingExtra, ModelError
from mimetic.micro.kernel import KernelConfig, KernelModel, KernelRecogniser
from mimetic.micro.kinds import Learnt, Recogniser, Samples

KINDS = {
    "kernel": "class-weighted kernel ridge on maps and directions of flow, closed form",
    "ststnet": "STSTNet, Liong et al. 2019, as published; needs torch",
}


def make_recogniser(kind: str, samples: Samples, *, seed: int = 0) -> Recogniser:
    """The recogniser of a kind on samples; ArgumentError for a name that is none."""
    check_kind(kind)
    if kind == "kernel":
        return KernelRecogniser(samples)
    recogniser: Recogniser = _training().NetworkRecogniser(samples, seed=seed)
    return recogniser


def restore(kind: str, settings: dict[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Learnt:
    """What a kind learnt, from its settings and arrays; ModelError where they do not fit."""
    check_kind(kind)
    try:
        if kind == "kernel":
            config: KernelConfig = from_mapping(KernelConfig, settings)
            return KernelModel(config, maps=arrays["maps"], weights=arrays["weights"])
        training = _training()
        learnt: Learnt = training.NetworkModel(
            from_mapping(training.NetworkSettings, settings), weights=dict(arrays)
        )
    except (KeyError, ArgumentError) as error:
        raise ModelError(f"expected a stored {kind} model, got a fault ({error})") from error
    return learnt


def check_kind(kind: str) -> None:
    """Refuse a name that is no kind."""
    if kind not in KINDS:
        raise ArgumentError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")


def _training() -> Any:
    if find_spec("torch") is None:
        raise MissingExtra('STSTNet needs torch; install it with: pip install "mimetic[neural]"')
    return importlib.import_module("mimetic.micro.train")
