"""What the picture of the climbs shows of a trace."""

import numpy as np
import pytest

from plot_search import _told


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        ([], []),
        ([-5.0], [0]),
        ([-5.0, -3.0, -1.0, -1.0], [0, 1, 2, 3]),
        # A fall by an eighth is rounding, and so may be a quarter of what is missing.
        ([-5.0, -3.0, -1.125, -1.25, -1.0, -1.0625, -1.0], [0, 1, 6]),
        # Above the end: rounding too.
        ([-5.0, -3.0, -1.2, -0.9, -1.0], [0, 1, 4]),
    ],
)
def test_a_trace_says_nothing_nearer_to_the_optimum_than_it_falls(trace, told):
    missing = np.maximum(-1.0 - np.array(trace), 1e-10)
    assert _told(np.array(trace), missing).tolist() == told
