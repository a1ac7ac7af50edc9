"""The two precisions of a pass over the samples: single takes half the time of double.

In single precision a climb goes on while it has far to go; it comes to rest in double.
"""

from typing import Any, NamedTuple

import numpy as np


class Precision(NamedTuple):
    """A format of floating-point numbers, and where its powers of 2 are fast and exact enough.

    dtype: NumPy's type.
    lowest_exponent: exp2() of less leaves its fast path.
    smallest_total: beside a total from this on, what exp2() returns of less does not count.
    smallest_factor: eight totals from this one on, and up to K, have a product that is a number.
    """

    dtype: Any
    lowest_exponent: float
    smallest_total: float
    smallest_factor: float

    @classmethod
    def of(cls, dtype: Any) -> "Precision":
        """Return the precision of one of NumPy's types."""
        numbers = np.finfo(dtype)
        lowest = float(numbers.minexp) + 12.0
        smallest_total = float(np.exp2(lowest + numbers.nmant + 18.0))
        return cls(dtype, lowest, smallest_total, float(np.exp2(0.1 * numbers.minexp)))


SINGLE, DOUBLE = Precision.of(np.float32), Precision.of(np.float64)
