"""Arrays to overwrite, in memory that begins with a cache line and is used again."""

import math
import threading

import numpy as np

from gmm_core.mixture import FloatArray
from gmm_core.precision import DOUBLE, Precision

CACHE_LINE = 16
"""Numbers of a cache line in single precision; a load that straddles two of them costs twice."""


class Workspace:
    """Memory by name, of each thread alone."""

    def __init__(self) -> None:
        """Begin without any."""
        self._memory = threading.local()

    def __call__(self, name: str, *shape: int, precision: Precision = DOUBLE) -> FloatArray:
        """Return an array to overwrite: the same memory at every call with a name."""
        size, key = math.prod(shape), name + precision.dtype.__name__
        memory = getattr(self._memory, key, None)
        if memory is None or memory.size < size:
            memory = _aligned(size, precision)
            setattr(self._memory, key, memory)
        array: FloatArray = memory[:size].reshape(shape)
        return array


def aligned_copy(array: FloatArray) -> FloatArray:
    """Return a copy that begins with a cache line."""
    copy = _aligned(array.size, DOUBLE).reshape(array.shape)
    copy[...] = array
    return copy


def _aligned(size: int, precision: Precision) -> FloatArray:
    """Return memory for numbers that begins with a cache line."""
    memory = np.empty(size + CACHE_LINE, precision.dtype)
    first = -(memory.ctypes.data // memory.itemsize) % CACHE_LINE
    return memory[first : first + size]
