"""Check the samples of all data sets before any fit: the barrier in front of the grid."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from degenerate import Grid, errors, warnings
from gmm_core.families import resolve
from job import RefusedError, logged
from sample_files import write_json
from survey_file import read_survey
from whole_files import check_files, complete_files
from withdrawal import withdrawn_if_refused


def check(
    surveys: Mapping[str, Path], families: Sequence[str], sizes: Sequence[int]
) -> dict[str, Any]:
    """Return what data_checks.json holds: the counts and warnings of each data set.

    Args:
        surveys: survey.json of each data set, by its name.
        families: names of the families, as in the configuration.
        sizes: the numbers of components.

    Raises:
        RefusedError: data sets to which no candidate can be fitted; the text names all of them.
    """
    content: dict[str, Any] = {}
    wrong: dict[str, Sequence[str]] = {}
    for name, path in surveys.items():
        features, found, problems = read_survey(path)
        if found:
            grid = Grid(features, resolve(families, len(features)), sizes)
            problems = errors(found, grid)
        if problems:
            wrong[name] = problems
        else:
            content[name] = {
                "n_weighted": found.n_weighted,
                "total_weight": found.total_weight,
                "n_distinct_rows": found.n_distinct,
                "warnings": warnings(found, grid),
            }
    if wrong:
        raise RefusedError("\n".join(map(_told, wrong, wrong.values())), list(wrong))
    return content


def _told(name: str, problems: Sequence[str]) -> str:
    heading = f"Data set {name}: no mixture can be fitted to its samples:"
    return "\n".join([heading, *(f"  - {problem}" for problem in problems)])


if __name__ == "__main__":
    with (
        logged(snakemake.log[0]),
        withdrawn_if_refused(Path(snakemake.output.checks).parent),
        complete_files(snakemake.output) as parts,
    ):
        check_files(snakemake.input)
        surveys = zip(snakemake.params.datasets, snakemake.input.surveys, strict=True)
        content = check(
            {name: Path(path) for name, path in surveys},
            json.loads(snakemake.params.families),
            json.loads(snakemake.params.sizes),
        )
        write_json(content, parts["checks"])
