"""From cells to candidates: the optima that the cells of each ended at, and how often.

A candidate is a family with a number of components.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gmm_core.criteria import CRITERIA, Score
from gmm_core.fit import Outcome
from gmm_core.grid import Cell
from gmm_core.nesting import SAME_OPTIMUM, Key
from gmm_core.repair import origin
from gmm_core.spurious import SpuriousRules, doubts

_NAN = float("nan")


class Replication(StrEnum):
    """How well the seeds bear out an optimum."""

    REPLICATED = "replicated"
    ONCE = "found once: raise n_seeds"
    BY_REPAIR = "found by repair alone: raise n_seeds"
    NEVER = ""


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where some cells of a candidate ended: at the same log-likelihood.

    Attributes:
        cell: the highest of them.
        n_reached: how many seeds ended here; a repair is none.
        at_rest: whether a cell came to rest here.
        doubts: why it is not to be trusted; none if it is.
        criteria: each criterion by name, lower is better; nan where it is undefined.
    """

    cell: Cell
    n_reached: int
    at_rest: bool
    doubts: tuple[str, ...]
    criteria: Mapping[str, float]

    @property
    def key(self) -> Key:
        """Which candidate."""
        return Key(self.cell.family, self.cell.n_components)

    @property
    def log_likelihood(self) -> float:
        """The highest log-likelihood of its cells."""
        return self.cell.fit.log_likelihood


@dataclass(frozen=True, eq=False)
class Candidate:
    """A family with a number of components, and where its cells ended.

    Attributes:
        family, n_components, n_parameters: which candidate.
        optima: the highest first; none if every cell collapsed.
        place: which of the optima represents it: the highest that is to be trusted, or simply
            the highest if none is or all are to count.
        n_restarts: seeds in all.
        note: what a reader should know, else empty.
        bic_weight: its share by the BIC, 0 if it cannot be selected.
        selected: whether the chosen criterion selects it.
    """

    family: str
    n_components: int
    n_parameters: int
    optima: tuple[Optimum, ...]
    place: int
    n_restarts: int
    note: str
    bic_weight: float = 0.0
    selected: bool = False

    @property
    def key(self) -> Key:
        """Which candidate, in one."""
        return Key(self.family, self.n_components)

    @property
    def optimum(self) -> Optimum | None:
        """What represents it; None if every cell collapsed."""
        return self.optima[self.place] if self.optima else None

    @property
    def best(self) -> Cell | None:
        """The cell that represents it; None if every cell collapsed."""
        return self.optimum.cell if self.optimum else None

    @property
    def criteria(self) -> Mapping[str, float]:
        """The criteria of what represents it; empty if every cell collapsed."""
        return self.optimum.criteria if self.optimum else {}

    @property
    def sound(self) -> Optimum | None:
        """The highest optimum that is to be trusted; None if there is none."""
        return next((optimum for optimum in self.optima if not optimum.doubts), None)

    @property
    def repaired_from(self) -> Key | None:
        """The candidate from which what represents it was repaired; None if a seed found it."""
        return origin(self.best) if self.best and not self.n_reached_best else None

    @property
    def n_reached_best(self) -> int:
        """How many seeds reached what represents it."""
        return self.optimum.n_reached if self.optimum else 0

    @property
    def n_optima(self) -> int:
        """At how many different optima cells came to rest."""
        return sum(optimum.at_rest for optimum in self.optima)

    @property
    def gap_to_next(self) -> float:
        """By how much what represents it is above the next optimum; nan if there is none."""
        lower = [other.log_likelihood for other in self.optima[self.place + 1 :] if other.at_rest]
        return self.optima[self.place].log_likelihood - lower[0] if lower else _NAN

    @property
    def replication(self) -> Replication:
        """How well the seeds bear it out; one component has but one optimum."""
        if not self.optima:
            return Replication.NEVER
        if self.n_reached_best > 1 or self.n_components == 1:
            return Replication.REPLICATED
        return Replication.ONCE if self.n_reached_best else Replication.BY_REPAIR


def candidates(
    cells: Iterable[Cell], n_samples: float, rules: SpuriousRules, *, trusted: bool
) -> list[Candidate]:
    """Return the candidates, in the order of their first cells.

    Args:
        cells: all cells of a data set.
        n_samples: N, the total weight of the samples.
        rules: what is not to be trusted.
        trusted: whether an optimum that is to be trusted represents a candidate, if it has one.
    """
    groups: dict[Key, list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[Key(cell.family, cell.n_components)].append(cell)
    of_one = {
        key.family: max(cell.fit.log_likelihood for cell in usable)
        for key, group in groups.items()
        if key.n_components == 1 and (usable := _usable(group))
    }
    found = []
    for key, group in groups.items():
        optima = _optima(group, n_samples, rules, of_one.get(key.family, _NAN))
        sound = (place for place, optimum in enumerate(optima) if not optimum.doubts)
        place = next(sound, 0) if trusted else 0
        found.append(
            Candidate(
                family=key.family,
                n_components=key.n_components,
                n_parameters=group[0].n_parameters,
                optima=optima,
                place=place,
                n_restarts=sum(origin(cell) is None for cell in group),
                note=_note(group, optima[place].cell if optima else None),
            )
        )
    return found


def same_optimum(log_likelihoods: Iterable[float], best: float, n_samples: float) -> list[bool]:
    """Return which of the log-likelihoods are those of the best optimum; nan never is."""
    lowest = best - SAME_OPTIMUM * n_samples
    return [log_likelihood >= lowest for log_likelihood in log_likelihoods]


def _usable(cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.fit.outcome is not Outcome.COLLAPSED]


def _optima(
    cells: Iterable[Cell], n_samples: float, rules: SpuriousRules, of_one: float
) -> tuple[Optimum, ...]:
    """Return where the cells of a candidate ended; the doubtful apart from those to be trusted.

    Args:
        cells: all of one candidate.
        n_samples: N, the total weight of the samples.
        rules: what is not to be trusted.
        of_one: the log-likelihood of one component of the same family, or nan.
    """
    usable = sorted(_usable(cells), key=lambda cell: -cell.fit.log_likelihood)
    optima = []
    for doubtful in (False, True):
        waiting = [cell for cell in usable if bool(doubts(cell, rules)) is doubtful]
        while waiting:
            first = waiting[0]
            values = (cell.fit.log_likelihood for cell in waiting)
            n_same = sum(same_optimum(values, first.fit.log_likelihood, n_samples))
            same, waiting = waiting[:n_same], waiting[n_same:]
            optima.append(
                Optimum(
                    cell=first,
                    n_reached=sum(origin(cell) is None for cell in same),
                    at_rest=any(cell.fit.outcome is Outcome.CONVERGED for cell in same),
                    doubts=doubts(first, rules),
                    criteria=_criteria(first, n_samples, of_one),
                )
            )
    return tuple(sorted(optima, key=lambda optimum: -optimum.log_likelihood))


def _criteria(cell: Cell, n_samples: float, of_one: float) -> dict[str, float]:
    fit = cell.fit
    score = Score(
        fit.log_likelihood,
        cell.n_parameters,
        n_samples,
        fit.log_max_responsibility,
        fit.entropy,
        cell.n_components,
        of_one,
    )
    return {name: criterion(score) for name, criterion in CRITERIA.items()}


def _note(cells: Sequence[Cell], best: Cell | None) -> str:
    if best is None:
        return cells[0].fit.message
    seeds = [cell for cell in cells if origin(cell) is None]
    n_collapsed = len(seeds) - len(_usable(seeds))
    notes = []
    if n_collapsed:
        notes.append(f"{n_collapsed} of {len(seeds)} restarts collapsed")
    if best.fit.outcome is Outcome.ITERATION_LIMIT:
        notes.append(best.fit.message)
    return "; ".join(notes)
