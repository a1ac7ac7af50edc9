"""A data file as a table: the names of its columns, and its rows in pieces."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from problems import Problems

# Cells in a piece: some megabytes.
PIECE_CELLS = 1 << 19


class Wanted(NamedTuple):
    """The columns to read, by their indices: some as numbers, some as texts."""

    numbers: frozenset[int]
    texts: frozenset[int]

    @property
    def all(self) -> list[int]:
        """Return the indices in the file's order."""
        return sorted(self.numbers | self.texts)


class Piece(NamedTuple):
    """Some rows of a table.

    Attributes:
        places: (n,) the line or row of the file in which each row begins, counted from 1.
        columns: the wanted columns by their index, each (n,). One of numbers is float64 with nan
            for a missing value, or, if some cell is anything else, objects: the cells as they are.
            One of texts is always objects.
    """

    places: NDArray[np.int64]
    columns: Mapping[int, NDArray[Any]]


@dataclass(frozen=True)
class Table:
    """A table in a file.

    Attributes:
        names: the names of its columns.
        place: what a place is: "line" in a text, else "row".
        pieces: a function from the wanted columns, and what gathers problems, to all the rows; it
            raises UnreadableError where the file cannot be read on.
        header: the place of the names, empty where the format knows names from data.
        typed: whether the format tells texts from numbers.
        decimal: the decimal mark of texts.
        set_aside: columns that are no features unless asked for, each with the reason.
    """

    names: list[str]
    place: str
    pieces: Callable[[Wanted, Problems], Iterator[Piece]]
    header: str = ""
    typed: bool = True
    decimal: str = "."
    set_aside: Mapping[str, str] = field(default_factory=dict)
