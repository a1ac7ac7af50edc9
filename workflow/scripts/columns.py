"""The columns of a table as its rows pass: their numbers, their texts, and all that is wrong."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cells import MISSING, NUMERIC, Kind, classify, shown
from formats.table import Piece, Table, Wanted
from header import candidates, without_numbers
from problems import PLACES_SHOWN, Problems
from table_options import TableOptions

_NO_CLASS = ("no class", Kind.MISSING.value[1])
_NEGATIVE = ("negative weight", "correct it or leave its row out")


class Rows(NamedTuple):
    """Some rows of a table, those without a missing value if such rows are to be dropped.

    Attributes:
        values: (n, D) the features.
        labels: n names of classes, none without a label.
        weights: (n,) or (0,).
        names: n names of rows, none without row names.
        dropped: indices of the dropped rows, the first of the file being 0.
    """

    values: NDArray[np.float64]
    labels: Sequence[str]
    weights: NDArray[np.float64]
    names: Sequence[str]
    dropped: NDArray[np.int64]


class Columns:
    """Reads the columns that are asked for; after the last row its findings are complete.

    Attributes:
        features: the columns that are features, as far as the first rows tell.
        n_rows: rows so far, dropped ones too.
        positive_weight: whether any weight so far is above 0.
    """

    def __init__(
        self, table: Table, options: TableOptions, problems: Problems, empty: Iterable[int]
    ) -> None:
        """Begin before the first row.

        Args:
            table: the table.
            options: how to read it.
            problems: gathers what is wrong.
            empty: columns that are known to hold no numbers.
        """
        self.n_rows = 0
        self.positive_weight = False
        self._table, self._options, self._problems = table, options, problems
        self._candidates = [j for j in candidates(table, options) if j not in empty]
        self.features = [j for j in self._candidates if j not in without_numbers(table, options)]
        self._n_numbers = dict.fromkeys(self._candidates, 0)
        self._roles = {key: table.names.index(name) for key, name in options.roles.items()}

    @property
    def wanted(self) -> Wanted:
        """The columns to read."""
        texts = {j for key, j in self._roles.items() if key != "weights"}
        weights = {self._roles["weights"]} if "weights" in self._roles else set()
        return Wanted(frozenset({*self._candidates, *weights}), frozenset(texts))

    @property
    def without_numbers(self) -> list[int]:
        """The candidates in which no number has been seen, if numbers are what decides."""
        return [j for j in self._candidates if not self._n_numbers[j] and not self._options.columns]

    def read(self, piece: Piece) -> Rows:
        """Return the next rows."""
        numbers = {j: self._numbers(j, piece) for j in self._candidates}
        none = np.empty((len(piece.places), 0))
        values = np.column_stack([none, *(numbers[j] for j in self.features)])
        labels = self._labels(piece)
        weights = self._weights(piece)
        names = self._texts("row_names", piece)
        kept = np.ones(len(values), dtype=bool)
        if self._options.missing == "drop":
            kept &= ~np.isnan(values).any(axis=1)
            kept &= ~np.isnan(weights) if len(weights) else True
            kept &= np.array([not _is_missing(text) for text in labels]) if labels else True
        dropped = self.n_rows + np.flatnonzero(~kept)
        self.n_rows += len(values)
        self.positive_weight |= bool((weights[kept] > 0.0).any()) if len(weights) else False
        if kept.all():
            return Rows(values, labels, weights, names, dropped)
        places = np.flatnonzero(kept).tolist()
        return Rows(
            values[kept],
            [labels[i] for i in places] if labels else [],
            weights[kept] if len(weights) else weights,
            [names[i] for i in places] if names else [],
            dropped,
        )

    def _numbers(self, j: int, piece: Piece) -> NDArray[np.float64]:
        """Return a column as numbers, nan where there is none, and note what is wrong."""
        cells = piece.columns[j]
        if cells.dtype != object:
            missing, infinite = np.isnan(cells), np.isinf(cells)
            self._count(j, len(cells) - int(missing.sum()))
            self._tell(j, Kind.MISSING, np.flatnonzero(missing), piece)
            self._tell(j, Kind.INFINITE, np.flatnonzero(infinite), piece)
            return cells
        values = np.empty(len(cells))
        found: dict[Kind, list[int]] = {}
        for place, cell in enumerate(cells):
            kind, values[place] = classify(cell, self._table.decimal, typed=self._table.typed)
            if kind is not Kind.NUMBER:
                found.setdefault(kind, []).append(place)
        self._count(j, len(cells) - sum(len(p) for k, p in found.items() if k not in NUMERIC))
        for kind in Kind:
            self._tell(j, kind, found.get(kind, []), piece)
        return values

    def _count(self, j: int, n_numbers: int) -> None:
        if j in self._n_numbers:
            self._n_numbers[j] += n_numbers

    def _tell(self, j: int, kind: Kind, rows: Sequence[int], piece: Piece) -> None:
        """Note cells that are of a kind, by their rows in a piece."""
        if len(rows) and not (kind is Kind.MISSING and self._options.missing == "drop"):
            mark = self._table.decimal
            words = {
                "mark": "," if mark == "." else ".",
                "other": "comma" if mark == "." else "point",
            }
            what, repair = kind.value
            what, repair = what.format(**words), repair.format(**words)
            self._add(j, what, repair, rows, piece, show=kind is not Kind.MISSING)

    def _add(
        self, j: int, what: str, repair: str, rows: Sequence[int], piece: Piece, *, show: bool
    ) -> None:
        places = []
        for row in rows[:PLACES_SHOWN]:
            cell = f" ({shown(piece.columns[j][row])})" if show else ""
            places.append(f"{self._table.place} {piece.places[row]}{cell}")
        self._problems.add(self._table.names[j], what, repair, places, len(rows))

    def _labels(self, piece: Piece) -> Sequence[str]:
        labels = self._texts("label", piece)
        if labels and self._options.missing == "error":
            rows = [row for row, text in enumerate(labels) if _is_missing(text)]
            if rows:
                self._add(self._roles["label"], *_NO_CLASS, rows, piece, show=False)
        return labels

    def _weights(self, piece: Piece) -> NDArray[np.float64]:
        if "weights" not in self._roles:
            return np.empty(0)
        j = self._roles["weights"]
        weights = self._numbers(j, piece)
        negative = np.flatnonzero(weights < 0.0)
        if len(negative):
            self._add(j, *_NEGATIVE, negative, piece, show=True)
        return weights

    def _texts(self, key: str, piece: Piece) -> Sequence[str]:
        if key not in self._roles:
            return []
        return [_text(cell) for cell in piece.columns[self._roles[key]]]


def _is_missing(text: str) -> bool:
    return text.lower() in MISSING


def _text(cell: Any) -> str:
    """Return a cell as text; 1.0 is 1, as a table of text would have it."""
    if cell is None:
        return ""
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if whole else cell).strip()
