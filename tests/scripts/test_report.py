"""The report's words: the verdict, and what a reader is warned of."""

from typing import Any

import pytest

from report import _measured, cautions, verdict

MODEL = {"features": ["x"], "n_samples": 100}


def row(family: str, n_components: int, difference: float, **others: Any) -> dict[str, Any]:
    return {
        "family": family,
        "n_components": n_components,
        "difference": difference,
        "n_parameters": 4,
        "n_reached_best": 5,
        "n_restarts": 20,
        "smallest_count": 30.0,
        "outcome": "converged",
        "note": "",
        **others,
    }


def test_verdict_names_components_family_margin_and_replication() -> None:
    text = verdict([row("EEE", 3, 0.0), row("EEE", 4, 5.84), row("VVV", 2, 7.9)], "bic")
    assert text == (
        "3 components of family EEE (ellipsoids of one size, shape and direction). BIC puts it "
        "5.84 (positive evidence) ahead of the runner-up, EEE with 4 components. 5 of 20 restarts "
        "reached this optimum."
    )


def test_verdict_names_the_best_other_number_of_components() -> None:
    text = verdict([row("E", 2, 0.0), row("V", 2, 1.0), row("E", 1, 12.0)], "bic")
    assert "The best with another number of components is E with 1 component, 12.00" in text


def test_verdict_of_a_lone_candidate_names_no_runner_up() -> None:
    text = verdict([row("V", 1, 0.0)], "bic")
    assert text == (
        "1 component of family V (each of its own variance). 5 of 20 restarts reached this optimum."
    )


def test_families_that_are_one_model_at_one_component_are_no_rivals() -> None:
    text = verdict([row("E", 1, 0.0), row("V", 1, 0.0), row("E", 2, 3.0)], "bic")
    assert "3.00 (positive evidence) ahead of the runner-up, E with 2 components" in text


def test_a_winner_that_is_not_at_rest_claims_no_optimum() -> None:
    text = verdict([row("E", 2, 0.0, outcome="iteration limit")], "bic")
    assert "5 of 20 restarts came this far, and the best of them is not at rest." in text


@pytest.mark.parametrize(
    ("mean", "spread", "expected"),
    [
        (6.26199, 0.6596, "6.262 ± 0.660"),
        (-54.6136, 5.869, "\u221254.61 ± 5.87"),
        (3.2e-8, 1.25e-9, "3.2e\u221208 ± 1.25e\u221209"),
        (123456789.0, 4321.0, "1.2345679e+08 ± 4.32e+03"),
    ],
)
def test_a_measure_has_three_digits_of_its_spread(mean: float, spread: float, expected) -> None:
    assert _measured(mean, spread) == expected


def test_other_criteria_claim_no_bayesian_evidence() -> None:
    assert "evidence" not in verdict([row("V", 1, 0.0), row("V", 2, 3.0)], "aic")


def test_a_sound_winner_has_no_caution() -> None:
    assert cautions([row("E", 2, 0.0)], MODEL, [1, 2, 3]) == []


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"n_reached_best": 1}, "Only one restart found the selected optimum"),
        ({"n_components": 3}, "Widen grid: n_components"),
        ({"n_reached_best": 1, "n_restarts": 1}, "Only one restart found the selected optimum"),
        ({"outcome": "iteration limit", "note": "not at rest"}, "a fixed point: not at rest."),
        ({"family": "V", "smallest_count": 1.5}, "may be spurious"),
        ({"n_parameters": 100}, "It has 100 parameters for 100 samples"),
    ],
)
def test_a_doubtful_winner_has_its_caution(others: dict, expected: str) -> None:
    winner = {**row("E", 2, 0.0), **others}
    (caution,) = cautions([winner], MODEL, [1, 2, 3])
    assert expected in caution
