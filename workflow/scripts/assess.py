"""Rank the fits to each bootstrap sample; sum up what wins, and how stable the grouping is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bootstrap_files import write_bootstrap, write_stability
from fit_files import made_of, read_fits
from gmm_core.candidates import Candidate
from gmm_core.grid import Cell
from gmm_core.mixture import Mixture
from gmm_core.nesting import Key
from gmm_core.resampling import n_drawn
from gmm_core.samples import total_weight
from gmm_core.stability import contingencies, sample_stability
from job import logged
from layout import prepared
from rank import ranking
from sample_files import Samples, read_json, read_samples
from whole_files import check_files, complete_files


def write_assessment(
    samples: Samples,
    model: Mapping[str, Any],
    fits: Iterable[Sequence[Cell]],
    options: Mapping[str, Any],
    paths: Mapping[str, Path],
) -> None:
    """Write what won on each bootstrap sample, and the stability of groups and samples.

    Args:
        samples: the samples that the models group, those of the data set.
        model: what model.json holds.
        fits: the cells of each bootstrap sample.
        options: as in `rank.write_ranking`.
        paths: where to, by bootstrap and stability.
    """
    values, weights = samples.values, samples.weights
    n_samples, selected = n_drawn(total_weight(values, weights)), Mixture.from_dict(model)
    winners = [winner(cells, n_samples, options) for cells in fits]
    models = [found.best.fit.mixture for found in winners if found]
    tables = contingencies(values, selected, models, weights)
    key = Key(model["family"], model["n_components"])
    write_bootstrap(key, [found and found.key for found in winners], tables, paths["bootstrap"])
    stable = sample_stability(values, selected, models, tables)
    write_stability(stable, samples.dropped, paths["stability"])


def winner(cells: Sequence[Cell], n_samples: int, options: Mapping[str, Any]) -> Candidate | None:
    """Return the candidate that wins on a bootstrap sample; None if none can be chosen.

    None can where every cell of every candidate collapsed.
    """
    try:
        return ranking(cells, n_samples, options).candidates[0]
    except ValueError:
        return None


if __name__ == "__main__":
    with logged(snakemake.log[0]), complete_files(snakemake.output) as parts:
        ingredients = made_of(check_files(snakemake.input), json.loads(snakemake.params.settings))
        write_assessment(
            read_samples({name: Path(snakemake.input[name]) for name in prepared("")}),
            read_json(Path(snakemake.input.model)),
            (read_fits([Path(path)], ingredients) for path in snakemake.input.fits),
            json.loads(snakemake.params.selection),
            parts,
        )
