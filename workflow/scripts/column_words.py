"""What is degenerate in a single column, in words that follow its name; empty if nothing is."""

from collections.abc import Sequence

from gmm_core.degeneracy import FAR, FEWEST_TIED, TIED, Column
from gmm_core.families import Family

_LEAVE_OUT = "leave it out under columns"


def constant_values(column: Column) -> str:
    """Tell a column in which nothing can be fitted."""
    if not column.constant:
        return ""
    value = number(column.mean) + ("" if column.lowest == column.highest else " but for rounding")
    return f"is constant ({value}): no component could have a width in it; {_LEAVE_OUT}"


def few_values(
    column: Column, total_weight: float, families: Sequence[Family], most_components: int
) -> str:
    """Tell a column that has no more values than there are components."""
    n_values = len(column.values)
    losing = [family.name for family in families if family.name[1:] != "II"]
    if not losing or not 1 < n_values <= min(most_components, total_weight / 2):
        return ""
    return (
        f"has only {n_values} distinct values "
        f"({listed([number(value) for value in column.values])}): from {n_values} components on "
        f"each can keep to one of them, and {listed(losing)} then "
        f"{'loses its' if len(losing) == 1 else 'lose their'} width. If it is a category, "
        f"{_LEAVE_OUT}."
    )


def tied(column: Column, total_weight: float, most_components: int) -> str:
    """Tell a column of which one value is a large part, unless it is one of few."""
    few = 0 < len(column.values) <= most_components
    if few or column.n_commonest < max(FEWEST_TIED, TIED * total_weight):
        return ""
    return (
        f"is {number(column.commonest)} in {count(column.n_commonest)} of {count(total_weight)} "
        "samples: a component that closes in on this one value has no width, and a likelihood "
        "without bound. See whether it stands for a measurement."
    )


def row_number(column: Column, n_rows: int) -> str:
    """Tell a column that seems to number the rows, or to identify them."""
    if column.equal_steps:
        why = "changes by the same step from each row to the next"
    elif column.identifies:
        why = (
            f"has {n_rows} distinct whole numbers between {number(column.lowest)} and "
            f"{number(column.highest)}"
        )
    else:
        return ""
    return f"{why}: it looks like a row number or an ID. If so, {_LEAVE_OUT}."


def codes(column: Column) -> str:
    """Tell a column with values that seem to stand for missing ones."""
    values = [f"{number(value)} in {count(times)} samples" for value, times in column.codes()]
    if not values:
        return ""
    lowest, highest = number(column.second_lowest), number(column.second_highest)
    return (
        f"is {' and '.join(values)}, and all others lie between {lowest} and {highest}. If that "
        "stands for missing values, correct those rows or leave them out."
    )


def extreme_values(column: Column) -> str:
    """Tell a column with a value very far from all usual ones."""
    values = [number(value) for value in column.extremes()]
    if not values:
        return ""
    first, third = (number(value) for value in column.quartiles)
    return (
        f"has {' and '.join(values)} more than {FAR:g} interquartile ranges away from the middle "
        f"half of its values ({first} to {third}). See whether that was measured."
    )


def number(value: float) -> str:
    """Return a value with six digits."""
    return f"{value:.6g}"


def count(samples: float) -> str:
    """Return how many samples, which weights may make no whole number."""
    return str(int(samples)) if samples.is_integer() else number(samples)


def listed(names: Sequence[str]) -> str:
    """Return names, one after another."""
    return ", ".join(names)
