"""Degenerate samples in words: why no mixture can be fitted to them, or what to know before one is.

The thresholds are those of `gmm_core.degeneracy` and `gmm_core.collinear`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gmm_core.collinear import Relation
from gmm_core.degeneracy import (
    FAR,
    FEWEST_TIED,
    REPEATED,
    SCALES,
    TIED,
    Survey,
    depends_on_units,
    least_distinct_rows,
    turns,
)
from gmm_core.families import Family

_LEAVE_OUT = "leave it out under columns"


@dataclass(frozen=True)
class Grid:
    """What is to be fitted to the samples of a data set.

    Attributes:
        features: names of the D features.
        families: the families for so many features.
        sizes: the numbers of components.
    """

    features: Sequence[str]
    families: Sequence[Family]
    sizes: Sequence[int]


def errors(found: Survey, grid: Grid) -> list[str]:
    """Return why no candidate of the grid has an honest fit; nothing if one has."""
    if found.n_samples == 1:
        return ["there is only 1 sample; a mixture needs 2 at least"]
    constant = [
        f"column {name} is constant ({_number(column.mean)}"
        f"{'' if column.lowest == column.highest else ' but for rounding'}): no component could "
        f"have a width in it; {_LEAVE_OUT}"
        for name, column in zip(grid.features, found.columns, strict=True)
        if column.constant
    ]
    if constant or any(_possible(found, grid, family) for family in grid.families):
        return constant
    return [
        f"no candidate of the grid can be fitted: {reason}"
        for reason in (*_collinear(found, grid), *_few_rows(found, grid))
    ]


def warnings(found: Survey, grid: Grid) -> list[dict[str, str]]:
    """Return what a reader should know of the samples: a kind in a few words, and a text, each."""
    return [
        {"kind": kind, "text": text[0].upper() + text[1:]}
        for kind, check in _CHECKS.items()
        for text in check(found, grid)
    ]


def _sizes_with_rows(found: Survey, grid: Grid, family: Family) -> list[int]:
    """Return the numbers of components for which there are distinct rows enough."""
    n_features = len(grid.features)
    return [
        size
        for size in grid.sizes
        if least_distinct_rows(family, size, n_features) <= found.n_distinct
    ]


def _possible(found: Survey, grid: Grid, family: Family) -> bool:
    """Return whether a family's likelihood has a maximum for any number of components."""
    if turns(family) and any(relation.exact for relation in found.relations):
        return False
    return bool(_sizes_with_rows(found, grid, family))


def _collinear(found: Survey, grid: Grid) -> Iterator[str]:
    # With so few rows any column is a function of others; `_few_rows` says so.
    if found.n_distinct <= len(grid.features):
        return
    correlated = [family.name for family in grid.families if turns(family)]
    others = [family.name for family in grid.families if not turns(family)]
    for exact in (True, False):
        relations = [relation for relation in found.relations if relation.exact == exact]
        if not relations:
            continue
        parts = ["; ".join(_equation(relation, grid.features) for relation in relations)]
        if correlated and exact:
            parts.append(f"Families with correlations ({_listed(correlated)}) collapse")
        elif correlated:
            parts.append(
                f"Families with correlations ({_listed(correlated)}) take what little is left, "
                "often the rounding of the values, for a width"
            )
        if others:
            parts.append(f"Families without ({_listed(others)}) count the same twice")
        named = [grid.features[relation.feature] for relation in relations]
        yield ". ".join([*parts, f"Leave {_listed(named)} out under columns."])


def _equation(relation: Relation, features: Sequence[str]) -> str:
    name = features[relation.feature]
    terms = [
        f"{_factor(value)}{features[place]}"
        for place, value in zip(relation.others, relation.coefficients, strict=True)
    ]
    if relation.constant:
        terms.append(_number(relation.constant))
    right = " + ".join(terms).replace("+ -", "- ")
    if relation.exact and right in features:
        return f"column {name} repeats {right}"
    how = "exactly" if relation.exact else f"R^2 = 1 - {relation.unexplained:.1e}"
    return f"column {name} is a linear function of others: {name} = {right} ({how})"


def _factor(value: float) -> str:
    text = _number(value)
    return {"1": "", "-1": "-"}.get(text, f"{text} ")


def _few_rows(found: Survey, grid: Grid) -> Iterator[str]:
    n_features = len(grid.features)
    limits: dict[int, list[str]] = {}
    for family in grid.families:
        possible = _sizes_with_rows(found, grid, family)
        first = next((size for size in grid.sizes if size not in possible), None)
        if first is not None:
            limits.setdefault(first, []).append(family.name)
    if limits:
        too_few = "; ".join(
            f"{_listed(limits[size])} with {size} component{'s' if size > 1 else ''}"
            f"{' or more' if size < max(grid.sizes) else ''}"
            for size in sorted(limits)
        )
        yield (
            f"{found.n_distinct} distinct rows of {n_features} "
            f"column{'s' if n_features > 1 else ''} are too few for {too_few}: "
            "components can close in on rows until no width is left. "
            "Add samples, or lower grid: n_components."
        )


def _few_samples(found: Survey, grid: Grid) -> Iterator[str]:
    n_features, least = len(grid.features), min(grid.sizes)
    n_parameters = min(family.n_parameters(least, n_features) for family in grid.families)
    if n_parameters >= found.n_samples:
        yield (
            f"every candidate has {n_parameters} parameters or more, for {found.n_samples} "
            "samples: the criteria say little. Add samples, or name fewer columns."
        )


def _few_values(found: Survey, grid: Grid) -> Iterator[str]:
    for name, column in zip(grid.features, found.columns, strict=True):
        n_values = len(column.values)
        losing = [family.name for family in grid.families if family.name[1:] != "II"]
        if losing and 1 < n_values <= min(max(grid.sizes), found.n_samples // 2):
            yield (
                f"column {name} has only {n_values} distinct values "
                f"({_listed([_number(value) for value in column.values])}): from {n_values} "
                f"components on each can keep to one of them, and {_listed(losing)} then "
                f"{'loses its' if len(losing) == 1 else 'lose their'} width. If it is a category, "
                f"{_LEAVE_OUT}."
            )


def _tied(found: Survey, grid: Grid) -> Iterator[str]:
    for name, column in zip(grid.features, found.columns, strict=True):
        few = 0 < len(column.values) <= max(grid.sizes)
        least = max(FEWEST_TIED, TIED * found.n_samples)
        if column.n_commonest >= least and not few:
            yield (
                f"column {name} is {_number(column.commonest)} in {column.n_commonest} of "
                f"{found.n_samples} samples: a component that closes in on this one value has no "
                "width, and a likelihood without bound. See whether it stands for a measurement."
            )


def _repeated(found: Survey, grid: Grid) -> Iterator[str]:
    several = len(grid.features) > 1
    many = several and found.n_distinct <= REPEATED * found.n_samples
    all_of_them = found.n_single == 0 and found.n_distinct > max(grid.sizes)
    if many or all_of_them:
        about = "" if found.counted else "about "
        yield (
            f"only {about}{found.n_distinct} of {found.n_samples} rows are distinct"
            f"{', and none stands alone' if all_of_them else ''}. Each counts as a sample: if the "
            "file holds them by mistake, the evidence is overstated."
        )


def _row_numbers(found: Survey, grid: Grid) -> Iterator[str]:
    for name, column in zip(grid.features, found.columns, strict=True):
        why = ""
        if column.equal_steps:
            why = "changes by the same step from each row to the next"
        elif column.identifies:
            why = (
                f"has {found.n_samples} distinct whole numbers between {_number(column.lowest)} "
                f"and {_number(column.highest)}"
            )
        if why:
            yield f"column {name} {why}: it looks like a row number or an ID. If so, {_LEAVE_OUT}."


def _scales(found: Survey, grid: Grid) -> Iterator[str]:
    deviations = [column.standard_deviation for column in found.columns]
    low, high = (deviations.index(end(deviations)) for end in (min, max))
    dependent = [family.name for family in grid.families if depends_on_units(family)]
    if dependent and deviations[high] / SCALES >= deviations[low] > 0.0:
        yield (
            f"the standard deviation of {grid.features[high]}, {_number(deviations[high])}, is "
            f"{deviations[high] / deviations[low]:.1g} times that of {grid.features[low]}, "
            f"{_number(deviations[low])}. In {_listed(dependent)} the columns' units decide what "
            "they count for: bring the columns to like units, or leave these families out."
        )


def _codes(found: Survey, grid: Grid) -> Iterator[str]:
    for name, column in zip(grid.features, found.columns, strict=True):
        for value, count in column.codes():
            yield (
                f"column {name} is {_number(value)} in {count} samples, and all others lie between "
                f"{_number(column.second_lowest)} and {_number(column.second_highest)}. If it "
                "stands for a missing value, correct those rows or leave them out."
            )


def _extremes(found: Survey, grid: Grid) -> Iterator[str]:
    for name, column in zip(grid.features, found.columns, strict=True):
        for value in column.extremes():
            first, third = column.quartiles
            yield (
                f"column {name} is {_number(value)} in a sample, more than {FAR:g} interquartile "
                f"ranges away from the middle half of the samples ({_number(first)} to "
                f"{_number(third)}). See whether it was measured."
            )


def _number(value: float) -> str:
    return f"{value:.6g}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


_CHECKS: dict[str, Callable[[Survey, Grid], Iterator[str]]] = {
    "collinear columns": _collinear,
    "few distinct rows": _few_rows,
    "few samples": _few_samples,
    "few distinct values": _few_values,
    "heavy ties": _tied,
    "repeated rows": _repeated,
    "row number": _row_numbers,
    "different scales": _scales,
    "missing values as numbers": _codes,
    "extreme values": _extremes,
}
