"""The same samples in other units, another order, or twice: what changes is what should."""

import numpy as np
import pytest

from gmm_core import fit_cells, rank, resolve
from gmm_core.nesting import best_cells

# Families of every kind of constraint; EII and VEV depend on the units of one feature beside the
# others', EEI, EEE and VVV do not.
NAMES = ("EII", "EEI", "EEE", "VEV", "VVV")
FREE_OF_UNITS = ("EEI", "EEE", "VVV")
SIZES = (1, 2, 3, 4)


def three_groups():
    random = np.random.default_rng(8)
    means = np.array([[0.0, 0.0], [5.0, 1.0], [1.0, 6.0]])
    root = np.array([[1.0, 0.0], [0.5, 0.7]])
    return np.concatenate([mean + random.normal(size=(60, 2)) @ root.T for mean in means])


ROWS = three_groups()


def search(rows, names=NAMES, sizes=SIZES):
    """Return the selected candidate, and the highest fit of each candidate by family and size."""
    families = resolve(names, rows.shape[1])
    cells = [
        cell
        for size in sizes
        for cell in fit_cells(
            rows, size, families, range(10), seed=1, tolerance=1e-10, max_iterations=1000
        )
    ]
    selected = rank(cells, len(rows), "bic").candidates[0]
    return selected, {(key.family, key.n_components): c for key, c in best_cells(cells).items()}


def log_likelihoods(best, up_to=3):
    return {key: cell.fit.log_likelihood for key, cell in best.items() if key[1] <= up_to}


@pytest.fixture(scope="module")
def plain():
    return search(ROWS)


def key(candidate):
    return candidate.family, candidate.n_components


def test_an_offset_changes_the_means_alone(plain):
    selected, best = search(ROWS + 1e8)
    assert key(selected) == key(plain[0]) == ("EEE", 3)
    # What 1e8 leaves of the samples' digits is 1.5e-8.
    assert selected.criteria["bic"] == pytest.approx(plain[0].criteria["bic"], abs=1e-4)
    assert log_likelihoods(best) == pytest.approx(log_likelihoods(plain[1]), abs=1e-4)
    one, other = (c.best.fit.mixture for c in (plain[0], selected))
    one, other = (mixture.reordered(mixture.canonical_order()) for mixture in (one, other))
    np.testing.assert_allclose(other.means - 1e8, one.means, atol=1e-6)
    np.testing.assert_allclose(other.covariances, one.covariances, atol=1e-6)


@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_a_unit_shifts_bic_by_the_log_of_its_determinant(plain, unit):
    selected, best = search(ROWS * unit)
    shift = 2 * len(ROWS) * np.log(unit)
    assert key(selected) == key(plain[0])
    assert selected.criteria["bic"] - 2.0 * shift == pytest.approx(
        plain[0].criteria["bic"], abs=1e-7
    )
    shifted = {name: value + shift for name, value in log_likelihoods(best).items()}
    assert shifted == pytest.approx(log_likelihoods(plain[1]), abs=1e-7)


@pytest.mark.parametrize("units", [(1e-150, 1e150), (1e6, 1e-3)])
def test_units_of_their_own_change_no_family_that_is_free_of_them(plain, units):
    selected, best = search(ROWS * units, FREE_OF_UNITS)
    shift = len(ROWS) * np.log(units).sum()
    assert key(selected) == key(plain[0])
    shifted = {name: value + shift for name, value in log_likelihoods(best).items()}
    expected = {k: v for k, v in log_likelihoods(plain[1]).items() if k[0] in FREE_OF_UNITS}
    assert shifted == pytest.approx(expected, abs=1e-7)


def test_whole_numbers_are_numbers():
    whole = np.rint(100 * ROWS).astype(np.int64)
    (one, best), (other, others) = search(whole), search(whole.astype(np.float64))
    assert key(one) == key(other) == ("EEE", 3)
    assert one.criteria == other.criteria
    assert log_likelihoods(best, 4) == log_likelihoods(others, 4)


def test_the_order_of_the_columns_changes_nothing(plain):
    selected, best = search(ROWS[:, ::-1])
    assert key(selected) == key(plain[0])
    assert log_likelihoods(best) == pytest.approx(log_likelihoods(plain[1]), abs=1e-6)


def test_the_order_of_the_rows_changes_the_starts_and_not_the_best_optimum(plain):
    order = np.random.default_rng(9).permutation(len(ROWS))
    selected, best = search(ROWS[order])
    assert key(selected) == key(plain[0])
    assert log_likelihoods(best) == pytest.approx(log_likelihoods(plain[1]), abs=1e-6)


def test_rows_twice_over_double_the_log_likelihood_and_not_the_penalty(plain):
    selected, best = search(np.concatenate([ROWS, ROWS]))
    twice = {name: 2.0 * value for name, value in log_likelihoods(plain[1]).items()}
    assert log_likelihoods(best) == pytest.approx(twice, abs=1e-6)
    assert key(selected) == key(plain[0])
    penalty = selected.n_parameters * np.log(2 * len(ROWS))
    log_likelihood = plain[1][key(plain[0])].fit.log_likelihood
    assert selected.criteria["bic"] == pytest.approx(-4.0 * log_likelihood + penalty, abs=1e-6)
