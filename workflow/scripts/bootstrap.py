"""Fit the whole grid to one bootstrap sample of a data set, repairs too."""

import json
from pathlib import Path

from fit_files import write_fits
from gmm_core.bootstrap import Effort, fit_grid, resample
from gmm_core.families import resolve
from job import logged
from row_threads import row_threads
from sample_files import read_rows

if __name__ == "__main__":
    with logged(snakemake.log[0]), row_threads(snakemake.threads) as pool:
        grid = json.loads(snakemake.params.grid)
        samples = read_rows(Path(snakemake.input.samples))
        cells = fit_grid(
            resample(samples, snakemake.params.seed, int(snakemake.wildcards.index)),
            grid["n_components"],
            resolve(grid["families"], samples.shape[1]),
            Effort(
                seed=snakemake.params.seed,
                n_seeds=grid["n_seeds"],
                start_kinds=grid["starts"],
                **json.loads(snakemake.params.em),
            ),
            pool=pool,
        )
        write_fits(cells, Path(snakemake.output.fits))
