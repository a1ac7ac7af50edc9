"""A mixture's densities, responsibilities and draws against scipy and theory; its validation."""

import json
import os

import numpy as np
import pytest
from gmm_cases import random_mixture
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gmm_core import Mixture

SEED = int(os.environ.get("GMM_TEST_SEED", "0"))
SHAPES = [(1, 1), (3, 1), (1, 4), (2, 2), (5, 3)]


def example(**changes):
    parameters = {
        "weights": [0.25, 0.75],
        "means": [[0.0, 1.0], [2.0, 3.0]],
        "covariances": [[[1.0, 0.5], [0.5, 2.0]], [[3.0, 0.0], [0.0, 4.0]]],
    }
    return Mixture(**parameters | changes)


def scipy_log_joint(mixture, samples):
    parts = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    densities = [np.log(w) + multivariate_normal(m, c).logpdf(samples) for w, m, c in parts]
    return np.reshape(densities, (mixture.n_components, len(samples)))


@pytest.mark.parametrize(("n_components", "n_features"), SHAPES)
def test_densities_and_responsibilities_are_those_of_scipy_and_bayes(n_components, n_features):
    random = np.random.default_rng(1)
    mixture = random_mixture(random, n_components, n_features)
    samples = 4.0 * random.normal(size=(50, n_features))
    log_joint = scipy_log_joint(mixture, samples)
    log_density = logsumexp(log_joint, axis=0)
    np.testing.assert_allclose(mixture.log_density(samples), log_density, rtol=1e-12)
    responsibilities = mixture.responsibilities(samples)
    np.testing.assert_allclose(
        responsibilities, np.exp(log_joint - log_density).T, rtol=1e-10, atol=1e-300
    )
    np.testing.assert_allclose(responsibilities.sum(axis=1), 1.0, rtol=1e-14)


def test_far_from_every_component_the_log_density_is_finite_and_the_nearest_is_certain():
    sample = [[1e6, 1e6]]
    assert np.isfinite(example().log_density(sample)).all()
    assert example().responsibilities(sample).tolist() == [[0.0, 1.0]]


def test_draws_have_the_weights_means_and_covariances_of_their_components():
    mixture = random_mixture(np.random.default_rng(2), n_components=3, n_features=2)
    samples, components = mixture.draw(20_000, np.random.default_rng(SEED))
    shares = np.bincount(components) / len(samples)
    errors = np.sqrt(mixture.weights * (1.0 - mixture.weights) / len(samples))
    assert (abs(shares - mixture.weights) < 4.0 * errors).all()
    for component, (mean, covariance) in enumerate(
        zip(mixture.means, mixture.covariances, strict=True)
    ):
        own = samples[components == component] - mean
        variances = np.diag(covariance)
        assert (abs(own.mean(axis=0)) < 4.0 * np.sqrt(variances / len(own))).all()
        errors = np.sqrt((np.outer(variances, variances) + covariance**2) / len(own))
        assert (abs(own.T @ own / len(own) - covariance) < 4.0 * errors).all()


def test_draws_repeat_with_the_seed():
    first, second = (example().draw(10, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_canonical_order_is_by_falling_weight_then_rising_mean():
    mixture = Mixture(
        weights=[0.2, 0.2, 0.4, 0.2],
        means=[[2.0, 0.0], [1.0, 5.0], [9.0, 9.0], [1.0, 4.0]],
        covariances=[np.eye(2) * scale for scale in (1.0, 2.0, 3.0, 4.0)],
    )
    order = mixture.canonical_order()
    assert order.tolist() == [2, 3, 1, 0]
    reordered = mixture.reordered(order)
    assert reordered.weights.tolist() == [0.4, 0.2, 0.2, 0.2]
    assert reordered.means.tolist() == [[9.0, 9.0], [1.0, 4.0], [1.0, 5.0], [2.0, 0.0]]
    assert reordered.covariances[:, 0, 0].tolist() == [3.0, 4.0, 2.0, 1.0]
    assert reordered.canonical_order().tolist() == [0, 1, 2, 3]


def test_reordering_leaves_the_density_alone():
    mixture = random_mixture(np.random.default_rng(4), n_components=4, n_features=2)
    samples = np.random.default_rng(5).normal(size=(20, 2))
    order = np.array([2, 0, 3, 1])
    reordered = mixture.reordered(order)
    np.testing.assert_allclose(
        reordered.log_density(samples), mixture.log_density(samples), rtol=1e-14
    )
    np.testing.assert_allclose(
        reordered.responsibilities(samples),
        mixture.responsibilities(samples)[:, order],
        rtol=1e-12,
    )


def test_a_mixture_comes_back_from_json_bit_for_bit():
    mixture = random_mixture(np.random.default_rng(6), n_components=3, n_features=2)
    again = Mixture.from_dict(json.loads(json.dumps(mixture.to_dict())) | {"family": "VVV"})
    for name in ("weights", "means", "covariances"):
        np.testing.assert_array_equal(getattr(again, name), getattr(mixture, name))


@pytest.mark.parametrize("name", ["weights", "means", "covariances"])
def test_arrays_are_read_only_copies(name):
    given = getattr(example(), name).copy()
    mixture = example(**{name: given})
    kept = given.copy()
    given *= 2.0
    np.testing.assert_array_equal(getattr(mixture, name), kept)
    with pytest.raises(ValueError, match="read-only"):
        getattr(mixture, name)[0] = 1.0
    with pytest.raises(AttributeError, match=name):
        setattr(mixture, name, kept)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"means": [0.0, 1.0]}, r"means: expected shape \(n_components, n_features\), got \(2,\)"),
        ({"means": np.empty((0, 2))}, r"means: expected shape .* got \(0, 2\)"),
        ({"weights": [1.0]}, r"weights: expected shape \(2,\), got \(1,\)"),
        ({"covariances": np.ones((2, 2))}, r"covariances: expected shape \(2, 2, 2\), got \(2, 2"),
        ({"weights": [np.nan, 1.0]}, r"weights: expected finite numbers, got \[nan, 1.0\]"),
        ({"means": [[0.0, np.inf], [0.0, 0.0]]}, r"means: expected finite numbers, got .*inf"),
        ({"covariances": np.full((2, 2, 2), np.nan)}, r"covariances: expected finite numbers"),
        ({"weights": [0.0, 1.0]}, r"weights: expected positive numbers that sum to 1"),
        ({"weights": [-0.5, 1.5]}, r"weights: expected positive numbers .*-0.5"),
        ({"weights": [0.5, 0.6]}, r"weights: expected .* with sum 1.1"),
        (
            {"covariances": [np.eye(2), [[1.0, 0.1], [0.2, 1.0]]]},
            r"covariances: component 1 is not symmetric: \[\[1.0, 0.1\], \[0.2, 1.0\]\]",
        ),
        (
            {"covariances": [np.eye(2), [[1e20, 0.1], [0.2, 1e-18]]]},
            r"covariances: component 1 is not symmetric",
        ),
        (
            {"covariances": [[[1.0, 1.0], [1.0, 1.0]], np.eye(2)]},
            r"covariances: component 0 is not positive definite: .*variance above 0",
        ),
    ],
)
def test_bad_parameters_are_refused_with_the_value_and_the_repair(changes, words):
    with pytest.raises(ValueError, match=words):
        example(**changes)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([1.0, 2.0], r"samples: expected a table .* got \(2,\); reshape .* \(n_samples, 1\)"),
        (np.empty((0, 2)), r"samples: expected a table .* got \(0, 2\)"),
        ([[0.0, 1.0], [0.0, np.nan]], r"samples: .* got nan in row 1, column 1; remove or replace"),
        ([[-np.inf, 1.0]], r"samples: .* got -inf in row 0, column 0"),
        ([[0.0, 1.0, 2.0]], r"samples: expected 2 columns like the mixture's means, got 3"),
    ],
)
@pytest.mark.parametrize("method", ["log_density", "responsibilities"])
def test_bad_samples_are_refused_with_the_place(method, samples, words):
    with pytest.raises(ValueError, match=words):
        getattr(example(), method)(samples)


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="n_samples: expected at least 1, got 0"):
        example().draw(0, np.random.default_rng(0))
