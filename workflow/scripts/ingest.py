"""Read the samples of a data set from a file; name the place of all that is wrong in it."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from columns import Columns
from formats.table import Table
from header import header_problems, open_table
from job import logged
from problems import Problems, UnreadableError, unreadable
from sample_files import (
    ArrayWriter,
    RowNamesWriter,
    Samples,
    read_rows,
    recode,
    sha256,
    write_description,
)
from table_options import TableOptions
from whole_files import complete_files
from withdrawal import withdrawn_if_refused

_NO_NUMBERS = "no numbers in it"


@dataclass
class _Findings:
    """What the rows of a table turned out to be."""

    features: list[str]
    n_rows: int
    dropped: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    classes: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def ingest(
    path: Path, name: str, dataset: str, options: TableOptions, files: Mapping[str, Path]
) -> None:
    """Write the samples of a file.

    Args:
        path: the file.
        name: the file's name as the configuration gives it, for messages.
        dataset: the data set's name, for messages.
        options: how to read it.
        files: the files to write, by the names of `layout.prepared`; none is left if it fails.

    Raises:
        RefusedError: the file has no such table of numbers; the text names every problem's place.
    """
    with complete_files(files) as parts:
        problems, names = Problems(), []
        try:
            table = open_table(path, options)
            names = table.names
            for text in header_problems(table, options):
                problems.note(text)
            if not problems.texts():
                findings = _read(table, options, parts, problems)
        except UnreadableError as error:
            problems.note(str(error))
        if problems.texts():
            raise unreadable(dataset, name, problems.texts(names))
        samples = Samples(
            values=read_rows(parts["samples"]),
            features=findings.features,
            source={"file": Path(name).name, "sha256": sha256(path)},
            n_rows_read=findings.n_rows,
            n_rows_dropped=len(findings.dropped),
            label=options.label,
            classes=findings.classes,
            dropped=findings.dropped,
            left_out=findings.left_out,
            named_by=options.row_names or "",
            weighted_by=options.weights,
        )
        write_description(samples, parts["samples"], parts["description"])


def _read(
    table: Table, options: TableOptions, files: Mapping[str, Path], problems: Problems
) -> _Findings:
    """Write what a table holds; in one pass, or two if a column of the first rows stays empty."""
    empty: list[int] = []
    while True:
        columns = Columns(table, options, problems, empty)
        findings = _pass(columns, table, files, problems)
        no_numbers = columns.without_numbers
        for j in no_numbers:
            problems.forget(table.names[j])
        empty += [j for j in no_numbers if j in columns.features]
        if not set(empty) & set(columns.features) or problems.texts():
            break
    left_out = {table.names[j]: _NO_NUMBERS for j in sorted({*empty, *no_numbers})}
    findings.left_out = left_out if options.columns else {**table.set_aside, **left_out}
    _check_whole(findings, columns, options, problems)
    return findings


def _pass(
    columns: Columns, table: Table, files: Mapping[str, Path], problems: Problems
) -> _Findings:
    """Write values, codes, weights, names of rows and dropped rows in a stream."""
    classes: dict[str, int] = {}
    findings = _Findings(features=[table.names[j] for j in columns.features], n_rows=0)
    with ExitStack() as stack:
        values, codes, weights, dropped = (
            stack.enter_context(ArrayWriter(files[name], dtype, shape))
            for name, dtype, shape in (
                ("samples", "float64", (len(columns.features),)),
                ("labels", "int64", ()),
                ("weights", "float64", ()),
                ("dropped", "int64", ()),
            )
        )
        names = stack.enter_context(RowNamesWriter(files["row_names"]))
        for piece in table.pieces(columns.wanted, problems):
            rows = columns.read(piece)
            values.append(rows.values)
            codes.append(np.array([classes.setdefault(text, len(classes)) for text in rows.labels]))
            weights.append(rows.weights)
            dropped.append(rows.dropped)
            names.append(rows.names)
    findings.n_rows, findings.dropped = columns.n_rows, np.load(files["dropped"])
    findings.classes = sorted(classes)
    if classes:
        order = {text: place for place, text in enumerate(findings.classes)}
        recode(files["labels"], np.array([order[text] for text in classes]))
    return findings


def _check_whole(
    findings: _Findings, columns: Columns, options: TableOptions, problems: Problems
) -> None:
    """Note what only the last row tells."""
    if problems.texts():
        return
    if not findings.n_rows:
        problems.note("there is no row below the names of the columns; add the samples")
    elif not findings.features:
        problems.note(f"no column holds numbers ({_listed(list(findings.left_out))}); add one")
    elif len(findings.dropped) == findings.n_rows:
        problems.note(
            f"all {findings.n_rows} rows lack a value and would be dropped; fill in values, or "
            "name columns that have them under columns"
        )
    elif options.weights and not columns.positive_weight:
        problems.note(f"column {options.weights}: every weight is 0; some must be above")


def _listed(names: Sequence[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


if __name__ == "__main__":
    import json

    results = Path(snakemake.output.samples).parents[1]
    with logged(snakemake.log[0]), withdrawn_if_refused(results):
        ingest(
            Path(snakemake.input.file),
            snakemake.params.file,
            snakemake.wildcards.dataset,
            TableOptions.of(json.loads(snakemake.params.options)),
            {name: Path(path) for name, path in snakemake.output.items()},
        )
