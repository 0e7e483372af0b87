"""What the person bench measures: sizes of the samples, names of the rows."""

from __future__ import annotations

from typing import Any

# Everything that a number depends on but the code: cells of other settings are dropped.
SETTINGS: dict[str, Any] = {
    "people": 8,
    "takes": 3,
    "seconds": 30.0,
    "rate_hz": 10.0,
    "shifted_s": 20.0,
    "rates_hz": (25.0, 50.0, 100.0),
    "rates_s": 20.0,
    "components": 64,
    "dimensions": (20, 64),
    "transfer_s": (5.0, 15.0, 30.0, 60.0),
    "network_people": 4,
    "network_seeds": 2,
    # Less than the recipes have: all rows of networks together are to take about an hour.
    "network_updates": {"neural": 0, "cycle": 100, "fabnet": 200},
    "curriculum": {
        "kinds": ("cycle",),
        "updates": 100,
        "appearance_px": 32,
        "width": 8,
        "batch": 8,
    },
    "curve": {
        "kind": "neural",
        "appearance_px": 32,
        "units": 64,
        "batch": 16,
        "updates": (0, 25, 50, 100, 200, 400),
        "general_updates": 400,
    },
    "clips": (
        *("expressive-11s", "phone-portrait-11s", "head-turns-19s"),
        *("smile-glasses-19s", "expressive-33s", "talking-face-200s-25hz"),
    ),
    "seed": 4,
}
QUICK: dict[str, Any] = {
    "people": 3,
    "takes": 2,
    "seconds": 20.0,
    "shifted_s": 8.0,
    "rates_hz": (),
    "components": 20,
    "dimensions": (20,),
    "transfer_s": (5.0, 15.0),
    "network_people": 1,
    "network_seeds": 2,
    "network_updates": {"neural": 0, "cycle": 4, "fabnet": 20},
    "curriculum": {
        "kinds": ("cycle",),
        "updates": 2,
        "appearance_px": 32,
        "width": 4,
        "batch": 4,
    },
    "curve": {
        "kind": "neural",
        "appearance_px": 32,
        "units": 16,
        "batch": 8,
        "updates": (0, 10),
        "general_updates": 20,
    },
}

LINEAR = "linear"
LONG_CLIP = "talking-face-200s-25hz"
PLAIN, LANDMARKS = "plain pixels", "landmarks"
NEURAL = ("neural", "cycle", "fabnet")
# What every row is about, in the order of the table.
ROWS = {
    "M1": "reconstruction",
    "M2": "decoding per movement",
    "M3": "under shifted pose and light, in another recording",
    "M4": "leakage of pose, light and recording",
    "M5": "identity in the general model",
    "M6": "jitter",
    "M7": "person-specific against general",
    "M8": "transfer",
    "M9": "consistency over seeds and halves",
    "M10": "discovery of a private movement, novelty against a null",
    "M11": "left and right",
    "M12": "temporal curriculum",
    "M13": "seconds, memory, parameters",
}
