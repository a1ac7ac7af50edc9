"""Start again where the search for a candidate stopped below one that it contains."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from threadpoolctl import threadpool_limits

from fit_files import read_fits, write_fits
from gmm_core.repair import repair
from job import logged
from sample_files import read_rows

if __name__ == "__main__":
    with (
        logged(snakemake.log[0]),
        # The threads share out the rows; a product of matrices is one thread's work.
        threadpool_limits(1),
        ThreadPoolExecutor(snakemake.threads) as pool,
    ):
        cells = repair(
            read_rows(Path(snakemake.input.samples)),
            read_fits(Path(path) for path in snakemake.input.fits),
            **json.loads(snakemake.params.em),
            pool=pool if snakemake.threads > 1 else None,
        )
        write_fits(cells, Path(snakemake.output.repairs))
