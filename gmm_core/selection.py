"""From fits to candidates to a ranking.

A candidate is a family with a number of components; the best of its cells that did not collapse
represents it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.criteria import CRITERIA, Score
from gmm_core.families import FAMILIES
from gmm_core.fit import Outcome
from gmm_core.grid import Cell

# Cells of a candidate have the same optimum if their log-likelihoods differ by less, per sample.
SAME_OPTIMUM = 1e-6
# Criteria that differ by less are equal: the candidate with fewer parameters goes first.
_DECIMALS = 6


@dataclass(frozen=True)
class Candidate:
    """A family with a number of components, and the best of its restarts.

    Attributes:
        family, n_components, n_parameters: which candidate.
        best: the cell that represents it; None if every one collapsed.
        criteria: each criterion by name, lower is better; empty if every cell collapsed.
        n_restarts: cells in all.
        n_reached_best: cells that reached the best optimum.
        selected: whether it has the least value of the chosen criterion.
        note: what a reader should know, else empty.
    """

    family: str
    n_components: int
    n_parameters: int
    best: Cell | None
    criteria: Mapping[str, float]
    n_restarts: int
    n_reached_best: int
    selected: bool
    note: str


def rank(cells: Iterable[Cell], n_samples: int, criterion: str) -> tuple[Candidate, ...]:
    """Return the candidates, best first; those without a usable cell stand last.

    Args:
        cells: all cells of a data set.
        n_samples: N.
        criterion: a name out of `CRITERIA`.

    Raises:
        ValueError: an unknown criterion, or no cell at all that is usable.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"criterion: expected one of {', '.join(CRITERIA)}, got {criterion!r}")
    groups: dict[tuple[str, int], list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[cell.family, cell.n_components].append(cell)
    if not groups:
        raise ValueError("cells: expected at least one cell, got none")
    candidates = [_candidate(group, n_samples) for group in groups.values()]
    if all(candidate.best is None for candidate in candidates):
        raise ValueError(
            "every restart of every candidate collapsed; use fewer components or families with "
            "fewer parameters"
        )
    places = {name: place for place, name in enumerate(FAMILIES)}

    def key(candidate: Candidate) -> tuple[float, int, int, int]:
        value = candidate.criteria.get(criterion, float("inf"))
        simplicity = (candidate.n_parameters, candidate.n_components, places[candidate.family])
        return (round(value, _DECIMALS), *simplicity)

    first, *others = sorted(candidates, key=key)
    return (replace(first, selected=True), *others)


def same_optimum(log_likelihoods: Iterable[float], best: float, n_samples: int) -> list[bool]:
    """Return which of the log-likelihoods are those of the best optimum; nan never is."""
    lowest = best - SAME_OPTIMUM * n_samples
    return [log_likelihood >= lowest for log_likelihood in log_likelihoods]


def adjusted_rand_index(table: ArrayLike) -> float:
    """Return the agreement of two groupings: 1 if identical, about 0 if independent.

    Hubert & Arabie (1985), eq. 5.

    Args:
        table: counts of the samples in each pair of groups, (groups of one, groups of the other).
    """
    counts = np.asarray(table, dtype=np.float64)

    def pairs(sizes: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        return float((sizes * (sizes - 1.0) / 2.0).sum())

    together = pairs(counts)
    rows, columns = pairs(counts.sum(axis=1)), pairs(counts.sum(axis=0))
    expected = rows * columns / max(pairs(counts.sum(keepdims=True)), 1.0)
    highest = (rows + columns) / 2.0
    return 1.0 if highest == expected else (together - expected) / (highest - expected)


def _candidate(cells: Sequence[Cell], n_samples: int) -> Candidate:
    first = cells[0]
    usable = [cell for cell in cells if cell.fit.outcome is not Outcome.COLLAPSED]
    best = max(usable, key=lambda cell: cell.fit.log_likelihood, default=None)
    criteria: dict[str, float] = {}
    n_reached_best = 0
    if best is not None:
        fit = best.fit
        score = Score(fit.log_likelihood, best.n_parameters, n_samples, fit.log_max_responsibility)
        criteria = {name: criterion(score) for name, criterion in CRITERIA.items()}
        log_likelihoods = [cell.fit.log_likelihood for cell in usable]
        n_reached_best = sum(same_optimum(log_likelihoods, fit.log_likelihood, n_samples))
    return Candidate(
        family=first.family,
        n_components=first.n_components,
        n_parameters=first.n_parameters,
        best=best,
        criteria=criteria,
        n_restarts=len(cells),
        n_reached_best=n_reached_best,
        selected=False,
        note=_note(cells, usable, best),
    )


def _note(cells: Sequence[Cell], usable: Sequence[Cell], best: Cell | None) -> str:
    if best is None:
        return cells[0].fit.message
    notes = []
    if len(usable) < len(cells):
        notes.append(f"{len(cells) - len(usable)} of {len(cells)} restarts collapsed")
    if best.fit.outcome is Outcome.ITERATION_LIMIT:
        notes.append(best.fit.message)
    return "; ".join(notes)
