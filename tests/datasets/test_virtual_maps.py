import numpy as np
import pytest

from mimetic.datasets.virtual_maps import CLASSES, MapPopulation, virtual_maps
from mimetic.errors import ArgumentError, ShapeError


def test_the_population_has_the_people_and_counts_of_the_composite():
    found = virtual_maps(rng=np.random.default_rng(0))
    assert found.maps.shape == (442, 28, 28, 3)
    assert [found.labels.count(name) for name in CLASSES] == [250, 109, 83]
    assert len(set(found.subjects)) == 68
    assert (found.maps[..., 2] >= 0).all()


def test_the_same_generator_gives_the_same_maps():
    population = MapPopulation(people=3, counts=(3, 3, 3))
    one, other = (virtual_maps(population, rng=np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.maps, other.maps)
    assert one.labels == other.labels


def test_classes_move_where_and_how_they_should():
    quiet = MapPopulation(
        people=6, counts=(40, 40, 40), noise=(0.0,), head=0.0, distraction=0.0, mislabelled=0.0
    )
    found = virtual_maps(quiet, rng=np.random.default_rng(1))
    labels = np.array(found.labels)
    v = {name: found.maps[labels == name, ..., 1].mean(0) for name in CLASSES}
    assert v["surprise"][5:9].mean() < -0.1  # brows go up
    assert v["negative"][5:9].mean() > 0.02  # and down
    assert v["positive"][18:23].mean() < -0.05  # corners of the mouth go up
    mouth = np.r_[7:12]
    u = found.maps[labels == "positive", ..., 0].mean(0)[18:23]
    assert u[:, mouth].mean() < -0.02 < 0.02 < u[:, 27 - mouth].mean()  # and apart


def test_a_population_that_cannot_be_is_refused():
    with pytest.raises(ArgumentError, match="counts, noise"):
        MapPopulation(counts=(1, 2))
    with pytest.raises(ArgumentError, match="people: expected 2 to 9"):
        MapPopulation(people=10, counts=(3, 3, 3))
    found = virtual_maps(MapPopulation(people=2, counts=(1, 1, 1)), rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match="maps"):
        type(found)(maps=found.maps[:2], labels=found.labels, subjects=found.subjects)
