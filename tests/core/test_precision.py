"""Passes in single precision, and the climbs that begin with them."""

import numpy as np
import pytest
from gmm_cases import (
    assert_same_mixture,
    climb_all,
    climb_one,
    log_densities_of,
    moments_of,
    random_responsibilities,
    random_samples,
    random_stack,
    stack_of,
    wide_and_narrow,
)

from gmm_core import Mixture, SampleBlocks, collect
from gmm_core import samples as samples_module
from gmm_core.coordinates import gradient
from gmm_core.em import e_step
from gmm_core.engines import LARGEST_SINGLE_ERROR, lost_digits, rounding_errors
from gmm_core.expanded import ExpandedEngine
from gmm_core.factored import FactoredEngine
from gmm_core.families import FAMILIES, Uses, resolve
from gmm_core.fit import Outcome
from gmm_core.precision import DOUBLE, SINGLE
from gmm_core.quasi_newton import begin, candidate, corrected, onward
from gmm_core.stack import at, replaced

ALL_USES = np.array([*Uses, *Uses])


@pytest.fixture
def few_kept(monkeypatch):
    """Let few samples be as many as climbs begin with in single precision."""
    monkeypatch.setattr(samples_module, "_MOST_KEPT", 0)


class Watch:
    """Keeps the mixtures that one climb reaches."""

    def __init__(self):
        self._seen = []

    def __call__(self, _, parameters):
        self._seen.append(Mixture(*at(parameters, 0)[:3]))

    def log_likelihoods(self, samples, weights=1.0):
        return np.array([e_step(samples, mixture, weights)[0] for mixture in self._seen])


@pytest.mark.parametrize("n_features", [1, 2, 5])
@pytest.mark.parametrize("width", [1e-1, 3e-2, 1e-2])
@pytest.mark.parametrize("units", [1.0, 1e-140, 1e140])
def test_the_estimate_of_lost_digits_is_the_error_in_single_precision(width, units, n_features):
    samples, mixture = wide_and_narrow(n_features, width, 0.0, units)
    blocks, stack = SampleBlocks(samples), stack_of([mixture])
    (estimate,) = rounding_errors(lost_digits(blocks, stack), np.array([True]))
    for engine, least in (
        (lambda p: ExpandedEngine(blocks, stack, Uses.ALL, p), 0.1),
        (lambda p: FactoredEngine(blocks, stack, p), 0.0),
    ):
        (found,), (expected,) = (log_densities_of(engine(p), blocks) for p in (SINGLE, DOUBLE))
        error = np.sqrt(np.square(found - expected)[1].mean())
        assert least * estimate < error < 5.0 * estimate


@pytest.mark.parametrize("n_features", [1, 3, 6, 60])
def test_mixtures_in_double_precision_keep_theirs_beside_others_in_single(n_features):
    random = np.random.default_rng(1)
    stack = random_stack(random, ALL_USES, 3, n_features)
    blocks = SampleBlocks(3.0 * random.normal(size=(9001, n_features)))
    assert (lost_digits(blocks, stack) < LARGEST_SINGLE_ERROR).all()
    single = np.arange(len(ALL_USES)) % 2 == 0
    expected, found = (collect(blocks, stack, ALL_USES, single=s) for s in (None, single))
    for array, other in zip(
        (found.log_likelihood, *found.moments),
        (expected.log_likelihood, *expected.moments),
        strict=True,
    ):
        scale = np.abs(other).max()
        np.testing.assert_allclose(array[~single], other[~single], rtol=1e-11, atol=1e-12 * scale)
        error = np.abs(array - other)[single].max() / scale
        assert 1e-10 < error < 1e-5


def test_a_sample_far_from_every_component_counts_for_the_nearest_in_single_precision():
    random = np.random.default_rng(5)
    stack = random_stack(random, ALL_USES, 3, 5)
    samples = np.vstack([random.normal(size=(2500, 5)), np.zeros((1, 5))])
    widest = np.sqrt(np.linalg.eigvalsh(stack.covariances).max())
    for distance in (9.0, 12.0, 20.0, 60.0):
        samples[2000] = distance * widest * np.array([0.6, 0.0, -0.8, 0.0, 0.0])
        blocks, single = SampleBlocks(samples), np.ones(len(ALL_USES), dtype=bool)
        expected, found = (collect(blocks, stack, ALL_USES, single=s) for s in (None, single))
        np.testing.assert_allclose(found.log_likelihood, expected.log_likelihood, rtol=1e-5)
        np.testing.assert_allclose(found.moments.counts, expected.moments.counts, rtol=1e-4)


@pytest.mark.usefixtures("few_kept")
@pytest.mark.parametrize("max_iterations", [0, 7, 500])
def test_a_climb_ends_in_double_precision(max_iterations):
    random = np.random.default_rng(2)
    samples = random_samples(random, 2000, 3, 2)
    first = moments_of(samples, random_responsibilities(random, 2000, 3))
    watch = Watch()
    fit = climb_one(samples, first, "VVV", max_iterations=max_iterations, watch=watch)
    errors = np.abs(fit.trace / watch.log_likelihoods(samples) - 1.0)
    assert errors[-1] < 1e-13
    assert errors.max() < 1e-6
    if max_iterations:
        assert (errors[:-4] > 1e-12).mean() > 0.9
    assert fit.outcome is (Outcome.CONVERGED if max_iterations > 7 else Outcome.ITERATION_LIMIT)


@pytest.mark.parametrize("tolerance", [1e-5, 1e-10, 1e-15])
def test_a_climb_comes_to_rest_where_one_in_double_precision_does(tolerance, monkeypatch):
    random = np.random.default_rng(3)
    samples = random_samples(random, 2000, 3, 2)
    first = moments_of(samples, random_responsibilities(random, 2000, 3))
    families = resolve(["all"], 2)
    expected = climb_all(samples, first, families, tolerance, max_iterations=5000)
    monkeypatch.setattr(samples_module, "_MOST_KEPT", 0)
    found = climb_all(samples, first, families, tolerance, max_iterations=5000)
    for fit, other in zip(found, expected, strict=True):
        assert fit.outcome is other.outcome is Outcome.CONVERGED
        left = (other.log_likelihood - fit.log_likelihood) / len(samples)
        assert abs(left) < 10.0 * tolerance + 1e-13
        if tolerance < 1e-5:
            assert_same_mixture(fit.mixture, other.mixture, rtol=1e-4)


@pytest.mark.usefixtures("few_kept")
@pytest.mark.parametrize("name", ["VVV", "VVI", "VII"])
@pytest.mark.parametrize("width", [2e-3, 1e-7])
def test_a_component_that_becomes_narrow_is_measured_in_double_precision(width, name):
    random, n = np.random.default_rng(4), 2000
    samples = np.vstack([random.normal(size=(n, 2)), 5.0 + width * random.normal(size=(n, 2))])
    shares = np.eye(2)[np.repeat([0, 1], n)]
    first, watch = moments_of(samples, 0.4 * shares + 0.3), Watch()
    fit = climb_one(samples, first, name, watch=watch)
    assert fit.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(fit.trace, watch.log_likelihoods(samples), rtol=1e-5)
    narrow = fit.mixture.covariances[np.argmax(fit.mixture.means[:, 0])]
    spread = np.var(samples[n:], axis=0).mean()
    assert np.diagonal(narrow).mean() == pytest.approx(spread, rel=0.05)
    assert fit.log_likelihood == pytest.approx(e_step(samples, fit.mixture)[0], rel=1e-9)


@pytest.mark.usefixtures("few_kept")
@pytest.mark.parametrize("options", [{"accelerate": False}, {"weights": True}])
def test_plain_em_and_weighted_samples_are_in_double_precision_throughout(options):
    random = np.random.default_rng(5)
    samples = random_samples(random, 300, 2, 2)
    first = moments_of(samples, random_responsibilities(random, 300, 2))
    weights = random.uniform(0.5, 1.5, 300) if options.pop("weights", False) else None
    watch = Watch()
    fit = climb_one(SampleBlocks(samples, weights), first, "VVV", watch=watch, **options)
    watched = watch.log_likelihoods(samples, 1.0 if weights is None else weights)
    np.testing.assert_allclose(fit.trace, watched, rtol=1e-12)


def test_a_search_with_better_gradients_goes_on_as_if_it_had_had_them():
    random = np.random.default_rng(6)
    samples = random_samples(random, 500, 3, 2)
    blocks, families = SampleBlocks(samples), [FAMILIES["VVV"]] * 3
    stack, uses = random_stack(random, [Uses.ALL] * 3, 3, 2), np.full(3, Uses.ALL)
    summed = collect(blocks, stack, uses).moments
    search = begin(stack, summed, families)
    for _ in range(4):
        stack = candidate(search, stack)
        before, summed = summed, collect(blocks, stack, uses).moments
        search = onward(search, np.ones(3, dtype=bool), np.ones(3), stack, summed)
    places = np.array([True, False, True])
    assert np.abs(gradient(search.coordinates, stack, before) - search.gradient).min() > 1e-9
    spoilt = corrected(search, np.ones(3, dtype=bool), stack, before)
    found = corrected(spoilt, places, stack, summed)
    for name in ("gradient", "direction", "slope", "length"):
        array, better, worse = (getattr(s, name) for s in (found, search, spoilt))
        np.testing.assert_allclose(array[places], better[places], rtol=1e-12)
        np.testing.assert_array_equal(array[~places], worse[~places])


def test_a_part_of_a_stack_is_replaced_in_order():
    record = (np.arange(4), (np.arange(8.0).reshape(4, 2),))
    places = np.array([False, True, False, True])
    single, (table,) = replaced(record, places, (np.array([7, 8]), (-np.ones((2, 2)),)))
    assert single.tolist() == [0, 7, 2, 8]
    assert table.tolist() == [[0.0, 1.0], [-1.0, -1.0], [4.0, 5.0], [-1.0, -1.0]]
    assert record[0].tolist() == [0, 1, 2, 3]
