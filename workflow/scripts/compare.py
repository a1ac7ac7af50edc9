"""Test each number of components of the grid against the next, in the selected family."""

import json
from pathlib import Path

from comparison_file import write_comparison
from gmm_core.bootstrap import Effort, compare_sizes
from gmm_core.families import FAMILIES
from job import logged
from row_threads import row_threads
from sample_files import read_json, read_rows, read_weights
from whole_files import check_files, complete_files

if __name__ == "__main__":
    with (
        logged(snakemake.log[0]),
        complete_files(snakemake.output) as parts,
        row_threads(snakemake.threads) as pool,
    ):
        check_files(snakemake.input)
        grid = json.loads(snakemake.params.grid)
        family = FAMILIES[read_json(Path(snakemake.input.model))["family"]]
        tests = compare_sizes(
            read_rows(Path(snakemake.input.samples)),
            grid["n_components"],
            family,
            snakemake.params.n_replicates,
            Effort(
                seed=snakemake.params.seed,
                n_seeds=grid["n_seeds"],
                start_kinds=grid["starts"],
                **json.loads(snakemake.params.em),
            ),
            weights=read_weights(Path(snakemake.input.weights)),
            pool=pool,
        )
        write_comparison(tests, family.name, parts["comparison"])
