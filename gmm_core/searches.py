"""What the searches of M-steps without a closed form share: steps of many mixtures at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gmm_core.mixture import FloatArray

Stacks = tuple[FloatArray, ...]

# Steps after which a search ends all the same.
MOST_STEPS = 50


def repeated(step: Callable[..., tuple[Stacks, NDArray[np.bool_]]], stacks: Stacks) -> Stacks:
    """Repeat a step of each mixture of a stack until it is at rest, or `MOST_STEPS` times.

    Args:
        step: from arrays with a leading axis for the mixtures to those that follow, and whether
            each mixture is at rest there.
        stacks: the arrays to begin with.
    """
    ends = tuple(np.empty_like(array) for array in stacks)
    moving = np.arange(len(stacks[0]))
    for n_left in range(MOST_STEPS)[::-1]:
        stacks, at_rest = step(*stacks)
        ended = at_rest | (n_left == 0)
        if ended.any():
            for end, array in zip(ends, stacks, strict=True):
                end[moving[ended]] = array[ended]
            moving, stacks = moving[~ended], tuple(array[~ended] for array in stacks)
        if not moving.size:
            break
    return ends
