"""Splits and mergers: as many components as asked for, and the moments of the whole stay."""

import numpy as np
import pytest
from gmm_cases import random_mixture, random_samples

import gmm_core as gmm
from gmm_core.split_merge import doubled, merged, split


def whole(mixture):
    """Return mean and covariance of a mixture."""
    mean = mixture.weights @ mixture.means
    offsets = mixture.means - mean
    between = np.einsum("k,ki,kj->ij", mixture.weights, offsets, offsets)
    return mean, np.einsum("k,kij->ij", mixture.weights, mixture.covariances) + between


def assert_same_whole(one, other):
    for found, expected in zip(whole(one), whole(other), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n_features", [1, 3])
def test_mean_and_covariance_of_the_whole_stay(n_features):
    random = np.random.default_rng(n_features)
    mixture = random_mixture(random, 5, n_features)
    samples = gmm.SampleBlocks(mixture.draw(100, random)[0])
    for changed, size in (
        (merged(mixture, 2), 2),
        (merged(mixture, 1), 1),
        (split(mixture, 3, 7, samples), 7),
        (doubled(mixture, 8), 8),
    ):
        assert changed.n_components == size
        assert_same_whole(changed, mixture)


def test_a_component_that_stands_twice_leaves_the_density_as_it_is():
    random = np.random.default_rng(2)
    mixture, samples = random_mixture(random, 3, 2), random_samples(random, 50, 3, 2)
    twice = doubled(mixture, 6).log_density(samples)
    np.testing.assert_allclose(twice, mixture.log_density(samples), rtol=1e-13)


def test_those_are_merged_that_are_nearest_to_one_gaussian():
    means = np.array([[0.0, 0.0], [9.0, 0.0], [1.0, 0.0], [0.0, 20.0]])
    mixture = gmm.Mixture([0.4, 0.3, 0.2, 0.1], means, [np.eye(2)] * 4)
    np.testing.assert_array_equal(merged(mixture, 3).means[:2], means[[1, 3]])
    # In any units.
    units = np.array([1e-6, 1e6])
    scaled = gmm.Mixture(
        mixture.weights, means * units, mixture.covariances * np.outer(units, units)
    )
    np.testing.assert_allclose(merged(scaled, 2).means, merged(mixture, 2).means * units)


def test_the_halves_of_a_split_lie_on_either_side_along_the_longest_axis():
    random = np.random.default_rng(4)
    middle = np.array([2.0, 3.0])
    mixture = gmm.Mixture([1.0], [middle], [np.diag([9.0, 1.0])])
    samples = gmm.SampleBlocks(random.normal(size=(100, 2)))
    offset = np.array([3.0 * np.sqrt(2.0 / np.pi), 0.0])
    halves = split(mixture, 0, 2, samples).means
    np.testing.assert_allclose(halves[halves[:, 0].argsort()], [middle - offset, middle + offset])
