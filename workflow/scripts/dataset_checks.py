"""What no schema can say of the data sets: their names, files, columns and mixtures."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from gmm_core.families import resolve
from gmm_core.mixture import parameter_problems
from header import header_problems, n_features, open_table
from problems import UnreadableError
from table_options import TableOptions, option_problems
from wording import nearest, shown

# Names of devices, which Windows lets no folder have.
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)
_MOST_NAMES = 10_000
# What Snakemake replaces in a path.
_REPLACED = re.compile(r"\{.*\}|<[a-z][a-z0-9_]*>", re.DOTALL)


def data_file(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the first of the folders' files with this name, None if there is none."""
    return next((folder / name for folder in folders if _kind(folder / name) == "file"), None)


def name_problems(names: Sequence[str]) -> Iterator[str]:
    """Check that data sets can have folders of these names on every system."""
    seen: dict[str, str] = {}
    for name in names:
        lower = name.lower()
        if lower in seen:
            yield f"datasets: {name}: differs from {seen[lower]!r} only in upper and lower case"
        seen[lower] = name
        if _DEVICES.fullmatch(name):
            yield f"datasets: {name}: is the name of a device on Windows; choose another"


def dataset_problems(
    name: str, dataset: Mapping[str, Any], folders: Sequence[Path]
) -> Iterator[str]:
    """Check a data set that keeps to the schema.

    Args:
        name: its name.
        dataset: its keys.
        folders: where a relative data file is looked for, in this order.
    """
    where = f"datasets: {name}"
    if ("file" in dataset) == ("synthetic" in dataset):
        yield f"{where}: expected either file or synthetic, found {', '.join(dataset) or '{}'}"
    elif "synthetic" in dataset:
        yield from _synthetic_problems(where, dataset)
    else:
        yield from _file_problems(where, dataset, folders)


def size_problems(
    name: str, dataset: Mapping[str, Any], n_components: Sequence[int]
) -> Iterator[str]:
    """Check that a synthetic data set has a sample for each component."""
    n_samples = dataset["synthetic"]["n_samples"] if "synthetic" in dataset else None
    if n_samples is not None and n_samples < n_components[-1]:
        yield (
            f"datasets: {name}: synthetic: n_samples: {n_samples} samples for up to "
            f"{n_components[-1]} components (grid: n_components); draw more or try fewer"
        )


def family_problems(
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


def missing_file(name: str, dataset: Any, folders: Sequence[Path]) -> Iterator[str]:
    """Check that the file of a data set is there, whatever else is wrong with the data set."""
    file = dataset.get("file") if isinstance(dataset, Mapping) else None
    if isinstance(file, str) and file and data_file(file, folders) is None:
        places = ", ".join(str(folder) for folder in dict.fromkeys(folders))
        yield f"datasets: {name}: file: no file {file!r} in {places}{_advice(file, folders)}"


def _advice(file: str, folders: Sequence[Path]) -> str:
    """Return what may have been meant by the name of a file that is not there."""
    kinds = {_kind(folder / file) for folder in folders}
    if "folder" in kinds:
        return "; it is a folder: name a file in it"
    if "other" in kinds:
        return "; it is no regular file: write its contents to one"
    if "unknown" in kinds:
        return "; it may not be looked for there: see to its length and your rights"
    if "://" in file:
        return "; download it, and name the file here"
    if file.startswith("~") or "$" in file:
        return "; ~ and $ stand for themselves here: write the whole path"
    if "\\" in file and data_file(file.replace("\\", "/"), folders):
        return f"; write {file.replace(chr(92), '/')}"
    for folder in folders:
        near = nearest(Path(file).name, _files((folder / file).parent))
        if near:
            return f"; did you mean {Path(file).with_name(near)}?"
    return ""


def _files(folder: Path) -> list[str]:
    """Return the names of a folder's files, of very many some, of one that cannot be read none."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in islice(entries, _MOST_NAMES) if entry.is_file())
    except (OSError, ValueError):
        return []


def _kind(path: Path) -> str:
    """Return what a path leads to: file, folder, other, nothing, or unknown."""
    try:
        if path.is_file():
            return "file"
        if path.is_dir():
            return "folder"
        return "other" if path.exists() else "nothing"
    # A name that is too long, or a folder that may not be entered.
    except (OSError, ValueError):
        return "unknown"


def _synthetic_problems(where: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    for key in dataset:
        if key != "synthetic":
            yield f"{where}: {key} belongs to a file, not to synthetic data; remove it"
    mixture = dataset["synthetic"]
    ragged = False
    for key, rows in (
        ("means", mixture["means"]),
        ("covariances", [row for matrix in mixture["covariances"] for row in matrix]),
        ("covariances", mixture["covariances"]),
    ):
        if len({len(row) for row in rows}) > 1 and not ragged:
            ragged = True
            found = shown(mixture[key])
            yield f"{where}: synthetic: {key}: expected rows of one length, found {found}"
    if not ragged:
        problems = parameter_problems(mixture["weights"], mixture["means"], mixture["covariances"])
        for problem in problems:
            yield f"{where}: synthetic: {problem}"


def _file_problems(
    where: str, dataset: Mapping[str, Any], folders: Sequence[Path]
) -> Iterator[str]:
    path = data_file(dataset["file"], folders)
    if _REPLACED.search(str(path)):
        yield (
            f"{where}: file: Snakemake takes {{}} and <> in a path for names of its own, found "
            f"{str(path)!r}; rename the file or folder, or make a link to it"
        )
        return
    options = TableOptions.of(dataset)
    wrong = [f"{where}: {problem}" for problem in option_problems(options)]
    if wrong:
        yield from wrong
        return
    try:
        problems = header_problems(open_table(path, options), options)
    except UnreadableError as error:
        problems = [str(error)]
    except OSError as error:
        problems = [f"cannot be read: {error.strerror}"]
    for problem in problems:
        yield f"{where}: {dataset['file']}: {problem}"
