"""Reading an Excel workbook."""

from pathlib import Path

import openpyxl
import pytest

from job import InputError
from sample_files import Samples


def read(path: Path, rows: list, n_sheets: int = 1, **keys: object) -> Samples:
    from test_ingest import read as read_file

    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    for _ in range(n_sheets - 1):
        workbook.create_sheet()
    workbook.save(path / "t.xlsx")
    return read_file(path / "t.xlsx", **keys)


def test_numbers_come_back_to_the_bit(tmp_path: Path) -> None:
    rows = [[0.1, 2**53], [1e300, -1], [5e-324, 3.0]]
    samples = read(tmp_path, [["a", "b"], *rows, [], [None, None]])
    assert samples.features == ["a", "b"]
    assert samples.values.tolist() == rows


def test_columns_without_numbers_are_left_out(tmp_path: Path) -> None:
    samples = read(tmp_path, [["a", "t", "b"], [1, "x", True], [2, None, False]])
    assert samples.features == ["a"]
    assert list(samples.left_out) == ["t", "b"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["a", "b"], [1, None], [2, 3]], "column b: missing value in row 2"),
        ([["a"], ["3.5"]], "column a: number stored as text in row 2"),
        ([["a", "b"], [1, 2], [], [3, 4]], "blank row in row 3"),
        ([["a"], [1, 2]], "cells beyond the 1 columns with a name in row 2"),
        ([[1, 2], [3, 4]], "row 1 holds '1' where the name of a column is expected"),
        ([], "the sheet is empty"),
    ],
)
def test_a_problem_has_its_row(tmp_path: Path, rows: list, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, rows)


def test_several_sheets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it holds 2 sheets"):
        read(tmp_path, [["a"], [1]], 2)
