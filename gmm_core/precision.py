"""The two precisions of a pass over the samples: in single it takes half the time, or two thirds.

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
    headroom: by how much the log-densities at the means may be above 0.
    """

    dtype: Any
    lowest_exponent: float
    smallest_total: float
    smallest_factor: float
    headroom: float


# In single precision few powers of 2 are normal numbers: their whole range is used, and products of
# several do without.
SINGLE = Precision(np.float32, -114.0, 2.0**-73, np.inf, 60.0)
DOUBLE = Precision(np.float64, -1010.0, 2.0**-940, 1e-30, 0.0)
