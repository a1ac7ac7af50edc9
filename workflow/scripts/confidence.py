"""Confidence in a choice in words: what bootstrap samples and likelihood-ratio tests say."""

from collections.abc import Mapping
from typing import Any

from gmm_core.stability import HIGHLY_STABLE, PATTERN, UNTRUSTWORTHY
from verdict import count, short

Row = Mapping[str, Any]


def recurrence(bootstrap: Row) -> str:
    """Return how often the number of components and the candidate were chosen again.

    Args:
        bootstrap: what bootstrap.json holds.
    """
    selected, n_bootstraps = bootstrap["selected"], bootstrap["n_bootstraps"]
    same_size = _times(bootstrap["n_components"], selected, ("n_components",)) or "none"
    same = _times(bootstrap["candidates"], selected, ("family", "n_components")) or "none"
    text = (
        f"The whole selection was redone on {count(n_bootstraps, 'bootstrap sample')}: {same_size} "
        f"chose {count(selected['n_components'], 'component')} again, and {same} the same "
        f"candidate, {short(selected)}."
    )
    if bootstrap["n_without_model"]:
        text += (
            f" On {bootstrap['n_without_model']} no model could be chosen: all restarts collapsed."
        )
    return text


def agreement(bootstrap: Row) -> str:
    """Return how alike the groupings are; empty of a single group, or without others.

    Args:
        bootstrap: what bootstrap.json holds.
    """
    indices = [
        row["adjusted_rand_index"]
        for row in bootstrap["bootstraps"]
        if row["adjusted_rand_index"] is not None
    ]
    # A single group agrees with no other grouping by more than chance.
    if not indices or bootstrap["selected"]["n_components"] == 1:
        return ""
    mean = sum(indices) / len(indices)
    return (
        f"The adjusted Rand index of the selected grouping and a bootstrap sample's is {mean:.3f} "
        f"on average and {min(indices):.3f} at the lowest (1 is identical, 0 is what chance gives)."
    )


def reading(stability: float | None) -> str:
    """Return what the stability of a group means (Hennig 2008)."""
    if stability is None:
        return "without samples"
    if stability >= HIGHLY_STABLE:
        return "highly stable"
    if stability >= PATTERN:
        return "stable"
    if stability >= UNTRUSTWORTHY:
        return "a pattern, but which samples belong to it is doubtful"
    return "not to be trusted"


def conclusion(comparison: Row, n_components: int) -> str:
    """Return what the sequence of tests comes to.

    Args:
        comparison: what likelihood_ratio.json holds.
        n_components: the selected number of components.
    """
    tests = comparison["tests"]
    if not tests:
        return "There is nothing to test: the grid has a single number of components."
    last = tests[-1]
    if last["statistic"] is None:
        return (
            f"The tests end at {count(last['n_components'], 'component')} against "
            f"{last['larger']}: every restart of one of them collapsed."
        )
    where = f"in family {comparison['family']} at the level of {comparison['level']}"
    if last["rejected"]:
        return (
            f"Every number of components is rejected for the next larger one, {where}: "
            f"{count(last['larger'], 'component')} or more. Widen the grid (grid: n_components)."
        )
    found = last["n_components"]
    beside = "as selected" if found == n_components else f"where {n_components} was selected"
    return f"The first that is not rejected has {count(found, 'component')}, {beside}, {where}."


def _times(rows: list[Row], selected: Row, keys: tuple[str, ...]) -> int:
    """Return how often what is like the selected candidate in these keys won."""
    return sum(row["n_won"] for row in rows if all(row[key] == selected[key] for key in keys))
