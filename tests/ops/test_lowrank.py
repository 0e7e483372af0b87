import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.lowrank import RunningMoments, StreamedComponents, blocks_of, natural_signs


def low_rank_rows(rng, n=900, size=120, rank=12, noise=0.02):
    strength = 2.0 ** -np.arange(rank)
    rows = (rng.normal(size=(n, rank)) * strength) @ rng.normal(size=(rank, size))
    return rows + noise * rng.normal(size=(n, size))


def streamed(rows, components, block=128):
    centred = rows - rows.mean(0)
    found = StreamedComponents(rows.shape[1], keep=2 * components)
    for first in range(0, len(rows), block):
        found.update(centred[first : first + block])
    return found.finish(components)


def test_streamed_components_are_those_of_a_full_decomposition():
    rows = low_rank_rows(np.random.default_rng(0))
    _, sizes, vt = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    found = streamed(rows, 8)
    assert np.allclose(found.sd, sizes[:8] / np.sqrt(len(rows) - 1), rtol=1e-3)
    assert np.abs((found.basis * vt[:8]).sum(1)).min() > 0.9999
    assert np.allclose(found.share, sizes[:8] ** 2 / (sizes**2).sum(), rtol=2e-3)


def test_a_single_block_gives_the_exact_decomposition():
    rows = low_rank_rows(np.random.default_rng(1), n=100, noise=0.5)
    _, sizes, vt = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    found = streamed(rows, 8, block=100)
    assert np.allclose(found.sd, sizes[:8] / np.sqrt(99), rtol=1e-9)
    assert np.allclose(
        found.basis * natural_signs(vt[:8])[:, None], vt[:8], atol=1e-5
    ) or np.allclose(np.abs(found.basis), np.abs(vt[:8]), atol=1e-5)


def test_directions_are_orthonormal_and_their_largest_entry_is_positive():
    found = streamed(low_rank_rows(np.random.default_rng(2)), 10)
    assert np.allclose(found.basis @ found.basis.T, np.eye(10), atol=1e-5)
    largest = np.abs(found.basis).argmax(1)
    assert (found.basis[np.arange(10), largest] > 0).all()


def test_directions_without_movement_are_left_out():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(50, 3)) @ rng.normal(size=(3, 40))
    assert len(streamed(rows, 10).sd) == 3


def test_two_runs_give_the_same_bits():
    rows = low_rank_rows(np.random.default_rng(4))
    assert streamed(rows, 8).basis.tobytes() == streamed(rows, 8).basis.tobytes()


def test_blocks_do_not_depend_on_how_the_stream_was_cut():
    rows = np.arange(60.0).reshape(20, 3)
    cuts = [rows[:1], rows[1:9], rows[9:9], rows[9:]]
    blocks = list(blocks_of(cuts, 8))
    assert [len(block) for block in blocks] == [8, 8, 4]
    assert np.array_equal(np.concatenate(blocks), rows)


def test_running_moments_are_the_mean_and_variance_of_all_rows():
    rows = np.random.default_rng(5).normal(3, 2, size=(101, 7))
    moments = RunningMoments(7)
    for piece in np.array_split(rows, 6):
        moments.update(piece)
    moments.update(rows[:0])
    assert np.allclose(moments.mean, rows.mean(0))
    assert np.allclose(moments.variance, rows.var(0, ddof=1))


def test_rows_that_do_not_vary_are_refused():
    found = StreamedComponents(3, keep=2)
    found.update(np.zeros((5, 3)))
    with pytest.raises(ArgumentError, match="no variance"):
        found.finish(2)


def test_rows_of_another_width_are_refused():
    with pytest.raises(ShapeError, match="rows"):
        StreamedComponents(3, keep=2).update(np.zeros((5, 4)))
    with pytest.raises(ShapeError, match="rows"):
        RunningMoments(3).update(np.zeros((5, 4)))
