"""The configuration of a run: checked as a whole, defaults filled in, brought to one form."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from configuration_files import file_problems
from dataset_checks import (
    dataset_problems,
    family_problems,
    missing_file,
    name_problems,
    size_problems,
)
from gmm_core.families import ALIASES, FAMILIES
from gmm_core.starts import KINDS
from grid_checks import grid_problems, sizes
from schema_problems import schema_problems
from wording import shown

SCHEMA = Path(__file__).resolve().parents[1] / "schemas" / "config.schema.yaml"


class ConfigurationError(Exception):
    """The configuration cannot be run; the text names every problem and its repair."""

    def __init__(self, problems: Sequence[str]) -> None:
        heading = f"The configuration has {len(problems)} problem(s):"
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in problems)]))


def effective_configuration(
    config: Mapping[str, Any], folders: Sequence[Path], files: Iterable[Path] = ()
) -> dict[str, Any]:
    """Return the configuration in force: complete, and the same for every way to write it.

    Args:
        config: what the user wrote, as nested mappings and lists.
        folders: where a relative data file is looked for, in this order.
        files: the files in which it was written, for what can only be seen there.

    Raises:
        ConfigurationError: anything in it that no run could use.
    """
    schema = _schema()
    problems = [*file_problems(files), *_unreadable_names(config)]
    named = _with_names_as_text(config)
    broken = schema_problems(named, schema)
    problems += dict.fromkeys(problem.text for problem in broken)
    complete = _with_defaults(named, schema)
    problems += _cross_problems(complete, [problem.spoilt for problem in broken], folders)
    if problems:
        raise ConfigurationError(problems)
    return _in_one_form(complete)


@cache
def _schema() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def _cross_problems(
    complete: Mapping[str, Any], spoilt: Sequence[tuple[str | int, ...]], folders: Sequence[Path]
) -> Iterator[str]:
    """Check what a schema cannot, leaving out what breaks the schema."""
    broken = {path[:2] for path in spoilt}
    sound = {
        section: {key: value for key, value in part.items() if (section, key) not in broken}
        for section, part in complete.items()
        if isinstance(part, Mapping) and (section,) not in broken
    }
    wrong_grid = list(grid_problems(sound))
    yield from wrong_grid
    grid = {} if wrong_grid else sound.get("grid", {})
    datasets = complete.get("datasets")
    datasets = datasets if isinstance(datasets, Mapping) else {}
    yield from name_problems(list(datasets))
    for name, dataset in datasets.items():
        wrong = list(missing_file(name, dataset, folders))
        if ("datasets", name) not in broken and not wrong:
            wrong += dataset_problems(name, dataset, folders)
            if "n_components" in grid and not wrong:
                wrong += size_problems(name, dataset, sizes(grid["n_components"]))
            if "families" in grid and not wrong:
                wrong += family_problems(name, dataset, grid["families"], folders)
        yield from wrong


def _unreadable_names(config: Mapping[str, Any]) -> Iterator[str]:
    """Check that the names of data sets are text, or what YAML makes of one such text alone."""
    datasets = config.get("datasets")
    names = list(datasets) if isinstance(datasets, Mapping) else []
    for name in names:
        if name is None or isinstance(name, bool):
            yield (
                f"datasets: YAML reads a name as {shown(name)}, as it does yes, no, on, off, null "
                "and ~; write it in quotes"
            )
        elif not isinstance(name, str) and str(name) in names:
            yield f"datasets: {name}: given twice, once in quotes; keep one"


def _with_names_as_text(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration with data set names as text: YAML reads 2024 as a number."""
    datasets = config.get("datasets")
    if not isinstance(datasets, Mapping):
        return dict(config)
    return {
        **config,
        "datasets": {
            name if isinstance(name, str) else str(name): dataset
            for name, dataset in datasets.items()
        },
    }


def _with_defaults(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a value with the schema's defaults, its keys in the schema's order."""
    described = schema.get("properties")
    if isinstance(value, Mapping) and described:
        return {
            key: _with_defaults(value.get(key, part.get("default")), part)
            for key, part in described.items()
            if key in value or "default" in part
        }
    others = schema.get("additionalProperties")
    if isinstance(value, Mapping) and isinstance(others, Mapping):
        return {key: _with_defaults(item, others) for key, item in value.items()}
    return value


def _in_one_form(config: dict[str, Any]) -> dict[str, Any]:
    """Bring everything whose order or spelling has no meaning to a single one."""
    grid = dict(config["grid"])
    order = {name: place for place, name in enumerate([*FAMILIES, "all"])}
    families = {ALIASES.get(name, name) for name in grid["families"]}
    grid["n_components"] = list(sizes(grid["n_components"]))
    grid["families"] = sorted(families, key=order.__getitem__)
    grid["starts"] = [kind for kind in KINDS if kind in grid["starts"]]
    datasets = {name: dict(config["datasets"][name]) for name in sorted(config["datasets"])}
    for dataset in datasets.values():
        if "columns" in dataset:
            dataset["columns"] = sorted(dataset["columns"])
    return _plain_numbers({**config, "datasets": datasets, "grid": grid})


def _plain_numbers(value: Any) -> Any:
    """Write whole floats as integers, so that 50 and 50.0 are one value."""
    if isinstance(value, Mapping):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if whole else value
