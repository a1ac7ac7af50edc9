"""Fit one block of the grid: one number of components, some seeds, all families."""

import json
from pathlib import Path

from fit_files import made_of, write_fits
from gmm_core.families import resolve
from gmm_core.grid import fit_cells
from job import logged
from row_threads import row_threads
from sample_files import read_rows
from whole_files import check_files, complete_files

if __name__ == "__main__":
    with (
        logged(snakemake.log[0]),
        complete_files(snakemake.output) as parts,
        row_threads(snakemake.threads) as pool,
    ):
        checksums = check_files(snakemake.input)
        settings = json.loads(snakemake.params.settings)
        samples = read_rows(Path(snakemake.input.samples))
        first, last = int(snakemake.wildcards.first_seed), int(snakemake.wildcards.last_seed)
        cells = fit_cells(
            samples,
            int(snakemake.wildcards.n_components),
            resolve(settings["families"], samples.shape[1]),
            range(first, last + 1),
            seed=settings["seed"],
            start_kinds=settings["starts"],
            **settings["em"],
            pool=pool,
        )
        write_fits(cells, parts["fits"], made_of(checksums, settings))
