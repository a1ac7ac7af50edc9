"""How stable a grouping is: what becomes of it where models of bootstrap samples group instead.

A model groups samples by their likeliest component. Every model groups the same samples, those
that are analysed; groups are compared by Jaccard's similarity, the samples in both beside those in
either (Hennig 2007).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmm_core.mixture import FloatArray, Mixture
from gmm_core.samples import Rows
from gmm_core.stack import positive

IntArray = NDArray[np.int64]
# Counts of samples, whole numbers unless these have weights.
Table = NDArray[Any]

HIGHLY_STABLE, PATTERN, UNTRUSTWORTHY = 0.85, 0.75, 0.6
"""Hennig's (2008) bounds of a group's mean similarity: highly stable from the first on, a valid
group from the second on, not to be trusted below the third."""
_BLOCK_ROWS = 8192


def contingencies(
    samples: FloatArray | Rows,
    selected: Mixture,
    models: Sequence[Mixture],
    weights: FloatArray | Rows | None = None,
) -> list[Table]:
    """Count the samples in each pair of a selected group and a model's, (K, K of the model) each.

    Args:
        samples: (N, D), an array or anything that gives rows as a slice.
        selected: K components, whose grouping is in question.
        models: what else groups the samples.
        weights: (N,) how many samples each one counts as; the counts are whole without them.
    """
    kind = np.int64 if weights is None else np.float64
    shapes = [(selected.n_components, model.n_components) for model in models]
    tables: list[Table] = [np.zeros(shape, dtype=kind) for shape in shapes]
    for part in _parts(samples):
        rows, sizes = samples[part], 1 if weights is None else weights[part]
        own = labels(selected, rows)
        for table, model in zip(tables, models, strict=True):
            np.add.at(table, (own, labels(model, rows)), sizes)
    return tables


def similarities(table: Table) -> FloatArray:
    """Return Jaccard's similarity of each pair of groups, of the table's shape; 0 for empty ones.

    Jaccard's similarity: the samples in both of two groups beside those in either.
    """
    either = table.sum(axis=1)[:, None] + table.sum(axis=0) - table
    return np.asarray(table / positive(np.asarray(either, dtype=np.float64)))


def group_stability(tables: Sequence[Table]) -> FloatArray:
    """Return each selected group's similarity to the most similar group, averaged over models.

    Args:
        tables: what `contingencies` returned, of at least one model.

    Returns:
        (K,), nan for a group without samples, or with none that count.
    """
    most = np.mean([similarities(table).max(axis=1) for table in tables], axis=0)
    return np.where(tables[0].sum(axis=1) > 0, most, np.nan)


def sample_stability(
    samples: FloatArray | Rows,
    selected: Mixture,
    models: Sequence[Mixture],
    tables: Sequence[Table],
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield, for blocks of samples, their groups and how similar others' groups of them are.

    Args:
        samples, selected, models: as in `contingencies`, and ...
        tables: ... what it returned.

    Yields:
        Selected groups (n,) from 0; and Jaccard's similarity of a sample's selected group and its
        group under a model, averaged over models (n,): nan without any.
    """
    similar = [similarities(table) for table in tables]
    for part in _parts(samples):
        rows = samples[part]
        own = labels(selected, rows)
        total = np.zeros(len(rows))
        for table, model in zip(similar, models, strict=True):
            total += table[own, labels(model, rows)]
        yield own, total / len(models) if models else np.full(len(rows), np.nan)


def labels(mixture: Mixture, samples: FloatArray) -> IntArray:
    """Return the likeliest component of each sample (N,), from 0."""
    return np.asarray(mixture.responsibilities(samples).argmax(axis=1))


def _parts(samples: FloatArray | Rows) -> Iterator[slice]:
    for first in range(0, samples.shape[0], _BLOCK_ROWS):
        yield slice(first, first + _BLOCK_ROWS)
