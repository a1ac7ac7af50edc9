"""Fit one block of the grid: one number of components, some seeds, all families."""

import json
from pathlib import Path

from fit_files import write_fits
from gmm_core.families import resolve
from gmm_core.grid import fit_cells
from job import logged
from row_threads import row_threads
from sample_files import read_rows, read_weights

if __name__ == "__main__":
    with logged(snakemake.log[0]), row_threads(snakemake.threads) as pool:
        samples = read_rows(Path(snakemake.input.samples))
        first, last = int(snakemake.wildcards.first_seed), int(snakemake.wildcards.last_seed)
        cells = fit_cells(
            samples,
            int(snakemake.wildcards.n_components),
            resolve(json.loads(snakemake.params.families), samples.shape[1]),
            range(first, last + 1),
            seed=snakemake.params.seed,
            start_kinds=json.loads(snakemake.params.starts),
            weights=read_weights(Path(snakemake.input.weights)),
            **json.loads(snakemake.params.em),
            pool=pool,
        )
        write_fits(cells, Path(snakemake.output.fits))
