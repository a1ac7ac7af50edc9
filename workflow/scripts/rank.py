"""Rank the candidates of a data set; write the selected model and its view of the samples."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from fit_files import read_fits
from gmm_core.grid import Cell
from gmm_core.selection import rank
from job import InputError, logged
from result_files import write_assignments, write_candidates, write_model, write_restarts
from sample_files import Samples, read_samples


def write_ranking(
    dataset: str,
    samples: Samples,
    cells: Iterable[Cell],
    criterion: str,
    paths: Mapping[str, Path],
) -> None:
    """Write restarts, candidates, model and assignments.

    Args:
        dataset: the data set's name.
        samples: its samples.
        cells: all its cells.
        criterion: the criterion that chooses.
        paths: where to, by restarts, candidates, model and assignments.

    Raises:
        InputError: no cell is usable.
    """
    cells = list(cells)
    try:
        candidates = rank(cells, samples.values.shape[0], criterion).candidates
    except ValueError as error:
        raise InputError(f"Data set {dataset}: {error}") from None
    winner = candidates[0]
    mixture = winner.best.fit.mixture
    mixture = mixture.reordered(mixture.canonical_order())
    write_restarts(cells, paths["restarts"])
    write_candidates(candidates, paths["candidates"])
    write_model(dataset, winner, mixture, samples, criterion, paths["model"])
    write_assignments(mixture, samples.values, paths["assignments"])


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        write_ranking(
            snakemake.wildcards.dataset,
            read_samples(Path(snakemake.input.samples), Path(snakemake.input.description)),
            read_fits(Path(path) for path in snakemake.input.fits),
            snakemake.params.criterion,
            {name: Path(path) for name, path in snakemake.output.items()},
        )
