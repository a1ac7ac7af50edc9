"""Which candidates contain which: a model that contains another can never be worse.

A candidate is a family with a number of components. It contains every candidate of a family that
is as strict or stricter with as many components or fewer: their parameters are parameters of its
own, a component standing twice for each one more. A lower log-likelihood than that of a contained
one proves that its search stopped short.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gmm_core.families import FAMILIES
from gmm_core.fit import Outcome
from gmm_core.grid import Cell

# Log-likelihoods that differ by no more, per sample, are those of one optimum. It does not follow
# the climbs' own tolerance: with a looser one, what they leave to gain shows as other optima.
SAME_OPTIMUM = 1e-6


class Key(NamedTuple):
    """Which candidate."""

    family: str
    n_components: int

    def __str__(self) -> str:
        return f"{self.family} {self.n_components}"


class Violation(NamedTuple):
    """A candidate whose best cell is below that of one it contains.

    candidate: the one with the lower log-likelihood, although it contains the other.
    contained: of those it contains, the one with the highest log-likelihood.
    shortfall: how much higher that is, in total over the samples.
    """

    candidate: Key
    contained: Key
    shortfall: float


def contains(larger: Key, smaller: Key) -> bool:
    """Return whether a candidate contains another one."""
    return (
        larger != smaller
        and larger.n_components >= smaller.n_components
        and FAMILIES[larger.family].contains(FAMILIES[smaller.family])
    )


def best_cells(cells: Iterable[Cell]) -> dict[Key, Cell]:
    """Return the cell with the highest log-likelihood of each candidate that has a usable one.

    A candidate stands behind all that it contains.
    """
    best: dict[Key, Cell] = {}
    for cell in cells:
        key = Key(cell.family, cell.n_components)
        if cell.fit.outcome is not Outcome.COLLAPSED and (
            key not in best or cell.fit.log_likelihood > best[key].fit.log_likelihood
        ):
            best[key] = cell
    places = {family: place for place, family in enumerate(FAMILIES)}
    order = sorted(best, key=lambda key: (key.n_components, places[key.family]))
    return {key: best[key] for key in order}


def highest_contained(key: Key, best: Mapping[Key, Cell]) -> Key | None:
    """Return the contained candidate with the highest log-likelihood; None if there is none."""
    inside = (other for other in best if contains(key, other))
    return max(inside, key=lambda other: best[other].fit.log_likelihood, default=None)


def violations(cells: Iterable[Cell], n_samples: float) -> tuple[Violation, ...]:
    """Return every candidate that is below one it contains by more than `SAME_OPTIMUM` x N.

    Args:
        cells: all cells of a data set.
        n_samples: N, the total weight of the samples.
    """
    best = best_cells(cells)
    found = []
    for key, cell in best.items():
        contained = highest_contained(key, best)
        if contained is not None:
            shortfall = best[contained].fit.log_likelihood - cell.fit.log_likelihood
            if shortfall > SAME_OPTIMUM * n_samples:
                found.append(Violation(key, contained, shortfall))
    return tuple(found)
