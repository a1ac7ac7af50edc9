"""Repair of searches that missed an optimum: start again from the best of other candidates."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from numpy.typing import ArrayLike

from gmm_core.climb import climb
from gmm_core.families import FAMILIES
from gmm_core.fit import Fit
from gmm_core.grid import Cell
from gmm_core.mixture import Mixture
from gmm_core.nesting import SAME_OPTIMUM, Key, best_cells, highest_contained
from gmm_core.samples import Rows, SampleBlocks
from gmm_core.split_merge import doubled, merged, moments_of, split

_AS_IT_IS, _SPLIT, _MERGER = "from", "split of", "merger of"
_ORIGIN = re.compile(rf"(?:{_AS_IT_IS}|{_SPLIT}|{_MERGER}) (\w+) (\d+)")
# By then EM has taken a merger above all that the seeds found, or it is given up.
_FIRST_ITERATIONS = 10

_Climb = Callable[..., list[Fit]]


def repair(
    samples: ArrayLike | Rows,
    cells: Iterable[Cell],
    *,
    weights: ArrayLike | Rows | None = None,
    tolerance: float,
    max_iterations: int,
    accelerate: bool = True,
    slack: float = SAME_OPTIMUM,
    pool: Executor | None = None,
) -> list[Cell]:
    """Return new cells, with which no candidate is below one that it contains.

    First, from many components to few, candidates start again from the family's best mixture with
    more components, some of them merged, where that leads above all their cells. Then, from few to
    many, those below one that they contain start again from that; one sweep is enough. A candidate
    of which every cell collapsed is left alone.

    Args:
        samples: (N, D), as in `fit_cells`.
        cells: all cells of the grid.
        weights: (N,), as in `fit_cells`.
        slack: by how much per sample a candidate may be below one that it contains.
        tolerance, max_iterations, accelerate, pool: as in `fit_cells`.

    Returns:
        The new cells. Their seeds count on from the last of the grid; their `start` says which
        candidate they come from, as "merger of VVV 4", "from EEE 3" or "split of VVV 2".
    """
    cells = list(cells)
    blocks = SampleBlocks(samples, weights)
    climb_here = partial(climb, blocks, tolerance=tolerance, accelerate=accelerate, pool=pool)
    total = blocks.total_weight
    added = _from_larger(blocks, cells, SAME_OPTIMUM * total, climb_here, max_iterations)
    added += _from_contained(blocks, [*cells, *added], slack * total, climb_here, max_iterations)
    seeds = dict.fromkeys(map(_key, added), 1 + max((cell.seed for cell in cells), default=-1))
    for place, cell in enumerate(added):
        added[place] = replace(cell, seed=seeds[_key(cell)])
        seeds[_key(cell)] += 1
    return added


def origin(cell: Cell) -> Key | None:
    """Return the candidate that a repaired cell comes from; None for a cell of the grid."""
    found = _ORIGIN.fullmatch(cell.start)
    return Key(found[1], int(found[2])) if found else None


def _from_larger(
    samples: SampleBlocks,
    cells: Sequence[Cell],
    margin: float,
    climb_here: _Climb,
    max_iterations: int,
) -> list[Cell]:
    """Return cells that begin with mergers and end above all others of their candidates.

    Optima with a component of so few samples that it could become singular do not count: it would
    stay in every merger, down to few components.
    """
    best = best_cells(cell for cell in cells if _is_sound(cell))
    added: list[Cell] = []
    # One component has a single optimum.
    for size in sorted({key.n_components for key in best} - {1}, reverse=True):
        larger = {key: _next_larger(key, best) for key in best if key.n_components == size}
        sources = {key: source for key, source in larger.items() if source is not None}
        new = _climb_mergers(samples, sources, best, margin, climb_here, max_iterations)
        added += new
        best.update({_key(cell): cell for cell in new if _is_sound(cell)})
    return added


def _climb_mergers(
    samples: SampleBlocks,
    sources: Mapping[Key, Key],
    best: Mapping[Key, Cell],
    margin: float,
    climb_here: _Climb,
    max_iterations: int,
) -> list[Cell]:
    """Return cells of candidates, all of one size, that begin with mergers of their sources' best.

    Only those that are above the best by a margin, after the first iterations and at the end.
    """
    keys = list(sources)
    for n_iterations in (min(_FIRST_ITERATIONS, max_iterations), max_iterations):
        if not keys:
            return []
        mixtures = [merged(_mixture(best[sources[key]]), key.n_components) for key in keys]
        starts = moments_of(mixtures, samples.total_weight)
        families = [FAMILIES[key.family] for key in keys]
        climbed = climb_here(starts, families, max_iterations=n_iterations)
        fits = dict(zip(keys, climbed, strict=True))
        keys = [
            key
            for key, fit in fits.items()
            if fit.log_likelihood > best[key].fit.log_likelihood + margin
        ]
    return [replace(best[key], start=f"{_MERGER} {sources[key]}", fit=fits[key]) for key in keys]


def _from_contained(
    samples: SampleBlocks,
    cells: Sequence[Cell],
    margin: float,
    climb_here: _Climb,
    max_iterations: int,
) -> list[Cell]:
    """Return cells with which no candidate is below one that it contains by more than a margin."""
    best = best_cells(cells)
    added: list[Cell] = []
    for key in best:
        contained = highest_contained(key, best)
        if contained is None:
            continue
        least = best[contained].fit.log_likelihood - margin
        if best[key].fit.log_likelihood >= least:
            continue
        fits = _climb_from(samples, key, best[contained], least, climb_here, max_iterations)
        new = [replace(best[key], start=f"{kind} {contained}", fit=fit) for kind, fit in fits]
        added += new
        best[key] = best_cells([best[key], *new])[key]
    return added


def _climb_from(
    samples: SampleBlocks,
    key: Key,
    contained: Cell,
    least: float,
    climb_here: _Climb,
    max_iterations: int,
) -> list[tuple[str, Fit]]:
    """Return climbs of a candidate from a contained one's cell, with how each began.

    Attempts until one reaches the least log-likelihood. With fewer components first: each of them
    split in turn. Then the parameters as they are, the heaviest component standing twice for each
    one more, from where EM can only gain. If a component collapses from there too: those
    parameters themselves.
    """
    mixture = _mixture(contained)
    as_it_is = doubled(mixture, key.n_components)
    attempts = [(_AS_IT_IS, [as_it_is], max_iterations), (_AS_IT_IS, [as_it_is], 0)]
    if key.n_components > contained.n_components:
        splits = [
            split(mixture, component, key.n_components, samples)
            for component in range(mixture.n_components)
        ]
        attempts.insert(0, (_SPLIT, splits, max_iterations))
    done: list[tuple[str, Fit]] = []
    for kind, mixtures, n_iterations in attempts:
        starts = moments_of(mixtures, samples.total_weight)
        families = [FAMILIES[key.family]] * len(mixtures)
        fits = climb_here(starts, families, max_iterations=n_iterations)
        done += [(kind, fit) for fit in fits]
        if any(fit.log_likelihood >= least for fit in fits):
            break
    return done


def _next_larger(key: Key, best: Mapping[Key, Cell]) -> Key | None:
    """Return the candidate of the same family with the next more components, if there is one."""
    larger = (other for other in best if other.family == key.family and other > key)
    return min(larger, default=None)


def _mixture(cell: Cell) -> Mixture:
    """Return the mixture of a cell that did not collapse, such as the best of a candidate."""
    assert cell.fit.mixture is not None
    return cell.fit.mixture


def _is_sound(cell: Cell) -> bool:
    mixture = cell.fit.mixture
    return mixture is not None and bool(cell.fit.counts.min() > mixture.n_features + 1)


def _key(cell: Cell) -> Key:
    return Key(cell.family, cell.n_components)
