"""Where a result differs from what computing it again has given."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from fit_files import stored_cells
from gmm_core.grid import Cell

_CELLS_SHOWN = 5
_TEXT_SHOWN = 80
_TEXTS = (".csv", ".json")


def difference(found: Path, expected: Path) -> str:
    """Return where a result differs; empty if it does not.

    Args:
        found: the result.
        expected: what computing it again has given.
    """
    if found.read_bytes() == expected.read_bytes():
        return ""
    if found.suffix == ".npz":
        return _cells_that_differ(found, expected)
    if found.suffix in _TEXTS:
        return _line_that_differs(found, expected)
    return "differs from what computing it again gives"


def unreadable_fits(path: Path) -> str:
    """Return why a file cannot be read as fits; empty if it can."""
    try:
        stored_cells(path)
    except ValueError as error:
        return f"cannot be read as fits: {error}"
    return ""


def _cells_that_differ(found: Path, expected: Path) -> str:
    unreadable = unreadable_fits(found)
    if unreadable:
        return unreadable
    cells = {_key(cell): cell for cell in stored_cells(found)[1]}
    again = {_key(cell): cell for cell in stored_cells(expected)[1]}
    texts = [f"{_named(key)}: is not of this grid" for key in cells.keys() - again.keys()]
    for key, cell in again.items():
        other = _difference_of_cells(cells[key], cell) if key in cells else "is missing"
        texts += [f"{_named(key)}: {other}"] if other else []
    more = f"; and {len(texts) - _CELLS_SHOWN} more cells" if len(texts) > _CELLS_SHOWN else ""
    return "; ".join(texts[:_CELLS_SHOWN]) + more or "its bytes differ, though no cell does"


def _key(cell: Cell) -> tuple[str, int, int]:
    return cell.family, cell.n_components, cell.seed


def _named(key: tuple[str, int, int]) -> str:
    family, n_components, seed = key
    return f"cell of family {family}, n_components {n_components}, seed {seed}"


def _difference_of_cells(found: Cell, expected: Cell) -> str:
    """Return the first value that differs; empty if none does."""
    pairs = zip(_values(found), _values(expected), strict=False)
    for (name, value), (_, again) in pairs:
        if isinstance(again, np.ndarray):
            if value.tobytes() != again.tobytes():
                return f"its {name} differ"
        elif value != again and not (value != value and again != again):
            return f"{name}: expected {again}, found {value}"
    return ""


def _values(cell: Cell) -> Iterator[tuple[str, Any]]:
    fit, mixture = cell.fit, cell.fit.mixture
    yield from (("start", cell.start), ("n_parameters", cell.n_parameters))
    yield from (("outcome", str(fit.outcome)), ("message", fit.message))
    yield from (("n_iterations", fit.n_iterations), ("log_likelihood", fit.log_likelihood))
    yield from (("traces", fit.trace), ("counts", fit.counts), ("entropy", fit.entropy))
    yield ("log_max_responsibility", fit.log_max_responsibility)
    if mixture is not None:
        yield from (("weights", mixture.weights), ("means", mixture.means))
        yield ("covariances", mixture.covariances)


def _line_that_differs(found: Path, expected: Path) -> str:
    texts = (path.read_bytes().decode(errors="replace") for path in (found, expected))
    lines = zip_longest(*(text.split("\n") for text in texts), fillvalue="")
    for number, (line, again) in enumerate(lines, start=1):
        if line != again:
            return f"line {number}: expected {_part(again, line)}, found {_part(line, again)}"
    return "its bytes differ, though no character does"


def _part(line: str, other: str) -> str:
    """Return a line, of a long one the part that differs."""
    first = next(
        (i for i, pair in enumerate(zip(line, other, strict=False)) if len({*pair}) > 1), 0
    )
    begin = max(0, first - _TEXT_SHOWN // 2) if len(line) > _TEXT_SHOWN else 0
    return repr(line[begin : begin + _TEXT_SHOWN])
