"""The criteria by hand, and that lower is better for each of them."""

import math

import pytest

from gmm_core import CRITERIA, EVIDENCE, Score, aic, bic, evidence, icl

SCORE = Score(log_likelihood=-100.0, n_parameters=5, n_samples=50, log_max_responsibility=-3.0)


def test_criteria_by_hand():
    assert bic(SCORE) == pytest.approx(200.0 + 5.0 * math.log(50.0), rel=1e-15)
    assert aic(SCORE) == 210.0
    assert icl(SCORE) == pytest.approx(206.0 + 5.0 * math.log(50.0), rel=1e-15)


def test_certain_labels_make_the_icl_the_bic():
    certain = SCORE._replace(log_max_responsibility=0.0)
    assert icl(certain) == bic(certain)


@pytest.mark.parametrize("name", CRITERIA)
def test_lower_is_better(name):
    value = CRITERIA[name](SCORE)
    assert CRITERIA[name](SCORE._replace(log_likelihood=-99.0)) < value
    assert CRITERIA[name](SCORE._replace(n_parameters=4)) < value


def test_criteria_go_by_their_names():
    assert dict(CRITERIA) == {"bic": bic, "aic": aic, "icl": icl}
    with pytest.raises(TypeError):
        CRITERIA["mine"] = aic


@pytest.mark.parametrize(
    ("difference", "word"),
    [
        (0.0, "hardly any"),
        (1.99, "hardly any"),
        (2.0, "positive"),
        (5.99, "positive"),
        (6.0, "strong"),
        (10.0, "very strong"),
        (1e9, "very strong"),
    ],
)
def test_evidence_is_named_as_by_kass_and_raftery(difference, word):
    assert evidence(difference) == word
    assert word in dict(EVIDENCE).values()


@pytest.mark.parametrize("difference", [-1e-9, math.nan])
def test_evidence_is_refused_for_no_difference_from_the_best(difference):
    with pytest.raises(
        ValueError, match=f"bic_difference: expected a number >= 0, got {difference}"
    ):
        evidence(difference)
