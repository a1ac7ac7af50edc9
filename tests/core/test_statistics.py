"""One pass over the samples against plain sums of scipy's densities and exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from gmm_cases import random_mixture
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gmm_core import Parameters, collect, moments

OFFSET = 2.0**20


def as_stack(mixtures):
    arrays = zip(*((m.weights, m.means, m.covariances) for m in mixtures), strict=True)
    return Parameters(*(np.stack(array) for array in arrays))


def random_stack(random, n_mixtures, n_components, n_features):
    return as_stack(random_mixture(random, n_components, n_features) for _ in range(n_mixtures))


def plain_moments(samples, responsibilities):
    """Return counts, means and scatters as their formulas say; responsibilities are (K, N)."""
    counts = responsibilities.sum(axis=1)
    means = np.array([r @ samples / r.sum() for r in responsibilities])
    scatters = [
        (r[:, None] * (samples - mean)).T @ (samples - mean)
        for r, mean in zip(responsibilities, means, strict=True)
    ]
    return counts, means, np.array(scatters)


def plain_statistics(samples, weights, means, covariances):
    parts = zip(weights, means, covariances, strict=True)
    log_joint = np.array(
        [np.log(w) + np.atleast_1d(multivariate_normal(m, c).logpdf(samples)) for w, m, c in parts]
    )
    log_density = logsumexp(log_joint, axis=0)
    log_responsibilities = log_joint - log_density
    return (
        log_density.sum(),
        log_responsibilities.max(axis=0).sum(),
        *plain_moments(samples, np.exp(log_responsibilities)),
    )


def exact_moments(samples, responsibilities):
    """Return count, mean and scatter of a component, rounded once, from lists of floats."""
    rows = [[Fraction(value) for value in row] for row in samples.tolist()]
    shares = [Fraction(value) for value in responsibilities.tolist()]
    features = range(samples.shape[1])
    count = sum(shares)
    mean = [sum(r * x[i] for r, x in zip(shares, rows, strict=True)) / count for i in features]
    scatter = [
        [
            float(
                sum(
                    r * (x[i] - mean[i]) * (x[j] - mean[j])
                    for r, x in zip(shares, rows, strict=True)
                )
            )
            for j in features
        ]
        for i in features
    ]
    return float(count), [float(value) for value in mean], scatter


def far_samples(n_samples, n_features=2):
    """Return samples of standard deviation 1 about 0 to which OFFSET can be added exactly."""
    random = np.random.default_rng(1)
    return np.round(random.normal(size=(n_samples, n_features)) * 2.0**30) / 2.0**30


@pytest.mark.parametrize(
    ("n_mixtures", "n_samples", "n_components", "n_features"),
    [
        (3, 1, 2, 2),
        (4, 500, 3, 1),
        (40, 300, 2, 2),
        (2, 4097, 1, 2),
        (2, 9001, 4, 3),
        (2, 2500, 9, 6),
    ],
)
def test_a_pass_gives_the_plain_sums(n_mixtures, n_samples, n_components, n_features):
    random = np.random.default_rng(2)
    stack = random_stack(random, n_mixtures, n_components, n_features)
    samples = 3.0 * random.normal(size=(n_samples, n_features))
    collected = collect(samples, stack)
    for place, parameters in enumerate(zip(*stack, strict=True)):
        log_likelihood, log_max, counts, means, scatters = plain_statistics(samples, *parameters)
        assert collected.log_likelihood[place] == pytest.approx(log_likelihood, rel=1e-12)
        assert collected.log_max_responsibility[place] == pytest.approx(
            log_max, rel=1e-9, abs=1e-12
        )
        np.testing.assert_allclose(collected.moments.counts[place], counts, rtol=1e-9)
        np.testing.assert_allclose(collected.moments.means[place], means, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            collected.moments.scatters[place], scatters, rtol=1e-8, atol=1e-9 * n_samples
        )


@pytest.mark.parametrize(
    ("n_samples", "n_components", "n_features"),
    [(1, 1, 1), (300, 1, 1), (300, 4, 1), (301, 1, 3), (299, 3, 2), (5003, 3, 2), (5003, 2, 7)],
)
def test_a_result_does_not_depend_on_its_neighbours_in_the_stack(
    n_samples, n_components, n_features
):
    random = np.random.default_rng(3)
    stack = random_stack(random, 70, n_components, n_features)
    samples = 3.0 * random.normal(size=(n_samples, n_features))
    together = collect(samples, stack)
    for place in (0, 1, 33, 69):
        alone = collect(samples, Parameters(*(array[place : place + 1] for array in stack)))
        for one, all_ in zip(
            (*alone[:2], *alone.moments), (*together[:2], *together.moments), strict=True
        ):
            np.testing.assert_array_equal(one[0], all_[place])


def test_a_pass_far_from_the_origin_loses_no_digits():
    samples = far_samples(9001)
    near = random_stack(np.random.default_rng(4), 2, 3, 2)
    near = near._replace(means=np.round(near.means * 2.0**30) / 2.0**30)
    far = near._replace(means=near.means + OFFSET)
    here, there = collect(samples, near), collect(samples + OFFSET, far)
    np.testing.assert_allclose(there.log_likelihood, here.log_likelihood, rtol=1e-14)
    np.testing.assert_allclose(there.moments.counts, here.moments.counts, rtol=1e-13)
    np.testing.assert_allclose(there.moments.means - OFFSET, here.moments.means, atol=1e-7)
    np.testing.assert_allclose(there.moments.scatters, here.moments.scatters, rtol=1e-9, atol=1e-5)


@pytest.mark.parametrize("n_samples", [50, 5000])
def test_moments_of_one_component_are_exact_far_from_the_origin(n_samples):
    samples = far_samples(n_samples) + OFFSET
    count, mean, scatter = exact_moments(samples, np.ones(n_samples))
    one = Parameters(np.ones((1, 1)), np.array([[mean]]), np.eye(2)[None, None])
    for found in (collect(samples, one).moments, moments(samples, np.ones((1, 1, n_samples)))):
        assert found.counts.tolist() == [[count]]
        np.testing.assert_allclose(found.means[0, 0], mean, rtol=1e-15)
        np.testing.assert_allclose(found.scatters[0, 0], scatter, rtol=1e-9)


def test_moments_of_shared_samples_are_exact_far_from_the_origin():
    samples = far_samples(400) + OFFSET
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
    assert abs(found.scatters.item()) < 5000 * (np.finfo(float).eps * value) ** 2


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


def test_a_component_far_from_all_samples_costs_no_warning_and_counts_nothing():
    samples = np.random.default_rng(8).normal(size=(5000, 2))
    stack = Parameters(
        np.array([[0.5, 0.5]]),
        np.array([[[0.0, 0.0], [1e5, 1e5]]]),
        np.ones((1, 2, 1, 1)) * np.eye(2),
    )
    found = collect(samples, stack)
    np.testing.assert_allclose(found.moments.counts, [[5000.0, 0.0]], rtol=1e-15, atol=1e-290)
    assert found.log_max_responsibility.tolist() == [0.0]
