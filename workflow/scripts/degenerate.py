"""Degenerate samples in words: why no mixture can be fitted to them, or what to know before one is.

The thresholds are those of `gmm_core.degeneracy` and `gmm_core.collinear`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from column_words import (
    codes,
    constant_values,
    count,
    extreme_values,
    few_values,
    listed,
    number,
    row_number,
    tied,
)
from gmm_core.collinear import Relation
from gmm_core.degeneracy import (
    FEWEST_SAMPLES,
    REPEATED,
    SCALES,
    Column,
    Survey,
    depends_on_units,
    least_distinct_rows,
    turns,
)
from gmm_core.families import Family

_COLUMNS_SHOWN = 3


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
    if found.total_weight < FEWEST_SAMPLES:
        return [_too_little(found)]
    constant = _of_columns(lambda column, found, grid: constant_values(column), found, grid)
    if constant or any(_possible(found, grid, family) for family in grid.families):
        return constant
    return [
        f"no candidate of the grid can be fitted: {reason}"
        for reason in (*_collinear(found, grid), *_few_rows(found, grid))
    ]


def _too_little(found: Survey) -> str:
    if found.n_weighted == found.total_weight:
        return f"there is only 1 sample; a mixture needs {FEWEST_SAMPLES} at least"
    return (
        f"the weights sum to {count(found.total_weight)}: the rows count as so many samples, and a "
        f"mixture needs {FEWEST_SAMPLES} at least; scale the weights so that they sum to the "
        "number of samples that they stand for"
    )


def warnings(found: Survey, grid: Grid) -> list[dict[str, str]]:
    """Return what a reader should know of the samples: a kind in a few words, and a text, each."""
    texts = {kind: list(check(found, grid)) for kind, check in _CHECKS.items()}
    texts |= {kind: _of_columns(check, found, grid) for kind, check in _COLUMN_CHECKS.items()}
    return [
        {"kind": kind, "text": text[0].upper() + text[1:]}
        for kind, said in texts.items()
        for text in said
    ]


def _of_columns(
    check: Callable[[Column, Survey, Grid], str], found: Survey, grid: Grid
) -> list[str]:
    """Return what a check says of the columns: in full of the first few, the others by name."""
    named = zip(grid.features, found.columns, strict=True)
    texts = {name: text for name, column in named if (text := check(column, found, grid))}
    said = [f"column {name} {text}" for name, text in list(texts.items())[:_COLUMNS_SHOWN]]
    others = list(texts)[_COLUMNS_SHOWN:]
    if others:
        columns = "1 more column" if len(others) == 1 else f"{len(others)} more columns"
        said.append(f"the like is true of {columns}: {listed(others)}")
    return said


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
            parts.append(f"Families with correlations ({listed(correlated)}) collapse")
        elif correlated:
            parts.append(
                f"Families with correlations ({listed(correlated)}) take what little is left, "
                "often the rounding of the values, for a width"
            )
        if others:
            parts.append(f"Families without ({listed(others)}) count the same twice")
        named = [grid.features[relation.feature] for relation in relations]
        yield ". ".join([*parts, f"Leave {listed(named)} out under columns."])


def _equation(relation: Relation, features: Sequence[str]) -> str:
    name = features[relation.feature]
    terms = [
        f"{_factor(value)}{features[place]}"
        for place, value in zip(relation.others, relation.coefficients, strict=True)
    ]
    if relation.constant:
        terms.append(number(relation.constant))
    right = " + ".join(terms).replace("+ -", "- ")
    if relation.exact and right in features:
        return f"column {name} repeats {right}"
    how = "exactly" if relation.exact else f"R^2 = 1 - {relation.unexplained:.1e}"
    return f"column {name} is a linear function of others: {name} = {right} ({how})"


def _factor(value: float) -> str:
    text = number(value)
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
            f"{listed(limits[size])} with {size} component{'s' if size > 1 else ''}"
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
    if n_parameters >= found.total_weight:
        weighted = found.total_weight != found.n_weighted
        yield (
            f"every candidate has {n_parameters} parameters or more, for "
            f"{count(found.total_weight)} samples{' (the sum of the weights)' if weighted else ''}"
            ": the criteria say little. Add samples, or name fewer columns."
        )


def _repeated(found: Survey, grid: Grid) -> Iterator[str]:
    several = len(grid.features) > 1
    many = several and found.n_distinct <= REPEATED * found.n_weighted
    all_of_them = found.n_single == 0 and found.n_distinct > max(grid.sizes)
    if many or all_of_them:
        about = "" if found.counted else "about "
        yield (
            f"only {about}{found.n_distinct} of {found.n_weighted} rows are distinct"
            f"{', and none stands alone' if all_of_them else ''}. Each counts as a sample: if the "
            "file holds them by mistake, the evidence is overstated."
        )


def _scales(found: Survey, grid: Grid) -> Iterator[str]:
    deviations = [column.standard_deviation for column in found.columns]
    low, high = (deviations.index(end(deviations)) for end in (min, max))
    dependent = [family.name for family in grid.families if depends_on_units(family)]
    if dependent and deviations[high] / SCALES >= deviations[low] > 0.0:
        yield (
            f"the standard deviation of {grid.features[high]}, {number(deviations[high])}, is "
            f"{deviations[high] / deviations[low]:.1g} times that of {grid.features[low]}, "
            f"{number(deviations[low])}. In {listed(dependent)} the columns' units decide what "
            "they count for: bring the columns to like units, or leave these families out."
        )


_CHECKS: dict[str, Callable[[Survey, Grid], Iterator[str]]] = {
    "collinear columns": _collinear,
    "few distinct rows": _few_rows,
    "few samples": _few_samples,
    "repeated rows": _repeated,
    "different scales": _scales,
}
_COLUMN_CHECKS: dict[str, Callable[[Column, Survey, Grid], str]] = {
    "few distinct values": lambda column, found, grid: few_values(
        column, found.total_weight, grid.families, max(grid.sizes)
    ),
    "heavy ties": lambda column, found, grid: tied(column, found.total_weight, max(grid.sizes)),
    "row number": lambda column, found, grid: row_number(column, found.n_weighted),
    "missing values as numbers": lambda column, found, grid: codes(column),
    "extreme values": lambda column, found, grid: extreme_values(column),
}
