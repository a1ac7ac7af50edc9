"""From cells to a ranking: order, ties, collapses, counts; and the Rand index of scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from gmm_core import FAMILIES, Cell, Fit, Mixture, Outcome, adjusted_rand_index, rank
from gmm_core.selection import SAME_OPTIMUM

N_SAMPLES = 100


def cell(family, n_components, log_likelihood, seed=0, outcome=Outcome.CONVERGED, log_max=0.0):
    collapsed = outcome is Outcome.COLLAPSED
    fit = Fit(
        outcome=outcome,
        message=f"{outcome} {seed}",
        mixture=None if collapsed else Mixture([1.0], [[0.0]], [[[1.0]]]),
        counts=np.empty(0) if collapsed else np.array([float(N_SAMPLES)]),
        log_max_responsibility=math.nan if collapsed else log_max,
        entropy=math.nan if collapsed else -log_max,
        trace=np.array([log_likelihood]),
    )
    n_parameters = FAMILIES[family].n_parameters(n_components, 2)
    return Cell(family, n_components, seed, "k-means", n_parameters, fit)


def names(candidates):
    return [(candidate.family, candidate.n_components) for candidate in candidates]


def test_candidates_are_ranked_by_rising_criterion_and_the_first_is_selected():
    cells = [cell("VVV", 2, -300.0), cell("EII", 1, -400.0), cell("VVV", 1, -350.0)]
    ranked = rank(cells, N_SAMPLES, "bic")
    assert names(ranked) == [("VVV", 2), ("VVV", 1), ("EII", 1)]
    assert [candidate.selected for candidate in ranked] == [True, False, False]
    assert ranked[0].n_parameters == 11
    assert ranked[0].criteria == pytest.approx(
        {"bic": 600.0 + 11.0 * math.log(100.0), "aic": 622.0, "icl": 600.0 + 11.0 * math.log(100.0)}
    )


@pytest.mark.parametrize(
    ("criterion", "first"), [("bic", ("EII", 1)), ("aic", ("VVV", 1)), ("icl", ("EII", 1))]
)
def test_the_criterion_decides(criterion, first):
    cells = [cell("EII", 1, -300.0), cell("VVV", 1, -296.0)]
    assert names(rank(cells, N_SAMPLES, criterion))[0] == first


def test_uncertain_labels_count_against_a_candidate_in_the_icl_alone():
    cells = [cell("VII", 2, -290.0, log_max=-20.0), cell("VII", 1, -305.0)]
    assert names(rank(cells, N_SAMPLES, "aic"))[0] == ("VII", 2)
    assert names(rank(cells, N_SAMPLES, "icl"))[0] == ("VII", 1)


@pytest.mark.parametrize("difference", [0.0, 1e-8, -1e-8])
def test_equal_candidates_stand_by_fewer_parameters(difference):
    cells = [cell("VVV", 1, -300.0 + difference), cell("EEI", 1, -301.0), cell("EII", 1, -302.0)]
    for order in (cells, cells[::-1]):
        assert names(rank(order, N_SAMPLES, "aic")) == [("EII", 1), ("EEI", 1), ("VVV", 1)]


def test_fewer_parameters_count_before_fewer_components():
    cells = [cell("VVV", 2, -300.0), cell("EII", 3, -302.0)]
    assert names(rank(cells, N_SAMPLES, "aic")) == [("EII", 3), ("VVV", 2)]


def test_with_equal_parameters_too_fewer_components_then_the_stricter_family_go_first():
    one = [cell(family, 1, -300.0) for family in ("VVV", "EEE", "VII", "EII")]
    assert names(rank(one, N_SAMPLES, "bic")) == [("EII", 1), ("VII", 1), ("EEE", 1), ("VVV", 1)]
    two = [cell("EII", 3, -300.0), cell("VVI", 2, -300.0)]
    assert [candidate.n_parameters for candidate in two] == [9, 9]
    assert names(rank(two, N_SAMPLES, "bic")) == [("VVI", 2), ("EII", 3)]


def test_the_best_of_its_cells_represents_a_candidate():
    cells = [cell("VVV", 2, value, seed) for seed, value in enumerate([-310.0, -300.0, -305.0])]
    (candidate,) = rank(cells, N_SAMPLES, "bic")
    assert candidate.best is cells[1]
    assert candidate.n_restarts == 3
    assert candidate.note == ""


def test_a_collapsed_cell_never_represents_a_candidate():
    cells = [
        cell("VVV", 2, 1e6, 0, Outcome.COLLAPSED),
        cell("VVV", 2, -300.0, 1),
        cell("VVV", 2, math.nan, 2, Outcome.COLLAPSED),
    ]
    for order in (cells, cells[::-1]):
        (candidate,) = rank(order, N_SAMPLES, "bic")
        assert candidate.best is cells[1]
        assert candidate.n_reached_best == 1
        assert candidate.n_restarts == 3
        assert candidate.note == "2 of 3 restarts collapsed"


def test_a_candidate_without_a_usable_cell_stands_last_and_says_why():
    cells = [cell("EII", 1, 0.0, 3, Outcome.COLLAPSED), cell("VVV", 2, -9e9)]
    ranked = rank(cells, N_SAMPLES, "bic")
    assert names(ranked) == [("VVV", 2), ("EII", 1)]
    assert ranked[1].best is None
    assert ranked[1].criteria == {}
    assert ranked[1].n_reached_best == 0
    assert ranked[1].note == "collapsed 3"
    assert not ranked[1].selected


def test_a_cell_at_the_iteration_limit_counts_and_is_noted():
    cells = [cell("VVV", 2, -300.0, 0, Outcome.ITERATION_LIMIT), cell("VVV", 2, -301.0, 1)]
    (candidate,) = rank(cells, N_SAMPLES, "bic")
    assert candidate.best is cells[0]
    assert candidate.note == "iteration limit 0"


def test_cells_within_the_same_optimum_count_as_having_reached_it():
    near, far = SAME_OPTIMUM * N_SAMPLES * np.array([0.9, 1.1])
    values = [-300.0, -300.0 - near, -300.0 - far, -310.0]
    cells = [cell("VVV", 2, value, seed) for seed, value in enumerate(values)]
    (candidate,) = rank(cells, N_SAMPLES, "bic")
    assert candidate.n_reached_best == 2


def test_nothing_usable_is_refused_with_what_to_do():
    cells = [cell("VVV", k, 0.0, outcome=Outcome.COLLAPSED) for k in (2, 3)]
    with pytest.raises(ValueError, match=r"every restart .* collapsed; use fewer components or"):
        rank(cells, N_SAMPLES, "bic")


def test_no_cells_are_refused():
    with pytest.raises(ValueError, match="cells: expected at least one cell, got none"):
        rank([], N_SAMPLES, "bic")


def test_an_unknown_criterion_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="criterion: expected one of bic, aic, icl, got 'BIC'"):
        rank([cell("VVV", 1, -300.0)], N_SAMPLES, "BIC")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40))
def test_the_rand_index_is_that_of_scikit_learn(pairs):
    table = np.zeros((4, 5), dtype=int)
    for pair in pairs:
        table[pair] += 1
    expected = adjusted_rand_score(*zip(*pairs, strict=True))
    assert adjusted_rand_index(table) == pytest.approx(expected, abs=1e-12)
    assert adjusted_rand_index(table.T) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("table", "index"),
    [
        ([[5, 0], [0, 7]], 1.0),
        ([[0, 5], [7, 0]], 1.0),
        ([[12]], 1.0),
        (np.eye(6), 1.0),
        ([[6], [6]], 0.0),
        ([[2, 2], [2, 2]], -1.0 / 6.0),
    ],
)
def test_the_rand_index_of_plain_tables(table, index):
    assert adjusted_rand_index(table) == pytest.approx(index, abs=1e-15)
