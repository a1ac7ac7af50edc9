"""Read the samples of a data set from a CSV file; name the place of all that is wrong in it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from csv_header import NUMBER, feature_names, header_problems
from job import InputError, logged
from sample_files import Samples, sha256, write_samples

# The header is line 1.
_FIRST_DATA_LINE = 2
_PLACES_SHOWN = 3


def ingest(path: Path, name: str, dataset: str, columns: Sequence[str], label: str) -> Samples:
    """Return the samples of a CSV file with a header line.

    Args:
        path: the file.
        name: the file's name as the configuration gives it, for messages.
        dataset: the data set's name, for messages.
        columns: the features; if empty, all columns but the label.
        label: the column of known classes; empty for none.

    Raises:
        InputError: the file has no such table of numbers; the text names every problem's place.
    """
    table = _read_table(path)
    header = list(table.columns)
    features = feature_names(header, columns, label)
    problems = header_problems(header, columns, label)
    if not problems:
        problems = [text for feature in features for text in _cell_problems(table[feature])]
        problems += _label_problems(table, label)
        if not len(table):
            problems.append("there is no line below the header: add the samples")
    if problems:
        heading = f"Data set {dataset}: {name} cannot be read as a table of numbers:"
        raise InputError("\n".join([heading, *(f"  - {problem}" for problem in problems)]))
    codes, classes = _classes(table, label)
    return Samples(
        values=table[features].to_numpy(dtype=object).astype(np.float64),
        features=features,
        source={"file": Path(name).name, "sha256": sha256(path)},
        n_rows_read=len(table),
        n_rows_dropped=0,
        label=label,
        classes=classes,
        codes=codes,
    )


def _read_table(path: Path) -> pd.DataFrame:
    """Return every cell as text, under the names of the header line, which need not be unique."""
    try:
        cells = pd.read_csv(
            path,
            header=None,
            dtype=object,
            keep_default_na=False,
            skip_blank_lines=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
        )
    except pd.errors.EmptyDataError:
        raise InputError(f"{path}: the file is empty; it needs a header line and samples") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text in UTF-8 ({error}); save it as UTF-8") from None
    except pd.errors.ParserError as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise InputError(
            f"{path}: not a table with as many cells in every line as in the header: {reason}"
        ) from None
    table = cells.iloc[1:].reset_index(drop=True).fillna("")
    table.columns = [str(name).strip() for name in cells.iloc[0].fillna("")]
    return table


def _cell_problems(column: "pd.Series[str]") -> list[str]:
    """Return a text for each kind of cell that is not a finite number, with its first places."""
    text = column.str.strip()
    is_number = text.str.fullmatch(NUMBER)
    missing = _is_missing(text)
    infinite = text.str.fullmatch(r"(?i)[+-]?inf(?:inity)?")
    infinite |= is_number & np.isinf(text.where(is_number, "0").astype(np.float64))
    kinds = (
        (missing, "missing value", "fill it in or leave its line out"),
        (infinite, "infinite value", "correct it or leave its line out"),
        (
            ~is_number & ~missing & ~infinite,
            "not a number",
            "correct it, or name the columns to use under columns",
        ),
    )
    problems = []
    for mask, what, repair in kinds:
        lines = np.flatnonzero(mask) + _FIRST_DATA_LINE
        if lines.size:
            places = ", ".join(
                f"line {line} ({column[line - _FIRST_DATA_LINE]!r})"
                for line in lines[:_PLACES_SHOWN].tolist()
            )
            more = f" and {lines.size - _PLACES_SHOWN} more" if lines.size > _PLACES_SHOWN else ""
            problems.append(f"column {column.name}: {what} in {places}{more}; {repair}")
    return problems


def _label_problems(table: pd.DataFrame, label: str) -> list[str]:
    if not label or not _is_missing(table[label].str.strip()).any():
        return []
    line = int(np.flatnonzero(_is_missing(table[label].str.strip()))[0]) + _FIRST_DATA_LINE
    return [f"column {label}: no class in line {line}; fill it in or leave its line out"]


def _is_missing(text: "pd.Series[str]") -> "pd.Series[bool]":
    return text.str.lower().isin(["", "na", "nan", "null", "none"])


def _classes(table: pd.DataFrame, label: str) -> tuple[np.ndarray, list[str]]:
    if not label:
        return np.empty(0, dtype=np.int64), []
    classes, codes = np.unique(table[label].str.strip().to_numpy(dtype=str), return_inverse=True)
    return codes, classes.tolist()


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        write_samples(
            ingest(
                Path(snakemake.input.file),
                name=snakemake.params.file,
                dataset=snakemake.wildcards.dataset,
                columns=snakemake.params.columns,
                label=snakemake.params.label,
            ),
            values=Path(snakemake.output.samples),
            description=Path(snakemake.output.description),
            codes=Path(snakemake.output.labels),
        )
