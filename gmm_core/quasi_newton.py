"""The acceleration of EM: a quasi-Newton search that begins with EM's own steps.

EM's step is, near its fixed point, the gradient in coordinates scaled by the information of
samples with known labels (Xu & Jordan 1996), and the slower the less sure the labels are. What is
missing of the curvature is learnt from the gradients of the steps before (Jamshidian & Jennrich
1997), of which the last are kept (L-BFGS; Nocedal & Wright 2006, algorithm 7.4). A step is
shortened until the log-likelihood rises enough (Armijo; the same, section 3.1).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.coordinates import Coordinates, around, gradient, parameters
from gmm_core.families import Family
from gmm_core.mixture import FloatArray
from gmm_core.stack import Moments, Parameters, chosen

# Steps that are kept: so many, or fewer of many coordinates, but some.
_MOST_KEPT = 60
_FEWEST_KEPT = 5
_NUMBERS_KEPT = 131072
# A rise must be this share of what the gradient says at least.
_LEAST_RISE = 1e-4
# A step that rose too little is shortened by no more and no less than this.
_SHORTEST, _LONGEST = 0.1, 0.5
# After so many in a row, EM's own step is taken.
MOST_FAILURES = 6
# The first step is no longer than this, in the coordinates' scale; then so much longer than the
# last that rose, and more where the slope did not even halve.
_FIRST_LENGTH = 1.0
_GROWTH, _FAST_GROWTH = 2.0, 4.0
# The least cosine of the angle between a step and the change of the gradient.
_LEAST_CURVATURE = 1e-9


class Step(NamedTuple):
    """A step that rose (S, C), by how much the gradient fell (S, C), and 1 / their product (S,).

    All 0 where there was none, or the log-likelihood was not concave along it.
    """

    step: FloatArray
    change: FloatArray
    inverse: FloatArray


class Search(NamedTuple):
    """The searches of S climbs; C coordinates each.

    coordinates: what the following refer to.
    position, gradient: (S, C) of the highest point so far.
    direction: (S, C) where to search.
    slope: (S,) the rise of the log-likelihood per sample along it, at first.
    length: (S,) how far along it the candidate is; 1 is where the maximum is expected.
    longest: (S,) how long a step may be.
    failures: (S,) candidates in a row that rose too little.
    steps: the last that rose, the oldest first.
    """

    coordinates: Coordinates
    position: FloatArray
    gradient: FloatArray
    direction: FloatArray
    slope: FloatArray
    length: FloatArray
    longest: FloatArray
    failures: NDArray[np.intp]
    steps: tuple[Step, ...]


def begin(stack: Parameters, summed: Moments, families: Sequence[Family]) -> Search:
    """Return searches that begin at mixtures, along the gradient there: EM's step, nearly.

    Args:
        stack: S mixtures.
        summed: the moments of the samples under them.
        families: the S families.
    """
    coordinates = around(stack, families)
    n_climbs = len(families)
    position = np.zeros((n_climbs, coordinates.scales[0].size))
    uphill = gradient(coordinates, position, stack, summed)
    search = Search(
        coordinates=coordinates,
        position=position,
        gradient=uphill,
        direction=uphill,
        slope=np.square(uphill).sum(axis=-1),
        length=np.ones(n_climbs),
        longest=np.full(n_climbs, _FIRST_LENGTH),
        failures=np.zeros(n_climbs, dtype=np.intp),
        steps=(),
    )
    return search._replace(length=_length(search))


def candidate(search: Search) -> Parameters:
    """Return the mixtures to try next; nan or infinite where a step leads to none."""
    there = search.position + search.length[:, None] * search.direction
    return parameters(search.coordinates, there)


def rises(search: Search, rise: FloatArray, rounding: FloatArray) -> NDArray[np.bool_]:
    """Return whether candidates are high enough, (S,).

    Args:
        search: the searches.
        rise: (S,) of the log-likelihood per sample; may be nan.
        rounding: (S,) how much of it may be rounding.
    """
    return np.asarray(rise >= _LEAST_RISE * search.length * search.slope - rounding)


def onward(
    search: Search,
    risen: NDArray[np.bool_],
    rise: FloatArray,
    stack: Parameters,
    summed: Moments,
) -> Search:
    """Return the searches after their candidates have been tried.

    Args:
        search: the searches.
        risen: (S,) which are taken.
        rise: (S,) of the log-likelihood per sample.
        stack, summed: the candidates, and the moments of the samples under them.
    """
    step = search.length[:, None] * search.direction
    there = search.position + step
    uphill = gradient(search.coordinates, there, stack, summed)
    uphill = np.where(risen[:, None], uphill, search.gradient)
    kept = _kept(step, search.gradient - uphill, risen)
    size = _norm(step)
    slowed = _product(uphill, search.direction) < 0.5 * search.slope
    growth = np.where(slowed, _GROWTH, _FAST_GROWTH)
    longest = np.where(risen, np.maximum(search.longest, growth * size), search.length * size)
    steps = (*search.steps, kept)[-_n_kept(there.shape[1]) :]
    direction = np.where(risen[:, None], _direction(steps, uphill), search.direction)
    following = Search(
        coordinates=search.coordinates,
        position=np.where(risen[:, None], there, search.position),
        gradient=uphill,
        direction=direction,
        slope=_product(direction, uphill),
        length=search.length,
        longest=longest,
        failures=np.where(risen, 0, search.failures + 1),
        steps=steps,
    )
    shorter = search.length * _shortened(search, rise)
    return following._replace(length=np.where(risen, _length(following), shorter))


def renewed(search: Search, places: NDArray[np.bool_], fresh: Search) -> Search:
    """Return the searches with those at some places (S,) begun anew, those of `fresh`."""
    merged = chosen(places, fresh._replace(steps=()), search._replace(steps=()))
    steps = tuple(
        Step(*(np.where(places.reshape(-1, *[1] * (part.ndim - 1)), 0.0, part) for part in step))
        for step in search.steps
    )
    return merged._replace(steps=steps)


def _n_kept(n_coordinates: int) -> int:
    return min(_MOST_KEPT, max(_FEWEST_KEPT, _NUMBERS_KEPT // n_coordinates))


def _kept(step: FloatArray, change: FloatArray, risen: NDArray[np.bool_]) -> Step:
    """Return what is to be kept of steps (S, C) and the falls of the gradient along them."""
    curvature = _product(step, change)
    concave = risen & (curvature > _LEAST_CURVATURE * _norm(step) * _norm(change))
    inverse = np.where(concave, 1.0 / np.where(concave, curvature, 1.0), 0.0)
    mask = concave[:, None]
    return Step(np.where(mask, step, 0.0), np.where(mask, change, 0.0), inverse)


def _direction(steps: Sequence[Step], uphill: FloatArray) -> FloatArray:
    """Return the directions to the maxima, by gradients (S, C) and the steps before."""
    direction = uphill.copy()
    shares = []
    for kept in reversed(steps):
        shares.append((kept.inverse * _product(kept.step, direction))[:, None])
        direction -= shares[-1] * kept.change
    last = steps[-1]
    size = last.inverse * _product(last.change, last.change)
    direction /= np.where(size > 0.0, size, 1.0)[:, None]
    for kept, share in zip(steps, reversed(shares), strict=True):
        back = (kept.inverse * _product(kept.change, direction))[:, None]
        direction += (share - back) * kept.step
    return direction


def _length(search: Search) -> FloatArray:
    size = _norm(search.direction)
    return np.minimum(1.0, search.longest / np.where(size > 0.0, size, 1.0))


def _shortened(search: Search, rise: FloatArray) -> FloatArray:
    """Return the share of a step at which a parabola through what is known has its maximum."""
    expected = search.length * search.slope
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(np.isfinite(rise), 0.5 * expected / (expected - rise), 0.0)
    return np.clip(share, _SHORTEST, _LONGEST)


def _product(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("sc,sc->s", a, b))


def _norm(a: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.square(a).sum(axis=-1)))
