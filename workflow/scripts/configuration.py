"""The configuration of a run: checked as a whole, defaults filled in, brought to one form."""

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from gmm_core.bootstrap import LEVEL
from gmm_core.families import ALIASES, FAMILIES, resolve
from gmm_core.mixture import Mixture
from gmm_core.starts import KINDS
from header import header_problems, n_features, open_table
from problems import UnreadableError
from table_options import KEYS, TableOptions, option_problems

SCHEMA = Path(__file__).resolve().parents[1] / "schemas" / "config.schema.yaml"
_TYPE_NAMES = {
    "array": "a list",
    "integer": "a whole number",
    "number": "a number",
    "object": "keys with values",
    "string": "text",
}


class ConfigurationError(Exception):
    """The configuration cannot be run; the text names every problem and its repair."""

    def __init__(self, problems: Sequence[str]) -> None:
        heading = f"The configuration has {len(problems)} problem(s):"
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in problems)]))


def effective_configuration(config: Mapping[str, Any], folders: Sequence[Path]) -> dict[str, Any]:
    """Return the configuration in force: complete, and the same for every way to write it.

    Args:
        config: what the user wrote, as nested mappings and lists.
        folders: where a relative data file is looked for, in this order.

    Raises:
        ConfigurationError: anything in it that no run could use.
    """
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    errors = Draft202012Validator(schema).iter_errors(_with_names_as_text(config))
    errors = sorted(errors, key=lambda error: [str(part) for part in error.path])
    problems = list(dict.fromkeys(text for error in errors for text in _described(error)))
    if not problems:
        complete = _with_defaults(_with_names_as_text(config), schema)
        problems = [
            *_not_finite(complete),
            *_grid_problems(complete["grid"]),
            *_criterion_problems(complete),
            *_replicate_problems(complete["selection"]["likelihood_ratio"]),
            *_dataset_problems(complete, folders),
        ]
    if not problems:
        for name, dataset in complete["datasets"].items():
            problems += _family_problems(name, dataset, complete["grid"]["families"], folders)
    if problems:
        raise ConfigurationError(problems)
    return _in_one_form(complete)


def data_file(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the first of the folders' files with this name, None if there is none."""
    places = [folder / name for folder in folders]
    files = (place for place in places if place.is_file())
    # What is no file is told apart where it is opened.
    return next(files, next((place for place in places if place.exists()), None))


def _described(error: ValidationError) -> Iterator[str]:
    """Yield what is wrong, where, and what to write instead."""
    where = ": ".join(str(part) for part in error.absolute_path) or "configuration"
    found = error.instance
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        for key in found.keys() - set(known):
            near = difflib.get_close_matches(str(key), known, n=1)
            repair = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
            yield f"{where}: unknown key {key!r}; {repair}"
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in found]
        yield f"{where}: missing key(s) {', '.join(missing)}"
    elif error.validator == "type" and found is None:
        yield f"{where}: is empty; fill it in or remove it"
    elif error.validator == "type":
        types = error.validator_value
        types = [types] if isinstance(types, str) else types
        expected = " or ".join(_TYPE_NAMES[name] for name in types)
        yield f"{where}: expected {expected}, found {found!r}{_hint(found, types)}"
    elif error.validator == "pattern" and list(error.absolute_schema_path)[-2] == "propertyNames":
        yield (
            f"{where}: {found!r} cannot name a data set; use letters, digits, _ and -, "
            "not beginning with -"
        )
    else:
        yield f"{where}: {error.message}"


def _hint(found: Any, types: Sequence[str]) -> str:
    """Say what YAML made of a number that was meant as one."""
    if not {"number", "integer"} & set(types) or not isinstance(found, str):
        return ""
    try:
        number = float(found)
    except ValueError:
        return ""
    if "e" in found.lower():
        return f"; YAML reads this as text: write {number:.1e}"
    return "; write it without quotes, in a file: nested values of --config arrive as text"


def _with_names_as_text(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration with data set names as text: YAML reads 2024 as a number."""
    datasets = config.get("datasets")
    if not isinstance(datasets, Mapping):
        return dict(config)
    return {**config, "datasets": {str(name): dataset for name, dataset in datasets.items()}}


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


def _not_finite(config: Mapping[str, Any]) -> Iterator[str]:
    """Check what a schema cannot: nan is within no bounds, and outside none."""
    for section in ("em", "selection"):
        for key, value in config[section].items():
            if isinstance(value, float) and not math.isfinite(value):
                yield f"{section}: {key}: expected a finite number, found {value}"


def _grid_problems(grid: Mapping[str, Any]) -> Iterator[str]:
    sizes = grid["n_components"]
    if isinstance(sizes, Mapping) and sizes["min"] > sizes["max"]:
        yield f"grid: n_components: min {sizes['min']} is above max {sizes['max']}"
    known = [*FAMILIES, *ALIASES, "all"]
    for name in grid["families"]:
        if name not in known:
            spelt = {known_name.lower(): known_name for known_name in known}
            near = difflib.get_close_matches(name.lower(), spelt, n=1)
            repair = f"did you mean {spelt[near[0]]}? " if near else ""
            yield f"grid: families: unknown family {name!r}; {repair}Known: {', '.join(known)}"


def _criterion_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Check that the grid has what the criterion compares with."""
    sizes = config["grid"]["n_components"]
    least = sizes["min"] if isinstance(sizes, Mapping) else min(sizes)
    if config["selection"]["criterion"] == "nec" and least > 1:
        yield (
            "selection: criterion: nec compares with one component; add 1 to grid: n_components, "
            "or choose another criterion"
        )


def _replicate_problems(n_replicates: int) -> Iterator[str]:
    """Check that a test can reject: its p-value is no lower than 1 / (replicates + 1)."""
    least = round(1.0 / LEVEL) - 1
    if 0 < n_replicates < least:
        yield (
            f"selection: likelihood_ratio: {n_replicates} samples give no p-value down to {LEVEL}; "
            f"write at least {least}, or 0 for no tests"
        )


def _dataset_problems(config: Mapping[str, Any], folders: Sequence[Path]) -> Iterator[str]:
    names: dict[str, str] = {}
    for name, dataset in config["datasets"].items():
        where = f"datasets: {name}"
        if name.lower() in names:
            yield f"{where}: differs from {names[name.lower()]!r} only in upper and lower case"
        names[name.lower()] = name
        if ("file" in dataset) == ("synthetic" in dataset):
            yield f"{where}: expected either file or synthetic, found {', '.join(dataset) or '{}'}"
        elif "synthetic" in dataset:
            yield from _synthetic_problems(where, dataset)
        else:
            yield from _file_problems(where, dataset, folders)


def _synthetic_problems(where: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    for key in KEYS:
        if key in dataset:
            yield f"{where}: {key} belongs to a file, not to synthetic data; remove it"
    mixture = dataset["synthetic"]
    for key, rows in (
        ("means", mixture["means"]),
        ("covariances", [row for matrix in mixture["covariances"] for row in matrix]),
    ):
        if len({len(row) for row in rows}) > 1:
            yield f"{where}: synthetic: {key}: expected rows of one length, found {mixture[key]}"
            return
    try:
        Mixture.from_dict(mixture)
    except ValueError as error:
        yield f"{where}: synthetic: {error}"


def _file_problems(
    where: str, dataset: Mapping[str, Any], folders: Sequence[Path]
) -> Iterator[str]:
    path = data_file(dataset["file"], folders)
    options = TableOptions.of(dataset)
    wrong = [f"{where}: {problem}" for problem in option_problems(options)]
    if path is None:
        places = ", ".join(str(folder) for folder in folders)
        yield f"{where}: file: no file {dataset['file']!r} in {places}"
    if wrong or path is None:
        yield from wrong
        return
    try:
        problems = header_problems(open_table(path, options), options)
    except UnreadableError as error:
        problems = [str(error)]
    for problem in problems:
        yield f"{where}: {dataset['file']}: {problem}"


def _family_problems(
    name: str, dataset: Mapping[str, Any], families: Sequence[str], folders: Sequence[Path]
) -> Iterator[str]:
    """Check that a data set has the number of features for which the families are."""
    if "synthetic" in dataset:
        size = len(dataset["synthetic"]["means"][0])
    else:
        options = TableOptions.of(dataset)
        try:
            size = n_features(open_table(data_file(dataset["file"], folders), options), options)
        except UnreadableError as error:
            yield f"datasets: {name}: {dataset['file']}: {error}"
            return
    if not size:
        return  # told with the rest that is wrong with the file, when it is read
    try:
        resolve(families, size)
    except ValueError as error:
        yield f"datasets: {name}: {error}"


def _in_one_form(config: dict[str, Any]) -> dict[str, Any]:
    """Bring everything whose order or spelling has no meaning to a single one."""
    grid = dict(config["grid"])
    sizes = grid["n_components"]
    if isinstance(sizes, Mapping):
        sizes = range(sizes["min"], sizes["max"] + 1)
    order = {name: place for place, name in enumerate([*FAMILIES, "all"])}
    families = {ALIASES.get(name, name) for name in grid["families"]}
    grid["n_components"] = sorted(int(size) for size in sizes)
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
