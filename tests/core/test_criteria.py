"""The criteria by hand, and that lower is better for each of them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core import CRITERIA, EVIDENCE, Score, bic, bic_weights, evidence, icl, nec

SCORE = Score(
    log_likelihood=-100.0,
    n_parameters=5,
    n_samples=50,
    log_max_responsibility=-3.0,
    entropy=4.0,
    n_components=2,
    log_likelihood_of_one=-120.0,
)
BY_HAND = {
    "bic": 200.0 + 5.0 * math.log(50.0),
    "aic": 210.0,
    "icl": 206.0 + 5.0 * math.log(50.0),
    "aicc": 210.0 + 60.0 / 44.0,
    "hqc": 200.0 + 10.0 * math.log(math.log(50.0)),
    "caic": 205.0 + 5.0 * math.log(50.0),
    "sabic": 200.0 + 5.0 * math.log(52.0 / 24.0),
    "clc": 208.0,
    "nec": 4.0 / 20.0,
}


def test_every_criterion_by_hand():
    assert {name: criterion(SCORE) for name, criterion in CRITERIA.items()} == pytest.approx(
        BY_HAND, rel=1e-15
    )
    with pytest.raises(TypeError):
        CRITERIA["mine"] = bic


def test_certain_labels_make_the_icl_the_bic():
    certain = SCORE._replace(log_max_responsibility=0.0)
    assert icl(certain) == bic(certain)


@pytest.mark.parametrize("name", CRITERIA)
def test_lower_is_better(name):
    value = CRITERIA[name](SCORE)
    assert CRITERIA[name](SCORE._replace(log_likelihood=-99.0)) < value
    assert CRITERIA[name](SCORE._replace(n_parameters=4)) <= value
    assert CRITERIA[name](SCORE._replace(entropy=3.0, log_max_responsibility=-2.0)) <= value


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("aicc", {"n_samples": 6}),
        ("aicc", {"n_samples": 3}),
        ("hqc", {"n_samples": 2}),
        ("hqc", {"n_samples": 1}),
        ("nec", {"log_likelihood_of_one": math.nan}),
        ("nec", {"log_likelihood_of_one": -100.0}),
        ("nec", {"log_likelihood_of_one": -99.0}),
    ],
)
def test_a_criterion_is_nan_where_it_is_undefined(name, change):
    assert math.isnan(CRITERIA[name](SCORE._replace(**change)))


def test_one_component_is_the_measure_of_the_nec():
    one = SCORE._replace(n_components=1, entropy=0.0, log_likelihood_of_one=-100.0)
    assert nec(one) == 1.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(-1e9, 1e9))
def test_bic_weights_are_shares_that_depend_on_differences_alone(bics, offset):
    weights = bic_weights(bics)
    assert weights.sum() == pytest.approx(1.0)
    assert weights.argmax() == np.argmin(bics) or weights.max() == weights[np.argmin(bics)]
    assert bic_weights([offset] * len(bics)) == pytest.approx(1.0 / len(bics))


def test_bic_weights_by_hand():
    expected = [0.5 / 0.85, 0.25 / 0.85, 0.1 / 0.85]
    assert bic_weights([-2.0 * math.log(share) + 1e6 for share in (0.5, 0.25, 0.1)]) == (
        pytest.approx(expected)
    )


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
