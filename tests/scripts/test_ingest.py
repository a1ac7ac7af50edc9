"""Reading a data file: exact numbers from every format, and what goes with them."""

import bz2
import gzip
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import delimited, table, text
from ingest import ingest
from job import InputError
from layout import prepared
from sample_files import Samples, read_samples
from table_options import TableOptions

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TABLES = st.integers(1, 3).flatmap(
    lambda d: st.lists(st.lists(FLOATS, min_size=d, max_size=d), min_size=1, max_size=30)
)


def read(path: Path, **keys: object) -> Samples:
    folder = path.with_name(f"{path.name}.read")
    folder.mkdir(exist_ok=True)
    files = {name: folder / name for name in prepared("")}
    ingest(path, path.name, "test", TableOptions.of(keys), files)
    return read_samples(files)


def codes(path: Path) -> list[int]:
    return np.load(path.with_name(f"{path.name}.read") / "labels").tolist()


@pytest.fixture
def written(tmp_path: Path):
    def write(content: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def as_text(rows: list, delimiter: str = ",", end: str = "\n", quote: str = "") -> str:
    lines = [[f"x{j + 1}" for j in range(len(rows[0]))], *[map(repr, row) for row in rows]]
    cells = ([f"{quote}{cell}{quote}" for cell in line] for line in lines)
    return "".join(delimiter.join(line) + end for line in cells)


def commented(rows: list) -> str:
    first, *others = as_text(rows).splitlines()
    return "\n".join(["# it's", first, *(f"{line} # 1,2\n  #" for line in others)])


def frame(rows: list) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[f"x{j + 1}" for j in range(len(rows[0]))], dtype=float)


def decimal_commas(rows: list) -> str:
    return as_text(rows, ";").replace(".", ",")


# Each way to write a table: the file's name, its keys, and how.
WAYS: dict[str, tuple[str, dict, Callable]] = {
    "comma": ("t.csv", {}, lambda p, r: p.write_text(as_text(r))),
    "quoted": ("t.csv", {}, lambda p, r: p.write_text(as_text(r, quote='"'))),
    "semicolon": ("t.csv", {}, lambda p, r: p.write_text(as_text(r, ";"))),
    "tab": ("t.tsv", {}, lambda p, r: p.write_text(as_text(r, "\t"))),
    "bar": ("t.txt", {}, lambda p, r: p.write_text(as_text(r, "|"))),
    "blanks": ("t.txt", {}, lambda p, r: p.write_text(as_text(r, "  "))),
    "declared": ("t.txt", {"delimiter": ":"}, lambda p, r: p.write_text(as_text(r, ":"))),
    "decimal comma": ("t.csv", {"decimal": ","}, lambda p, r: p.write_text(decimal_commas(r))),
    "comments": ("t.csv", {"comment": "#"}, lambda p, r: p.write_text(commented(r))),
    "CRLF": ("t.csv", {}, lambda p, r: p.write_bytes(as_text(r, end="\r\n").encode())),
    "CR": ("t.csv", {}, lambda p, r: p.write_bytes(as_text(r, end="\r").encode())),
    "BOM": ("t.csv", {}, lambda p, r: p.write_bytes(as_text(r).encode("utf-8-sig"))),
    "UTF-16": ("t.csv", {}, lambda p, r: p.write_bytes(as_text(r).encode("utf-16"))),
    "UTF-32": ("t.csv", {}, lambda p, r: p.write_bytes(as_text(r).encode("utf-32"))),
    "gzip": ("t.csv.gz", {}, lambda p, r: p.write_bytes(gzip.compress(as_text(r).encode()))),
    "bzip2": ("t.csv.bz2", {}, lambda p, r: p.write_bytes(bz2.compress(as_text(r).encode()))),
    "xz": ("t.csv.xz", {}, lambda p, r: p.write_bytes(lzma.compress(as_text(r).encode()))),
    "zstd": (
        "t.csv.zst",
        {},
        lambda p, r: p.write_bytes(pa.compress(as_text(r).encode(), "zstd", asbytes=True)),
    ),
    "pandas": ("t.csv", {}, lambda p, r: frame(r).to_csv(p, index=False)),
    "Parquet": ("t.parquet", {}, lambda p, r: frame(r).to_parquet(p)),
    "Feather": ("t.feather", {}, lambda p, r: pyarrow.feather.write_feather(frame(r), p)),
    "npy": ("t.npy", {}, lambda p, r: np.save(p, np.array(r))),
    "npy by columns": ("t.npy", {}, lambda p, r: np.save(p, np.asfortranarray(r))),
    "npz": ("t.npz", {}, lambda p, r: np.savez_compressed(p, np.array(r))),
}


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=8, deadline=None)
@given(rows=TABLES)
def test_numbers_come_back_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, way: str, rows: list
) -> None:
    name, keys, write = WAYS[way]
    path = tmp_path_factory.mktemp("table") / name
    write(path, rows)
    # A small first block, so that most rows are read as those of a large file are.
    with mock.patch.object(text, "HEAD_BYTES", 64), mock.patch.object(table, "PIECE_CELLS", 8):
        samples = read(path, **keys)
    assert samples.values.tobytes() == np.array(rows, dtype=np.float64).tobytes()
    assert samples.features == [f"x{j + 1}" for j in range(len(rows[0]))]
    assert (samples.n_rows_read, samples.n_rows_dropped) == (len(rows), 0)


def test_the_same_numbers_are_the_same_files_but_for_their_source(tmp_path: Path) -> None:
    rows = (np.random.default_rng(2).normal(size=(3000, 3)) * 1e5).tolist()
    found = set()
    for way, (name, keys, write) in WAYS.items():
        path = tmp_path / way / name
        path.parent.mkdir()
        write(path, rows)
        read(path, **keys)
        made = path.with_name(f"{name}.read")
        described = json.loads((made / "description").read_text("utf-8"))
        del described["source"]
        names = sorted(prepared("").keys() - {"description", "samples_checksums"})
        others = [(made / n).read_bytes() for n in names]
        found.add((json.dumps(described), *others))
    assert len(found) == 1


CELLS = st.one_of(
    FLOATS.map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["", "NA", " nan", "None", ".", "True", "false", "inf", "1e999", '"3"', "1,"]),
    st.text(alphabet='0123456789+-eE. ,;xnaif_"#', max_size=6),
)


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8),
    keys=st.sampled_from([{}, {"missing": "drop"}, {"decimal": ","}, {"label": "b"}]),
    delimiter=st.sampled_from([",", ";", "tab", "white space"]),
)
def test_both_ways_to_read_a_block_agree(
    tmp_path_factory: pytest.TempPathFactory, lines: list, keys: dict, delimiter: str
) -> None:
    if delimiter == keys.get("decimal"):
        delimiter = ";"
    sign = {"tab": "\t", "white space": " "}.get(delimiter, delimiter)
    folder = tmp_path_factory.mktemp("table")
    path = folder / "t.csv"
    head = sign.join("ab") + "\n" + f"1{sign}2\n" * 20
    path.write_text(head + "".join(sign.join(line) + "\n" for line in lines), encoding="utf-8")
    keys = {**keys, "delimiter": delimiter}

    def outcome() -> object:
        try:
            samples = read(path, **keys)
        except InputError as error:
            return str(error)
        return samples.values[:].tobytes(), samples.classes, samples.dropped.tolist()

    with mock.patch.object(text, "HEAD_BYTES", 60):
        either = outcome()
        with mock.patch.object(delimited._Reader, "fast", return_value=None):
            assert outcome() == either


@pytest.mark.parametrize(
    "content",
    [
        " a , b \n 1 , 2 \n+3,4e0\n",
        '"a","b"\n"1","2"\n"3","4"\n',
        "a,b\n1,2\n3,4",
        "a,b\n1.,002\n.3e1,4\n",
    ],
)
def test_spellings_of_one_table_are_one_table(written, content: str) -> None:
    samples = read(written(content))
    assert list(samples.features) == ["a", "b"]
    assert samples.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_features_stand_in_the_order_of_the_file(written) -> None:
    samples = read(written("a,b,c\n1,2,3\n"), columns=["c", "a"])
    assert list(samples.features) == ["a", "c"]
    assert samples.values.tolist() == [[1.0, 3.0]]


def test_label_weights_and_row_names_are_kept_apart(written) -> None:
    path = written('name,a,kind,w\n"x, y",1,01,2\nz,2,1,0.5\n\u00fc,3,01,0\n')
    samples = read(path, label="kind", weights="w", row_names="name")
    assert samples.features == ["a"]
    assert samples.classes == ["01", "1"]
    assert codes(path) == [0, 1, 0]
    assert samples.weights[:].tolist() == [2.0, 0.5, 0.0]
    assert list(samples.row_names) == ["x, y", "z", "\u00fc"]
    assert list(samples.row_names) == ["x, y", "z", "\u00fc"]


@pytest.mark.parametrize("names", [["1", "2"], ["Mazda RX4", ""]])
def test_rows_are_named_by_the_column_without_a_name(names: list[str], written) -> None:
    text = f'"","a"\n"{names[0]}",1.5\n"{names[1]}",2.5\n'
    samples = read(written(text), row_names="")
    assert (samples.features, list(samples.row_names)) == (["a"], names)


def test_without_weights_and_row_names_there_are_none(written) -> None:
    samples = read(written("a\n1\n2\n"))
    assert samples.weights is None
    assert samples.row_names is None


def test_labels_are_the_same_from_every_format(tmp_path: Path) -> None:
    data = pd.DataFrame({"a": [1.5, 2.0, 3.0], "kind": [2, 10, 2]})
    data.to_csv(tmp_path / "t.csv", index=False)
    data.to_parquet(tmp_path / "t.parquet")
    np.save(tmp_path / "t.npy", data.to_numpy())
    for name, label in (("t.csv", "kind"), ("t.parquet", "kind"), ("t.npy", "x2")):
        assert read(tmp_path / name, label=label).classes == ["10", "2"]
        assert codes(tmp_path / name) == [1, 0, 1]


def test_dropped_rows_take_all_that_is_theirs_with_them(written) -> None:
    lines = ["name,a,kind,w", *(f"r{i},{i},k{i % 2},{i}" for i in range(1, 9))]
    lines[2] = "r2,,k0,2"
    lines[5] = "r5,5,NA,5"
    lines[7] = "r7,7,k1,"
    path = written("\n".join(lines))
    samples = read(path, label="kind", weights="w", row_names="name", missing="drop")
    assert samples.values.tolist() == [[1.0], [3.0], [4.0], [6.0], [8.0]]
    assert samples.weights[:].tolist() == [1.0, 3.0, 4.0, 6.0, 8.0]
    assert list(samples.row_names) == ["r1", "r3", "r4", "r6", "r8"]
    assert (samples.classes, codes(path)) == (["k0", "k1"], [1, 1, 0, 0, 0])
    assert samples.dropped.tolist() == [1, 4, 6]
    assert (samples.n_rows_read, samples.n_rows_dropped) == (8, 3)
    described = path.with_name("table.csv.read") / "description"
    assert json.loads(described.read_text("utf-8"))["dropped"] == [2, 5, 7]


def test_all_problems_of_a_file_are_told_at_once(written) -> None:
    with pytest.raises(InputError) as raised:
        read(written("a,b,kind\nx,1,u\n3,2,\n4,5\n6,inf,v\n"), label="kind")
    assert str(raised.value).splitlines() == [
        "Data set test: table.csv cannot be read as a table of numbers:",
        "  - too few cells (the first line has 3) in line 4 (2); fill in the missing cells",
        "  - column a: not a number in line 2 ('x'); correct it, or name the columns to use under "
        "columns",
        "  - column b: infinite value in line 5 ('inf'); correct it or leave its row out",
        "  - column kind: no class in line 3; fill it in, or write missing: drop to leave such "
        "rows out",
    ]


def test_a_name_with_a_line_break_leaves_the_numbers_alone(written) -> None:
    samples = read(written('"a\nb",c\n1,2\n3,4\n'))
    assert samples.values[:].tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("package", "name", "content"),
    [
        ("pyarrow", "t.parquet", b"PAR1"),
        ("pyarrow", "t.feather", b"ARROW1"),
        ("pyarrow", "t.csv.zst", b"\x28\xb5\x2f\xfd"),
        ("openpyxl", "t.xlsx", None),
    ],
)
def test_a_package_that_is_not_installed_is_named(
    written, monkeypatch, package: str, name: str, content: bytes | None
) -> None:
    from bad_inputs import archive

    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=f"the package {package}; install it"):
        read(written(content or archive({"xl/workbook.xml": b""}), name))
