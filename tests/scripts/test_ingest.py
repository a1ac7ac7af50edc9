"""Reading a CSV file: exact numbers, and every problem with its line and column."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tables
from ingest import ingest
from job import InputError
from sample_files import Samples, read_samples


def read(path: Path, columns: tuple[str, ...] = (), label: str = "") -> Samples:
    files = {name: path.with_name(name) for name in ("values", "description", "codes", "weights")}
    ingest(path, path.name, "test", columns, label, **files)
    return read_samples(files["values"], files["description"])


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write


@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=1))
def test_numbers_come_back_to_the_bit(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    lines = ["first,second", *(f"{a!r},{b!r}" for a, b in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    values = read(path).values
    assert values.tobytes() == np.array(rows, dtype=np.float64).tobytes()


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\n1,2\n3,4",
        '"a","b"\n"1","2"\n"3","4"\n',
        " a , b \n 1 , 2 \n+3,4e0\n",
        "\ufeffa,b\n1,2\n3,4\n",
        '"a","b"\n1,2\n"3",4\n',
    ],
)
def test_spellings_of_one_table_are_one_table(written, text: str) -> None:
    samples = read(written(text))
    assert list(samples.features) == ["a", "b"]
    assert samples.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert (samples.n_rows_read, samples.n_rows_dropped) == (2, 0)


def test_features_stand_in_the_order_of_the_file(written) -> None:
    samples = read(written("a,b,c\n1,2,3\n"), columns=("c", "a"))
    assert list(samples.features) == ["a", "c"]
    assert samples.values.tolist() == [[1.0, 3.0]]


def test_a_column_without_a_name_may_stand_beside_named_features(written) -> None:
    samples = read(written(",a,b\n1,2,3\n2,4,5\n"), columns=("a", "b"))
    assert samples.values.tolist() == [[2.0, 3.0], [4.0, 5.0]]


def test_label_is_kept_apart(written) -> None:
    path = written("a,kind\n1,y\n2,x\n3,y\n")
    samples = read(path, label="kind")
    assert list(samples.features) == ["a"]
    assert samples.classes == ["x", "y"]
    assert np.load(path.with_name("codes")).tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n3,x\n", "column b: not a number in line 3 ('x'); correct it"),
        ("a\n1,5\n", "Expected 1 fields in line 2, saw 2"),
        ('a\n"1,5"\n', "column a: not a number in line 2 ('1,5')"),
        ("a\n1_000\n", "column a: not a number in line 2 ('1_000')"),
        ("a\n\uff11\n", "column a: not a number in line 2 ('\uff11')"),
        ("a\n1\n0x10\n", "column a: not a number in line 3 ('0x10')"),
        ("a\n0x10\n", "column a: not a number in line 2 ('0x10')"),
        ("a\n1e999\n", "column a: infinite value in line 2 ('1e999')"),
        ("a\n-inf\n", "column a: infinite value in line 2 ('-inf')"),
        ("a,b\n1,\n2,NA\n3,nan\n4,\n", "column b: missing value in line 2 (''), line 3 ('NA'), li"),
        ("a,b\n1,\n2,NA\n3,nan\n4,\n", "and 1 more; fill it in or leave its line out"),
        ("a,b\n1,2\n3\n", "column b: missing value in line 3 ('')"),
        ("a,b\n1,2\n\n3,4\n", "column a: missing value in line 3 ('')"),
        ("a,a\n1,2\n", "line 1: several columns are named 'a'"),
        ("a,\n1,2\n", "line 1: column 2 has no name; name it, or name the features under columns"),
        ("a;b\n1;2\n", "line 1 has no comma: 'a;b'; save the file with commas between columns"),
        ("1,2\n3,4\n", "line 1 holds numbers, not names: add a header line"),
        ("a,b\n", "there is no line below the header: add the samples"),
        ("", "the file is empty"),
        (b"a\n\xff\xfe\n", "not text in UTF-8"),
    ],
)
def test_a_problem_says_where_what_and_the_repair(written, text, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        read(written(text))
    assert expected in str(raised.value)


def test_all_problems_of_a_file_are_told_at_once(written) -> None:
    with pytest.raises(InputError) as raised:
        read(written("a,b,kind\nx,1,u\n2,,\n"), label="kind")
    heading, *lines = str(raised.value).splitlines()
    assert heading == "Data set test: table.csv cannot be read as a table of numbers:"
    assert len(lines) == 3


@pytest.fixture
def table() -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "a": random.normal(size=3000) * 10.0 ** random.integers(-300, 300, size=3000),
            "kind": random.choice(["y", "x"], size=3000),
            "b": random.integers(-(2**53), 2**53, size=3000),
        }
    )


def test_csv_and_parquet_give_the_same_samples(table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "table.csv", index=False)
    table.to_parquet(tmp_path / "table.parquet")
    expected = table[["a", "b"]].to_numpy(dtype=np.float64)
    for name in ("table.csv", "table.parquet"):
        samples = read(tmp_path / name, label="kind")
        assert samples.values[:].tobytes() == expected.tobytes()
        assert (samples.features, samples.classes) == (["a", "b"], ["x", "y"])
        codes = np.load(tmp_path / "codes")
        assert codes.tolist() == (table["kind"] == "y").astype(int).tolist()


def test_an_array_of_numpy_has_columns_by_number(table: pd.DataFrame, tmp_path: Path) -> None:
    array = table[["a", "b"]].to_numpy(dtype=np.float64)
    np.save(tmp_path / "table.npy", array)
    assert read(tmp_path / "table.npy").values[:].tobytes() == array.tobytes()
    samples = read(tmp_path / "table.npy", columns=("x2",))
    assert samples.features == ["x2"]
    assert samples.values[:].tobytes() == array[:, 1:].tobytes()


@pytest.mark.parametrize("piece_cells", [1, 7, 10**6])
def test_pieces_of_any_size_give_the_same_samples_and_problems(
    written, monkeypatch: pytest.MonkeyPatch, piece_cells: int
) -> None:
    monkeypatch.setattr(tables, "_PIECE_CELLS", piece_cells)
    path = written("a,kind\n1,y\n2.5,x\n3,y\n")
    assert read(path, label="kind").values[:].tolist() == [[1.0], [2.5], [3.0]]
    assert np.load(path.with_name("codes")).tolist() == [1, 0, 1]
    lines = ["x", "1", "", "y", "2", "z", "u", "NA"]
    with pytest.raises(InputError) as raised:
        read(written("\n".join(["a", *lines]) + "\n"))
    assert str(raised.value).splitlines()[1:] == [
        "  - column a: missing value in line 4 (''), line 9 ('NA'); fill it in or leave its line "
        "out",
        "  - column a: not a number in line 2 ('x'), line 5 ('y'), line 7 ('z') and 1 more; "
        "correct it, or name the columns to use under columns",
    ]


@pytest.mark.parametrize("column", [[1.0, None], [1.0, np.inf], [True, False], ["1", "2"]])
def test_a_parquet_column_that_is_no_number_is_refused(column: list, tmp_path: Path) -> None:
    pd.DataFrame({"a": column}).to_parquet(tmp_path / "table.parquet")
    with pytest.raises(InputError, match="missing, infinite or no number"):
        read(tmp_path / "table.parquet")


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros(3), r"expected a two-dimensional array of numbers, found shape \(3,\)"),
        (np.array([["a"]]), "found shape .* of <U1"),
        (np.array([[np.nan]]), "missing, infinite or no number"),
        (np.empty((0, 2)), "there is no line below the header"),
    ],
)
def test_an_array_that_is_no_table_is_refused(array: np.ndarray, words: str, tmp_path) -> None:
    np.save(tmp_path / "table.npy", array)
    with pytest.raises(InputError, match=words):
        read(tmp_path / "table.npy")


def test_a_name_with_a_line_break_leaves_the_numbers_alone(written) -> None:
    samples = read(written('"a\nb",c\n1,2\n3,4\n'))
    assert samples.values[:].tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_file_that_fails_for_no_known_reason_is_no_data(
    written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest._problems", lambda *_: [])
    with pytest.raises(InputError, match="a line is not in the form of a table"):
        read(written("a\n1\nx\n"))
