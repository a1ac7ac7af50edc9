"""Weights of samples: whole ones are repeated rows, and what else they must not change."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gmm_cases import (
    SEVERAL_FEATURES,
    RowsOfFile,
    assert_same_moments,
    climb_all,
    climb_one,
    moments_of,
    random_responsibilities,
    random_samples,
    random_stack,
)
from scipy.special import entr

import gmm_core as gmm
from gmm_core import samples as samples_module
from gmm_core import starts
from gmm_core.bootstrap import Effort
from gmm_core.centred import CentredEngine
from gmm_core.expanded import ExpandedEngine
from gmm_core.factored import FactoredEngine
from gmm_core.families import Uses
from gmm_core.resampling import n_drawn
from gmm_core.stack import at
from gmm_core.starting_samples import MOST_SAMPLES
from gmm_core.starts import _far_apart, standard_deviations
from gmm_core.statistics import _totals, label_uncertainty

SAMPLES = random_samples(np.random.default_rng(1), 90, 3, 2)
TIMES = np.random.default_rng(2).integers(0, 4, size=90)
WEIGHTS = TIMES.astype(float)
REPEATED = np.repeat(SAMPLES, TIMES, axis=0)
MEASURES = ("centre", "scale", "resolution", "variances", "second_moments", "total_weight")
LIMITS = {"seed": 5, "tolerance": 1e-9, "max_iterations": 300}


@pytest.fixture
def several_blocks(monkeypatch):
    monkeypatch.setattr(samples_module, "_MOST_BLOCK_ROWS", 240)
    monkeypatch.setattr(samples_module, "_MOST_RUNS", 4)


def many(n_features, n_samples=2000, seed=0):
    """Return samples, whole numbers >= 0 as weights, and the samples so many times."""
    random = np.random.default_rng(seed)
    samples = random_samples(random, n_samples, 3, n_features)
    times = random.integers(0, 4, size=n_samples)
    return samples, times.astype(float), np.repeat(samples, times, axis=0)


def assert_same_fit(found, expected, rtol=1e-7):
    assert found.outcome == expected.outcome
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-11)
    assert found.log_max_responsibility == pytest.approx(expected.log_max_responsibility, rel=1e-5)
    assert found.entropy == pytest.approx(expected.entropy, rel=1e-5)
    np.testing.assert_allclose(found.counts, expected.counts, rtol=rtol)
    for name in ("weights", "means", "covariances"):
        arrays = (getattr(fit.mixture, name) for fit in (found, expected))
        np.testing.assert_allclose(*arrays, rtol=rtol, atol=rtol)


def assert_same_bytes(found, expected):
    """Compare cells."""
    for cell, other in zip(found, expected, strict=True):
        assert (cell.family, cell.seed, cell.start) == (other.family, other.seed, other.start)
        assert cell.fit.trace.tobytes() == other.fit.trace.tobytes()
        assert cell.fit.counts.tobytes() == other.fit.counts.tobytes()
        if cell.fit.mixture is None:
            assert other.fit.mixture is None
            continue
        assert cell.fit.entropy == other.fit.entropy
        assert cell.fit.mixture.to_dict() == other.fit.mixture.to_dict()


@pytest.mark.usefixtures("several_blocks")
@pytest.mark.parametrize("n_features", [1, 3])
def test_whole_weights_measure_the_samples_as_repeated_rows_do(n_features):
    samples, weights, repeated = many(n_features)
    found, expected = gmm.SampleBlocks(samples, weights), gmm.SampleBlocks(repeated)
    for name in MEASURES:
        values = (getattr(blocks, name) for blocks in (found, expected))
        np.testing.assert_allclose(*values, rtol=1e-11, atol=1e-13)
    assert found.n_samples == 2000
    assert found.n_weighted == np.count_nonzero(weights)
    assert gmm.total_weight(samples, weights) == found.total_weight == weights.sum()
    assert gmm.total_weight(samples, None) == 2000.0


@pytest.mark.usefixtures("several_blocks")
@pytest.mark.parametrize("uses", Uses)
@pytest.mark.parametrize("n_components", [1, 4])
@pytest.mark.parametrize("n_features", [1, 2, 30])
def test_whole_weights_are_repeated_rows_to_every_engine(n_features, n_components, uses):
    samples, weights, repeated = many(n_features)
    stack = random_stack(np.random.default_rng(3), [uses] * 3, n_components, n_features)
    for kind in (ExpandedEngine, FactoredEngine, CentredEngine):
        found, expected = (
            engine_statistics(kind, blocks, stack, uses)
            for blocks in (gmm.SampleBlocks(samples, weights), gmm.SampleBlocks(repeated))
        )
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-11)
        for place in range(3):
            assert_same_moments(at(found[1], place), at(expected[1], place), uses)


def engine_statistics(kind, blocks, stack, uses):
    engine = kind(blocks, stack, uses) if kind is ExpandedEngine else kind(blocks, stack)
    ((log_totals, sums),) = _totals(blocks, [(np.arange(3), engine)], None)
    return log_totals + engine.constant, engine.moments(sums)


@pytest.mark.usefixtures("several_blocks")
@pytest.mark.parametrize("n_features", [1, 2, 30])
def test_any_weights_give_the_sums_of_the_readable_steps(n_features):
    random = np.random.default_rng(4)
    samples = random_samples(random, 900, 3, n_features)
    weights = random.exponential(size=900) * (random.random(900) > 0.2)
    stack = random_stack(random, [Uses.ALL], 3, n_features)
    mixture = gmm.Mixture(*at(stack, 0)[:3])
    log_likelihood, shares = gmm.e_step(samples, mixture, weights)
    assert log_likelihood == pytest.approx(weights @ mixture.log_density(samples), rel=1e-12)
    blocks, uses = gmm.SampleBlocks(samples, weights), np.array([Uses.ALL])
    found = gmm.collect(blocks, stack, uses)
    assert found.log_likelihood[0] == pytest.approx(log_likelihood, rel=1e-12)
    expected = gmm.moments(samples, shares.T * weights)
    assert_same_moments(at(found.moments, 0), expected, Uses.ALL)
    family = gmm.FAMILIES["V" if n_features == 1 else "VVV"]
    following = gmm.m_step(samples, shares, family, weights)
    np.testing.assert_allclose(following.weights, expected.counts / weights.sum(), rtol=1e-12)
    np.testing.assert_allclose(following.means, expected.means, rtol=1e-12)
    uncertainty = label_uncertainty(blocks, stack, uses)
    log_max, entropy = np.log(shares.max(axis=1)), entr(shares).sum(axis=1)
    assert uncertainty.log_max_responsibility[0] == pytest.approx(weights @ log_max, rel=1e-9)
    assert uncertainty.entropy[0] == pytest.approx(weights @ entropy, rel=1e-9)


@pytest.mark.parametrize("name", SEVERAL_FEATURES)
def test_whole_weights_are_repeated_rows_to_every_family(name):
    shares = random_responsibilities(np.random.default_rng(5), 90, 2)
    first = moments_of(REPEATED, np.repeat(shares, TIMES, axis=0))
    options = {"tolerance": 1e-13, "max_iterations": 3000}
    found = climb_one(gmm.SampleBlocks(SAMPLES, WEIGHTS), first, name, **options)
    expected = climb_one(REPEATED, first, name, **options)
    assert_same_fit(found, expected, rtol=1e-5)
    weighted = gmm.Start("given", shares).moments(SAMPLES, WEIGHTS)
    for array, other in zip(weighted, first, strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["E", "V"])
def test_whole_weights_are_repeated_rows_to_one_feature(name):
    first = moments_of(
        REPEATED[:, :1], random_responsibilities(np.random.default_rng(6), len(REPEATED), 2)
    )
    options = {"tolerance": 1e-13, "max_iterations": 3000}
    found = climb_one(gmm.SampleBlocks(SAMPLES[:, :1], WEIGHTS), first, name, **options)
    assert_same_fit(found, climb_one(REPEATED[:, :1], first, name, **options), rtol=1e-5)


def test_the_ranking_of_weighted_samples_is_that_of_repeated_rows():
    random = np.random.default_rng(7)
    groups = np.repeat([[0.0, 0.0], [9.0, 1.0]], 60, axis=0)
    samples, times = groups + random.normal(size=(120, 2)), random.integers(0, 4, size=120)
    families = gmm.resolve(["EII", "VVI", "VVV"], 2)
    effort = Effort(n_seeds=8, **LIMITS)
    weighted = gmm.fit_grid(samples, [1, 2], families, effort, weights=times.astype(float))
    plain = gmm.fit_grid(np.repeat(samples, times, axis=0), [1, 2], families, effort)
    found, expected = (gmm.rank(cells, times.sum(), "bic") for cells in (weighted, plain))
    for one, other in zip(found.candidates, expected.candidates, strict=True):
        assert one.key == other.key
        for name in gmm.CRITERIA:
            assert one.criteria[name] == pytest.approx(other.criteria[name], rel=1e-6, nan_ok=True)
    assert found.selected.winner.key.n_components == 2


@pytest.mark.parametrize("factor", [2.0**-40, 0.3, 8.0])
def test_a_common_factor_of_all_weights_multiplies_the_log_likelihood_alone(factor):
    first = moments_of(SAMPLES, random_responsibilities(np.random.default_rng(8), 90, 3))
    weights = 0.5 + WEIGHTS
    scaled = gmm.Moments(factor * first.counts, first.means, factor * first.scatters)
    families = [gmm.FAMILIES[name] for name in ("EII", "VVI", "EEE", "VVV")]
    options = {"tolerance": 1e-12, "max_iterations": 20}
    plain = climb_all(gmm.SampleBlocks(SAMPLES, weights), first, families, **options)
    other = climb_all(gmm.SampleBlocks(SAMPLES, factor * weights), scaled, families, **options)
    for fit, multiplied in zip(plain, other, strict=True):
        if factor == 0.3:
            np.testing.assert_allclose(multiplied.trace, factor * fit.trace, rtol=1e-12)
            np.testing.assert_allclose(multiplied.counts, factor * fit.counts, rtol=1e-9)
            np.testing.assert_allclose(multiplied.mixture.means, fit.mixture.means, rtol=1e-9)
            continue
        # A power of two is exact.
        assert multiplied.trace.tolist() == (factor * fit.trace).tolist()
        assert multiplied.counts.tolist() == (factor * fit.counts).tolist()
        assert multiplied.mixture.covariances.tolist() == fit.mixture.covariances.tolist()


def test_samples_without_weight_take_no_part_wherever_they_lie():
    families = gmm.resolve(["VII", "EEE", "VVV"], 2)
    far = np.vstack([SAMPLES, [[1e250, -1e300], [0.0, 1e152]]])
    weights = np.concatenate([WEIGHTS, [0.0, 0.0]])
    with_them = gmm.fit_cells(far, 2, families, range(5), weights=weights, **LIMITS)
    kept = WEIGHTS > 0.0
    without = gmm.fit_cells(SAMPLES[kept], 2, families, range(5), weights=WEIGHTS[kept], **LIMITS)
    for cell, other in zip(with_them, without, strict=True):
        assert cell.start == other.start
        assert cell.fit.trace[0] == pytest.approx(other.fit.trace[0], rel=1e-12)
        assert_same_fit(cell.fit, other.fit, rtol=1e-3)


def test_weights_of_one_give_the_bytes_of_none():
    families = gmm.resolve(["EII", "VVI", "VVV"], 2)
    cells = gmm.fit_cells(SAMPLES, 3, families, range(5), **LIMITS)
    for ones in (np.ones(90), [1] * 90):
        assert_same_bytes(
            gmm.fit_cells(SAMPLES, 3, families, range(5), weights=ones, **LIMITS), cells
        )


def test_equal_weights_leave_starts_as_they_are():
    twos = np.full(90, 2.0)
    for index in range(5):
        plain = gmm.start(SAMPLES, 3, 5, index).moments(SAMPLES)
        found = gmm.start(SAMPLES, 3, 5, index, weights=twos).moments(SAMPLES, twos)
        np.testing.assert_allclose(found.counts, 2.0 * plain.counts, rtol=1e-10)
        np.testing.assert_allclose(found.means, plain.means, rtol=1e-10)
        np.testing.assert_allclose(found.scatters, 2.0 * plain.scatters, rtol=1e-9, atol=1e-9)


def test_weights_of_a_file_on_threads_give_the_cells_of_arrays_bit_for_bit(tmp_path):
    samples, weights, _ = many(2, n_samples=5003)
    families = gmm.resolve(["VII", "EEE", "VVV"], 2)
    limits = {**LIMITS, "max_iterations": 5}
    expected = gmm.fit_cells(samples, 2, families, [0, 1], weights=weights, **limits)
    rows = RowsOfFile(tmp_path / "rows", samples)
    numbers = RowsOfFile(tmp_path / "weights", weights)
    with ThreadPoolExecutor(2) as pool:
        found = gmm.fit_cells(rows, 2, families, [0, 1], weights=numbers, pool=pool, **limits)
    assert_same_bytes(found, expected)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (np.ones(89), r"weights: expected one for each sample, shape \(90,\), got \(89,\)"),
        (np.ones((90, 1)), r"got \(90, 1\)"),
        (np.r_[np.ones(80), -1.0, np.ones(9)], "finite numbers >= 0, got -1.0 in row 80"),
        (np.r_[np.ones(3), np.nan, np.ones(86)], "finite numbers >= 0, got nan in row 3"),
        (np.r_[np.ones(3), np.inf, np.ones(86)], "finite numbers >= 0, got inf in row 3"),
        (np.zeros(90), "weights: expected a sum above 0, the number of samples .* got 0.0"),
        (np.full(90, 1e-200), r"1e-100 to 1e\+100"),
    ],
)
def test_what_are_no_weights_is_refused_with_the_place(weights, words):
    with pytest.raises(ValueError, match=words):
        gmm.SampleBlocks(SAMPLES, weights)


def assert_in_proportion(counts, chances):
    """Compare how often each was drawn with its chance, within 4 sigma."""
    chances = chances / chances.sum()
    sigma = np.sqrt(chances * (1.0 - chances) / counts.sum())
    assert (abs(counts / counts.sum() - chances) <= 4.0 * sigma).all()


def test_starts_choose_samples_by_their_weight(monkeypatch):
    monkeypatch.setattr(starts, "_TRIALS", 1)
    samples, weights = np.arange(5.0)[:, None], np.array([1.0, 0.5, 0.5, 5.0, 2.0])
    means, first, second = np.zeros((3, 5))
    for seed in range(1000):
        start = gmm.start(samples, 1, seed, 0, ["random samples"], weights=weights)
        means[int(start.unknown.means[0, 0])] += 1.0
        one, other = _far_apart(samples.T, weights, 2, np.random.default_rng(seed))
        first[one] += 1.0
        second[other] += one == 3
    assert_in_proportion(means, weights)
    assert_in_proportion(first, weights)
    assert_in_proportion(second, weights * np.square(samples[:, 0] - 3.0))


def test_whole_weights_cut_and_cluster_as_repeated_rows():
    samples = np.random.default_rng(9).normal(size=(50, 2))
    times = np.random.default_rng(10).integers(1, 4, size=50)
    repeated = np.repeat(samples, times, axis=0)
    np.testing.assert_allclose(
        standard_deviations(samples, times.astype(float)),
        standard_deviations(repeated, np.ones(len(repeated))),
    )
    for seed in range(20):
        shares = gmm.start(samples, 3, seed, 0, ["k-means"], weights=times.astype(float)).unknown
        labels = np.repeat(shares.argmax(axis=1), times)
        scaled = repeated / repeated.std(axis=0)
        centres = np.array([scaled[labels == label].mean(axis=0) for label in range(3)])
        nearest = ((scaled[:, None] - centres) ** 2).sum(axis=-1).argmin(axis=1)
        np.testing.assert_array_equal(nearest, labels)
        cuts = [
            gmm.start(rows, 3, seed, 0, ["quantile cuts"], weights=sizes).unknown.argmax(axis=1)
            for rows, sizes in ((samples, times.astype(float)), (repeated, None))
        ]
        # A sample on a cut is cut in two where it stands several times.
        assert (np.repeat(cuts[0], times) != cuts[1]).sum() <= 2 * times.max()


def test_starts_draw_from_very_many_samples_in_proportion_to_weights(tmp_path):
    n_samples = MOST_SAMPLES + 5000
    samples = np.arange(float(n_samples))[:, None]
    weights = np.where(np.arange(n_samples) % 2, 3.0, 1.0)
    weights[:1000] = 0.0
    weights[-1] = 30_000.0
    drawn, times = gmm.starting_samples(gmm.SampleBlocks(samples, weights), seed=1)
    assert (np.diff(drawn[:, 0]) > 0.0).all()
    assert drawn[0, 0] >= 1000.0
    assert times.sum() == MOST_SAMPLES
    rows = drawn[:, 0].astype(int)
    parts = np.arange(n_samples) // 10_000
    parts[-1] = parts.max() + 1
    assert_in_proportion(np.bincount(parts[rows], times), np.bincount(parts, weights))
    odd = np.arange(n_samples) % 2
    assert_in_proportion(np.bincount(odd[rows], times), np.bincount(odd, weights))
    stored = RowsOfFile(tmp_path / "s", samples), RowsOfFile(tmp_path / "w", weights)
    again = gmm.starting_samples(gmm.SampleBlocks(*stored), seed=1)
    np.testing.assert_array_equal(again[0], drawn)
    np.testing.assert_array_equal(again[1], times)


def test_a_bootstrap_sample_of_weighted_samples_draws_them_by_weight(tmp_path):
    n_samples = 10_000
    weights = np.random.default_rng(11).integers(0, 9, size=n_samples) / 2.0
    weights[4096:8192] = 0.0
    counts = np.zeros(n_samples)
    for index in range(12):
        drawn = gmm.resample_weights(weights, 3, index)
        assert drawn.sum() == n_drawn(weights.sum())
        counts += drawn
    assert (counts[weights == 0.0] == 0.0).all()
    some = weights > 0.0
    residuals = (counts[some] - 12.0 * weights[some]) / np.sqrt(12.0 * weights[some])
    assert abs(residuals.mean()) < 4.0 / np.sqrt(some.sum())
    assert residuals.var() == pytest.approx(1.0, rel=4.0 * np.sqrt(2.5 / some.sum()))
    assert not np.array_equal(drawn, gmm.resample_weights(weights, 4, 11))
    made = gmm.resample_weights(RowsOfFile(tmp_path / "w", weights), 3, 11)
    assert made.shape == (n_samples,)
    for first, last in ((0, n_samples), (4000, 4100), (9999, 10_000)):
        np.testing.assert_array_equal(made[first:last], drawn[first:last])


def test_the_test_of_sizes_of_weighted_samples_has_the_statistic_of_repeated_rows():
    effort = Effort(n_seeds=8, **LIMITS)
    family, times = gmm.FAMILIES["EII"], np.tile([1, 2], 45)
    arguments = ([1, 2], family, 1, effort)
    (found,) = gmm.compare_sizes(SAMPLES, *arguments, weights=times.astype(float))
    (expected,) = gmm.compare_sizes(np.repeat(SAMPLES, times, axis=0), *arguments)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-5)
    # Replicates have as many samples, but each comes from its own side's mixture: equal but for
    # rounding.
    assert found.replicates == pytest.approx(expected.replicates, rel=1e-4)


def test_the_stability_of_weighted_groups_is_that_of_repeated_rows():
    mixtures = [
        gmm.Mixture(*at(random_stack(np.random.default_rng(s), [Uses.ALL], 3, 2), 0)[:3])
        for s in (12, 13, 14)
    ]
    selected, *models = mixtures
    weighted = gmm.contingencies(SAMPLES, selected, models, WEIGHTS)
    repeated = gmm.contingencies(REPEATED, selected, models)
    for table, other in zip(weighted, repeated, strict=True):
        np.testing.assert_array_equal(table, other)
    np.testing.assert_array_equal(gmm.group_stability(weighted), gmm.group_stability(repeated))
