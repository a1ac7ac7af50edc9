"""Which optima are doubted, for components of every kind; and that units make no difference."""

import numpy as np
import pytest
from gmm_cases import random_covariance

from gmm_core import FAMILIES, Cell, Fit, Mixture, Outcome, SpuriousRules
from gmm_core.spurious import doubts, least_samples, thinness

RULES = SpuriousRules()


def cell(family, counts, covariances):
    counts, covariances = np.array(counts), np.array(covariances)
    means = np.zeros(covariances.shape[:2])
    mixture = Mixture(counts / counts.sum(), means, covariances)
    fit = Fit(Outcome.CONVERGED, "", mixture, counts, 0.0, 0.0, np.zeros(1))
    n_parameters = FAMILIES[family].n_parameters(*means.shape)
    return Cell(family, len(counts), 0, "k-means++", n_parameters, fit)


@pytest.mark.parametrize(
    ("family", "n_features", "least"),
    [
        ("E", 1, 0),
        ("V", 1, 2),
        ("EII", 4, 0),
        ("VII", 4, 2),
        ("EEV", 4, 0),
        ("VEV", 4, 2),
        ("EVI", 4, 5),
        ("VVV", 4, 5),
    ],
)
def test_the_least_samples_follow_what_a_component_has_of_its_own(family, n_features, least):
    assert least_samples(family, n_features) == least


@pytest.mark.parametrize(
    ("family", "count", "n_doubts"),
    [("VVV", 3.7, 1), ("VVV", 3.8, 0), ("VII", 2.4, 1), ("VII", 2.6, 0), ("EEE", 1.0, 0)],
)
def test_a_tiny_component_is_doubted_where_it_has_a_covariance_of_its_own(family, count, n_doubts):
    assert len(doubts(cell(family, [90.0, count], [np.eye(2)] * 2), RULES)) == n_doubts


@pytest.mark.parametrize(
    ("width", "count", "n_doubts"), [(1e-2, 14.0, 1), (1e-2, 16.0, 0), (0.1, 14.0, 0)]
)
def test_a_thin_component_is_doubted_if_its_samples_are_few(width, count, n_doubts):
    thin = np.diag([1.0, width**2])
    assert len(doubts(cell("VVV", [90.0, count], [np.eye(2), thin]), RULES)) == n_doubts


def test_every_doubtful_component_is_told():
    covariances = [np.eye(2), np.eye(2), np.diag([1.0, 1e-8]), np.eye(2)]
    found = doubts(cell("VVV", [90.0, 2.0, 9.0, 3.14], covariances), RULES)
    assert found == (
        "2 components have fewer than 3.75 samples (2.0, 3.1)",
        "1 component has few samples and in one direction less than 0.001 of the usual variance "
        "(9.0 with 1.1e-08)",
    )


def test_a_single_component_is_never_doubted():
    assert doubts(cell("VVV", [2.0], [np.eye(2)]), RULES) == ()


def test_thinness_is_the_same_in_any_units_and_along_any_axes():
    random = np.random.default_rng(4)
    mixture = Mixture(
        [0.5, 0.3, 0.2], random.normal(size=(3, 3)), [random_covariance(random, 3) for _ in "abc"]
    )
    mapping = random.normal(size=(3, 3)) * np.array([[1.0], [1e5], [1e-5]])
    mapped = np.array([mapping @ c @ mapping.T for c in mixture.covariances])
    mapped = (mapped + np.swapaxes(mapped, -1, -2)) / 2.0
    other = Mixture(mixture.weights, mixture.means, mapped)
    np.testing.assert_allclose(thinness(other), thinness(mixture), rtol=1e-6)
    shared = Mixture([0.5, 0.5], np.zeros((2, 3)), mixture.covariances[[0, 0]])
    np.testing.assert_allclose(thinness(shared), 1.0)
