"""Measure what the samples of a data set are like, before anything is fitted to them."""

from pathlib import Path

import numpy as np

from gmm_core.degeneracy import extents, survey
from gmm_core.samples import EXTENTS, unsquarable
from job import logged
from sample_files import read_json, read_rows
from survey_file import write_survey
from whole_files import check_files, complete_files


def write_survey_of(values: Path, description: Path, path: Path) -> None:
    """Write the survey of a data set's samples.

    Args:
        values, description: the samples, and what was said of them.
        path: where to.
    """
    features, rows = read_json(description)["features"], read_rows(values)
    lowest, highest = extents(rows)
    problems = [
        f"column {features[j]} extends from {lowest[j]:g} to {highest[j]:g}, and the square of "
        f"such an extent is no floating-point number; change its unit ({EXTENTS})"
        for j in np.flatnonzero(unsquarable(lowest, highest))
    ]
    write_survey(features, None if problems else survey(rows), problems, path)


if __name__ == "__main__":
    with logged(snakemake.log[0]), complete_files(snakemake.output) as parts:
        check_files(snakemake.input)
        write_survey_of(
            Path(snakemake.input.samples),
            Path(snakemake.input.description),
            parts["survey"],
        )
