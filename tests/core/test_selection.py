"""From cells to a ranking: order, ties, audits; and the Rand index of scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from gmm_core import (
    CRITERIA,
    FAMILIES,
    Cell,
    Edge,
    Fit,
    Key,
    Mixture,
    Outcome,
    Repair,
    Replication,
    SpuriousRules,
    Violation,
    adjusted_rand_index,
    rank,
)
from gmm_core.nesting import SAME_OPTIMUM

N_SAMPLES = 100
SPURIOUS = (97.9, 2.1)


def cell(
    family,
    n_components,
    log_likelihood,
    seed=0,
    outcome=Outcome.CONVERGED,
    *,
    counts=None,
    start="k-means++",
    log_max=0.0,
    entropy=0.0,
):
    counts = np.full(n_components, N_SAMPLES / n_components) if counts is None else counts
    spheres = [np.eye(2)] * n_components
    mixture = Mixture(np.array(counts) / N_SAMPLES, np.zeros((n_components, 2)), spheres)
    collapsed = outcome is Outcome.COLLAPSED
    fit = Fit(
        outcome=outcome,
        message=f"{outcome} {seed}",
        mixture=None if collapsed else mixture,
        counts=np.empty(0) if collapsed else np.array(counts),
        log_max_responsibility=math.nan if collapsed else log_max,
        entropy=math.nan if collapsed else entropy,
        trace=np.array([log_likelihood]),
    )
    n_parameters = FAMILIES[family].n_parameters(n_components, 2)
    return Cell(family, n_components, seed, start, n_parameters, fit)


def ranked(cells, criterion="bic"):
    return rank(cells, N_SAMPLES, criterion).candidates


def names(candidates):
    return [candidate.key for candidate in candidates]


def test_candidates_are_ranked_by_rising_criterion_and_the_first_is_selected():
    cells = [cell("VVV", 2, -300.0), cell("EII", 1, -400.0), cell("VVV", 1, -350.0)]
    selection = rank(cells, N_SAMPLES, "bic")
    candidates = selection.candidates
    assert names(candidates) == [("VVV", 2), ("VVV", 1), ("EII", 1)]
    assert [candidate.selected for candidate in candidates] == [True, False, False]
    assert candidates[0].n_parameters == 11
    assert candidates[0].criteria["bic"] == pytest.approx(600.0 + 11.0 * math.log(100.0))
    assert selection.selected.winner is candidates[0].optimum
    assert selection.selected.runner_up is candidates[1].optimum
    assert selection.selected.margin == pytest.approx(100.0 - 6.0 * math.log(100.0))


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_criterion_decides_and_every_criterion_says_what_it_would_choose(criterion):
    cells = [
        cell("EII", 1, -300.0),
        cell("VVV", 1, -296.0),
        cell("VVV", 2, -286.0, entropy=15.0, log_max=-9.0),
        cell("VVV", 3, -279.0, entropy=30.0, log_max=-9.0),
    ]
    selection = rank(cells, N_SAMPLES, criterion)
    least = min(selection.candidates, key=lambda c: (c.criteria[criterion], c.n_parameters))
    assert selection.candidates[0] is least
    by_name = {choice.criterion: choice for choice in selection.choices}
    assert by_name.keys() == CRITERIA.keys()
    assert by_name[criterion].winner is selection.selected.winner is least.optimum
    assert len({choice.winner.key for choice in selection.choices}) > 1


def test_uncertain_labels_count_against_a_candidate_in_the_icl_alone():
    cells = [cell("VII", 2, -290.0, log_max=-20.0), cell("VII", 1, -305.0)]
    assert names(ranked(cells, "aic"))[0] == ("VII", 2)
    assert names(ranked(cells, "icl"))[0] == ("VII", 1)


@pytest.mark.parametrize("difference", [0.0, 1e-8, -1e-8])
def test_equal_candidates_stand_by_fewer_parameters(difference):
    cells = [cell("VVV", 1, -300.0 + difference), cell("EEI", 1, -301.0), cell("EII", 1, -302.0)]
    for order in (cells, cells[::-1]):
        assert names(ranked(order, "aic")) == [("EII", 1), ("EEI", 1), ("VVV", 1)]


def test_fewer_parameters_count_before_fewer_components():
    cells = [cell("VVV", 2, -300.0), cell("EII", 3, -302.0)]
    assert names(ranked(cells, "aic")) == [("EII", 3), ("VVV", 2)]


def test_with_equal_parameters_too_fewer_components_then_the_stricter_family_go_first():
    one = [cell(family, 1, -300.0) for family in ("VVV", "EEE", "VII", "EII")]
    assert names(ranked(one)) == [("EII", 1), ("VII", 1), ("EEE", 1), ("VVV", 1)]
    two = [cell("EII", 3, -300.0), cell("VVI", 2, -300.0)]
    assert [candidate.n_parameters for candidate in two] == [9, 9]
    assert names(ranked(two)) == [("VVI", 2), ("EII", 3)]


def test_the_best_of_its_cells_represents_a_candidate():
    cells = [cell("VVV", 2, value, seed) for seed, value in enumerate([-310.0, -300.0, -305.0])]
    (candidate,) = ranked(cells)
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
        (candidate,) = ranked(order)
        assert candidate.best is cells[1]
        assert candidate.n_reached_best == 1
        assert candidate.n_restarts == 3
        assert candidate.note == "2 of 3 restarts collapsed"


def test_a_candidate_without_a_usable_cell_stands_last_and_says_why():
    cells = [cell("EII", 1, 0.0, 3, Outcome.COLLAPSED), cell("VVV", 2, -9e9)]
    found = ranked(cells)
    assert names(found) == [("VVV", 2), ("EII", 1)]
    assert found[1].best is None
    assert found[1].criteria == {}
    assert found[1].n_reached_best == 0
    assert found[1].note == "collapsed 3"
    assert not found[1].selected


def test_a_cell_at_the_iteration_limit_counts_and_is_noted():
    cells = [cell("VVV", 2, -300.0, 0, Outcome.ITERATION_LIMIT), cell("VVV", 2, -301.0, 1)]
    (candidate,) = ranked(cells)
    assert candidate.best is cells[0]
    assert candidate.note == "iteration limit 0"


def test_cells_within_the_same_optimum_count_as_having_reached_it():
    near, far = SAME_OPTIMUM * N_SAMPLES * np.array([0.9, 1.1])
    values = [-300.0, -300.0 - near, -300.0 - far, -310.0]
    cells = [cell("VVV", 2, value, seed) for seed, value in enumerate(values)]
    (candidate,) = ranked(cells)
    assert candidate.n_reached_best == 2


def test_optima_are_told_apart_and_replication_counts_seeds():
    values = [-300.0, -300.00001, -303.0, -303.0, -303.00001, -310.0]
    cells = [cell("VVV", 2, value, seed) for seed, value in enumerate(values)]
    (candidate,) = ranked(cells)
    assert (candidate.n_reached_best, candidate.n_optima) == (2, 3)
    assert candidate.gap_to_next == pytest.approx(3.0)
    assert candidate.replication is Replication.REPLICATED
    (once,) = ranked(cells[1:])
    assert once.replication is Replication.ONCE
    assert "raise n_seeds" in once.replication


def test_what_is_not_at_rest_is_no_optimum():
    cells = [cell("VVV", 2, -300.0), cell("VVV", 2, -303.0, 1, Outcome.ITERATION_LIMIT)]
    (candidate,) = ranked(cells)
    assert candidate.n_optima == 1
    assert math.isnan(candidate.gap_to_next)


def test_one_component_has_one_optimum_which_one_seed_replicates():
    (candidate,) = ranked([cell("VVV", 1, -300.0)])
    assert candidate.replication is Replication.REPLICATED


def test_a_spurious_winner_is_set_aside_and_both_answers_are_given():
    cells = [
        cell("VVV", 2, -200.0, counts=SPURIOUS),
        cell("VVV", 3, -199.0, counts=(90.0, 7.9, 2.1)),
        cell("EEE", 2, -290.0),
        cell("EEE", 1, -330.0),
    ]
    selection = rank(cells, N_SAMPLES, "bic")
    assert selection.unrestricted.winner.key == ("VVV", 2)
    assert selection.selected.winner is selection.trusted.winner
    assert selection.selected.winner.key == ("EEE", 2)
    assert [optimum.key for optimum in selection.set_aside] == [("VVV", 2), ("VVV", 3)]
    (doubt,) = selection.set_aside[0].doubts
    assert doubt == "1 component has fewer than 3.75 samples (2.1)"
    order = [("EEE", 2), ("EEE", 1), ("VVV", 2), ("VVV", 3)]
    assert names(selection.candidates) == order
    assert [c.bic_weight > 0.0 for c in selection.candidates] == [True, True, False, False]
    assert {choice.winner.key for choice in selection.choices} <= {("EEE", 2), ("EEE", 1)}


def test_without_trust_the_unrestricted_winner_is_selected():
    cells = [cell("VVV", 2, -200.0, counts=SPURIOUS), cell("EEE", 2, -290.0)]
    selection = rank(cells, N_SAMPLES, "bic", trusted=False)
    assert selection.selected.winner.key == ("VVV", 2)
    assert selection.trusted.winner.key == ("EEE", 2)
    assert selection.set_aside == ()
    assert names(selection.candidates) == [("VVV", 2), ("EEE", 2)]


def test_a_sound_optimum_represents_its_candidate_before_a_higher_spurious_one():
    cells = [cell("VVV", 2, -200.0, counts=SPURIOUS), cell("VVV", 2, -290.0, 1)]
    (candidate,) = ranked(cells)
    assert candidate.best is cells[1]
    assert candidate.n_optima == 2
    (candidate,) = rank(cells, N_SAMPLES, "bic", trusted=False).candidates
    assert candidate.best is cells[0]


def test_if_nothing_is_to_be_trusted_the_best_is_selected_all_the_same():
    selection = rank([cell("VVV", 2, -200.0, counts=SPURIOUS)], N_SAMPLES, "bic")
    assert selection.trusted is None
    assert selection.selected.winner.doubts
    assert selection.candidates[0].bic_weight == 1.0


def test_rules_that_are_off_set_nothing_aside():
    off = SpuriousRules(tiny_component=0.0, thin_direction=0.0)
    selection = rank([cell("VVV", 2, -200.0, counts=SPURIOUS)], N_SAMPLES, "bic", rules=off)
    assert selection.trusted is not None


def test_repairs_count_as_cells_but_not_as_seeds():
    cells = [
        cell("VVV", 2, -320.0),
        cell("EEE", 2, -300.0),
        cell("VVV", 2, -290.0, 1, start="from EEE 2"),
    ]
    selection = rank(cells, N_SAMPLES, "bic")
    (candidate,) = (c for c in selection.candidates if c.key == ("VVV", 2))
    assert candidate.best is cells[2]
    assert candidate.repaired_from == ("EEE", 2)
    assert (candidate.n_restarts, candidate.n_reached_best) == (1, 0)
    assert candidate.replication is Replication.BY_REPAIR
    assert selection.repairs == (Repair(Key("VVV", 2), Key("EEE", 2), -320.0, -290.0),)
    assert selection.violations == ()


def test_a_larger_candidate_below_a_smaller_one_is_a_violation():
    cells = [cell("VVV", 2, -300.0), cell("VVV", 3, -301.0), cell("EEE", 3, -299.5)]
    (found,) = rank(cells, N_SAMPLES, "bic").violations
    assert found == Violation(Key("VVV", 3), Key("EEE", 3), 1.5)


@pytest.mark.parametrize(
    ("sizes", "winner", "edge"),
    [
        ((1, 2, 3), 3, Edge.LARGEST),
        ((1, 2, 3), 2, Edge.NONE),
        ((1, 2, 3), 1, Edge.NONE),
        ((2, 3), 2, Edge.SMALLEST),
        ((4,), 4, Edge.NONE),
    ],
)
def test_a_winner_at_the_end_of_the_grid_says_to_widen_it(sizes, winner, edge):
    cells = [cell("EII", size, -300.0 + 100.0 * (size == winner)) for size in sizes]
    assert rank(cells, N_SAMPLES, "bic").edge is edge


def test_families_that_are_one_model_at_one_component_are_no_rivals():
    cells = [cell("EEE", 1, -300.0), cell("VVV", 1, -300.0), cell("EEE", 2, -300.0)]
    selected = rank(cells, N_SAMPLES, "bic").selected
    assert selected.runner_up.key == ("EEE", 2)
    assert selected.margin == pytest.approx(3.0 * math.log(100.0))


def test_a_criterion_that_no_candidate_has_is_refused():
    with pytest.raises(ValueError, match="criterion: nec is undefined for every candidate"):
        ranked([cell("VVV", 2, -300.0)], "nec")


def test_nothing_usable_is_refused_with_what_to_do():
    cells = [cell("VVV", k, 0.0, outcome=Outcome.COLLAPSED) for k in (2, 3)]
    with pytest.raises(ValueError, match=r"every restart .* collapsed; use fewer components or"):
        rank(cells, N_SAMPLES, "bic")


def test_no_cells_are_refused():
    with pytest.raises(ValueError, match="cells: expected at least one cell, got none"):
        ranked([])


def test_an_unknown_criterion_is_refused_with_those_there_are():
    with pytest.raises(
        ValueError, match=r"criterion: expected one of bic, aic, .*, nec, got 'BIC'"
    ):
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
