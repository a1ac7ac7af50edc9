"""Bootstrap samples and tests of sizes: the laws that they keep, and answers that are known."""

import numpy as np
import pytest
from gmm_cases import RowsOfFile

import gmm_core as gmm
from gmm_core.resampling import draw_like

EFFORT = gmm.Effort(seed=1, n_seeds=4, tolerance=1e-8, max_iterations=300)
(VVV,) = gmm.resolve(["VVV"], 2)


def two_groups(distance, n_samples=60):
    random = np.random.default_rng(8)
    shifts = np.repeat([[0.0, 0.0], [distance, 0.0]], n_samples // 2, axis=0)
    return shifts + random.normal(size=(n_samples, 2))


def test_a_bootstrap_sample_repeats_and_each_is_another_one():
    samples = two_groups(3.0)
    one, again, other = (gmm.resample(samples, 5, index) for index in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, gmm.resample(samples, 6, 0))


def test_rows_of_a_bootstrap_sample_are_rows_of_the_data_each_as_likely_as_any_other():
    n_samples, n_drawn = 10_000, 12
    samples = np.arange(2.0 * n_samples).reshape(-1, 2)
    counts = np.zeros(n_samples)
    for index in range(n_drawn):
        rows = gmm.resample(samples, 0, index)
        assert rows.shape == samples.shape
        np.testing.assert_array_equal(rows[:, 1], rows[:, 0] + 1.0)
        counts += np.bincount((rows[:, 0] / 2.0).astype(int), minlength=n_samples)
    # Binomial counts, within 4 sigma of their mean over 2,000 neighbours and of their variance.
    neighbours = counts.reshape(-1, 2000).mean(axis=1)
    assert abs(neighbours - n_drawn).max() < 4.0 * np.sqrt(n_drawn / 2000)
    assert counts.var() == pytest.approx(n_drawn, rel=4.0 * np.sqrt(2.0 / n_samples))


def test_rows_of_a_file_are_drawn_as_those_in_memory(tmp_path):
    samples = two_groups(3.0, 10_000)
    mixture = gmm.Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2)] * 2)
    stored = RowsOfFile(tmp_path / "samples", samples)
    for made, whole in (
        (gmm.resample(stored, 2, 3), gmm.resample(samples, 2, 3)),
        (draw_like(stored, 10_000, mixture, 2, 3), draw_like(samples, 10_000, mixture, 2, 3)),
    ):
        assert made.shape == whole.shape == samples.shape
        for first, last in ((0, 10_000), (4000, 4100), (0, 1), (8191, 8193), (9999, 10_000)):
            np.testing.assert_array_equal(made[first:last], whole[first:last])


def test_one_component_is_not_rejected_where_there_is_one():
    (test,) = gmm.compare_sizes(two_groups(0.0), [1, 2, 3], VVV, 19, EFFORT)
    assert (test.n_components, test.larger) == (1, 2)
    assert test.p_value > 0.2
    assert not test.rejected


def test_groups_far_apart_are_found_and_then_the_tests_end():
    first, second = gmm.compare_sizes(two_groups(12.0), [1, 2, 3], VVV, 19, EFFORT)
    assert first.rejected
    assert first.p_value == 1 / 20
    assert not second.rejected


@pytest.mark.parametrize("name", ["EEE", "VEI", "EVE", "VVV"])
def test_no_statistic_is_below_zero_by_more_than_rounding_however_short_the_search(name):
    samples, (family,) = two_groups(0.0), gmm.resolve([name], 2)
    hasty = gmm.Effort(1, 1, 1e-8, 0, start_kinds=["random samples"])
    cells = gmm.fit_grid(samples, [1, 2], [family], hasty, slack=0.0)
    one, two, *repairs = (cell.fit.log_likelihood for cell in cells)
    assert two < one - 0.1
    assert max(repairs) > one - 1e-9
    (test,) = gmm.compare_sizes(samples, [1, 2], family, 5, hasty)
    assert min(test.statistic, *test.replicates) > -1e-9


def test_a_size_without_a_usable_cell_has_no_statistic():
    (family,) = gmm.resolve(["V"], 1)
    (test,) = gmm.compare_sizes(np.zeros((6, 1)), [1, 2], family, 19, EFFORT)
    assert np.isnan([test.statistic, test.p_value]).all()
    assert test.replicates == ()
    assert not test.rejected


def test_replicates_without_a_statistic_speak_for_the_smaller_size():
    test = gmm.SizeTest(1, 2, 5.0, (1.0, float("nan"), 7.0))
    assert test.n_as_large == 2
    assert test.p_value == 3 / 4
