"""One pass over the samples against plain sums of scipy's densities and extended precision."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gmm_cases import (
    RowsOfFile,
    assert_same_moments,
    exact_moments,
    extended,
    far_samples,
    plain_statistics,
    precise_statistics,
    random_mixture,
    random_stack,
    scatter_error,
    stack_of,
    wide_and_narrow,
)

from gmm_core import Mixture, SampleBlocks, collect
from gmm_core.families import Uses
from gmm_core.stack import at
from gmm_core.statistics import label_uncertainty

OFFSET = 2.0**20
ALL_USES = np.array([*Uses, *Uses])
# What `lost_digits` might say, so that the expanded or the centred engine serves a mixture.
ENGINES = {"expanded": 0.0, "centred": np.inf}
EACH_ENGINE = np.repeat([*ENGINES.values()], len(Uses))
ONE = np.array([Uses.ALL])
EPS = np.finfo(float).eps
OFFSETS = (0.0, 1.0, 1e4, 1e8, 1e12)
WIDTHS = (1e-2, 5e-3, 2e-3, 1e-4, 1e-6, 1e-8)


def alone(stack, place):
    return at(stack, np.array([place]))


@pytest.mark.parametrize("errors", [None, EACH_ENGINE])
@pytest.mark.parametrize(
    ("n_samples", "n_components", "n_features"),
    [
        (1, 2, 2),
        (500, 3, 1),
        (300, 20, 2),
        (4097, 1, 2),
        (9001, 4, 3),
        (2500, 9, 6),
        (70_001, 2, 1),
    ],
)
def test_a_pass_gives_the_plain_sums(n_samples, n_components, n_features, errors):
    random = np.random.default_rng(2)
    stack = random_stack(random, ALL_USES, n_components, n_features)
    samples = 3.0 * random.normal(size=(n_samples, n_features))
    blocks = SampleBlocks(samples)
    found = collect(blocks, stack, ALL_USES, errors=errors)
    uncertainty = np.transpose(label_uncertainty(blocks, stack, ALL_USES))
    for place, uses in enumerate(ALL_USES):
        expected = plain_statistics(samples, at(stack, place))
        assert found.log_likelihood[place] == pytest.approx(expected[0], rel=1e-12)
        np.testing.assert_allclose(
            uncertainty[place], expected[1], rtol=1e-9, atol=1e-15 * n_samples
        )
        assert_same_moments(at(found.moments, place), expected[2], uses)


@pytest.mark.parametrize(
    ("n_samples", "n_components", "n_features"),
    [(1, 1, 1), (300, 1, 1), (300, 4, 1), (301, 1, 3), (299, 3, 2), (5003, 3, 2), (5003, 2, 7)],
)
def test_a_result_depends_on_its_neighbours_in_the_stack_by_rounding_alone(
    n_samples, n_components, n_features
):
    random = np.random.default_rng(3)
    uses = np.tile(ALL_USES, 12)
    stack = random_stack(random, uses, n_components, n_features)
    blocks = SampleBlocks(3.0 * random.normal(size=(n_samples, n_features)))
    together = collect(blocks, stack, uses)
    uncertainty = np.transpose(label_uncertainty(blocks, stack, uses))
    for place in (0, 1, 2, 33, 71):
        own = alone(stack, place), uses[place : place + 1]
        found = collect(blocks, *own)
        np.testing.assert_allclose(found.log_likelihood, together.log_likelihood[place], rtol=1e-12)
        assert_same_moments(at(found.moments, 0), at(together.moments, place), uses[place])
        np.testing.assert_allclose(
            np.ravel(label_uncertainty(blocks, *own)), uncertainty[place], rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pass_far_from_the_origin_loses_no_digits(engine):
    samples, uses = far_samples(9001), np.array([Uses.ALL, Uses.ALL])
    near = random_stack(np.random.default_rng(4), uses, 3, 2)
    near = near._replace(means=np.round(near.means * 2.0**30) / 2.0**30)
    far = near._replace(means=near.means + OFFSET)
    here = collect(SampleBlocks(samples), near, uses, errors=np.full(2, ENGINES[engine]))
    there = collect(SampleBlocks(samples + OFFSET), far, uses, errors=np.full(2, ENGINES[engine]))
    np.testing.assert_allclose(there.log_likelihood, here.log_likelihood, rtol=1e-14)
    np.testing.assert_allclose(there.moments.counts, here.moments.counts, rtol=1e-13)
    np.testing.assert_allclose(there.moments.means - OFFSET, here.moments.means, atol=1e-9)
    np.testing.assert_allclose(there.moments.scatters, here.moments.scatters, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n_samples", [50, 5000])
def test_moments_of_one_component_are_exact_far_from_the_origin(n_samples, engine):
    samples = far_samples(n_samples) + OFFSET
    count, mean, scatter = exact_moments(samples, np.ones(n_samples))
    one = stack_of([Mixture([1.0], [mean], [np.eye(2)])])
    found = collect(SampleBlocks(samples), one, ONE, errors=np.array([ENGINES[engine]])).moments
    assert found.counts.tolist() == [[count]]
    np.testing.assert_allclose(found.means[0, 0], mean, rtol=1e-15)
    np.testing.assert_allclose(found.scatters[0, 0], scatter, rtol=1e-12)


@extended
@pytest.mark.parametrize("n_features", [1, 2, 5])
@pytest.mark.parametrize(
    ("width", "offset", "units"),
    [
        *((width, offset, 1.0) for width in WIDTHS for offset in OFFSETS if width > EPS * offset),
        *((width, 1.0, units) for width in WIDTHS for units in (1e-140, 1e140)),
        *((1e-2, offset, units) for offset in (0.0, 1e4) for units in (1e-150, 1e150)),
    ],
)
def test_a_pass_is_exact_whatever_the_width_the_offset_and_the_units(
    width, offset, units, n_features
):
    samples, mixture = wide_and_narrow(n_features, width, offset, units)
    stack, uses = stack_of([mixture] * 4), np.full(4, Uses.ALL)
    found = collect(SampleBlocks(samples), stack, uses)
    _, log_likelihood, expected = precise_statistics(samples, at(stack, 0))
    np.testing.assert_allclose(found.log_likelihood, float(log_likelihood), rtol=1e-11)
    np.testing.assert_allclose(found.moments.counts, np.tile(expected.counts, (4, 1)), rtol=5e-14)
    rounding = 3e-14 * np.ptp(samples, axis=0) + EPS * np.abs(samples).max(axis=0)
    assert (np.abs(found.moments.means - expected.means) < rounding).all()
    assert scatter_error(at(found.moments, 0), expected) < 1e-9


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("distance", [20.0, 36.5, 37.2, 60.0, 1e4])
def test_a_sample_far_from_every_component_counts_for_the_nearest(distance, engine):
    random = np.random.default_rng(5)
    stack = random_stack(random, ALL_USES, 3, 5)
    samples = np.vstack([random.normal(size=(2500, 5)), np.zeros((1, 5))])
    widest = np.sqrt(np.linalg.eigvalsh(stack.covariances).max())
    samples[2000] = distance * widest * np.array([0.6, 0.0, -0.8, 0.0, 0.0])
    blocks = SampleBlocks(samples)
    found = collect(blocks, stack, ALL_USES, errors=np.full(len(ALL_USES), ENGINES[engine]))
    uncertainty = np.transpose(label_uncertainty(blocks, stack, ALL_USES))
    for place in range(len(ALL_USES)):
        expected = plain_statistics(samples, at(stack, place))
        assert found.log_likelihood[place] == pytest.approx(expected[0], rel=1e-11)
        np.testing.assert_allclose(uncertainty[place], expected[1], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            found.moments.counts[place], expected[2].counts, rtol=1e-9, atol=1e-12
        )


def test_a_component_far_from_all_samples_costs_no_warning_and_counts_nothing():
    samples = SampleBlocks(np.random.default_rng(8).normal(size=(5000, 2)))
    stack = stack_of([Mixture([0.5, 0.5], [[0.0, 0.0], [1e5, 1e5]], [np.eye(2)] * 2)])
    found = collect(samples, stack, ONE)
    np.testing.assert_allclose(found.moments.counts, [[5000.0, 0.0]], rtol=1e-15, atol=1e-290)
    np.testing.assert_allclose(label_uncertainty(samples, stack, ONE), 0.0, atol=5000 * EPS)


def test_one_component_is_responsible_for_every_sample_exactly():
    samples = SampleBlocks(np.random.default_rng(9).normal(size=(5000, 2)))
    stack = random_stack(np.random.default_rng(10), ALL_USES, 1, 2)
    found = collect(samples, stack, ALL_USES, errors=EACH_ENGINE)
    assert found.moments.counts.ravel().tolist() == [5000.0] * len(ALL_USES)
    assert not np.any(label_uncertainty(samples, stack, ALL_USES))


@pytest.mark.parametrize(("n_samples", "n_features"), [(100_001, 1), (100_001, 3), (50_001, 6)])
def test_threads_and_files_give_the_same_bits(n_samples, n_features, tmp_path):
    random = np.random.default_rng(12)
    samples = random_mixture(random, 3, n_features).draw(n_samples, random)[0]
    stack = random_stack(random, ALL_USES, 3, n_features)
    arguments = (stack, ALL_USES)
    single = np.array([True, False, True, False, False, False])
    how = {"errors": EACH_ENGINE, "single": single}
    blocks, file = SampleBlocks(samples), SampleBlocks(RowsOfFile(tmp_path / "rows", samples))
    assert len(blocks.runs) > 4
    first = collect(blocks, *arguments, **how)
    uncertainty = label_uncertainty(blocks, *arguments)
    for n_threads in (1, 2, 4):
        with ThreadPoolExecutor(n_threads) as pool:
            for rows in (blocks, file):
                found = collect(rows, *arguments, **how, pool=pool)
                np.testing.assert_array_equal(found.log_likelihood, first.log_likelihood)
                for array, expected in zip(found.moments, first.moments, strict=True):
                    np.testing.assert_array_equal(array, expected)
                np.testing.assert_array_equal(
                    label_uncertainty(rows, *arguments, pool=pool), uncertainty
                )
