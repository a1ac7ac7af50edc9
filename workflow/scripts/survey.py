"""Measure what the samples of a data set are like, before anything is fitted to them."""

from pathlib import Path

import numpy as np

from gmm_core.degeneracy import extents, survey
from gmm_core.extents import EXTENTS, unsquarable
from gmm_core.samples import LEAST_WEIGHT, MOST_WEIGHT, total_weight
from job import logged
from sample_files import read_json, read_rows, read_weights
from survey_file import write_survey
from whole_files import check_files, complete_files


def write_survey_of(values: Path, weights_file: Path, description: Path, path: Path) -> None:
    """Write the survey of a data set's samples.

    Args:
        values, weights_file, description: the samples, their weights, and what was said of them.
        path: where to.
    """
    described, rows, weights = read_json(description), read_rows(values), read_weights(weights_file)
    features = described["features"]
    lowest, highest = extents(rows, weights)
    problems = [
        f"column {features[j]} extends from {lowest[j]:g} to {highest[j]:g}, and the square of "
        f"such an extent is no floating-point number; change its unit ({EXTENTS})"
        for j in np.flatnonzero(unsquarable(lowest, highest))
    ]
    total = total_weight(rows, weights)
    if not LEAST_WEIGHT <= total <= MOST_WEIGHT:
        problems.append(
            f"column {described['weighted_by']}: the weights sum to {total:g}; scale them so that "
            f"they sum to the number of samples that they stand for ({LEAST_WEIGHT} to "
            f"{MOST_WEIGHT})"
        )
    write_survey(features, None if problems else survey(rows, weights), problems, path)


if __name__ == "__main__":
    with logged(snakemake.log[0]), complete_files(snakemake.output) as parts:
        check_files(snakemake.input)
        write_survey_of(
            Path(snakemake.input.samples),
            Path(snakemake.input.weights),
            Path(snakemake.input.description),
            parts["survey"],
        )
