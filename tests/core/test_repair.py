"""Repair: no candidate stays below one it contains, and a cell says where it comes from."""

from dataclasses import replace

import numpy as np
import pytest
from gmm_cases import random_samples

import gmm_core as gmm
from gmm_core.repair import origin

FAMILY = gmm.resolve(["VVV"], 2)


def bad_cells(samples, sizes, seed, max_iterations):
    """Return cells of searches that were cut short, at some candidates more than at others."""
    families = gmm.resolve(["all"], samples.shape[1])
    return [
        cell
        for size in sizes
        for place, family in enumerate(families)
        for cell in gmm.fit_cells(
            samples,
            size,
            [family],
            range(2),
            seed=seed,
            tolerance=1e-8,
            max_iterations=max_iterations if (size + place) % 2 else 60,
            start_kinds=["random samples"],
        )
    ]


@pytest.mark.parametrize(
    ("seed", "n_features", "sizes"),
    [(0, 1, (1, 2, 3, 4)), (1, 2, (1, 2, 3)), (2, 2, (2, 5)), (3, 3, (1, 3, 4)), (4, 2, (1, 4))],
)
@pytest.mark.parametrize("max_iterations", [0, 1])
def test_one_sweep_leaves_no_violation(seed, n_features, sizes, max_iterations):
    random = np.random.default_rng(seed)
    samples = random_samples(random, 120, 3, n_features)
    cells = bad_cells(samples, sizes, seed, max_iterations)
    assert gmm.violations(cells, len(samples))
    added = gmm.repair(samples, cells, tolerance=1e-8, max_iterations=500)
    assert gmm.violations([*cells, *added], len(samples)) == ()


def test_a_repair_finds_the_optimum_that_a_bad_search_missed():
    random = np.random.default_rng(5)
    means = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    samples = (means[:, None] + random.normal(size=(3, 60, 2))).reshape(-1, 2)
    (family,) = gmm.resolve(["VVV"], 2)
    options = {"seed": 0, "tolerance": 1e-8, "max_iterations": 500}
    two = gmm.fit_cells(samples, 2, [family], range(6), **options)
    three = gmm.fit_cells(samples, 3, [family], range(6), **options)
    missed = gmm.fit_cells(
        samples,
        3,
        [family],
        [1],
        **{**options, "max_iterations": 0, "start_kinds": ["random samples"]},
    )
    added = gmm.repair(samples, [*two, *missed], tolerance=1e-8, max_iterations=500)
    assert {cell.start for cell in added} == {"split of VVV 2"}
    highest = max(cell.fit.log_likelihood for cell in three)
    assert max(cell.fit.log_likelihood for cell in added) == pytest.approx(highest, abs=1e-4)


def two_near_and_one_far():
    """Return samples of three groups, and cells: of two components a bad one and all, of three."""
    random = np.random.default_rng(5)
    means = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 30.0]])
    samples = (means[:, None] + random.normal(size=(3, 60, 2))).reshape(-1, 2)
    options = {"seed": 0, "tolerance": 1e-8, "max_iterations": 500}
    two, three = (gmm.fit_cells(samples, size, FAMILY, range(6), **options) for size in (2, 3))
    cut_short = {**options, "max_iterations": 0, "start_kinds": ["random samples"]}
    return samples, gmm.fit_cells(samples, 2, FAMILY, [1], **cut_short), two, three


def test_a_merger_finds_the_optimum_that_a_bad_search_missed():
    samples, bad, two, three = two_near_and_one_far()
    (added,) = gmm.repair(samples, [*bad, *three], tolerance=1e-8, max_iterations=500)
    assert added.start == "merger of VVV 3"
    assert origin(added) == gmm.Key("VVV", 3)
    highest = max(cell.fit.log_likelihood for cell in two)
    assert added.fit.log_likelihood == pytest.approx(highest, abs=1e-4)
    assert gmm.repair(samples, [*two, *three], tolerance=1e-8, max_iterations=500) == []


@pytest.mark.parametrize(("count", "n_added"), [(3.0, 0), (3.1, 1)])
def test_no_merger_begins_with_a_component_of_hardly_any_samples(count, n_added):
    samples, bad, _, three = two_near_and_one_far()
    counts = np.array([100.0, 80.0 - count, count])
    tiny = [replace(cell, fit=replace(cell.fit, counts=counts)) for cell in three]
    added = gmm.repair(samples, [*bad, *tiny], tolerance=1e-8, max_iterations=500)
    assert len(added) == n_added


def test_new_cells_count_on_from_the_seeds_of_the_grid_and_name_their_origin():
    random = np.random.default_rng(6)
    samples = random_samples(random, 120, 3, 2)
    cells = bad_cells(samples, (1, 3), 6, 0)
    added = gmm.repair(samples, cells, tolerance=1e-8, max_iterations=500)
    keys = [(cell.family, cell.n_components, cell.seed) for cell in [*cells, *added]]
    assert len(set(keys)) == len(keys)
    assert all(origin(cell) is None for cell in cells)
    for cell in added:
        assert cell.seed >= 2
        source = origin(cell)
        larger = source.family == cell.family and source.n_components > cell.n_components
        assert larger or gmm.contains(gmm.Key(cell.family, cell.n_components), source)


def test_a_sound_search_is_left_alone():
    samples = random_samples(np.random.default_rng(7), 200, 2, 2)
    cells = [
        cell
        for size in (1, 2)
        for cell in gmm.fit_cells(
            samples,
            size,
            gmm.resolve(["EEE", "VVV"], 2),
            range(8),
            seed=1,
            tolerance=1e-9,
            max_iterations=2000,
        )
    ]
    assert gmm.repair(samples, cells, tolerance=1e-9, max_iterations=2000) == []


def test_where_a_component_collapses_the_parameters_stay_as_they_are():
    # Three samples on one value: a free variance shrinks onto them from wherever it begins.
    samples = np.concatenate([np.linspace(0.0, 1.0, 9), [8.0, 8.0, 8.0]])[:, None]
    families = gmm.resolve(["E", "V"], 1)
    options = {"seed": 2, "tolerance": 1e-8, "max_iterations": 500}
    shared, own = gmm.fit_cells(samples, 2, families, [0], **options)
    assert own.fit.outcome is gmm.Outcome.COLLAPSED
    assert gmm.repair(samples, [shared, own], tolerance=1e-8, max_iterations=500) == []
    low = replace(
        shared,
        family="V",
        fit=gmm.fit_cells(samples, 2, families[1:], [1], **{**options, "max_iterations": 0})[0].fit,
    )
    added = gmm.repair(samples, [shared, low], tolerance=1e-8, max_iterations=500)
    assert [cell.start for cell in added] == ["from E 2", "from E 2"]
    outcomes = [cell.fit.outcome for cell in added]
    assert outcomes == [gmm.Outcome.COLLAPSED, gmm.Outcome.ITERATION_LIMIT]
    assert added[1].fit.log_likelihood == pytest.approx(shared.fit.log_likelihood, abs=1e-9)
