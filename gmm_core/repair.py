"""Repair of searches that missed an optimum: start again from the best of other candidates."""

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

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


@dataclass(frozen=True, eq=False)
class _Climber:
    """How to climb from mixtures: the samples, the most iterations, and the other options."""

    samples: SampleBlocks
    max_iterations: int
    options: Mapping[str, Any]

    def fits(
        self, mixtures: Sequence[Mixture], families: Sequence[str], n_iterations: int | None = None
    ) -> list[Fit]:
        """Return a climb from each mixture, of no more than so many iterations."""
        most = self.max_iterations if n_iterations is None else n_iterations
        return climb(
            self.samples,
            moments_of(mixtures, self.samples.total_weight),
            [FAMILIES[family] for family in families],
            max_iterations=min(most, self.max_iterations),
            **self.options,
        )


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
    options = {"tolerance": tolerance, "accelerate": accelerate, "pool": pool}
    climber = _Climber(blocks, max_iterations, options)
    added = _from_larger(climber, cells, SAME_OPTIMUM * blocks.total_weight)
    added += _from_contained(climber, [*cells, *added], slack * blocks.total_weight)
    seeds = dict.fromkeys(map(_key, added), 1 + max((cell.seed for cell in cells), default=-1))
    for place, cell in enumerate(added):
        added[place] = replace(cell, seed=seeds[_key(cell)])
        seeds[_key(cell)] += 1
    return added


def origin(cell: Cell) -> Key | None:
    """Return the candidate that a repaired cell comes from; None for a cell of the grid."""
    found = _ORIGIN.fullmatch(cell.start)
    return Key(found[1], int(found[2])) if found else None


def is_sound(cell: Cell) -> bool:
    """Return whether every component has more samples than could make it singular, D + 1."""
    mixture = cell.fit.mixture
    return mixture is not None and bool(cell.fit.counts.min() > mixture.n_features + 1)


def _from_larger(climber: _Climber, cells: Sequence[Cell], margin: float) -> list[Cell]:
    """Return cells that begin with mergers and end above all others of their candidates.

    Optima with a component of so few samples that it could become singular do not count: it would
    stay in every merger, down to few components.
    """
    best = best_cells(cell for cell in cells if is_sound(cell))
    added: list[Cell] = []
    # One component has a single optimum.
    for size in sorted({key.n_components for key in best} - {1}, reverse=True):
        larger = {key: _next_larger(key, best) for key in best if key.n_components == size}
        sources = {key: source for key, source in larger.items() if source is not None}
        new = _climb_mergers(climber, sources, best, margin)
        added += new
        best.update({_key(cell): cell for cell in new if is_sound(cell)})
    return added


def _climb_mergers(
    climber: _Climber, sources: Mapping[Key, Key], best: Mapping[Key, Cell], margin: float
) -> list[Cell]:
    """Return cells of candidates, all of one size, that begin with mergers of their sources' best.

    Only those that are above the best by a margin, after the first iterations and at the end.
    """
    keys = list(sources)
    for n_iterations in (_FIRST_ITERATIONS, None):
        if not keys:
            return []
        mixtures = [merged(_mixture(best[sources[key]]), key.n_components) for key in keys]
        climbed = climber.fits(mixtures, [key.family for key in keys], n_iterations)
        fits = dict(zip(keys, climbed, strict=True))
        keys = [
            key
            for key, fit in fits.items()
            if fit.log_likelihood > best[key].fit.log_likelihood + margin
        ]
    return [replace(best[key], start=f"{_MERGER} {sources[key]}", fit=fits[key]) for key in keys]


def _from_contained(climber: _Climber, cells: Sequence[Cell], margin: float) -> list[Cell]:
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
        fits = _climb_from(climber, key, best[contained], least)
        new = [replace(best[key], start=f"{kind} {contained}", fit=fit) for kind, fit in fits]
        added += new
        best[key] = best_cells([best[key], *new])[key]
    return added


def _climb_from(
    climber: _Climber, key: Key, contained: Cell, least: float
) -> list[tuple[str, Fit]]:
    """Return climbs of a candidate from a contained one's cell, with how each began.

    Attempts until one reaches the least log-likelihood. With fewer components first: each of them
    split in turn. Then the parameters as they are, the heaviest component standing twice for each
    one more, from where EM can only gain. If a component collapses from there too: those
    parameters themselves.
    """
    mixture = _mixture(contained)
    as_it_is = doubled(mixture, key.n_components)
    attempts = [(_AS_IT_IS, [as_it_is], None), (_AS_IT_IS, [as_it_is], 0)]
    if key.n_components > contained.n_components:
        splits = [
            split(mixture, component, key.n_components, climber.samples)
            for component in range(mixture.n_components)
        ]
        attempts.insert(0, (_SPLIT, splits, None))
    done: list[tuple[str, Fit]] = []
    for kind, mixtures, n_iterations in attempts:
        fits = climber.fits(mixtures, [key.family] * len(mixtures), n_iterations)
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


def _key(cell: Cell) -> Key:
    return Key(cell.family, cell.n_components)
