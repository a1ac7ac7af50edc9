"""The header line of a CSV file, and what is wrong with it."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

NUMBER = r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*"


def read_header(path: Path) -> list[str]:
    """Return the column names of a CSV file; none if it is empty or not UTF-8 text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            row = next(csv.reader(file, skipinitialspace=True), [])
    except UnicodeDecodeError:
        return []
    return [name.strip() for name in row]


def header_problems(header: Sequence[str], columns: Sequence[str], label: str) -> list[str]:
    """Return what is wrong with a header line, given the columns that are asked for.

    Args:
        header: the column names.
        columns: the features that are asked for; if empty, all columns but the label.
        label: the column of known classes; empty for none.
    """
    if not header:
        return ["it has no header line in UTF-8: save it as CSV with the names in line 1"]
    if all(re.fullmatch(NUMBER, name) for name in header):
        return ["line 1 holds numbers, not names: add a header line"]
    problems = [f"line 1: column {j} has no name" for j, name in enumerate(header, 1) if not name]
    repeated = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
    problems += [f"line 1: several columns are named {name!r}" for name in repeated]
    for key, asked in (*(("columns", name) for name in columns), ("label", label)):
        if asked and asked not in header:
            problems.append(f"{key}: no column {asked!r}; the file has {', '.join(header)}")
    if not problems and not feature_names(header, columns, label):
        problems.append("no column is left as a feature: name some under columns")
    return problems


def feature_names(header: Sequence[str], columns: Sequence[str], label: str) -> list[str]:
    """Return the columns that are features, in the file's order."""
    wanted = set(columns) or set(header) - {label}
    return [name for name in header if name in wanted]
