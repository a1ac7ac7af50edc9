"""Which candidate contains which."""

import pytest

from gmm_core import Key, contains


@pytest.mark.parametrize(
    ("larger", "smaller", "expected"),
    [
        (("VVV", 2), ("EEE", 2), True),
        (("EEE", 2), ("VVV", 2), False),
        (("VVV", 3), ("VVV", 2), True),
        (("VVV", 3), ("EII", 1), True),
        (("EEE", 3), ("VVV", 2), False),
        (("VVV", 2), ("EEE", 3), False),
        (("VVV", 2), ("VVV", 2), False),
    ],
)
def test_more_components_and_a_freer_family_contain_fewer_and_a_stricter_one(
    larger, smaller, expected
):
    assert contains(Key(*larger), Key(*smaller)) is expected
