"""The choice among candidates, with an account of how far it can be trusted."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.candidates import Candidate, Optimum, candidates
from gmm_core.criteria import CRITERIA, bic_weights
from gmm_core.families import FAMILIES
from gmm_core.grid import Cell
from gmm_core.nesting import Key, Violation, best_cells, violations
from gmm_core.repair import origin
from gmm_core.spurious import SpuriousRules

# Criteria that differ by less are equal: the candidate with fewer parameters goes first.
_DECIMALS = 6
_DEFAULT_RULES = SpuriousRules()
_NAN = float("nan")


class Edge(StrEnum):
    """At which end of the grid's numbers of components a winner lies."""

    NONE = ""
    SMALLEST = "the winner has the smallest number of components of the grid: widen the grid"
    LARGEST = "the winner has the largest number of components of the grid: widen the grid"


@dataclass(frozen=True, eq=False)
class Choice:
    """What a criterion chooses.

    Attributes:
        criterion: its name.
        winner: the optimum of the winning candidate.
        runner_up: that of the next one; None if there is none. With one component, families that
            differ only in what components share are one model, and no rivals.
        margin: by how much the runner-up's criterion is higher; nan if there is none.
    """

    criterion: str
    winner: Optimum
    runner_up: Optimum | None
    margin: float


@dataclass(frozen=True)
class Repair:
    """A candidate whose seeds missed an optimum.

    Attributes:
        key, source: which one, and from which other one it was started again.
        before, after: the highest log-likelihood of its seeds below that optimum, and the optimum.
    """

    key: Key
    source: Key
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class Selection:
    """The ranking of the candidates of a data set, and its audits.

    Attributes:
        candidates: best first; after them those without an optimum to be trusted, then those
            of which every cell collapsed.
        selected: what the criterion chooses: `trusted`, if that is asked for and there is one.
        trusted: what it chooses among the optima to be trusted; None if there are none.
        unrestricted: what it chooses among all optima.
        choices: what each criterion chooses among the candidates that can be selected; none of a
            criterion that is undefined for all of them.
        set_aside: the doubtful optima that would have come before what is selected, the best of
            each candidate, best first.
        repairs: the candidates that were repaired.
        violations: the candidates that are below one they contain all the same.
        edge: whether the winner is at an end of the grid.
    """

    candidates: tuple[Candidate, ...]
    selected: Choice
    trusted: Choice | None
    unrestricted: Choice
    choices: tuple[Choice, ...]
    set_aside: tuple[Optimum, ...]
    repairs: tuple[Repair, ...]
    violations: tuple[Violation, ...]
    edge: Edge


def rank(
    cells: Iterable[Cell],
    n_samples: float,
    criterion: str,
    *,
    trusted: bool = True,
    rules: SpuriousRules = _DEFAULT_RULES,
) -> Selection:
    """Return the ranking of the candidates.

    Args:
        cells: all cells of a data set, repairs too.
        n_samples: N, the total weight of the samples.
        criterion: a name out of `CRITERIA`.
        trusted: whether only an optimum that is to be trusted can be selected, if there is one.
        rules: what is not to be trusted.

    Raises:
        ValueError: an unknown criterion or one that is undefined for all candidates, or no cell
            at all that is usable.
    """
    cells = list(cells)
    found = candidates(cells, n_samples, rules, trusted=trusted)
    _check(criterion, found)
    highest = [candidate.optima[0] for candidate in found if candidate.optima]
    sound = [candidate.sound for candidate in found if candidate.sound]
    eligible = sound if trusted and sound else highest
    selected = _choice(criterion, eligible)
    if selected is None:
        raise ValueError(
            f"criterion: {criterion} is undefined for every candidate; choose another, or for nec "
            "fit one component too"
        )
    before = (optimum for optimum in highest if optimum not in eligible)
    least = _order(selected.winner, criterion)
    ahead = [optimum for optimum in before if _order(optimum, criterion) < least]
    choices = (_choice(name, eligible) for name in CRITERIA)
    return Selection(
        candidates=_ranked(found, eligible, criterion),
        selected=selected,
        trusted=_choice(criterion, sound),
        unrestricted=_choice(criterion, highest) or selected,
        choices=tuple(choice for choice in choices if choice),
        set_aside=tuple(sorted(ahead, key=lambda optimum: _order(optimum, criterion))),
        repairs=_repairs(cells),
        violations=violations(cells, n_samples),
        edge=_edge(selected.winner.key.n_components, {cell.n_components for cell in cells}),
    )


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


def _check(criterion: str, found: Sequence[Candidate]) -> None:
    if criterion not in CRITERIA:
        raise ValueError(f"criterion: expected one of {', '.join(CRITERIA)}, got {criterion!r}")
    if not found:
        raise ValueError("cells: expected at least one cell, got none")
    if not any(candidate.optima for candidate in found):
        raise ValueError(
            "every restart of every candidate collapsed; use fewer components or families with "
            "fewer parameters"
        )


def _order(optimum: Optimum, criterion: str) -> tuple[float, int, int, int]:
    """Return what optima are sorted by; where the criterion is undefined they stand last."""
    value, cell = optimum.criteria[criterion], optimum.cell
    value = float("inf") if math.isnan(value) else round(value, _DECIMALS)
    return value, cell.n_parameters, cell.n_components, list(FAMILIES).index(cell.family)


def _choice(criterion: str, optima: Iterable[Optimum]) -> Choice | None:
    """Return the choice among optima of different candidates; None if it is undefined for all."""
    ordered = sorted(
        (optimum for optimum in optima if not math.isnan(optimum.criteria[criterion])),
        key=lambda optimum: _order(optimum, criterion),
    )
    if not ordered:
        return None
    winner, *others = ordered
    for other in others:
        # Not below 0, as what is equal but for rounding stands by its parameters.
        margin = max(0.0, other.criteria[criterion] - winner.criteria[criterion])
        one_model = winner.key.n_components == other.key.n_components == 1
        if not (one_model and round(margin, _DECIMALS) == 0.0):
            return Choice(criterion, winner, other, margin)
    return Choice(criterion, winner, None, _NAN)


def _ranked(
    found: Iterable[Candidate], eligible: Sequence[Optimum], criterion: str
) -> tuple[Candidate, ...]:
    """Return all candidates in their order, with their weights and the selected one marked."""
    shares = bic_weights([optimum.criteria["bic"] for optimum in eligible]).tolist()
    weights: dict[Optimum | None, float] = dict(zip(eligible, shares, strict=True))

    def key(candidate: Candidate) -> tuple[int, tuple[float, ...]]:
        if candidate.optimum is None:
            return 2, (candidate.n_parameters, candidate.n_components)
        return candidate.optimum not in weights, _order(candidate.optimum, criterion)

    first, *others = (
        replace(candidate, bic_weight=weights.get(candidate.optimum, 0.0))
        for candidate in sorted(found, key=key)
    )
    return (replace(first, selected=True), *others)


def _repairs(cells: Sequence[Cell]) -> tuple[Repair, ...]:
    """Return what the highest cells that are repairs have done for their candidates."""
    of_grid = [cell for cell in cells if origin(cell) is None]
    repaired = best_cells(cell for cell in cells if origin(cell) is not None)
    found = []
    for key, cell in repaired.items():
        source, after = origin(cell), cell.fit.log_likelihood
        assert source is not None
        before = max(
            other.fit.log_likelihood
            for other in of_grid
            if (other.family, other.n_components) == key and other.fit.log_likelihood < after
        )
        found.append(Repair(key, source, before, after))
    return tuple(found)


def _edge(n_components: int, sizes: Collection[int]) -> Edge:
    if len(sizes) > 1 and n_components == max(sizes):
        return Edge.LARGEST
    return Edge.SMALLEST if len(sizes) > 1 and n_components == min(sizes) > 1 else Edge.NONE
