"""The acceleration of EM: a quasi-Newton search that begins with EM's own steps.

EM's step is, near its fixed point, the gradient in coordinates scaled by the information of
samples with known labels (Xu & Jordan 1996), and the slower the less sure the labels are. What is
missing of the curvature is learnt from the gradients of the steps before (Jamshidian & Jennrich
1997), of which the last are kept (L-BFGS; Nocedal & Wright 2006, section 7.2). A step is shortened
until the log-likelihood rises enough (Armijo; the same, section 3.1).

The coordinates go along with the climb, so that they keep to the information where it is, and a
step or a gradient of before counts as what it is in the coordinates of its own place (a search on a
manifold, whose transport of vectors is the identity in these coordinates; Huang, Gallivan & Absil
2015).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.coordinates import Coordinates, around, gradient, moved, parameters
from gmm_core.families import Family
from gmm_core.matrices import times, transposed
from gmm_core.mixture import FloatArray
from gmm_core.stack import Moments, Parameters, chosen

# Steps that are kept: so many, or fewer of many coordinates, but some.
_MOST_KEPT = 120
_FEWEST_KEPT = 5
_NUMBERS_KEPT = 65536
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


class Memory(NamedTuple):
    """The last steps that rose and along which the log-likelihood was concave, M at most.

    counts: (S,) how many there have been; the next one takes the place counts modulo M.
    steps, changes: (S, M, C) the steps, and by how much the gradient fell along each.
    products: (S, M) of each step with its own change.
    inverses: (S, M, M) of R, the products of each step with its own change and later ones; 0 for
        steps that are forgotten, or not made yet.
    scale: (S,) 1 / curvature along the last step, for directions in which there was no step.
    """

    counts: NDArray[np.intp]
    steps: FloatArray
    changes: FloatArray
    products: FloatArray
    inverses: FloatArray
    scale: FloatArray


class Search(NamedTuple):
    """The searches of S climbs; C coordinates each.

    coordinates: about the highest points so far.
    gradient: (S, C) there.
    direction: (S, C) where to search.
    slope: (S,) the rise of the log-likelihood per sample along it, at first.
    length: (S,) how far along it the candidate is; 1 is where the maximum is expected.
    longest: (S,) how long a step may be.
    failures: (S,) candidates in a row that rose too little.
    memory: what it knows of the curvature.
    """

    coordinates: Coordinates
    gradient: FloatArray
    direction: FloatArray
    slope: FloatArray
    length: FloatArray
    longest: FloatArray
    failures: NDArray[np.intp]
    memory: Memory


def begin(stack: Parameters, summed: Moments, families: Sequence[Family]) -> Search:
    """Return searches that begin at mixtures, along the gradient there: EM's step, nearly.

    Args:
        stack: S mixtures.
        summed: the moments of the samples under them.
        families: the S families.
    """
    coordinates = around(stack, families)
    n_climbs = len(families)
    uphill = gradient(coordinates, stack, summed)
    search = Search(
        coordinates=coordinates,
        gradient=uphill,
        direction=uphill,
        slope=np.square(uphill).sum(axis=-1),
        length=np.ones(n_climbs),
        longest=np.full(n_climbs, _FIRST_LENGTH),
        failures=np.zeros(n_climbs, dtype=np.intp),
        memory=_no_memory(*uphill.shape),
    )
    return search._replace(length=_length(search))


def candidate(search: Search, stack: Parameters) -> Parameters:
    """Return the mixtures to try next; nan or infinite where a step leads to none.

    Args:
        search: the searches.
        stack: their highest points so far.
    """
    return parameters(search.coordinates, stack, search.length[:, None] * search.direction)


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
    coordinates = moved(search.coordinates, step, stack)
    uphill = gradient(coordinates, stack, summed)
    uphill = np.where(risen[:, None], uphill, search.gradient)
    memory = _with_room(search.memory)
    _remember(memory, step, search.gradient - uphill, risen)
    size = _norm(step)
    slowed = _product(uphill, search.direction) < 0.5 * search.slope
    growth = np.where(slowed, _GROWTH, _FAST_GROWTH)
    longest = np.where(risen, np.maximum(search.longest, growth * size), search.length * size)
    direction = np.where(risen[:, None], _direction(memory, uphill), search.direction)
    following = Search(
        coordinates=chosen(risen, coordinates, search.coordinates),
        gradient=uphill,
        direction=direction,
        slope=_product(direction, uphill),
        length=search.length,
        longest=longest,
        failures=np.where(risen, 0, search.failures + 1),
        memory=memory,
    )
    shorter = search.length * _shortened(search, rise)
    return following._replace(length=np.where(risen, _length(following), shorter))


def corrected(
    search: Search, places: NDArray[np.bool_], stack: Parameters, summed: Moments
) -> Search:
    """Return the searches with better gradients at some places (S,), and what follows from them.

    Args:
        search: the searches.
        places: (S,) where.
        stack, summed: the highest points so far, and the moments of the samples under them.
    """
    uphill = gradient(search.coordinates, stack, summed)
    uphill = np.where(places[:, None], uphill, search.gradient)
    direction = np.where(places[:, None], _direction(search.memory, uphill), search.direction)
    better = search._replace(
        gradient=uphill, direction=direction, slope=_product(direction, uphill)
    )
    return better._replace(length=np.where(places, _length(better), search.length))


def renewed(search: Search, places: NDArray[np.bool_], fresh: Search) -> Search:
    """Return the searches with those at some places (S,) begun anew, those of `fresh`."""
    memory = search.memory
    memory.counts[places], memory.inverses[places], memory.scale[places] = 0, 0.0, 1.0
    return chosen(places, fresh._replace(memory=memory), search)


def most_kept(n_coordinates: int) -> int:
    """Return how many steps in so many coordinates a search remembers."""
    return min(_MOST_KEPT, max(_FEWEST_KEPT, _NUMBERS_KEPT // n_coordinates))


def _no_memory(n_climbs: int, n_coordinates: int, n_places: int = _FEWEST_KEPT) -> Memory:
    return Memory(
        counts=np.zeros(n_climbs, dtype=np.intp),
        steps=np.zeros((n_climbs, n_places, n_coordinates)),
        changes=np.zeros((n_climbs, n_places, n_coordinates)),
        products=np.zeros((n_climbs, n_places)),
        inverses=np.zeros((n_climbs, n_places, n_places)),
        scale=np.ones(n_climbs),
    )


def _with_room(memory: Memory) -> Memory:
    """Return the memory with twice the places if it is full, but no more than are worth it."""
    n_climbs, n_places, n_coordinates = memory.steps.shape
    most = most_kept(n_coordinates)
    if n_places == most or memory.counts.max() < n_places:
        return memory
    larger = _no_memory(n_climbs, n_coordinates, min(2 * n_places, most))
    for old, new in zip(memory, larger, strict=True):
        new[tuple(slice(length) for length in old.shape)] = old
    return larger


def _remember(
    memory: Memory, step: FloatArray, change: FloatArray, risen: NDArray[np.bool_]
) -> None:
    """Put steps (S, C) and the falls of the gradient along them in the place of the oldest.

    The first row and column of R go, and the inverse of the rest is what it was; a column comes,
    and its inverse's is - R^-1 column / product, above 1 / product.
    """
    product = _product(step, change)
    concave = risen & (product > _LEAST_CURVATURE * _norm(step) * _norm(change))
    climbs = np.flatnonzero(concave)
    slots, product = memory.counts[climbs] % memory.products.shape[1], product[climbs]
    memory.inverses[climbs, slots] = 0.0
    memory.inverses[climbs, :, slots] = 0.0
    columns = times(memory.inverses, times(memory.steps, change))[climbs]
    memory.inverses[climbs, :, slots] = columns / -product[:, None]
    memory.inverses[climbs, slots, slots] = 1.0 / product
    memory.steps[climbs, slots], memory.changes[climbs, slots] = step[climbs], change[climbs]
    memory.products[climbs, slots] = product
    memory.scale[climbs] = product / np.square(change[climbs]).sum(axis=-1)
    memory.counts[climbs] += 1


def _direction(memory: Memory, uphill: FloatArray) -> FloatArray:
    """Return the directions to the maxima, by gradients (S, C) and the steps before.

    The two loops of L-BFGS as products of matrices (Byrd, Nocedal & Schnabel 1994, eq. 3.1).
    """
    n_kept = min(int(memory.counts.max()), memory.products.shape[1])
    steps, changes = memory.steps[:, :n_kept], memory.changes[:, :n_kept]
    inverses = memory.inverses[:, :n_kept, :n_kept]
    shares = times(inverses, times(steps, uphill))
    unlearnt = memory.scale[:, None] * (uphill - times(transposed(changes), shares))
    back = memory.products[:, :n_kept] * shares - times(changes, unlearnt)
    return unlearnt + times(transposed(steps), times(transposed(inverses), back))


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
