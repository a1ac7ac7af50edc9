"""What no schema can say of the grid and the choice: keys that need, or exclude, one another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fit_jobs import SEEDS_PER_JOB
from gmm_core.bootstrap import LEVEL
from gmm_core.families import ALIASES, FAMILIES
from wording import nearest

# More than Snakemake can plan within minutes and a few gigabytes.
_MOST_JOBS = 200_000


def sizes(n_components: Any) -> Sequence[int]:
    """Return the numbers of components of grid: n_components, least first."""
    if isinstance(n_components, Mapping):
        return range(int(n_components["min"]), int(n_components["max"]) + 1)
    return sorted(int(size) for size in n_components)


def grid_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Check the grid and the choice, as far as their keys are sound.

    Args:
        config: the configuration with its defaults, but for keys that break the schema.
    """
    grid, selection = config.get("grid", {}), config.get("selection", {})
    if "families" in grid:
        yield from _unknown_families(grid["families"])
    if "likelihood_ratio" in selection:
        yield from _too_few_replicates(selection["likelihood_ratio"])
    if "n_components" not in grid:
        return
    least, most = _bounds(grid["n_components"])
    if least > most:
        yield f"grid: n_components: min {least} is above max {most}; exchange them"
        return
    if selection.get("criterion") == "nec" and least > 1:
        yield (
            "selection: criterion: nec compares with one component; add 1 to grid: n_components, "
            "or choose another criterion"
        )
    yield from _too_many_jobs(config)


def _bounds(n_components: Any) -> tuple[int, int]:
    if isinstance(n_components, Mapping):
        return n_components["min"], n_components["max"]
    return min(n_components), max(n_components)


def _unknown_families(names: Sequence[str]) -> Iterator[str]:
    known = [*FAMILIES, *ALIASES, "all"]
    for name in names:
        if name not in known:
            near = nearest(name, known)
            repair = f"did you mean {near}? " if near else ""
            yield f"grid: families: unknown family {name!r}; {repair}Known: {', '.join(known)}"


def _too_few_replicates(n_replicates: int) -> Iterator[str]:
    """Check that a test can reject: its p-value is no lower than 1 / (replicates + 1)."""
    least = round(1.0 / LEVEL) - 1
    if 0 < n_replicates < least:
        yield (
            f"selection: likelihood_ratio: {n_replicates} samples give no p-value down to {LEVEL}; "
            f"write at least {least}, or 0 for no tests"
        )


def _too_many_jobs(config: Mapping[str, Any]) -> Iterator[str]:
    grid = config["grid"]
    n_datasets = max(1, len(config.get("datasets", {})))
    least, most = _bounds(grid["n_components"])
    listed = isinstance(grid["n_components"], Mapping)
    n_sizes = most - least + 1 if listed else len(grid["n_components"])
    n_blocks = -(-grid.get("n_seeds", 1) // SEEDS_PER_JOB)
    n_bootstraps = config.get("selection", {}).get("bootstrap", 0)
    n_jobs = int(n_datasets * (n_sizes * n_blocks + n_bootstraps))
    if n_jobs > _MOST_JOBS:
        yield (
            f"grid: {n_sizes} numbers of components, {grid.get('n_seeds', 1)} seeds and "
            f"{n_bootstraps} bootstrap samples make {n_jobs} jobs for {n_datasets} data set(s); "
            f"expected at most {_MOST_JOBS}: ask for less"
        )
