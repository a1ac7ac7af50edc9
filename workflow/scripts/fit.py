"""Fit one block of the grid: one number of components, some seeds, all families."""

import json
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from fit_files import write_fits
from fit_jobs import FitJob
from gmm_core.families import resolve
from gmm_core.grid import Cell, fit_cells
from gmm_core.samples import Rows
from job import logged
from row_threads import row_threads
from sample_files import read_rows, read_weights


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
    with logged(snakemake.log[0]), row_threads(snakemake.threads) as pool:
        wildcards, params = snakemake.wildcards, snakemake.params
        cells = fit_block(
            read_rows(Path(snakemake.input.samples)),
            read_weights(Path(snakemake.input.weights)),
            FitJob(
                int(wildcards.n_components), int(wildcards.first_seed), int(wildcards.last_seed)
            ),
            {
                "seed": params.seed,
                "families": json.loads(params.families),
                "starts": json.loads(params.starts),
                "em": json.loads(params.em),
            },
            pool,
        )
        write_fits(cells, Path(snakemake.output.fits))
