"""The cells of the grid: which there are, and that how they are divided changes nothing."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gmm_cases import RowsOfFile, climb_one, random_samples

from gmm_core import fit_cells, resolve, start

SAMPLES = random_samples(np.random.default_rng(1), 60, 3, 2)
FAMILIES = resolve(["VII", "EEE", "VVV"], n_features=2)


def cells_of(families, seed_indices):
    return fit_cells(SAMPLES, 2, families, seed_indices, seed=7, tolerance=1e-8, max_iterations=30)


def key(cell):
    return (cell.family, cell.n_components, cell.seed, cell.start, cell.n_parameters)


def test_there_is_a_cell_for_each_family_and_seed():
    kinds = {4: "random samples", 5: "k-means", 6: "short EM"}
    assert [key(cell) for cell in cells_of(FAMILIES, [4, 5, 6])] == [
        (family, 2, seed, kinds[seed], n_parameters)
        for family, n_parameters in (("VII", 7), ("EEE", 8), ("VVV", 11))
        for seed in (4, 5, 6)
    ]


def test_a_cell_is_one_climb_from_its_own_start():
    for cell in cells_of(FAMILIES, [2, 3]):
        first = start(SAMPLES, 2, seed=7, seed_index=cell.seed).moments(SAMPLES)
        alone = climb_one(SAMPLES, first, cell.family, tolerance=1e-8, max_iterations=30)
        np.testing.assert_allclose(cell.fit.trace, alone.trace, rtol=1e-8)


@pytest.mark.parametrize("blocks", [[[0], [1], [2], [3]], [[0, 1, 2], [3]], [[2, 3], [0, 1]]])
def test_blocks_of_seeds_and_families_give_the_cells_of_the_whole_grid(blocks):
    whole = {key(cell): cell for cell in cells_of(FAMILIES, range(4))}
    parts = [cell for family in FAMILIES for block in blocks for cell in cells_of([family], block)]
    assert {key(cell) for cell in parts} == set(whole)
    for cell in parts:
        expected = whole[key(cell)].fit
        np.testing.assert_allclose(cell.fit.trace, expected.trace, rtol=1e-8)
        np.testing.assert_allclose(
            cell.fit.mixture.covariances, expected.mixture.covariances, rtol=1e-6, atol=1e-6
        )


def test_rows_of_a_file_on_threads_give_the_cells_of_an_array_bit_for_bit(tmp_path):
    samples = random_samples(np.random.default_rng(2), 5003, 3, 2)
    arguments = {"seed": 7, "tolerance": 1e-8, "max_iterations": 5}
    expected = fit_cells(samples, 2, FAMILIES, [0, 1], **arguments)
    rows = RowsOfFile(tmp_path / "rows", samples)
    with ThreadPoolExecutor(2) as pool:
        found = fit_cells(rows, 2, FAMILIES, [0, 1], **arguments, pool=pool)
    for cell, other in zip(found, expected, strict=True):
        assert key(cell) == key(other)
        np.testing.assert_array_equal(cell.fit.trace, other.fit.trace)
        np.testing.assert_array_equal(cell.fit.mixture.means, other.fit.mixture.means)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"samples": [[0.0, np.nan]]}, "samples: expected finite numbers, got nan in row 0"),
        ({"n_components": 0}, "n_components: expected at least 1, got 0"),
        ({"families": []}, r"families: expected at least one family, got \[\]"),
        ({"seed_indices": []}, r"seed_indices: expected at least one index, got \[\]"),
        ({"tolerance": 0.0}, "tolerance: expected a number above 0, got 0.0"),
        ({"tolerance": np.nan}, "tolerance: expected a number above 0, got nan"),
        ({"tolerance": np.inf}, "tolerance: expected a number above 0, got inf"),
        ({"max_iterations": -1}, "max_iterations: expected at least 0, got -1"),
    ],
)
def test_bad_settings_are_refused_with_the_value_and_the_bound(changes, words):
    settings = {
        "samples": SAMPLES,
        "n_components": 2,
        "families": FAMILIES,
        "seed_indices": [0],
        "seed": 7,
        "tolerance": 1e-8,
        "max_iterations": 30,
    }
    with pytest.raises(ValueError, match=words):
        fit_cells(**settings | changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"samples": [1.0, 2.0]}, "samples: expected a table of shape"),
        ({"samples": [[1.0], [np.nan]]}, "samples: expected finite numbers, got nan in row 1"),
        ({"n_components": 0}, "n_components: expected at least 1, got 0"),
        ({"families": []}, "families: expected at least one family"),
        ({"seed_indices": []}, "seed_indices: expected at least one index"),
        ({"tolerance": 0.0}, "tolerance: expected a number above 0, got 0.0"),
        ({"max_iterations": -1}, "max_iterations: expected at least 0, got -1"),
    ],
)
def test_a_wrong_argument_is_named_with_what_was_expected(change, words):
    sound = {"samples": SAMPLES, "n_components": 2, "families": FAMILIES, "seed_indices": [0]}
    sound |= {"seed": 7, "tolerance": 1e-8, "max_iterations": 5}
    with pytest.raises(ValueError, match=words):
        fit_cells(**(sound | change))


def test_samples_may_be_a_list_of_lists():
    cells = fit_cells(
        [[0.0], [0.5], [4.0], [5.0]],
        1,
        resolve(["E"], 1),
        [0],
        seed=1,
        tolerance=1e-8,
        max_iterations=5,
    )
    np.testing.assert_allclose(cells[0].fit.mixture.means, [[2.375]])
