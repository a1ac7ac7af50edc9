"""How many distinct rows a stream has: exact for few, an estimate for very many; memory is fixed.

A row is known by a hash of 64 bits. From so many distinct rows on only those whose hash is below a
limit are counted, a limit that is halved as often as need be (adaptive sampling, Flajolet 1990).
That two different rows have one hash is as likely as 1 in 10^8 with half a million rows.
"""

import numpy as np
from numpy.typing import NDArray

from gmm_core.mixture import FloatArray

# Distinct rows that are counted exactly; of more, the estimate is within about 0.2 %.
_MOST_KEPT = 1 << 18
_HASH_BITS = 64


class DistinctRows:
    """Counts distinct rows; as many as `_MOST_KEPT` of them exactly."""

    def __init__(self) -> None:
        """Begin with no rows."""
        self._hashes = np.empty(0, dtype=np.uint64)
        self._counts = np.empty(0, dtype=np.int64)
        self._halvings = 0
        self._waiting: list[NDArray[np.uint64]] = []

    def add(self, rows: FloatArray) -> None:
        """Count some more rows (n, D)."""
        self._waiting.append(self._sampled(_hashes(rows)))
        if sum(map(len, self._waiting)) >= _MOST_KEPT:
            self._merge()

    def totals(self) -> tuple[int, int, bool]:
        """Return how many distinct rows, how many that no other equals, and whether exactly."""
        self._merge()
        kept, single = len(self._hashes), int((self._counts == 1).sum())
        return kept << self._halvings, single << self._halvings, self._halvings == 0

    def _sampled(self, hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
        if not self._halvings:
            return hashes
        return hashes[hashes < np.uint64(1 << (_HASH_BITS - self._halvings))]

    def _merge(self) -> None:
        new = np.concatenate([np.empty(0, dtype=np.uint64), *self._waiting])
        hashes, places = np.unique(np.concatenate([self._hashes, new]), return_inverse=True)
        counts = np.bincount(places, minlength=len(hashes))
        # bincount has counted those kept before once each.
        counts[np.searchsorted(hashes, self._hashes)] += self._counts - 1
        while len(hashes) > _MOST_KEPT:
            self._halvings += 1
            hashes = self._sampled(hashes)
        # Sorted, so that those below the limit come first.
        self._hashes, self._counts, self._waiting = hashes, counts[: len(hashes)], []


def _hashes(rows: FloatArray) -> NDArray[np.uint64]:
    """Return a hash (n,) of each row, by the finaliser of SplitMix64 (Steele et al. 2014)."""
    # Adding 0 makes -0.0 the same as 0.0.
    columns = np.ascontiguousarray((rows + 0.0).T).view(np.uint64)
    mixed = np.zeros(len(rows), dtype=np.uint64)
    for column in columns:
        mixed = (mixed ^ column) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed
