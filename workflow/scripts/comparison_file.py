"""likelihood_ratio.json: the tests of each number of components against the next."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gmm_core.bootstrap import LEVEL, SizeTest
from sample_files import read_json, write_json


def write_comparison(tests: Sequence[SizeTest], family: str, path: Path) -> None:
    """Write the tests in their order, with the statistic of each replicate.

    Args:
        tests: the tests.
        family: the family in which they were made.
        path: where to.
    """
    content = {
        "family": family,
        "level": LEVEL,
        "tests": [
            {
                "n_components": test.n_components,
                "larger": test.larger,
                "statistic": _number(test.statistic),
                "p_value": _number(test.p_value),
                "rejected": test.rejected,
                "n_as_large": test.n_as_large,
                "replicates": [_number(value) for value in test.replicates],
            }
            for test in tests
        ],
    }
    write_json(content, path)


def read_comparison(path: Path) -> dict[str, Any]:
    """Read what `write_comparison` wrote."""
    return read_json(path)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
