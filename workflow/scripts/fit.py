"""Fit one block of the grid: one number of components, some seeds, all families."""

import json
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from fit_files import made_of, write_fits
from fit_jobs import FitJob
from gmm_core.families import resolve
from gmm_core.grid import Cell, fit_cells
from gmm_core.samples import Rows
from job import logged
from row_threads import row_threads
from sample_files import read_rows, read_weights
from whole_files import check_files, complete_files


def fit_block(
    samples: Rows,
    weights: Rows | None,
    job: FitJob,
    options: Mapping[str, Any],
    pool: Executor | None,
) -> list[Cell]:
    """Return the cells of a fit job.

    Args:
        samples: (N, D).
        weights: (N,), or None.
        job: number of components and seeds.
        options: of the configuration: seed, families, starts and em.
        pool: threads that share the samples, or None.
    """
    return fit_cells(
        samples,
        job.n_components,
        resolve(options["families"], samples.shape[1]),
        range(job.first_seed, job.last_seed + 1),
        seed=options["seed"],
        start_kinds=options["starts"],
        weights=weights,
        **options["em"],
        pool=pool,
    )


if __name__ == "__main__":
    with (
        logged(snakemake.log[0]),
        complete_files(snakemake.output) as parts,
        row_threads(snakemake.threads) as pool,
    ):
        checksums = check_files(snakemake.input)
        settings = json.loads(snakemake.params.settings)
        wildcards = snakemake.wildcards
        cells = fit_block(
            read_rows(Path(snakemake.input.samples)),
            read_weights(Path(snakemake.input.weights)),
            FitJob(
                int(wildcards.n_components), int(wildcards.first_seed), int(wildcards.last_seed)
            ),
            settings,
            pool,
        )
        write_fits(cells, parts["fits"], made_of(checksums, settings))
