"""Clips of a few regions that move as told, and small planted populations."""

import functools

import numpy as np

from mimetic import LocalDynamics
from mimetic.datasets.planted import Population, PopulationSettings
from mimetic.relations.kinds import Target

FEATURES = ("displacement_x_ed", "displacement_y_ed", "area_change")
WAY = np.array([0.6, -0.8])


def smile(times_s, onset_s=1.0, offset_s=2.5, size_ed=0.1):
    """A rise and a fall, each of about .3 s."""
    up = 1 / (1 + np.exp(-(times_s - onset_s) / 0.08))
    return size_ed * up / (1 + np.exp((times_s - offset_s) / 0.08))


def clip(courses, times_s, *, fine=None, valid=None, subject=None):
    """Courses [T R] along one way; ``fine`` [T R] is added to them."""
    courses = np.asarray(courses, float)
    moved = courses if fine is None else courses + fine
    values = np.stack([moved * WAY[0], moved * WAY[1], 0.5 * moved], axis=2)
    valid = np.ones(courses.shape, bool) if valid is None else valid
    return LocalDynamics(
        values=np.where(valid[:, :, None], values, np.nan),
        times_s=times_s,
        regions=tuple(f"region {n}" for n in range(courses.shape[1])),
        features=FEATURES,
        valid=valid,
        subject=subject,
    )


@functools.cache
def planted(seed=0, **changes):
    """A population whose pairs are known; the same for the same words."""
    given = {"subjects": 60, "clips_per_subject": 2, "kinds": ("amplitude",) * 2}
    given |= {"strengths": (0.95, 0.9), "kin_share": 0.2}
    return Population.draw(PopulationSettings(**(given | changes)), seed)


def target(y, people=None, families=None, task="class"):
    """A target of clips, each of another person unless told."""
    y = np.asarray(y, float)
    people = np.arange(y.size) if people is None else np.asarray(people)
    return Target(
        y=y, subjects=people, groups=people if families is None else np.asarray(families), task=task
    )
