"""Start again where the search for a candidate stopped below one that it contains."""

import json
from pathlib import Path

from fit_files import made_of, read_fits, write_fits
from gmm_core.repair import repair
from job import logged
from row_threads import row_threads
from sample_files import read_rows, read_weights
from whole_files import check_files, complete_files

if __name__ == "__main__":
    with (
        logged(snakemake.log[0]),
        complete_files(snakemake.output) as parts,
        row_threads(snakemake.threads) as pool,
    ):
        settings = json.loads(snakemake.params.settings)
        ingredients = made_of(check_files(snakemake.input), settings)
        cells = repair(
            read_rows(Path(snakemake.input.samples)),
            read_fits(map(Path, snakemake.input.fits), ingredients),
            weights=read_weights(Path(snakemake.input.weights)),
            **settings["em"],
            pool=pool,
        )
        write_fits(cells, parts["repairs"], ingredients)
