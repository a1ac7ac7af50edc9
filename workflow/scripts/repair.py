"""Start again where the search for a candidate stopped below one that it contains."""

import json
from pathlib import Path

from fit_files import read_fits, write_fits
from gmm_core.repair import repair
from job import logged
from row_threads import row_threads
from sample_files import read_rows, read_weights

if __name__ == "__main__":
    with logged(snakemake.log[0]), row_threads(snakemake.threads) as pool:
        cells = repair(
            read_rows(Path(snakemake.input.samples)),
            read_fits(Path(path) for path in snakemake.input.fits),
            weights=read_weights(Path(snakemake.input.weights)),
            **json.loads(snakemake.params.em),
            pool=pool,
        )
        write_fits(cells, Path(snakemake.output.repairs))
