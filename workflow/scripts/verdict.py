"""A selection in words: the verdict, and what a reader should know before trusting it."""

from collections.abc import Mapping, Sequence
from typing import Any

from gmm_core.candidates import Replication
from gmm_core.criteria import evidence
from gmm_core.families import FAMILIES

Row = Mapping[str, Any]


def verdict(candidates: Sequence[Row], selection: Mapping[str, Any]) -> str:
    """Return how many components, of which family, by what margin, and how well replicated.

    Args:
        candidates: rows of candidates.csv.
        selection: what selection.json holds.
    """
    winner, chosen = candidates[0], selection["selected"]
    criterion = chosen["criterion"]
    parts = [f"{named(winner, FAMILIES[winner['family']].description)}."]
    if chosen["runner_up"]:
        parts.append(
            f"{criterion.upper()} puts it {_margin(chosen['margin'], criterion)} ahead of the "
            f"runner-up, {short(chosen['runner_up'])}."
        )
        other = _best_of_another_size(candidates, criterion)
        if other and other["n_components"] != chosen["runner_up"]["n_components"]:
            behind = _margin(max(0.0, other[criterion] - winner[criterion]), criterion)
            parts.append(
                f"The best with another number of components is {short(other)}, {behind} behind."
            )
    restarts = f"{winner['n_reached_best']} of {count(winner['n_restarts'], 'restart')}"
    if winner["outcome"] == "converged":
        parts.append(f"{restarts} reached this optimum{_next_optimum(winner)}.")
    else:
        parts.append(f"{restarts} came this far, and the best of them is not at rest.")
    return " ".join(parts)


def alarms(selection: Mapping[str, Any]) -> list[str]:
    """Return what is not to be overlooked: that the plain winner is not to be trusted.

    Args:
        selection: what selection.json holds.
    """
    chosen, plain, trusted = (selection[key] for key in ("selected", "unrestricted", "trusted"))
    name = selection["criterion"].upper()
    if selection["set_aside"]:
        ahead = chosen["value"] - plain["value"]
        return [
            f"The winner of the {name} was set aside: {short(plain)} has the lowest {name}, "
            f"{plain['value']:.2f}, {ahead:.2f} below the one selected, but it is spurious: "
            f"{'; '.join(plain['spurious'])}."
        ]
    if chosen["spurious"]:
        instead = f"The best to be trusted is {short(trusted)}" if trusted else "None is better"
        return [f"The selected optimum is spurious: {'; '.join(chosen['spurious'])}. {instead}."]
    return []


def cautions(
    candidates: Sequence[Row], selection: Mapping[str, Any], n_samples: float
) -> dict[str, str]:
    """Return what a reader should know before trusting the verdict, by a few words each.

    Args:
        candidates: rows of candidates.csv.
        selection: what selection.json holds.
        n_samples: N, the total weight of the samples.
    """
    winner = candidates[0]
    found = {}
    if winner["outcome"] != "converged":
        found["not at rest"] = f"The winner has not reached a fixed point: {winner['note']}."
    elif winner["replication"] == Replication.ONCE:
        found["found once"] = (
            "Only one restart found the selected optimum: a better one may exist. Raise "
            "grid: n_seeds."
        )
    elif winner["replication"] == Replication.BY_REPAIR:
        found["found by repair"] = (
            "No restart found the selected optimum: it was reached by repair from "
            f"{winner['repaired_from']}, and a better one may exist. Raise grid: n_seeds."
        )
    if selection["edge"]:
        text = selection["edge"][0].upper() + selection["edge"][1:]
        found["widen the grid"] = f"{text} (grid: n_components)."
    if winner["n_parameters"] >= n_samples:
        found["few samples"] = (
            f"It has {winner['n_parameters']} parameters for {n_samples:g} samples: the criteria "
            "say little about so small a data set."
        )
    if selection["violations"]:
        below = "; ".join(
            f"{short(row)} is {row['shortfall']:.2g} below {short(row['contained'])}"
            for row in selection["violations"]
        )
        found["short searches"] = (
            f"Searches stopped short: {below}, which it contains. Raise grid: n_seeds."
        )
    return found


def disagreement(selection: Mapping[str, Any]) -> str:
    """Return in a sentence how many criteria would choose the same as the one that chose."""
    chosen = selection["selected"]
    same = [row for row in selection["choices"] if named(row) == named(chosen)]
    n_criteria = len(selection["choices"])
    if len(same) == n_criteria:
        return f"All {n_criteria} criteria choose {short(chosen)}."
    sizes = [row["n_components"] for row in selection["choices"]]
    spread = "the others choose another family"
    if min(sizes) < max(sizes):
        spread = f"the choices range from {min(sizes)} to {count(max(sizes), 'component')}"
    return f"{len(same)} of {n_criteria} criteria choose {short(chosen)}; {spread}."


def remarks(row: Row) -> list[str]:
    """Return what there is to say of a candidate beside its numbers."""
    found = []
    if row["spurious"]:
        found.append(f"spurious: {row['spurious']}")
    if row["set_aside"]:
        found.append(
            f"an optimum {row['set_aside_log_likelihood'] - row['log_likelihood']:.2f} higher in "
            f"log-likelihood was set aside: {row['set_aside']}"
        )
    if row["repaired_from"]:
        found.append(f"repaired from {row['repaired_from']}")
    return [*found, row["note"]] if row["note"] else found


def named(row: Row, description: str = "") -> str:
    """Return components and family of a candidate."""
    of_family = f"{count(row['n_components'], 'component')} of family {row['family']}"
    return f"{of_family} ({description})" if description else of_family


def short(row: Row) -> str:
    """Return family and components of a candidate."""
    return f"{row['family']} with {count(row['n_components'], 'component')}"


def count(number: int, noun: str) -> str:
    """Return a number of things in words, one or several."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _best_of_another_size(candidates: Sequence[Row], criterion: str) -> Row | None:
    winner, *others = candidates
    return next(
        (
            row
            for row in others
            if row["n_components"] != winner["n_components"]
            and row[criterion] is not None
            and not (row["spurious"] and not winner["spurious"])
        ),
        None,
    )


def _next_optimum(row: Row) -> str:
    if row["gap_to_next"] is None:
        return ""
    return f", {row['gap_to_next']:.2f} above the next in log-likelihood"


def _margin(margin: float, criterion: str) -> str:
    if criterion != "bic":
        return f"{margin:.3g}" if criterion == "nec" else f"{margin:.2f}"
    return f"{margin:.2f} ({evidence(margin)} evidence)"
