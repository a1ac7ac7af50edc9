"""survey.json: what the samples of a data set are like, or why they could not be measured."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from gmm_core.collinear import Relation
from gmm_core.degeneracy import Column, Survey
from sample_files import read_json, write_json


def write_survey(
    features: Sequence[str], measured: Survey | None, problems: Sequence[str], path: Path
) -> None:
    """Write the names of the features, and either what was measured or what forbids it."""
    content = {
        "features": list(features),
        "problems": list(problems),
        "survey": asdict(measured) if measured else None,
    }
    write_json(content, path)


def read_survey(path: Path) -> tuple[list[str], Survey | None, list[str]]:
    """Read what `write_survey` wrote."""
    content = read_json(path)
    measured = content["survey"]
    if measured:
        columns = tuple(Column(**column) for column in measured.pop("columns"))
        relations = tuple(Relation(**relation) for relation in measured.pop("relations"))
        measured = Survey(**measured, columns=columns, relations=relations)
    return content["features"], measured, content["problems"]
