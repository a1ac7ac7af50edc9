"""Stacks: whiteners against numpy's Cholesky factors, moments against exact fractions."""

import numpy as np
import pytest
from gmm_cases import (
    exact_moments,
    far_samples,
    plain_moments,
    random_covariance,
    random_responsibilities,
)

from gmm_core import Moments, moments, stack
from gmm_core.stack import at, factorise, joined

FEW_AND_MANY = (stack._MANY - 1, stack._MANY)


def random_moments(random, n_samples):
    samples = random.normal(size=(n_samples, 3)) + random.normal(size=3)
    return samples, random_responsibilities(random, n_samples, 4).T.copy()


@pytest.mark.parametrize("n_features", range(1, 13))
@pytest.mark.parametrize("n_matrices", FEW_AND_MANY)
def test_whiteners_are_inverse_cholesky_factors(n_matrices, n_features):
    random = np.random.default_rng(n_features)
    covariances = [random_covariance(random, n_features) for _ in range(n_matrices)]
    covariances = np.array(covariances) * 10.0 ** random.uniform(-9, 9, size=(n_matrices, 1, 1))
    factors, found = factorise(covariances)
    roots = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    error = factors @ np.swapaxes(factors, -1, -2) - covariances
    assert (np.abs(error) <= 1e-14 * roots[..., None] * roots[..., None, :]).all()
    expected = np.linalg.inv(np.linalg.cholesky(covariances))
    for one, other in zip(found, expected, strict=True):
        largest = np.abs(other).max()
        np.testing.assert_allclose(one, other, rtol=0.0, atol=1e-13 * largest)
        np.testing.assert_allclose(np.triu(one, 1), 0.0, atol=1e-14 * largest)
    np.testing.assert_array_equal(
        factorise(covariances.reshape(-1, 1, *found.shape[1:]))[1][:, 0], found
    )


@pytest.mark.parametrize("n_features", [1, 2, 5])
@pytest.mark.parametrize("n_matrices", FEW_AND_MANY)
def test_matrices_that_are_not_positive_definite_are_nan_for_themselves_alone(
    n_matrices, n_features
):
    random = np.random.default_rng(1)
    covariances = np.array([random_covariance(random, n_features) for _ in range(n_matrices)])
    wrong = covariances.copy()
    wrong[1, -1, -1] = -1.0
    wrong[7] = 0.0
    wrong[30] = np.nan
    wrong[-1] *= -1.0
    found, sound = (
        factorise(wrong)[1],
        np.setdiff1d(np.arange(n_matrices), [1, 7, 30, n_matrices - 1]),
    )
    assert np.isnan(np.delete(found, sound, axis=0)).all()
    np.testing.assert_allclose(
        found[sound], factorise(covariances)[1][sound], rtol=1e-12, atol=1e-14
    )


def test_moments_of_two_sets_of_samples_are_joined_to_those_of_both():
    random = np.random.default_rng(2)
    (one, shares), (other, other_shares) = random_moments(random, 40), random_moments(random, 3)
    found = joined(moments(one, shares), moments(other + 9.0, other_shares))
    both = plain_moments(np.vstack([one, other + 9.0]), np.hstack([shares, other_shares]))
    for array, expected in zip(found, both, strict=True):
        np.testing.assert_allclose(array, expected, rtol=1e-13, atol=1e-12)


def test_joining_moments_of_no_samples_changes_nothing():
    given = moments(*random_moments(np.random.default_rng(3), 40))
    nothing = Moments(*(np.zeros_like(array) for array in given))
    for array, left, right in zip(
        given, joined(nothing, given), joined(given, nothing), strict=True
    ):
        np.testing.assert_array_equal(left, array)
        np.testing.assert_array_equal(right, array)
    assert not any(array.any() for array in joined(nothing, nothing))


def test_a_part_of_a_stack_is_that_part_of_each_of_its_arrays():
    given = Moments(*(np.arange(24.0).reshape(4, *shape) for shape in ((6,), (3, 2), (3, 1, 2))))
    for place in (2, np.array([3, 1])):
        for array, part in zip(given, at(given, place), strict=True):
            np.testing.assert_array_equal(part, array[place])


def test_moments_of_shared_samples_are_exact_far_from_the_origin():
    samples = far_samples(400) + 2.0**20
    responsibilities = np.random.default_rng(5).dirichlet([0.5, 0.5, 0.5], size=400).T.copy()
    found = moments(samples, responsibilities)
    for component, row in enumerate(responsibilities):
        count, mean, scatter = exact_moments(samples, row)
        assert found.counts[component] == pytest.approx(count, rel=1e-14)
        np.testing.assert_allclose(found.means[component], mean, rtol=1e-15)
        np.testing.assert_allclose(found.scatters[component], scatter, rtol=1e-9)


@pytest.mark.parametrize("value", [7.3, 0.1, -1234.5])
def test_equal_samples_have_their_very_value_as_mean_and_next_to_no_scatter(value):
    responsibilities = np.random.default_rng(9).uniform(size=(1, 5000))
    found = moments(np.full((5000, 1), value), responsibilities)
    assert found.means.tolist() == [[value]]
    assert abs(found.scatters.item()) < 1e-9 * 5000 * (np.finfo(float).eps * value) ** 2


def test_moments_take_leading_axes():
    random = np.random.default_rng(6)
    samples = random.normal(size=(30, 2))
    responsibilities = random.dirichlet([1.0, 1.0, 1.0], size=(2, 30)).swapaxes(1, 2).copy()
    found = moments(samples, responsibilities)
    for place, rows in enumerate(responsibilities):
        for array, plain in zip(found, plain_moments(samples, rows), strict=True):
            np.testing.assert_allclose(array[place], plain, rtol=1e-12, atol=1e-12)


def test_a_component_without_samples_has_moments_of_zero():
    samples = np.random.default_rng(7).normal(size=(20, 2))
    shares = np.stack([np.ones(20), np.zeros(20)])
    found = moments(samples, shares)
    assert found.counts.tolist() == [20.0, 0.0]
    assert found.means[1].tolist() == [0.0, 0.0]
    assert not found.scatters[1].any()
