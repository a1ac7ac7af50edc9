"""Random streams that depend on what they are for, never on the order in which they are used."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for; the numbers are part of every result, so they never change."""

    START = 0
    SYNTHETIC_DATA = 1
    STARTING_SAMPLES = 2
    BOOTSTRAP = 3
    REPLICATE = 4


def generator(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """Return the generator of one use of randomness.

    Args:
        seed: the configuration's seed, >= 0.
        purpose: what the numbers are for.
        key: what tells this use from its siblings, such as (number of components, seed index).
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, *key)))
