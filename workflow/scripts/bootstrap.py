"""Fit the whole grid to one bootstrap sample of a data set, repairs too."""

import json
from pathlib import Path

from fit_files import made_of, write_fits
from gmm_core.bootstrap import Effort, fit_grid, resample
from gmm_core.families import resolve
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
        grid = settings["grid"]
        samples = read_rows(Path(snakemake.input.samples))
        cells = fit_grid(
            resample(samples, settings["seed"], int(snakemake.wildcards.index)),
            grid["n_components"],
            resolve(grid["families"], samples.shape[1]),
            Effort(
                seed=settings["seed"],
                n_seeds=grid["n_seeds"],
                start_kinds=grid["starts"],
                **settings["em"],
            ),
            pool=pool,
        )
        write_fits(cells, parts["fits"], made_of(checksums, settings))
