"""What of the samples no mixture can be fitted to, or only with care: measured before any fit.

A likelihood has no maximum where a component can lose all its width: on a constant or a collinear
feature, on one value of many ties, or with a component for each distinct row. Everything is
measured in passes over blocks of rows, in memory that does not grow with their number. A row of
weight w counts as w samples, one of weight 0 as none.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmm_core.collinear import Relation, pieces, relations
from gmm_core.distinct import DistinctRows
from gmm_core.extents import resolution
from gmm_core.families import Family
from gmm_core.mixture import FloatArray
from gmm_core.samples import Rows, SampleBlocks

FEWEST_SAMPLES = 2
"""Fewer samples than these, by weight, have no width."""
TIED = 0.25
"""A feature is heavily tied if one value has this share of the samples, or more ..."""
FEWEST_TIED = 10
"""... and at least so many of them."""
REPEATED = 0.5
"""Rows are heavily repeated if distinct ones are not more than this share of them."""
SCALES = 1e4
"""Standard deviations are wildly different from this ratio on."""
FEWEST_CODES = 3
"""A value far apart that is repeated so often is a code, such as -999 for a missing value ..."""
FEWEST_MEASURED = 10
"""... in a feature of so many distinct values or more."""
FAR = 1e6
"""A value so many interquartile ranges from the quartiles is extreme."""
FEWEST_ROW_NUMBERS = 10
"""A feature with equal steps from row to row counts rows, if there are so many of them."""
FEWEST_IDENTIFIERS = 30
"""Distinct whole numbers that fill most of their range identify rows, if there are so many."""
MOST_VALUES = 100
"""Distinct values of a feature are counted up to this number."""

# Features are described on so many rows, evenly spread.
_MOST_DESCRIBED = 1 << 16
_STEP_ERROR = 1e-9
_LARGEST_WHOLE = 2.0**53
# Rows and their weights, piece by piece.
_Weighted = Iterable[tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Column:
    """What a feature's values are like.

    Attributes:
        lowest, highest: of all values.
        mean, standard_deviation: of all values, weighted.
        constant: whether they differ by rounding alone.
        quartiles: the first and the third, each one of the values.
        n_lowest, n_highest: samples with the lowest and with the highest value, by weight.
        second_lowest, second_highest: the next distinct values inside; the same if there is none.
        commonest: the value of most samples; of many samples, among some evenly spread.
        n_commonest: how many have it, by weight.
        values: all distinct values if they are `MOST_VALUES` or fewer, else none.
        equal_steps: whether it rises or falls by the same step from each row to the next.
        identifies: whether it has distinct whole numbers that fill most of their range.
    """

    lowest: float
    highest: float
    mean: float
    standard_deviation: float
    constant: bool
    quartiles: list[float]
    n_lowest: float
    n_highest: float
    second_lowest: float
    second_highest: float
    commonest: float
    n_commonest: float
    values: list[float]
    equal_steps: bool
    identifies: bool

    def codes(self) -> list[tuple[float, float]]:
        """Return values at an end, with their counts, that stand for something else than a number.

        Such a value is repeated, and farther from the next one than all values but those at the two
        ends are from each other.
        """
        if 0 < len(self.values) < FEWEST_MEASURED:
            return []
        inside = self.second_highest - self.second_lowest
        ends = (
            (self.lowest, self.n_lowest, self.second_lowest - self.lowest),
            (self.highest, self.n_highest, self.highest - self.second_highest),
        )
        return [
            (value, count)
            for value, count, gap in ends
            if count >= FEWEST_CODES and gap >= inside > 0.0
        ]

    def extremes(self) -> list[float]:
        """Return the lowest and the highest value, if `FAR` interquartile ranges away."""
        first, third = self.quartiles
        far = FAR * (third - first)
        gaps = ((self.lowest, first - self.lowest), (self.highest, self.highest - third))
        return [value for value, gap in gaps if gap > far > 0.0]


@dataclass(frozen=True)
class Survey:
    """What samples are like, as far as it decides which mixtures can be fitted.

    Attributes:
        n_weighted: rows with a weight above 0; all of them without weights.
        total_weight: N, the sum of the weights; the number of rows without weights.
        n_distinct: distinct rows.
        n_single: rows that no other equals.
        counted: whether these two are exact; else they are within about 0.2 %.
        columns: D.
        relations: collinear features, each beside features before it.
    """

    n_weighted: int
    total_weight: float
    n_distinct: int
    n_single: int
    counted: bool
    columns: tuple[Column, ...]
    relations: tuple[Relation, ...]


def extents(rows: Rows, weights: Rows | None = None) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and the highest value of each feature, (D,) each."""
    ends = ((piece.min(axis=0), piece.max(axis=0)) for piece, _ in pieces(rows, weights))
    lows, highs = zip(*ends, strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)


def survey(rows: Rows, weights: Rows | None = None) -> Survey:
    """Measure samples (N, D), with weights (N,) or without.

    Raises:
        ValueError: as `SampleBlocks`.
    """
    blocks = SampleBlocks(rows, weights)
    lowest, highest = extents(rows, weights)
    described, their_weights = _described(pieces(rows, weights), blocks.n_weighted)
    commonest = np.array([_commonest(column, their_weights) for column in described.T])
    tally = _Tally(lowest, highest, commonest)
    for piece, of_piece in pieces(rows, weights):
        tally.add(piece, of_piece)
    deviations = np.sqrt(blocks.variances)
    constant = deviations <= blocks.resolution
    by_feature = {
        "lowest": lowest,
        "highest": highest,
        "mean": blocks.centre,
        "standard_deviation": deviations,
        "constant": constant,
        "quartiles": np.quantile(
            described, [0.25, 0.75], axis=0, weights=their_weights, method="inverted_cdf"
        ).T,
        "n_lowest": tally.n_lowest,
        "n_highest": tally.n_highest,
        "second_lowest": tally.second_lowest,
        "second_highest": tally.second_highest,
        "commonest": commonest,
        "n_commonest": tally.n_commonest,
        "equal_steps": tally.equal_steps(),
        "identifies": _identifies(pieces(rows, weights), lowest, highest, tally),
    }
    lists = {name: array.tolist() for name, array in by_feature.items()}
    lists["values"] = [values.tolist() for values in tally.values]
    n_distinct, n_single, counted = tally.rows.totals()
    return Survey(
        n_weighted=blocks.n_weighted,
        total_weight=blocks.total_weight,
        n_distinct=min(n_distinct, blocks.n_weighted),
        n_single=min(n_single, blocks.n_weighted),
        counted=counted,
        columns=tuple(
            Column(**dict(zip(lists, row, strict=True)))
            for row in zip(*lists.values(), strict=True)
        ),
        relations=tuple(relations(rows, blocks, np.flatnonzero(~constant).tolist(), weights)),
    )


def least_distinct_rows(family: Family, n_components: int, n_features: int) -> int:
    """Return how many distinct rows let every component of a family have a covariance.

    Rows are shared out among the components, and no three of them lie on a line, no four on a plane
    and so on. A component needs 2 rows if its volume or its shape is its own, D + 1 if its shape is
    and its axes are not the features, else 1. A shape that all share takes D + 1 rows of one
    component if axes are their own; else the rows beyond one for each component fill its
    directions together.
    """
    volume, shape, axes = family.name[0], family.name[:2][-1], family.name[2:] or "I"
    of_each = 2 if "V" in (volume, shape) else 1
    if shape == "V" and axes != "I":
        of_each = n_features + 1
    if axes == "V":
        return (n_components - 1) * of_each + n_features + 1
    directions = 1 if axes == "I" else n_features
    return max(n_components * of_each, n_components + directions)


def turns(family: Family) -> bool:
    """Return whether a family's axes may be other than the features: no collinear ones for it."""
    return family.name[2:] in ("E", "V")


def depends_on_units(family: Family) -> bool:
    """Return whether a family's fits change with the unit of one feature beside the others'.

    A change of a feature's unit takes a covariance C to S C S with S diagonal. That leaves the
    family if it is of spheres, or of axes that are shared, or not, apart from the shape.
    """
    return family.name[1:] == "II" or family.name[1:] in ("VE", "EV")


class _Tally:
    """What one pass over the rows counts, once the range of each feature is known."""

    def __init__(self, lowest: FloatArray, highest: FloatArray, commonest: FloatArray) -> None:
        n_features = len(lowest)
        self.rows = DistinctRows()
        self._lowest, self._highest, self._commonest = lowest, highest, commonest
        self.n_lowest, self.n_highest, self.n_commonest = np.zeros((3, n_features))
        self.second_lowest, self.second_highest = highest.copy(), lowest.copy()
        self.values = [np.empty(0)] * n_features
        self._uncounted = set(range(n_features))
        self.whole = np.ones(n_features, dtype=bool)
        self._steps = np.full((2, n_features), [[np.inf], [-np.inf]])
        self._last = np.empty((0, n_features))
        self.n_rows = 0

    def add(self, rows: FloatArray, weights: FloatArray) -> None:
        """Count some more rows."""
        self.rows.add(rows)
        at_lowest, at_highest = rows == self._lowest, rows == self._highest
        self.n_lowest += weights @ at_lowest
        self.n_highest += weights @ at_highest
        self.n_commonest += weights @ (rows == self._commonest)
        inside = np.where(at_lowest, self._highest, rows).min(axis=0)
        self.second_lowest = np.minimum(self.second_lowest, inside)
        inside = np.where(at_highest, self._lowest, rows).max(axis=0)
        self.second_highest = np.maximum(self.second_highest, inside)
        self.whole &= ((rows == np.rint(rows)) & (np.abs(rows) < _LARGEST_WHOLE)).all(axis=0)
        steps = np.diff(np.concatenate([self._last, rows]), axis=0)
        if len(steps):
            self._steps[0] = np.minimum(self._steps[0], steps.min(axis=0))
            self._steps[1] = np.maximum(self._steps[1], steps.max(axis=0))
        self._last = rows[-1:]
        self.n_rows += len(rows)
        for j in list(self._uncounted):
            values = np.union1d(self.values[j], rows[:, j])
            if len(values) > MOST_VALUES:
                self._uncounted.remove(j)
                values = np.empty(0)
            self.values[j] = values

    def equal_steps(self) -> NDArray[np.bool_]:
        """Return which features rise or fall by the same step all along."""
        if self.n_rows < FEWEST_ROW_NUMBERS:
            return np.zeros(len(self._lowest), dtype=bool)
        shortest, longest = self._steps
        rounding = resolution(np.stack([self._lowest, self._highest]))
        error = np.maximum(_STEP_ERROR * np.abs(longest), rounding)
        moves = np.sign(shortest) * np.sign(longest) > 0.0
        even = longest - shortest <= error
        return np.asarray(moves & even & (np.abs(longest) > 10.0 * rounding))


def _described(weighted: _Weighted, n_rows: int) -> tuple[FloatArray, FloatArray]:
    """Return some of the rows, evenly spread, and their weights."""
    step = -(-n_rows // _MOST_DESCRIBED)
    described, first = [], 0
    for rows, weights in weighted:
        described.append((rows[first::step].copy(), weights[first::step].copy()))
        first = (first - len(rows)) % step
    parts, of_parts = zip(*described, strict=True)
    return np.concatenate(parts), np.concatenate(of_parts)


def _commonest(column: FloatArray, weights: FloatArray) -> float:
    values, places = np.unique(column, return_inverse=True)
    return float(values[np.bincount(places, weights).argmax()])


def _identifies(
    weighted: _Weighted, lowest: FloatArray, highest: FloatArray, tally: _Tally
) -> NDArray[np.bool_]:
    """Return which features (D,) have distinct whole numbers that fill most of their range."""
    n_rows, whole = tally.n_rows, tally.whole
    # As many values as rows are needed, and twice as many places for them are enough.
    fit = whole & (highest - lowest + 1.0 >= n_rows) & (highest - lowest < 2.0 * n_rows)
    if n_rows < FEWEST_IDENTIFIERS or not fit.any():
        return np.zeros(len(whole), dtype=bool)
    seen = {int(j): np.zeros(int(highest[j] - lowest[j]) + 1, bool) for j in np.flatnonzero(fit)}
    for piece, _ in weighted:
        for j, found in seen.items():
            found[(piece[:, j] - lowest[j]).astype(np.intp)] = True
    return np.array([j in seen and seen[j].sum() == n_rows for j in range(len(whole))])
