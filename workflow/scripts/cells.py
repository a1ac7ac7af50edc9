"""What a cell of a table is: a number, missing, or something that is not to be read as a number."""

import datetime
import math
import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Texts of a missing value, in lower case.
MISSING = frozenset(("", ".", "na", "n/a", "#n/a", "nan", "+nan", "-nan", "null", "none"))
_LARGEST_EXACT = 2**53
_SHOWN = 40


class Kind(Enum):
    """What a cell is: in words, and what to do about it."""

    NUMBER = ("number", "")
    MISSING = (
        "missing value",
        "fill it in, or write missing: drop to leave such rows out",
    )
    INFINITE = ("infinite value", "correct it or leave its row out")
    INEXACT = (
        "whole number with more digits than float64 holds",
        "leave such a column out if it holds identifiers, or round it to 15 digits",
    )
    OTHER_MARK = (
        "{other} in a number",
        'write decimal: "{mark}" if it is the decimal mark, else write the number without it',
    )
    THOUSANDS = ("separator of thousands in a number", "write the number without it")
    PERCENT = ("percentage", "write the number without the sign")
    SIGN = ("sign beside a number", "write a plain number, or leave the column out")
    NUMBER_AS_TEXT = ("number stored as text", "store the column as numbers")
    BOOLEAN = ("true or false", "write 0 and 1 if these are numbers, or leave the column out")
    DATE = ("date or time", "write it as a number, or leave the column out")
    TEXT = ("not a number", "correct it, or name the columns to use under columns")


# A column with such cells is one of numbers, if a dirty one.
NUMERIC = frozenset(
    (
        *(Kind.NUMBER, Kind.INFINITE, Kind.INEXACT, Kind.OTHER_MARK, Kind.THOUSANDS),
        *(Kind.PERCENT, Kind.SIGN, Kind.NUMBER_AS_TEXT),
    )
)

_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
# What people write before or after a number: bounds, currencies, other dashes, quotes, footnotes.
_SIGNS = " <>\u2264\u2265=~\u2248\u00b1$\u20ac\u00a3\u00a5\u2212\u2013'`\u2019()*\u00b0\u2030"
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?|\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d*)?)?", re.ASCII
)


def _patterns(mark: str, other: str) -> tuple[re.Pattern[str], ...]:
    """Return patterns of a number, one with the other mark, one with thousands, a percentage."""
    mark, other = re.escape(mark), re.escape(other)
    exponent = "(?:[eE][+-]?[0-9]+)?"

    def number(mark: str) -> str:
        return f"[+-]?(?:[0-9]+{mark}?[0-9]*|{mark}[0-9]+){exponent}"

    thousands = f"[+-]?[0-9]{{1,3}}(?:[{other} '\u2019_\u00a0\u202f][0-9]{{3}})+(?:{mark}[0-9]*)?"
    texts = (number(mark), number(other), thousands, rf"{number(mark)}\s*%")
    return tuple(re.compile(text) for text in texts)


_PATTERNS = {".": _patterns(".", ","), ",": _patterns(",", ".")}


def is_number(text: str, decimal: str = ".") -> bool:
    """Return whether a text is a number, with white space around it or not."""
    return _PATTERNS[decimal][0].fullmatch(text.strip()) is not None


def classify(cell: Any, decimal: str = ".", *, typed: bool = False) -> tuple[Kind, float]:
    """Return what a cell is, and its value; nan if it is no finite number.

    Args:
        cell: a text, a number, a truth value, a date or None.
        decimal: the decimal mark of texts.
        typed: whether the file tells texts from numbers.
    """
    if isinstance(cell, str):
        kind, value = _classify_text(cell.strip(), decimal)
        return (Kind.NUMBER_AS_TEXT, math.nan) if typed and kind is Kind.NUMBER else (kind, value)
    if cell is None:
        return Kind.MISSING, math.nan
    if isinstance(cell, bool | np.bool_):
        return Kind.BOOLEAN, math.nan
    if isinstance(cell, int):
        return _whole(cell)
    if isinstance(cell, datetime.date | datetime.time | datetime.timedelta):
        return Kind.DATE, math.nan
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        return Kind.TEXT, math.nan
    return _finite(value)


def as_numbers(
    cells: Sequence[Any], decimal: str = ".", *, typed: bool = False
) -> NDArray[np.float64] | None:
    """Return cells as numbers, nan for a missing one; None if one is anything else."""
    values = np.empty(len(cells))
    for place, cell in enumerate(cells):
        kind, values[place] = classify(cell, decimal, typed=typed)
        if kind not in (Kind.NUMBER, Kind.MISSING):
            return None
    return values


def objects(cells: Iterable[Any]) -> NDArray[np.object_]:
    """Return cells as a one-dimensional array of whatever they are."""
    cells = list(cells)
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def shown(cell: Any) -> str:
    """Return a cell for a message."""
    text = repr(cell.strip()) if isinstance(cell, str) else str(cell)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _classify_text(text: str, decimal: str) -> tuple[Kind, float]:
    number, other_mark, thousands, percent = _PATTERNS[decimal]
    if number.fullmatch(text):
        value = float(text.replace(decimal, "."))
        if abs(value) >= _LARGEST_EXACT and math.isfinite(value) and text.lstrip("+-").isdigit():
            return _whole(int(text))
        return _finite(value)
    if text.lower() in MISSING:
        return Kind.MISSING, math.nan
    if _INFINITE.fullmatch(text):
        return Kind.INFINITE, math.nan
    if other_mark.fullmatch(text):
        return Kind.OTHER_MARK, math.nan
    other_thousands = _PATTERNS["," if decimal == "." else "."][2]
    if thousands.fullmatch(text) or other_thousands.fullmatch(text):
        return Kind.THOUSANDS, math.nan
    if percent.fullmatch(text):
        return Kind.PERCENT, math.nan
    bare = text.strip(_SIGNS)
    if bare != text and _classify_text(bare, decimal)[0] in NUMERIC:
        return Kind.SIGN, math.nan
    if text.lower() in ("true", "false"):
        return Kind.BOOLEAN, math.nan
    return (Kind.DATE if _DATE.fullmatch(text) else Kind.TEXT), math.nan


def _whole(number: int) -> tuple[Kind, float]:
    try:
        value = float(number)
    except OverflowError:
        return Kind.INFINITE, math.nan
    return (Kind.NUMBER, value) if int(value) == number else (Kind.INEXACT, math.nan)


def _finite(value: float) -> tuple[Kind, float]:
    if math.isnan(value):
        return Kind.MISSING, math.nan
    return (Kind.INFINITE, math.nan) if math.isinf(value) else (Kind.NUMBER, value)
