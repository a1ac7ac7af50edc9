"""How a data file is to be read: the keys that say so, and what they mean if absent."""

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
        row_names: the column of names of the rows, empty for the one without a name; or None.
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
    row_names: str | None = None
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
        roles = {
            "label": self.label or None,
            "row_names": self.row_names,
            "weights": self.weights or None,
        }
        return {key: name for key, name in roles.items() if name is not None}


KEYS = tuple(field.name for field in fields(TableOptions))


def option_problems(options: TableOptions) -> Iterator[str]:
    """Yield what no file could be read with, each with the key."""
    for key in ("delimiter", "comment"):
        value = getattr(options, key)
        if value and value != WHITE_SPACE and not _is_sign(value):
            names = ", tab or white space" if key == "delimiter" else ""
            yield (
                f"{key}: expected one character that is no letter, digit, point or quote{names}, "
                f"found {value!r}"
            )
    signs = [sign for sign in (options.delimiter, options.comment, options.decimal) if sign]
    if len(set(signs)) < len(signs):
        yield "delimiter, comment, decimal: expected characters that differ from each other"
    if options.encoding and not _is_encoding(options.encoding):
        known = "utf-8, utf-16, latin-1, cp1252"
        yield f"encoding: unknown encoding {options.encoding!r}; some of those known: {known}"
    taken: dict[str, str] = dict.fromkeys(options.columns, "columns")
    for key, name in options.roles.items():
        if name in taken:
            yield f"{key}: column {name!r} stands under {taken[name]} too; remove one of them"
        taken[name] = key


def _is_sign(text: str) -> bool:
    printable = text == "\t" or (text.isascii() and text.isprintable())
    return len(text) == 1 and printable and not text.isalnum() and text not in " .+-\"'"


def _is_encoding(name: str) -> bool:
    try:
        return "0".encode(name).decode(name) == "0"
    except (LookupError, TypeError, ValueError):
        return False
