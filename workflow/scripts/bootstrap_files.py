"""bootstrap.json and stability.csv: what won on bootstrap samples, and how stable groups are."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmm_core.nesting import Key
from gmm_core.selection import adjusted_rand_index
from gmm_core.stability import group_stability
from result_files import write_table
from sample_files import kept_rows, read_json, write_json


def write_bootstrap(
    selected: Key,
    winners: Sequence[Key | None],
    tables: Sequence[NDArray[Any]],
    path: Path,
) -> None:
    """Write how often each number of components and each candidate won, and how groups fared.

    Args:
        selected: the data set's own winner.
        winners: that of each bootstrap sample; None without one.
        tables: for each bootstrap sample with a winner, the samples in each pair of a selected
            group and one of the winner's, as `contingencies` counts them.
        path: where to.
    """
    found = [key for key in winners if key]
    indices = iter([adjusted_rand_index(table) for table in tables])
    stability = group_stability(tables).tolist() if tables else []
    sizes = tables[0].sum(axis=1).tolist() if tables else []
    content = {
        "n_bootstraps": len(winners),
        "n_without_model": len(winners) - len(found),
        "selected": selected._asdict(),
        "n_components": [
            {"n_components": size, "n_won": count}
            for (size,), count in _most_frequent((key.n_components,) for key in found)
        ],
        "candidates": [
            {**Key(family, size)._asdict(), "n_won": count}
            for (size, family), count in _most_frequent(
                (key.n_components, key.family) for key in found
            )
        ],
        "components": [
            {"component": number, "n_samples": size, "stability": _number(value)}
            for number, (size, value) in enumerate(zip(sizes, stability, strict=True), start=1)
        ],
        "bootstraps": [
            {
                "index": index,
                "family": key.family if key else None,
                "n_components": key.n_components if key else None,
                "adjusted_rand_index": next(indices) if key else None,
            }
            for index, key in enumerate(winners)
        ],
    }
    write_json(content, path)


def write_stability(
    blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float64]]],
    dropped: NDArray[np.int64],
    path: Path,
) -> None:
    """Write one row per sample: its component, and how stable its group is; empty if unknown.

    Args:
        blocks: what `sample_stability` yields.
        dropped: indices of the rows of the source that are not among the samples.
        path: where to.
    """
    write_table(_stability_rows(blocks, dropped), path)


def read_bootstrap(path: Path) -> dict[str, Any]:
    """Read what `write_bootstrap` wrote."""
    return read_json(path)


def _stability_rows(
    blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float64]]], dropped: NDArray[np.int64]
) -> Iterator[dict[str, Any]]:
    first = 0
    for components, stability in blocks:
        numbers = kept_rows(dropped, first, first + len(components))
        first += len(components)
        columns = (numbers.tolist(), components.tolist(), stability.tolist())
        for row, component, value in zip(*columns, strict=True):
            yield {"row": row, "component": component + 1, "stability": value}


def _most_frequent(things: Iterable[tuple[Any, ...]]) -> list[tuple[tuple[Any, ...], int]]:
    """Return each thing with its count, the most frequent first, equal ones in their own order."""
    return sorted(Counter(things).items(), key=lambda item: (-item[1], item[0]))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
