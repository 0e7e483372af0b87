"""Maps that the tests of recognition learn from."""

from functools import lru_cache

import numpy as np

from mimetic.datasets.virtual_maps import MapPopulation, virtual_maps


@lru_cache(maxsize=4)
def small(people=10, seed=0):
    """Few people and clear movements."""
    population = MapPopulation(people=people, counts=(30, 18, 18), mislabelled=0.0)
    return virtual_maps(population, rng=np.random.default_rng(seed))
