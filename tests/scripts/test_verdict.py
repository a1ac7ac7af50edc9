"""The report's words: the verdict, what is loud, and what a reader is warned of."""

from typing import Any

import pytest

from verdict import alarms, cautions, disagreement, remarks, verdict

Row = dict[str, Any]


def row(family: str, n_components: int, difference: float, **others: Any) -> Row:
    return {
        "family": family,
        "n_components": n_components,
        "bic": 500.0 + difference,
        "aic": 490.0 + difference,
        "log_likelihood": -240.0,
        "n_parameters": 4,
        "n_reached_best": 5,
        "n_restarts": 20,
        "gap_to_next": None,
        "replication": "replicated",
        "repaired_from": "",
        "spurious": "",
        "set_aside": "",
        "outcome": "converged",
        "note": "",
        **others,
    }


def choice(rows: list[Row], criterion: str = "bic", **others: Any) -> Row:
    """Return what a criterion chooses as selection.json has it; the runner-up is the second."""
    runner_up = rows[1] if len(rows) > 1 else None
    return {
        "criterion": criterion,
        "family": rows[0]["family"],
        "n_components": rows[0]["n_components"],
        "value": rows[0]["bic"],
        "spurious": [],
        "runner_up": runner_up,
        "margin": runner_up["bic"] - rows[0]["bic"] if runner_up else None,
        **others,
    }


def selection(rows: list[Row], criterion: str = "bic", **others: Any) -> Row:
    chosen = choice(rows, criterion)
    empty: Row = {"set_aside": [], "repairs": [], "violations": [], "edge": ""}
    same = {"selected": chosen, "trusted": chosen, "unrestricted": chosen, "choices": [chosen]}
    return {"criterion": criterion, **same, **empty, **others}


def words(*rows: Row, criterion: str = "bic") -> str:
    return verdict(rows, selection(list(rows), criterion))


def test_verdict_names_components_family_margin_and_replication() -> None:
    winner = row("EEE", 3, 0.0, gap_to_next=4.031)
    assert words(winner, row("EEE", 4, 5.84), row("VVV", 2, 7.9)) == (
        "3 components of family EEE (ellipsoids of one size, shape and direction). BIC puts it "
        "5.84 (positive evidence) ahead of the runner-up, EEE with 4 components. 5 of 20 restarts "
        "reached this optimum, 4.03 above the next in log-likelihood."
    )


def test_verdict_names_the_best_other_number_of_components() -> None:
    text = words(row("E", 2, 0.0), row("V", 2, 1.0), row("E", 1, 12.0))
    assert "The best with another number of components is E with 1 component, 12.00" in text


def test_what_is_spurious_is_no_rival() -> None:
    spurious = row("V", 5, -3.0, spurious="1 component has fewer than 2.5 samples (2.0)")
    text = words(row("E", 2, 0.0), row("V", 2, 1.0), spurious)
    assert "another number" not in text


def test_verdict_of_a_lone_candidate_names_no_runner_up() -> None:
    assert words(row("V", 1, 0.0)) == (
        "1 component of family V (each of its own variance). 5 of 20 restarts reached this optimum."
    )


def test_a_winner_that_is_not_at_rest_claims_no_optimum() -> None:
    text = words(row("E", 2, 0.0, outcome="iteration limit"))
    assert "5 of 20 restarts came this far, and the best of them is not at rest." in text


def test_other_criteria_claim_no_bayesian_evidence() -> None:
    assert "evidence" not in words(row("V", 1, 0.0), row("V", 2, 3.0), criterion="aic")


def test_a_sound_winner_has_no_caution() -> None:
    rows = [row("E", 2, 0.0)]
    assert cautions(rows, selection(rows), 100) == {}
    assert alarms(selection(rows)) == []


def test_a_spurious_winner_that_was_set_aside_is_loud() -> None:
    plain = choice([row("V", 6, -2.15)], spurious=["2 components have fewer than 2.5 samples"])
    found = alarms(selection([row("V", 3, 0.0)], unrestricted=plain, set_aside=[plain]))
    assert found == [
        "The winner of the BIC was set aside: V with 6 components has the lowest BIC, 497.85, "
        "2.15 below the one selected, but it is spurious: 2 components have fewer than 2.5 samples."
    ]


@pytest.mark.parametrize("trusted", [choice([row("E", 4, 1.0)]), None])
def test_a_spurious_winner_that_was_selected_is_loud(trusted: Row | None) -> None:
    chosen = choice([row("V", 6, 0.0)], spurious=["1 component has few samples"])
    (text,) = alarms(selection([row("V", 6, 0.0)], selected=chosen, trusted=trusted))
    assert "The selected optimum is spurious: 1 component has few samples." in text
    assert ("E with 4 components" in text) == (trusted is not None)


@pytest.mark.parametrize(
    ("others", "audits", "expected"),
    [
        ({"replication": "found once: raise n_seeds"}, {}, "Raise grid: n_seeds."),
        (
            {"replication": "found by repair alone: raise n_seeds", "repaired_from": "E 1"},
            {},
            "No restart found the selected optimum: it was reached by repair from E 1",
        ),
        ({}, {"edge": "the winner has ...: widen the grid"}, "The winner has ...: widen the grid"),
        ({"outcome": "iteration limit", "note": "not at rest"}, {}, "a fixed point: not at rest."),
        ({"n_parameters": 100}, {}, "It has 100 parameters for 100 samples"),
        (
            {},
            {"violations": [{**row("V", 3, 0), "contained": row("V", 2, 0), "shortfall": 1.25}]},
            "V with 3 components is 1.2 below V with 2 components, which it contains",
        ),
    ],
)
def test_a_doubtful_winner_has_its_caution(others: Row, audits: Row, expected: str) -> None:
    rows = [row("E", 2, 0.0, **others)]
    (caution,) = cautions(rows, selection(rows, **audits), 100).values()
    assert expected in caution


def test_disagreement_of_the_criteria_is_counted() -> None:
    rows = [row("V", 3, 0.0)]
    others = [choice(rows), choice([row("V", 4, 0.0)], "aic"), choice([row("E", 3, 0.0)], "icl")]
    assert disagreement(selection(rows, choices=others)) == (
        "1 of 3 criteria choose V with 3 components; the choices range from 3 to 4 components."
    )
    assert disagreement(selection(rows, choices=others[::2])) == (
        "1 of 2 criteria choose V with 3 components; the others choose another family."
    )
    assert disagreement(selection(rows)) == "All 1 criteria choose V with 3 components."


def test_remarks_say_what_was_set_aside_and_repaired() -> None:
    found = remarks(
        row(
            "V",
            3,
            0.0,
            repaired_from="V 2",
            set_aside="1 component has few samples",
            set_aside_log_likelihood=-230.0,
            note="2 of 20 restarts collapsed",
        )
    )
    assert found == [
        "an optimum 10.00 higher in log-likelihood was set aside: 1 component has few samples",
        "repaired from V 2",
        "2 of 20 restarts collapsed",
    ]
