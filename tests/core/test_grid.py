"""The cells of the grid: which there are, and that how they are divided changes nothing."""

import numpy as np
import pytest
from gmm_cases import climb_one, random_samples

from gmm_core import fit_cells, resolve, start

SAMPLES = random_samples(np.random.default_rng(1), 60, 3, 2)
FAMILIES = resolve(["VII", "EEE", "VVV"], n_features=2)


def cells_of(families, seed_indices):
    return fit_cells(SAMPLES, 2, families, seed_indices, seed=7, tolerance=1e-8, max_iterations=30)


def key(cell):
    return (cell.family, cell.n_components, cell.seed, cell.start, cell.n_parameters)


def test_there_is_a_cell_for_each_family_and_seed():
    kinds = {4: "k-means++", 5: "random responsibilities", 6: "k-means++"}
    assert [key(cell) for cell in cells_of(FAMILIES, [4, 5, 6])] == [
        (family, 2, seed, kinds[seed], n_parameters)
        for family, n_parameters in (("VII", 7), ("EEE", 8), ("VVV", 11))
        for seed in (4, 5, 6)
    ]


def test_a_cell_is_one_climb_from_its_own_start():
    for cell in cells_of(FAMILIES, [2, 3]):
        first = start(SAMPLES, 2, seed=7, seed_index=cell.seed).moments(SAMPLES)
        alone = climb_one(SAMPLES, first, cell.family, tolerance=1e-8, max_iterations=30)
        np.testing.assert_array_equal(cell.fit.trace, alone.trace)


@pytest.mark.parametrize("blocks", [[[0], [1], [2], [3]], [[0, 1, 2], [3]], [[2, 3], [0, 1]]])
def test_blocks_of_seeds_and_families_give_the_cells_of_the_whole_grid(blocks):
    whole = {key(cell): cell for cell in cells_of(FAMILIES, range(4))}
    parts = [cell for family in FAMILIES for block in blocks for cell in cells_of([family], block)]
    assert {key(cell) for cell in parts} == set(whole)
    for cell in parts:
        np.testing.assert_array_equal(cell.fit.trace, whole[key(cell)].fit.trace)
        np.testing.assert_array_equal(
            cell.fit.mixture.covariances, whole[key(cell)].fit.mixture.covariances
        )
