"""Fit one block of the grid: one number of components, some seeds, all families."""

import json
from pathlib import Path

import numpy as np

from fit_files import write_fits
from gmm_core.families import resolve
from gmm_core.grid import fit_cells
from job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        # Having seen a large block freed, glibc keeps freed memory for reuse (mallopt(3), on
        # M_MMAP_THRESHOLD); else every array of a pass is fresh from the system, at half the speed.
        np.empty(1 << 21)
        samples = np.load(snakemake.input.samples)
        first, last = int(snakemake.wildcards.first_seed), int(snakemake.wildcards.last_seed)
        cells = fit_cells(
            samples,
            int(snakemake.wildcards.n_components),
            resolve(json.loads(snakemake.params.families), samples.shape[1]),
            range(first, last + 1),
            seed=snakemake.params.seed,
            **json.loads(snakemake.params.em),
        )
        write_fits(cells, Path(snakemake.output.fits))
