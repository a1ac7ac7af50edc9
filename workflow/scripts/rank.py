"""Rank the candidates of a data set; write the selected model and its view of the samples."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from fit_files import made_of, read_fits
from gmm_core.grid import Cell
from gmm_core.samples import total_weight
from gmm_core.selection import Selection, rank
from gmm_core.spurious import SpuriousRules
from job import InputError, logged
from layout import prepared
from result_files import write_assignments, write_candidates, write_model, write_restarts
from sample_files import Samples, read_samples
from selection_file import write_selection
from whole_files import check_files, complete_files


def write_ranking(
    dataset: str,
    samples: Samples,
    cells: Iterable[Cell],
    options: Mapping[str, Any],
    paths: Mapping[str, Path],
) -> None:
    """Write restarts, candidates, selection, model and assignments.

    Args:
        dataset: the data set's name.
        samples: its samples.
        cells: all its cells, repairs too.
        options: the configuration's selection, less what is about further samples.
        paths: where to, by restarts, candidates, selection, model and assignments.

    Raises:
        InputError: no cell is usable.
    """
    cells = list(cells)
    try:
        selection = ranking(cells, total_weight(samples.values, samples.weights), options)
    except ValueError as error:
        raise InputError(f"Data set {dataset}: {error}") from None
    winner = selection.candidates[0]
    mixture = winner.best.fit.mixture
    mixture = mixture.reordered(mixture.canonical_order())
    write_restarts(cells, _rules(options), paths["restarts"])
    write_candidates(selection.candidates, paths["candidates"])
    write_selection(selection, paths["selection"])
    write_model(dataset, winner, mixture, samples, options["criterion"], paths["model"])
    write_assignments(mixture, samples, paths["assignments"])


def ranking(cells: Iterable[Cell], n_samples: float, options: Mapping[str, Any]) -> Selection:
    """Return the ranking of cells as the configuration wants it.

    Args:
        cells: all cells of the samples, repairs too.
        n_samples: N, their total weight.
        options: as in `write_ranking`.

    Raises:
        ValueError: no cell is usable.
    """
    criterion, trusted = options["criterion"], options["trusted"]
    return rank(cells, n_samples, criterion, trusted=trusted, rules=_rules(options))


def _rules(options: Mapping[str, Any]) -> SpuriousRules:
    names = (rule.name for rule in fields(SpuriousRules))
    return SpuriousRules(**{name: options[name] for name in names})


if __name__ == "__main__":
    with logged(snakemake.log[0]), complete_files(snakemake.output) as parts:
        ingredients = made_of(check_files(snakemake.input), json.loads(snakemake.params.settings))
        write_ranking(
            snakemake.wildcards.dataset,
            read_samples({name: Path(snakemake.input[name]) for name in prepared("")}),
            read_fits(map(Path, snakemake.input.fits), ingredients),
            json.loads(snakemake.params.selection),
            parts,
        )
