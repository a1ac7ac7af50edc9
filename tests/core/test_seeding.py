"""Random streams: repeatable, and each use's own."""

import numpy as np
import pytest

from gmm_core import Purpose, generator


def numbers(*arguments):
    return generator(*arguments).random(8)


def test_a_stream_repeats():
    arguments = (3, Purpose.START, 2, 5)
    np.testing.assert_array_equal(numbers(*arguments), numbers(*arguments))


@pytest.mark.parametrize(
    "other",
    [
        (4, Purpose.START, 2, 5),
        (3, Purpose.SYNTHETIC_DATA, 2, 5),
        (3, Purpose.START, 1, 5),
        (3, Purpose.START, 2, 4),
        (3, Purpose.START, 5, 2),
        (3, Purpose.START, 2),
    ],
)
def test_each_use_has_its_own_stream(other):
    assert not np.isin(numbers(*other), numbers(3, Purpose.START, 2, 5)).any()


def test_purposes_keep_their_numbers():
    assert {purpose.name: purpose.value for purpose in Purpose} == {
        "START": 0,
        "SYNTHETIC_DATA": 1,
        "STARTING_SAMPLES": 2,
        "BOOTSTRAP": 3,
        "REPLICATE": 4,
    }
