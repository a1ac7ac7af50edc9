"""Read the samples of a data set from a file; name the place of all that is wrong in it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from header import NUMBER, feature_names, header_problems, read_header
from job import InputError, logged
from sample_files import ArrayWriter, Samples, read_rows, recode, sha256, write_description
from tables import MISSING, NotNumbersError, pieces, text_pieces

_PLACES_SHOWN = 3


def ingest(
    path: Path,
    name: str,
    dataset: str,
    columns: Sequence[str],
    label: str,
    *,
    values: Path,
    description: Path,
    codes: Path,
    weights: Path,
) -> None:
    """Write the samples of a file.

    Args:
        path: the file.
        name: the file's name as the configuration gives it, for messages.
        dataset: the data set's name, for messages.
        columns: the features; if empty, all columns but the label.
        label: the column of known classes; empty for none.
        values, description, codes, weights: the files to write; there are no weights.

    Raises:
        InputError: the file has no such table of numbers; the text names every problem's place.
    """
    header = read_header(path)
    features = feature_names(header, columns, label)
    problems = header_problems(header, columns, label)
    classes: list[str] = []
    if not problems:
        places = [header.index(feature) for feature in features]
        label_place = header.index(label) if label else None
        try:
            classes = _write(path, places, label_place, values, codes)
        except NotNumbersError:
            problems = _problems(path, features, label) or ["a line is not in the form of a table"]
    n_samples = 0 if problems else read_rows(values).shape[0]
    if not problems and not n_samples:
        problems = ["there is no line below the header: add the samples"]
    if problems:
        heading = f"Data set {dataset}: {name} cannot be read as a table of numbers:"
        raise InputError("\n".join([heading, *(f"  - {problem}" for problem in problems)]))
    samples = Samples(
        values=read_rows(values),
        features=features,
        source={"file": Path(name).name, "sha256": sha256(path)},
        n_rows_read=n_samples,
        n_rows_dropped=0,
        label=label,
        classes=classes,
    )
    np.save(weights, np.empty(0))
    write_description(samples, values, description)


def _write(
    path: Path, features: Sequence[int], label: int | None, values: Path, codes: Path
) -> list[str]:
    """Write values and codes in a stream; return the names of the classes."""
    seen: dict[str, int] = {}
    with (
        ArrayWriter(values, "float64", (len(features),)) as rows,
        ArrayWriter(codes, "int64", ()) as numbers,
    ):
        for piece in pieces(path, features, label):
            rows.append(piece.values)
            numbers.append(np.array([seen.setdefault(text, len(seen)) for text in piece.labels]))
    classes = sorted(seen)
    if classes:
        order = {text: place for place, text in enumerate(classes)}
        recode(codes, np.array([order[text] for text in seen]))
    return classes


def _problems(path: Path, features: Sequence[str], label: str) -> list[str]:
    """Return a text for each kind of cell that no sample can have, with its first places."""
    if path.suffix in (".npy", ".parquet"):
        return ["a value is missing, infinite or no number; correct it or leave its row out"]
    found: dict[tuple[str, str, str], list[tuple[int, str]]] = defaultdict(list)
    totals: dict[tuple[str, str, str], int] = defaultdict(int)
    parts = text_pieces(path)
    first = next(parts)
    names = [str(name).strip() for name in first.iloc[0].fillna("")]
    for part in chain([first.iloc[1:]], parts):
        table = part.fillna("").set_axis(names, axis=1)
        for column in (*features, *([label] if label else [])):
            kinds = _kinds(table[column]) if column in features else _label_kinds(table[column])
            for (what, repair), wrong in kinds:
                key = (column, what, repair)
                totals[key] += int(wrong.sum())
                places = np.flatnonzero(wrong)[: _PLACES_SHOWN - len(found[key])]
                # The header is line 1, and pandas counts it as row 0.
                found[key] += [(int(table.index[i]) + 1, table[column].iloc[i]) for i in places]
    return [
        _described(*key, found[key], totals[key])
        for column in (*features, label)
        for key in totals
        if key[0] == column and totals[key]
    ]


def _described(
    column: str, what: str, repair: str, places: Sequence[tuple[int, str]], total: int
) -> str:
    shown = ", ".join(f"line {line} ({text!r})" for line, text in places)
    more = f" and {total - len(places)} more" if total > len(places) else ""
    return f"column {column}: {what} in {shown}{more}; {repair}"


def _kinds(column: "pd.Series[str]") -> Iterator[tuple[tuple[str, str], NDArray[np.bool_]]]:
    """Yield what is wrong with cells of a feature, what to do, and which cells are meant."""
    text = column.str.strip()
    is_number = text.str.fullmatch(NUMBER).to_numpy(dtype=bool)
    missing = _is_missing(text)
    infinite = text.str.fullmatch(r"(?i)[+-]?inf(?:inity)?").to_numpy(dtype=bool)
    infinite = infinite | (is_number & np.isinf(text.where(is_number, "0").astype(np.float64)))
    yield ("missing value", "fill it in or leave its line out"), missing
    yield ("infinite value", "correct it or leave its line out"), infinite
    yield (
        ("not a number", "correct it, or name the columns to use under columns"),
        ~is_number & ~missing & ~infinite,
    )


def _label_kinds(column: "pd.Series[str]") -> Iterator[tuple[tuple[str, str], NDArray[np.bool_]]]:
    yield ("no class", "fill it in or leave its line out"), _is_missing(column.str.strip())


def _is_missing(text: "pd.Series[str]") -> NDArray[np.bool_]:
    return text.str.lower().isin(MISSING).to_numpy(dtype=bool)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        ingest(
            Path(snakemake.input.file),
            name=snakemake.params.file,
            dataset=snakemake.wildcards.dataset,
            columns=snakemake.params.columns,
            label=snakemake.params.label,
            values=Path(snakemake.output.samples),
            description=Path(snakemake.output.description),
            codes=Path(snakemake.output.labels),
            weights=Path(snakemake.output.weights),
        )
