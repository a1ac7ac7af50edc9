"""How a data file is to be read: the keys of a data set that say so, and what they mean if absent."""

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

WHITE_SPACE = "white space"
_DELIMITERS = {"tab": "\t", WHITE_SPACE: WHITE_SPACE}


@dataclass(frozen=True)
class TableOptions:
    """How to read a table.

    Attributes:
        columns: the features; if empty, every column that holds numbers and has no other role.
        label: the column of known classes; empty for none.
        row_names: the column of names of the rows; empty for none.
        weights: the column of sample weights; empty for none.
        missing: what to do with a row that lacks a value: "error" or "drop".
        header: whether the first line of a text or sheet names the columns; None if it must, and
            then its names may not be numbers.
        delimiter: what stands between the cells of a text; empty to find out.
        decimal: the decimal mark of a text, "." or ",".
        comment: the character from which on a line of a text is no data; empty for none.
        encoding: of a text, by Python's name; empty for UTF-8, or what its byte order mark says.
    """

    columns: tuple[str, ...] = ()
    label: str = ""
    row_names: str = ""
    weights: str = ""
    missing: str = "error"
    header: bool | None = None
    delimiter: str = ""
    decimal: str = "."
    comment: str = ""
    encoding: str = ""

    @classmethod
    def of(cls, dataset: Mapping[str, Any]) -> Self:
        """Return what the configuration of a data set says."""
        given = {field.name: dataset[field.name] for field in fields(cls) if field.name in dataset}
        given["columns"] = tuple(given.get("columns", ()))
        given["delimiter"] = _DELIMITERS.get(given.get("delimiter", ""), given.get("delimiter", ""))
        return cls(**given)

    @property
    def roles(self) -> dict[str, str]:
        """The columns that are no features, by the key that names them."""
        roles = {"label": self.label, "row_names": self.row_names, "weights": self.weights}
        return {key: name for key, name in roles.items() if name}


KEYS = tuple(field.name for field in fields(TableOptions))


def option_problems(options: TableOptions) -> Iterator[str]:
    """Yield what no file could be read with, each with the key."""
    single = {"delimiter": options.delimiter, "comment": options.comment}
    for key, value in single.items():
        if (
            value
            and value != WHITE_SPACE
            and (len(value) != 1 or value.isalnum() or value in '".\n\r')
        ):
            names = " or ".join(_DELIMITERS) if key == "delimiter" else ""
            other = f", or {names}" if names else ""
            yield f"{key}: expected one character that is no letter, digit, point or quote{other}, found {value!r}"
    marks = [options.delimiter, options.comment, options.decimal]
    if len(set(filter(None, marks))) < len(list(filter(None, marks))):
        yield "delimiter, decimal and comment: expected characters that differ from each other"
    if options.encoding:
        try:
            "0".encode(codecs.lookup(options.encoding).name)
        except (LookupError, TypeError, ValueError):
            yield f"encoding: unknown encoding {options.encoding!r}; utf-8, utf-16, latin-1, cp1252, ..."
    taken: dict[str, str] = dict.fromkeys(options.columns, "columns")
    for key, name in options.roles.items():
        if name in taken:
            yield f"{key}: column {name!r} is named under {taken[name]} too; remove one of them"
        taken[name] = key
