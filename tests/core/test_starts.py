"""Starts: repeatable, alternating in kind, sound on awkward data, and the same in any units."""

import numpy as np
import pytest
from gmm_cases import RowsOfFile, climb_one, moments_of_mixture, random_mixture, random_samples

from gmm_core import KINDS, SampleBlocks, start, starting_samples
from gmm_core.starting_samples import MOST_SAMPLES

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
    kinds = [start(SAMPLES, 2, seed=0, seed_index=index).kind for index in range(7)]
    assert kinds == [*KINDS, *list(KINDS)[:2]]
    chosen = ["random samples", "k-means"]
    kinds = [start(SAMPLES, 2, 0, index, chosen).kind for index in range(3)]
    assert kinds == [*chosen, "random samples"]


def unknown(kind, samples, n_components, seed=0):
    return start(samples, n_components, seed, 0, [kind]).unknown


def test_starts_are_made_from_all_samples():
    np.testing.assert_array_equal(starting_samples(SampleBlocks(SAMPLES), seed=0)[0], SAMPLES)


def test_starts_are_made_from_a_random_part_of_very_many_samples(tmp_path):
    samples = np.arange(70_000.0)[:, None]
    several = [samples, RowsOfFile(tmp_path / "rows", samples)]
    first, again = (starting_samples(SampleBlocks(rows), seed=1)[0] for rows in several)
    np.testing.assert_array_equal(first, again)
    assert first.shape == (MOST_SAMPLES, 1)
    assert np.isin(first, samples).all()
    assert (np.diff(first[:, 0]) > 0.0).all()
    other, _ = starting_samples(SampleBlocks(samples), seed=2)
    assert not np.array_equal(first, other)
    missing = np.setdiff1d(samples, first)
    assert abs(missing.mean() - 35_000.0) < 4.0 * 70_000.0 / np.sqrt(12.0 * len(missing))


@pytest.mark.parametrize("kind", ["k-means", "quantile cuts", "random responsibilities"])
@pytest.mark.parametrize("n_components", [1, 2, 5])
def test_starts_from_labels_are_responsibilities(n_components, kind):
    shares = unknown(kind, SAMPLES, n_components)
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


def test_random_samples_have_equal_weights_and_spheres_of_a_kth_of_the_volume():
    samples = random_samples(np.random.default_rng(6), 60, 3, n_features=3)
    first = unknown("random samples", samples, 4)
    assert first.weights.tolist() == [0.25] * 4
    in_units_of_spread = first.covariances / np.outer(samples.std(axis=0), samples.std(axis=0))
    variance = in_units_of_spread[0, 0, 0]
    np.testing.assert_allclose(in_units_of_spread, np.tile(variance * np.eye(3), (4, 1, 1)))
    assert 4 * np.sqrt(variance) ** 3 == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(20))
def test_random_samples_are_distinct(seed):
    means = unknown("random samples", SAMPLES, 6, seed).means
    assert len(np.unique(means, axis=0)) == 6
    assert all((mean == SAMPLES).all(axis=1).any() for mean in means)


@pytest.mark.parametrize("seed", range(20))
def test_k_means_finds_groups_that_are_far_apart_and_ends_at_a_fixed_point(seed):
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(4), [30, 1, 20, 2])
    samples = np.array([[0.0, 0.0], [10.0, 30.0], [20.0, 10.0], [50.0, 40.0]])[groups]
    labels = unknown("k-means", samples + 0.01 * random.normal(size=samples.shape), 4, seed).argmax(
        axis=1
    )
    assert len(set(zip(groups, labels, strict=True))) == 4
    scaled = SAMPLES / SAMPLES.std(axis=0)
    labels = unknown("k-means", SAMPLES, 5, seed).argmax(axis=1)
    centres = np.array([scaled[labels == label].mean(axis=0) for label in range(5)])
    nearest = ((scaled[:, None] - centres) ** 2).sum(axis=-1).argmin(axis=1)
    np.testing.assert_array_equal(nearest, labels)


def test_k_means_takes_more_components_than_values():
    samples = np.repeat([[0.0], [1.0]], 5, axis=0)
    assert np.isfinite(unknown("k-means", samples, 4)).all()


def test_quantile_cuts_are_between_values_of_one_feature():
    samples = np.random.default_rng(7).permutation(100.0 ** np.linspace(0.0, 1.0, 50))[:, None]
    labels = unknown("quantile cuts", samples, 3).argmax(axis=1)[samples[:, 0].argsort()]
    assert len(set(labels)) == 3
    assert len(set(np.flatnonzero(np.diff(labels)))) == 2


def test_short_em_begins_higher_than_most_random_samples():
    samples = random_samples(np.random.default_rng(9), 500, 4, 2)
    short = unknown("short EM", samples, 4).log_density(samples).sum()
    others = [unknown("random samples", samples, 4, s).log_density(samples) for s in range(9)]
    assert short > max(log_density.sum() for log_density in others)


@pytest.mark.parametrize("kind", KINDS)
def test_starts_are_the_same_in_any_units(kind):
    # Powers of two: exact to change.
    scale = np.array([64.0, 2.0**-10])
    first, other = (
        start(samples, 3, 1, 0, [kind]).moments(samples) for samples in (SAMPLES, SAMPLES * scale)
    )
    np.testing.assert_allclose(other.counts, first.counts, rtol=1e-12)
    np.testing.assert_allclose(other.means, first.means * scale, rtol=1e-12)


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
    first = unknown("random samples", samples, 2)
    assert first.covariances[0, 1, 1] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", SINGULAR)
def test_a_start_on_singular_data_serves_spheres_and_collapses_as_ellipsoids(case, kind):
    samples = SINGULAR[case]
    first = start(samples, 2, 0, 0, [kind]).moments(samples)
    assert climb_one(samples, first, "EII").mixture is not None
    assert climb_one(samples, first, "VVV").mixture is None
