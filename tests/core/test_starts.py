"""Starts: repeatable, alternating in kind, sound on awkward data, and the same in any units."""

import numpy as np
import pytest
from gmm_cases import RowsOfFile, climb_one, moments_of_mixture, random_mixture, random_samples

from gmm_core import KINDS, SampleBlocks, start, starting_samples
from gmm_core.starts import kmeans_plus_plus

SAMPLES = random_samples(np.random.default_rng(1), 60, 3, 2)


def same(one, other):
    first, second = (begin.moments(SAMPLES) for begin in (one, other))
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("index", range(4))
def test_a_start_depends_on_its_seed_components_and_index_alone(index):
    first = start(SAMPLES, 3, seed=5, seed_index=index)
    assert same(first, start(SAMPLES.copy(), 3, seed=5, seed_index=index))
    assert not same(first, start(SAMPLES, 3, seed=6, seed_index=index))
    assert not same(first, start(SAMPLES, 3, seed=5, seed_index=index + len(KINDS)))
    wider = start(SAMPLES, 4, seed=5, seed_index=index).moments(SAMPLES)
    assert not np.isin(wider.means, first.moments(SAMPLES).means).all()


def test_kinds_alternate():
    kinds = [start(SAMPLES, 2, seed=0, seed_index=index).kind for index in range(4)]
    assert kinds == ["k-means++", "random responsibilities"] * 2


def test_starts_are_made_from_all_samples():
    np.testing.assert_array_equal(starting_samples(SampleBlocks(SAMPLES), seed=0), SAMPLES)


def test_starts_are_made_from_a_random_part_of_very_many_samples(tmp_path):
    samples = np.arange(70_000.0)[:, None]
    several = [samples, RowsOfFile(tmp_path / "rows", samples)]
    first, again = (starting_samples(SampleBlocks(rows), seed=1) for rows in several)
    np.testing.assert_array_equal(first, again)
    assert first.shape == (65_536, 1)
    assert np.isin(first, samples).all()
    assert (np.diff(first[:, 0]) > 0.0).all()
    other = starting_samples(SampleBlocks(samples), seed=2)
    assert not np.array_equal(first, other)
    missing = np.setdiff1d(samples, first)
    assert abs(missing.mean() - 35_000.0) < 4.0 * 70_000.0 / np.sqrt(12.0 * len(missing))


@pytest.mark.parametrize("n_components", [1, 2, 5])
def test_random_responsibilities_are_shares(n_components):
    shares = start(SAMPLES, n_components, seed=0, seed_index=1).unknown
    assert shares.shape == (len(SAMPLES), n_components)
    assert (shares >= 0.0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-14)
    assert n_components == 1 or np.median(shares.max(axis=1)) > 0.8


def test_the_m_step_of_vvv_returns_the_parameters_of_a_start():
    mixture = random_mixture(np.random.default_rng(2), n_components=3, n_features=2)
    first = moments_of_mixture(SAMPLES, mixture)
    assert first.counts.sum() == pytest.approx(len(SAMPLES), rel=1e-14)
    found = climb_one(SAMPLES, first, "VVV", max_iterations=0).mixture
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(found, name), getattr(mixture, name), rtol=1e-14)


def test_kmeans_plus_plus_has_equal_weights_and_spheres_of_a_kth_of_the_volume():
    samples = random_samples(np.random.default_rng(6), 60, 3, n_features=3)
    first = start(samples, 4, seed=0, seed_index=0).unknown
    assert first.weights.tolist() == [0.25] * 4
    in_units_of_spread = first.covariances / np.outer(samples.std(axis=0), samples.std(axis=0))
    variance = in_units_of_spread[0, 0, 0]
    np.testing.assert_allclose(in_units_of_spread, np.tile(variance * np.eye(3), (4, 1, 1)))
    assert 4 * np.sqrt(variance) ** 3 == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(20))
def test_kmeans_plus_plus_chooses_distinct_samples(seed):
    means = start(SAMPLES, 6, seed=seed, seed_index=0).unknown.means
    assert len(np.unique(means, axis=0)) == 6
    assert all((mean == SAMPLES).all(axis=1).any() for mean in means)


@pytest.mark.parametrize("seed", range(20))
def test_kmeans_plus_plus_finds_every_value_among_ties(seed):
    values = np.array([[0.0, 0.0], [1.0, 3.0], [2.0, 1.0], [5.0, 4.0]])
    samples = np.repeat(values, [30, 1, 20, 2], axis=0)
    means = start(samples, 4, seed=seed, seed_index=0).unknown.means
    assert np.unique(means, axis=0).tolist() == values.tolist()


def test_kmeans_plus_plus_takes_more_components_than_values():
    samples = np.repeat([[0.0], [1.0]], 5, axis=0)
    means = start(samples, 4, seed=0, seed_index=0).unknown.means
    assert np.unique(means).tolist() == [0.0, 1.0]


def test_kmeans_plus_plus_prefers_samples_far_from_those_it_has():
    near, far = np.random.default_rng(3).normal(size=(99, 2)), [[1e4, 1e4]]
    samples = np.vstack([near, far])
    for seed in range(20):
        assert 1e4 in start(samples, 2, seed=seed, seed_index=0).unknown.means


@pytest.mark.parametrize("seed", range(5))
def test_kmeans_plus_plus_is_the_same_in_any_units(seed):
    scale, shift = np.array([60.0, 1e-3]), np.array([32.0, -5.0])
    means, moved = (
        kmeans_plus_plus(samples, 5, np.random.default_rng(seed)).means
        for samples in (SAMPLES, SAMPLES * scale + shift)
    )
    np.testing.assert_allclose(moved, means * scale + shift, rtol=1e-12)


VALUES = np.random.default_rng(4).normal(size=(50, 1))
SINGULAR = {
    "a constant feature": np.hstack([VALUES, np.full((50, 1), 5.0)]),
    "a constant feature whose mean is rounded": np.hstack([VALUES, np.full((50, 1), 0.1)]),
    "a feature twice": np.hstack([VALUES, VALUES]),
    "fewer samples than features": np.random.default_rng(5).normal(size=(3, 4)),
}


@pytest.mark.parametrize("constant", [5.0, 0.1])
def test_a_constant_feature_counts_as_one_of_spread_1(constant):
    samples = np.hstack([VALUES, np.full((50, 1), constant)])
    first = start(samples, 2, seed=0, seed_index=0).unknown
    assert first.covariances[0, 1, 1] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", SINGULAR)
def test_a_start_on_singular_data_serves_spheres_and_collapses_as_ellipsoids(case, kind):
    samples = SINGULAR[case]
    first = start(samples, 2, seed=0, seed_index=list(KINDS).index(kind)).moments(samples)
    assert climb_one(samples, first, "EII").mixture is not None
    assert climb_one(samples, first, "VVV").mixture is None
