"""Fit the whole grid to one bootstrap sample of a data set, repairs too."""

import json
from pathlib import Path

from fit_files import made_of, write_fits
from gmm_core.bootstrap import Effort, fit_grid
from gmm_core.families import resolve
from gmm_core.resampling import resample, resample_weights
from gmm_core.samples import Rows
from job import logged
from row_threads import row_threads
from sample_files import read_rows, read_weights
from whole_files import check_files, complete_files


def bootstrap_sample(
    samples: Rows, weights: Rows | None, seed: int, index: int
) -> tuple[Rows, Rows | None]:
    """Return a bootstrap sample: other rows, or where they have weights the same with others."""
    if weights is None:
        return resample(samples, seed, index), None
    return samples, resample_weights(weights, seed, index)


if __name__ == "__main__":
    with (
        logged(snakemake.log[0]),
        complete_files(snakemake.output) as parts,
        row_threads(snakemake.threads) as pool,
    ):
        checksums = check_files(snakemake.input)
        settings = json.loads(snakemake.params.settings)
        grid = settings["grid"]
        samples, weights = bootstrap_sample(
            read_rows(Path(snakemake.input.samples)),
            read_weights(Path(snakemake.input.weights)),
            settings["seed"],
            int(snakemake.wildcards.index),
        )
        cells = fit_grid(
            samples,
            grid["n_components"],
            resolve(grid["families"], samples.shape[1]),
            Effort(
                seed=settings["seed"],
                n_seeds=grid["n_seeds"],
                start_kinds=grid["starts"],
                **settings["em"],
            ),
            weights=weights,
            pool=pool,
        )
        write_fits(cells, parts["fits"], made_of(checksums, settings))
