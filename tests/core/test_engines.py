"""The engines as each other's oracle, and when the fast ones are exact."""

import numpy as np
import pytest
from gmm_cases import (
    assert_same_moments,
    extended,
    log_densities_of,
    plain_statistics,
    precise_statistics,
    random_stack,
    scatter_error,
    stack_of,
    wide_and_narrow,
)

from gmm_core import Mixture, Moments, Parameters, SampleBlocks
from gmm_core import samples as samples_module
from gmm_core.centred import CentredEngine
from gmm_core.engines import is_faster_factored, lost_digits
from gmm_core.expanded import ExpandedEngine
from gmm_core.factored import FactoredEngine
from gmm_core.families import Uses
from gmm_core.stack import at
from gmm_core.statistics import _totals

N_TERMS = {
    Uses.POOLED: lambda d: 1 + d,
    Uses.VARIANCES: lambda d: 1 + 2 * d,
    Uses.ALL: lambda d: 1 + d + d * (d + 1) // 2,
}


def statistics_of(engine, blocks):
    """Return the log-likelihoods and the moments by this very engine."""
    ((log_totals, sums),) = _totals(blocks, [(np.arange(len(engine.constant)), engine)], None)
    return log_totals + engine.constant, engine.moments(sums)


@pytest.mark.parametrize("uses", Uses)
@pytest.mark.parametrize("n_features", [1, 2, 5, 10, 30])
def test_all_engines_give_the_plain_sums_in_any_units(n_features, uses, monkeypatch):
    # Several blocks in several runs.
    monkeypatch.setattr(samples_module, "_MOST_BLOCK_ROWS", 240)
    monkeypatch.setattr(samples_module, "_MOST_RUNS", 4)
    random = np.random.default_rng(n_features)
    stack = random_stack(random, [uses] * 3, 4, n_features)
    samples = np.vstack([Mixture(*at(stack, place)[:3]).draw(700, random)[0] for place in range(3)])
    # Powers of two: exact to change, and to change back.
    units = 2.0 ** random.integers(-20, 20, size=n_features)
    covariances = stack.covariances * np.outer(units, units)
    changed = Parameters.of(stack.weights, stack.means * units, covariances)
    blocks = SampleBlocks(samples * units)
    engines = (
        ExpandedEngine(blocks, changed, uses),
        ExpandedEngine(blocks, changed, Uses.ALL),
        FactoredEngine(blocks, changed),
        CentredEngine(blocks, changed),
    )
    assert engines[0].n_terms == N_TERMS[uses](n_features)
    for engine in engines:
        log_likelihood, (counts, means, scatters) = statistics_of(engine, blocks)
        found = Moments(counts, means / units, scatters / np.outer(units, units))
        for place in range(3):
            expected = plain_statistics(samples, at(stack, place))
            shifted = expected[0] - len(samples) * np.log(units).sum()
            assert log_likelihood[place] == pytest.approx(shifted, rel=1e-12)
            assert_same_moments(at(found, place), expected[2], uses)


@pytest.mark.parametrize("uses", Uses)
def test_no_log_density_is_above_zero_but_where_an_engine_says_so(uses):
    random = np.random.default_rng(1)
    stack = random_stack(random, [uses] * 3, 4, 3)
    blocks = SampleBlocks(np.vstack([stack.means[0], 9.0 * random.normal(size=(100, 3))]))
    expanded = ExpandedEngine(blocks, stack, uses)
    others = FactoredEngine(blocks, stack), CentredEngine(blocks, stack)
    assert expanded.bounded == (uses is not Uses.POOLED)
    assert all(engine.bounded for engine in others)
    for engine in (expanded, *others):
        log_densities = np.empty((3, 4, 104))
        terms = blocks.terms(0, engine.n_terms)
        engine.log_densities(terms, slice(None), log_densities)
        assert (log_densities.max() < 1e-12) == engine.bounded


@extended
@pytest.mark.parametrize("n_features", [1, 2, 5])
@pytest.mark.parametrize("width", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_the_estimate_of_lost_digits_is_the_error_of_the_expanded_engine(offset, width, n_features):
    samples, mixture = wide_and_narrow(n_features, width, offset)
    blocks, stack = SampleBlocks(samples), stack_of([mixture])
    expected, _, _ = precise_statistics(samples, at(stack, 0))
    (found,) = log_densities_of(ExpandedEngine(blocks, stack, Uses.ALL), blocks)
    (estimate,) = lost_digits(blocks, stack)
    error = np.sqrt(np.square(found - expected)[1].mean())
    assert 0.2 * estimate < error < 5.0 * estimate
    (found,) = log_densities_of(FactoredEngine(blocks, stack), blocks)
    assert np.sqrt(np.square(found - expected)[1].mean()) < 5.0 * estimate
    (exact,) = log_densities_of(CentredEngine(blocks, stack), blocks)
    assert np.abs(exact - expected)[1][expected[1] > -30.0].max() < 1e-6 * estimate + 1e-13


@extended
def test_the_estimate_holds_for_a_few_narrow_samples_far_from_all_others():
    random, far, width = np.random.default_rng(2), 100.0, 1e-2
    samples = np.vstack([random.normal(size=(20_000, 1)), far + width * random.normal(size=(5, 1))])
    mixture = Mixture([0.9, 0.1], [[0.0], [far]], [[[1.0]], [[width**2]]])
    blocks, stack = SampleBlocks(samples), stack_of([mixture])
    expected, _, _ = precise_statistics(samples, at(stack, 0))
    (found,) = log_densities_of(ExpandedEngine(blocks, stack, Uses.ALL), blocks)
    error = np.sqrt(np.square(found - expected)[1, -5:].mean())
    assert error < 10.0 * lost_digits(blocks, stack)[0]


@extended
def test_without_the_guard_a_narrow_component_would_be_lost():
    samples, mixture = wide_and_narrow(2, 1e-8)
    blocks, stack = SampleBlocks(samples), stack_of([mixture])
    _, log_likelihood, expected = precise_statistics(samples, at(stack, 0))
    errors = {}
    for engine in (ExpandedEngine(blocks, stack, Uses.ALL), CentredEngine(blocks, stack)):
        found, moments = statistics_of(engine, blocks)
        errors[type(engine)] = (
            abs(found[0] / log_likelihood - 1.0),
            scatter_error(at(moments, 0), expected),
        )
    assert min(errors[ExpandedEngine]) > 1e-6
    assert max(errors[CentredEngine]) < 1e-9


def test_the_factored_engine_serves_many_features_and_few_components():
    random = np.random.default_rng(3)
    few, many = (SampleBlocks(random.normal(size=(10, d))) for d in (2, 50))
    assert not any(is_faster_factored(few, n_lines, Uses.ALL) for n_lines in (2, 4, 100))
    assert is_faster_factored(many, 2, Uses.ALL)
    assert not is_faster_factored(many, 1000, Uses.ALL)
    assert not is_faster_factored(many, 2, Uses.POOLED)
    too_many = SampleBlocks(random.normal(size=(4000, 100)))
    assert is_faster_factored(too_many, 1000, Uses.ALL)
