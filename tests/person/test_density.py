"""Dense groups of points."""

import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.person.density import dense_clusters


def scattered(seed):
    """Distances [n n] between points of several blobs and points between them."""
    rng = np.random.default_rng(seed)
    middles = 5 * rng.normal(size=(rng.integers(2, 6), 4))
    blobs = [middle + rng.normal(size=(rng.integers(8, 30), 4)) for middle in middles]
    points = np.concatenate([*blobs, 6 * rng.normal(size=(15, 4))])
    return np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))


@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_those_of_scikit_learn(seed):
    cluster = pytest.importorskip("sklearn.cluster")
    metrics = pytest.importorskip("sklearn.metrics")
    distance = scattered(seed)
    twin = cluster.HDBSCAN(min_cluster_size=5, min_samples=2, metric="precomputed", copy=True)
    theirs = twin.fit(distance).labels_
    ours = dense_clusters(distance, least=5)
    assert metrics.adjusted_rand_score(theirs, ours) == pytest.approx(1.0)
    assert ((ours < 0) == (theirs < 0)).all()


def test_clusters_are_numbered_by_size_and_loners_are_left_out():
    places = np.array([0, 0.1, 0.2, 5, 5.1, 5.2, 5.3, 50.0])
    found = dense_clusters(np.abs(places[:, None] - places[None]), least=3)
    assert found.tolist() == [1, 1, 1, 0, 0, 0, 0, -1]


def test_too_few_points_have_no_clusters():
    assert dense_clusters(np.zeros((3, 3)), least=3).tolist() == [-1, -1, -1]


def test_wrong_sizes_are_refused():
    with pytest.raises(ArgumentError, match="least, neighbours"):
        dense_clusters(np.zeros((4, 4)), least=1)
    with pytest.raises(ShapeError):
        dense_clusters(np.zeros((4, 3)), least=2)
