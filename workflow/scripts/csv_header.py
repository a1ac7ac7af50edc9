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
    if len(header) == 1 and re.search(r"[;\t|]", header[0]):
        return [f"line 1 has no comma: {header[0]!r}; save the file with commas between columns"]
    used = [*feature_names(header, columns, label), *([label] if label else [])]
    problems = []
    for place, name in enumerate(header, start=1):
        if not name and name in used:
            problems.append(
                f"line 1: column {place} has no name; name it, or name the features under columns"
            )
    repeated = [name for name in dict.fromkeys(used) if name and header.count(name) > 1]
    problems += [
        f"line 1: several columns are named {name!r}; rename all but one" for name in repeated
    ]
    for key, asked in (*(("columns", name) for name in columns), ("label", label)):
        if asked and asked not in header:
            problems.append(f"{key}: no column {asked!r}; the file has {', '.join(header)}")
    if not problems and not feature_names(header, columns, label):
        problems.append("no column is left as a feature: name some under columns")
    return problems


def feature_names(header: Sequence[str], columns: Sequence[str], label: str) -> list[str]:
    """Return the columns that are features, in the file's order."""
    if columns:
        return [name for name in header if name in columns]
    return [name for name in header if not label or name != label]
