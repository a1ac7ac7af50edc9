"""The report's numbers."""

import pytest

from report import _measured


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
