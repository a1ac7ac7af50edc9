"""What is measured of samples before any fit: against counts, regressions and the families."""

import tracemalloc
from dataclasses import asdict, replace
from itertools import product

import numpy as np
import pytest
from gmm_cases import SEVERAL_FEATURES, RowsOfFile, random_covariance

from gmm_core import FAMILIES, SampleBlocks, collinear, degeneracy, distinct
from gmm_core.collinear import relations
from gmm_core.degeneracy import depends_on_units, least_distinct_rows, survey
from gmm_core.distinct import DistinctRows


def mixed(n_samples, seed=0):
    """Return columns of many kinds: (n_samples, 6)."""
    random = np.random.default_rng(seed)
    x = random.normal(size=n_samples)
    whole, number = random.integers(0, 3, n_samples), random.permutation(n_samples) + 10
    return np.column_stack([x, 2.0 * x + 1.0, whole, number, np.arange(n_samples), np.exp(x) - 1.0])


def test_columns_are_those_of_a_plain_count():
    rows = mixed(300)
    for column, values in zip(survey(rows).columns, rows.T, strict=True):
        distinct_values, counts = np.unique(values, return_counts=True)
        assert (column.lowest, column.highest) == (values.min(), values.max())
        assert (column.second_lowest, column.second_highest) == tuple(distinct_values[[1, -2]])
        assert (column.n_lowest, column.n_highest) == (counts[0], counts[-1])
        assert column.n_commonest == counts.max() == (values == column.commonest).sum()
        assert column.values == (distinct_values.tolist() if len(counts) <= 100 else [])
        assert column.quartiles == (
            np.quantile(values, [0.25, 0.75], method="inverted_cdf").tolist()
        )
        assert column.standard_deviation == pytest.approx(values.std(), rel=1e-12)
    measured = survey(rows).columns
    assert [column.equal_steps for column in measured] == [False] * 4 + [True, False]
    assert [column.identifies for column in measured] == [False] * 3 + [True, True, False]


def test_a_file_in_small_pieces_gives_what_an_array_gives(tmp_path, monkeypatch):
    rows = mixed(3000)
    whole = survey(rows)
    monkeypatch.setattr(collinear, "_PIECE_NUMBERS", 6 * 7)
    pieces = survey(RowsOfFile(tmp_path / "rows", rows))
    assert whole.columns == pieces.columns
    (one,), (other,) = whole.relations, pieces.relations
    assert replace(one, unexplained=0.0) == replace(other, unexplained=0.0)
    assert replace(whole, relations=()) == replace(pieces, relations=())


def test_whole_weights_are_repeated_rows_in_pieces_of_a_file(tmp_path, monkeypatch):
    rows, times = mixed(300), np.random.default_rng(1).integers(0, 3, 300)
    # Whole pieces that count for nothing.
    times[20:60] = 0
    repeated = survey(np.repeat(rows, times, axis=0))
    monkeypatch.setattr(collinear, "_PIECE_NUMBERS", 6 * 7)
    stored = RowsOfFile(tmp_path / "rows", rows)
    weighted = survey(stored, RowsOfFile(tmp_path / "weights", times.astype(float)))
    assert (weighted.n_weighted, weighted.total_weight) == ((times > 0).sum(), times.sum())
    assert weighted.n_distinct == weighted.n_single == repeated.n_distinct
    for one, other in zip(weighted.columns, repeated.columns, strict=True):
        for name in sorted({*asdict(one)} - {"equal_steps", "identifies"}):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-12), name
    (one,), (other,) = weighted.relations, repeated.relations
    assert one.coefficients == pytest.approx(other.coefficients)
    assert (one.exact, other.exact) == (True, True)


def test_samples_are_described_by_rows_that_count(monkeypatch):
    monkeypatch.setattr(degeneracy, "_MOST_DESCRIBED", 50)
    rows, weights = np.arange(1000.0)[:, None], np.zeros(1000)
    weights[1::20] = 2.0
    (column,) = survey(rows, weights).columns
    assert column.quartiles == [241.0, 741.0]
    assert column.n_commonest == column.n_lowest == 2.0


@pytest.mark.parametrize("unit", [2.0**-480, 2.0**480])
def test_another_unit_changes_the_units_alone(unit):
    rows = mixed(200)[:, [0, 1, 5]]
    before, after = survey(rows), survey(unit * rows)
    for one, other in zip(before.columns, after.columns, strict=True):
        for name, value in asdict(one).items():
            has_unit = isinstance(value, float | list) and not name.startswith("n_")
            scaled = np.multiply(value, unit) if has_unit else value
            assert np.array_equal(getattr(other, name), scaled), name
    (one,), (other,) = before.relations, after.relations
    assert other == replace(one, constant=one.constant * unit)


@pytest.mark.parametrize("seed", range(3))
def test_distinct_rows_are_counted(seed):
    random = np.random.default_rng(seed)
    rows = random.integers(-3, 4, size=(500, 3)).astype(float)
    rows[rows == 0] *= random.choice([-1.0, 1.0], size=(rows == 0).sum())
    counter = DistinctRows()
    for first in range(0, 500, 70):
        counter.add(rows[first : first + 70])
    _, counts = np.unique(rows + 0.0, axis=0, return_counts=True)
    assert counter.totals() == (len(counts), (counts == 1).sum(), True)


def test_very_many_distinct_rows_are_estimated(monkeypatch):
    monkeypatch.setattr(distinct, "_MOST_KEPT", 1 << 10)
    counter = DistinctRows()
    for first in range(0, 40_000, 1000):
        counter.add(np.arange(first, first + 1000.0)[:, None] % 30_000)
    n_distinct, n_single, counted = counter.totals()
    assert not counted
    # Five standard errors of a share of at least 512 kept rows.
    assert n_distinct == pytest.approx(30_000, rel=5 / np.sqrt(512))
    assert n_single == pytest.approx(20_000, rel=5 / np.sqrt(340))


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_relations_are_those_of_a_regression(offset):
    random = np.random.default_rng(4)
    rows = random.normal(size=(400, 4)) @ random_covariance(random, 4) + offset
    fifth = rows @ [0.5, 0.0, -2.0, 1.0] + 3.0 + 1e-3 * random.normal(size=400)
    rows = np.column_stack([rows, fifth])
    (found,) = relations(rows, SampleBlocks(rows), range(5))
    beside = np.column_stack([rows[:, [0, 2, 3]] - offset, np.ones(400)])
    slopes = np.linalg.lstsq(beside, fifth - offset, rcond=None)[0]
    assert (found.feature, found.others, found.exact) == (4, (0, 2, 3), False)
    # The regression on all four names those three: the fourth explains less than is left.
    assert found.coefficients == pytest.approx(slopes[:3], abs=1e-3)
    left = (
        fifth
        - rows[:, :4]
        @ np.linalg.lstsq(
            np.column_stack([rows[:, :4] - rows[:, :4].mean(axis=0)]),
            fifth - fifth.mean(),
            rcond=None,
        )[0]
    )
    assert found.unexplained == pytest.approx(left.var() / fifth.var(), rel=1e-3)


@pytest.mark.parametrize("name", SEVERAL_FEATURES)
def test_a_family_depends_on_units_where_its_m_step_does(name):
    random = np.random.default_rng(5)
    units = np.diag([1.0, 8.0, 0.25])
    counts = np.array([30.0, 50.0, 20.0])
    scatters = np.array([count * random_covariance(random, 3) for count in counts])
    constrain = FAMILIES[name].constrain
    given = constrain(counts[None], scatters[None], None)[0]
    other = constrain(counts[None], (units @ scatters @ units)[None], None)[0]
    # What stays within the family is its maximum in either units: the M-step commutes with them.
    same = np.allclose(np.linalg.det(other), np.linalg.det(units) ** 2 * np.linalg.det(given))
    assert same != depends_on_units(FAMILIES[name])


@pytest.mark.parametrize(
    ("name", "n_components"),
    # EVE and VVE have no bound where D rows of a component leave one common axis without width, yet
    # their search for axes can come to rest at others.
    [pair for pair in product(SEVERAL_FEATURES, (1, 2)) if pair not in {("EVE", 2), ("VVE", 2)}],
)
def test_with_so_many_rows_all_components_can_have_a_covariance(name, n_components):
    random = np.random.default_rng(6)
    family, rows = FAMILIES[name], random.normal(size=(7, 2))
    needed = next(
        n_rows
        for n_rows in range(1, 8)
        if any(
            sound(family, rows[:n_rows], np.array(labels), n_components)
            for labels in product(range(n_components), repeat=n_rows)
        )
    )
    assert least_distinct_rows(family, n_components, 2) == needed


def sound(family, rows, labels, n_components):
    """Return whether a family's M-step gives every component a covariance that is not singular."""
    groups = [rows[labels == k] for k in range(n_components)]
    if not all(len(group) for group in groups):
        return False
    counts = np.array([float(len(group)) for group in groups])
    centred = [group - group.mean(axis=0) for group in groups]
    scatters = np.array([group.T @ group for group in centred])
    covariances = family.constrain(counts[None], scatters[None], None)[0]
    widths = np.linalg.eigvalsh(covariances)
    return bool((widths[:, 0] > 1e-9 * widths[:, 1]).all())


@pytest.mark.parametrize(("name", "expected"), [("E", [2, 3, 4]), ("V", [2, 4, 6])])
def test_with_one_feature_two_values_make_a_variance(name, expected):
    assert [least_distinct_rows(FAMILIES[name], k, 1) for k in (1, 2, 3)] == expected


def test_memory_does_not_grow_with_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(collinear, "_PIECE_NUMBERS", 1 << 12)
    monkeypatch.setattr(distinct, "_MOST_KEPT", 1 << 12)
    monkeypatch.setattr(degeneracy, "_MOST_DESCRIBED", 1 << 12)

    def peak(n_samples):
        rows = RowsOfFile(
            tmp_path / f"{n_samples}", np.random.default_rng(7).normal(size=(n_samples, 4))
        )
        weights = RowsOfFile(tmp_path / f"weights {n_samples}", np.arange(1.0, n_samples + 1.0))
        tracemalloc.start()
        survey(rows, weights)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    # Beyond what is kept of small samples.
    assert peak(240_000) < 1.2 * peak(60_000)
