"""Data files of all kinds that people have, each with what should become of it."""

import bz2
import datetime
import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa

ERROR, RIGHT, NOTED = "clean error", "right answer", "right answer with a note"
Content = str | bytes | Callable[[Path], Any]


class Input(NamedTuple):
    """A data file and what becomes of it.

    Attributes:
        name: what it is.
        file: its name.
        content: its text, its bytes, or what makes it at a path.
        keys: keys of its data set.
        outcome: ERROR, RIGHT or NOTED.
        words: what the message says, or samples.json in a note.
        values: the samples that are right.
    """

    name: str
    file: str
    content: Content
    keys: Mapping[str, Any]
    outcome: str
    words: tuple[str, ...]
    values: list[list[float]]


def wrong(name: str, file: str, content: Content, *words: str, **keys: Any) -> Input:
    return Input(name, file, content, keys, ERROR, words, [])


def right(name: str, file: str, content: Content, values: list, **keys: Any) -> Input:
    return Input(name, file, content, keys, RIGHT, (), values)


def noted(name: str, file: str, content: Content, values: list, *words: str, **keys: Any) -> Input:
    return Input(name, file, content, keys, NOTED, words, values)


def array(values: Any, **options: Any) -> Callable[[Path], None]:
    return lambda path: np.save(path, np.array(values, **options), allow_pickle=True)


def frame(columns: Mapping[str, Any]) -> Callable[[Path], None]:
    return lambda path: pd.DataFrame(columns).to_parquet(path)


def parquet(table: Callable[[], pa.Table]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        import pyarrow.parquet

        pyarrow.parquet.write_table(table(), path)

    return write


def sheet(*rows: list) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        workbook = openpyxl.Workbook()
        for row in rows:
            workbook.active.append(row)
        workbook.save(path)

    return write


def archive(names: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in names.items():
            file.writestr(name, data)
    return content.getvalue()


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def twice_named() -> pa.Table:
    return pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["a", "a"])


def cut_parquet(path: Path) -> None:
    frame({"a": np.arange(1000.0)})(path)
    path.write_bytes(cut(path.read_bytes()))


AB = [[1.0, 2.0], [3.0, 4.0]]
PLAIN = "a,b\n1,2\n3,4\n"
LONG = ("a,b\n" + "1,2\n3,4\n5,6\n" * 5000).encode()
NOISE = np.random.default_rng(1).normal(size=(4000, 2))
NOISY = "\n".join(["a,b", *(f"{a!r},{b!r}" for a, b in NOISE.tolist())]).encode()
DATES = [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)]

BAD_INPUTS = [
    # What is missing, text, infinite.
    wrong("missing, empty cell", "t.csv", "a,b\n1,\n2,3\n", "column b: missing value in line 2;"),
    wrong(
        "missing, NA and NaN",
        "t.csv",
        "a\nNA\n1\nNaN\n",
        "column a: missing value in line 2, line 4;",
    ),
    wrong(
        "missing, many",
        "t.csv",
        "a,b\n" + ",1\n" * 9 + "1,1\n",
        "line 2, line 3, line 4 and 6 more; fill it in",
    ),
    wrong(
        "missing in a label", "t.csv", "a,k\n1,x\n2,\n", "column k: no class in line 3", label="k"
    ),
    wrong(
        "missing, weight",
        "t.csv",
        "a,w\n1,1\n2,\n",
        "column w: missing value in line 3",
        weights="w",
    ),
    wrong(
        "all rows lack a value", "t.csv", "a,b\n1,\n,2\n", "all 2 rows lack a value", missing="drop"
    ),
    noted(
        "dropped rows",
        "t.csv",
        "a,b\n1,2\n5,\n3,4\n",
        AB,
        '"dropped": [\n    2\n  ]',
        missing="drop",
    ),
    noted(
        "dropped for its class",
        "t.csv",
        "a,k\n1,x\n2,\n",
        [[1.0]],
        '"n_rows_dropped": 1',
        label="k",
        missing="drop",
    ),
    wrong("text", "t.csv", "a,b\n1,2\n3,x\n", "column b: not a number in line 3 ('x'); correct it"),
    wrong("text, far down", "t.csv", LONG + b"7,x\n", "column b: not a number in line 15002 ('x')"),
    wrong(
        "a number in a column of text",
        "t.csv",
        "a,b\n1,x\n2,y\n3,7\n",
        "column b: not a number in line 2 ('x'), line 3 ('y')",
    ),
    wrong(
        "a number far down in a column of text",
        "t.csv",
        "a,b\n" + "1,x\n" * 20000 + "1,7\n",
        "column b: not a number in line 2 ('x')",
        "and 19997 more",
    ),
    wrong("a unit", "t.csv", "a\n1\n3 kg\n", "not a number in line 3 ('3 kg')"),
    wrong("percentages", "t.csv", "a,b\n1,5%\n2,6%\n", "column b: percentage in line 2 ('5%')"),
    wrong("hexadecimal", "t.csv", "a\n1\n0x10\n", "not a number in line 3 ('0x10')"),
    wrong(
        "underscores",
        "t.csv",
        "a\n1_000\n2\n",
        "column a: separator of thousands in a number in line 2",
    ),
    wrong("full-width digits", "t.csv", "a\n1\n\uff11\n", "column a: not a number in line 3"),
    wrong("infinite", "t.csv", "a\n1\n-inf\n", "column a: infinite value in line 3 ('-inf')"),
    wrong("too large", "t.csv", "a\n1\n1e999\n", "column a: infinite value in line 3 ('1e999')"),
    wrong(
        "all infinite", "t.csv", "a,b\n1,inf\n2,inf\n", "column b: infinite value in line 2 ('inf')"
    ),
    wrong(
        "several problems",
        "t.csv",
        "a,b,k\nx,1,u\n2,inf,\n1,2\n",
        "column a: not a number",
        "column b: infinite",
        "column k: no class",
        "too few cells",
        label="k",
    ),
    # Numbers in other dress.
    wrong(
        "decimal commas, ;",
        "t.csv",
        "a;b\n1,5;2\n3;4\n",
        "comma in a number in line 2 ('1,5'); write decimal: \",\"",
    ),
    wrong(
        "decimal commas, quoted",
        "t.csv",
        'a,b\n"3,14",2\n',
        "column a: comma in a number in line 2 ('3,14')",
    ),
    wrong("decimal commas, all", "t.csv", "a;b\n1,5;2,5\n", "column a: comma", "column b: comma"),
    wrong(
        "decimal commas among commas",
        "t.csv",
        "a,b\n1,5,2,5\n",
        "too many cells (the first line has 2) in line 2 (4)",
    ),
    right("decimal commas, declared", "t.csv", "a;b\n1,0;2\n3;4,0e0\n", AB, decimal=","),
    right("decimal commas, one column", "t.csv", "a\n1,5\n-,5\n", [[1.5], [-0.5]], decimal=","),
    wrong(
        "decimal points, comma declared",
        "t.csv",
        "a;b\n1.5;2\n",
        "column a: point in a number in line 2 ('1.5')",
        decimal=",",
    ),
    wrong(
        "thousands",
        "t.csv",
        'a,b\n"1,234.5",2\n',
        "separator of thousands in a number in line 2 ('1,234.5')",
    ),
    wrong("thousands, blanks", "t.csv", "a;b\n1 234 567;2\n", "separator of thousands"),
    wrong(
        "truth values asked for",
        "t.csv",
        "a,b\nTrue,1\nFalse,2\n",
        "column a: true or false in line 2 ('True')",
        columns=["a"],
    ),
    wrong(
        "truth values far down",
        "t.csv",
        b"a,b\n" + b"1,2\n" * 20000 + b"1,True\n",
        "column b: true or false in line 20002",
    ),
    noted(
        "truth values", "t.csv", "a,b\nTrue,1\nFalse,2\n", [[1.0], [2.0]], '"a": "no numbers in it"'
    ),
    wrong(
        "dates asked for",
        "t.csv",
        "d,b\n2020-01-01,1\n",
        "column d: date or time in line 2",
        columns=["d", "b"],
    ),
    noted(
        "dates",
        "t.csv",
        "d,b\n2020-01-01,1\n01.02.2020,2\n",
        [[1.0], [2.0]],
        '"d": "no numbers in it"',
    ),
    wrong(
        "beyond exact integers",
        "t.csv",
        "a\n9007199254740992\n9007199254740993\n",
        "digits than float64 holds in line 3 ('9007199254740993')",
    ),
    wrong(
        "beyond exact, far down", "t.csv", LONG + b"123456789012345679,1\n", "holds in line 15002"
    ),
    right(
        "large, but exact",
        "t.csv",
        "a\n9007199254740992\n1152921504606846976\n",
        [[2.0**53], [2.0**60]],
    ),
    # The shape.
    wrong(
        "too few cells",
        "t.csv",
        "a,b\n1,2\n3\n",
        "too few cells (the first line has 2) in line 3 (1)",
    ),
    wrong(
        "too many cells",
        "t.csv",
        "a,b\n1,2\n3,4,5\n",
        "too many cells (the first line has 2) in line 3 (3)",
    ),
    wrong(
        "few and many even out",
        "t.csv",
        LONG + b"1\n1,2,3\n",
        "few cells",
        "line 15002 (1)",
        "many cells",
        "line 15003 (3)",
    ),
    wrong(
        "ragged where none is wanted", "t.csv", "a,b,c\n1,2,3\n4\n", "too few cells", columns=["a"]
    ),
    wrong(
        "a delimiter at the end of rows",
        "t.csv",
        "a,b\n1,2,\n3,4,\n",
        "too many cells",
        "line 2 (3), line 3 (3)",
    ),
    wrong(
        "R's write.table",
        "t.txt",
        'a b\n"1" 1 2\n"2" 3 4\n',
        "too many cells",
        "give every column a name",
    ),
    wrong("blank line", "t.csv", "a,b\n1,2\n\n3,4\n", "blank line in line 3; remove it"),
    wrong("blank line, one column", "t.csv", "a\n1\n\n3\n", "column a: missing value in line 3"),
    right("blank lines at the end", "t.csv", PLAIN + "\n  \n\n", AB),
    right("blank lines at the end, one column", "t.csv", "a\n1\n2\n\n\n", [[1.0], [2.0]]),
    wrong("blank first line", "t.csv", "\n" + PLAIN, "blank line in line 1"),
    wrong("empty", "t.csv", "", "the file is empty"),
    wrong("blank", "t.csv", "\n \n\n", "every line is blank"),
    wrong("header only", "t.csv", "a,b\n", "no row below the names of the columns"),
    wrong("no header", "t.csv", "1,2\n3,4\n", "line 1 holds '1' where the name", "header: false"),
    right("no header, declared", "t.csv", "1,2\n3,4\n", AB, header=False),
    right("numbers for names, declared", "t.csv", "0,1\n1,2\n3,4\n", AB, header=True),
    wrong("a number among the names", "t.csv", "a,7\n1,2\n", "line 1 holds '7' where"),
    wrong("names twice", "t.csv", "a,a\n1,2\n", "line 1: several columns are named 'a'"),
    wrong("blank name", "t.csv", "a,\n1,2\n", "line 1: no name for column 2; name it, begin"),
    wrong(
        "R's write.csv",
        "t.csv",
        '"","a","b"\n"1",1,2\n"2",3,4\n',
        'no name for column 1; write row_names: "" if it names the rows, name it, begin',
    ),
    right(
        "R's write.csv, declared",
        "t.csv",
        '"","a","b"\n"1",1,2\n"2",3,4\n',
        AB,
        row_names="",
    ),
    right("names of rows below a blank", "t.csv", ",a,b\nMazda,1,2\n,3,4\n", AB, row_names=""),
    wrong(
        "no column without a name",
        "t.csv",
        PLAIN,
        "row_names: no column without a name; the file has a, b",
        row_names="",
    ),
    wrong(
        "two columns without a name",
        "t.csv",
        ",a,\nx,1,2\n",
        "line 1: several columns have no name; name all but one",
        row_names="",
    ),
    right(
        "blank name beside named features", "t.csv", ",a,b\n9,1,2\n9,3,4\n", AB, columns=["a", "b"]
    ),
    wrong(
        "no such column",
        "t.csv",
        PLAIN,
        "columns: no column 'c'; the file has a, b",
        columns=["a", "c"],
    ),
    wrong("no such label", "t.csv", PLAIN, "label: no column 'k'; the file has a, b", label="k"),
    wrong("no column of numbers", "t.csv", "a,b\nx,y\nz,u\n", "no column holds numbers (a, b)"),
    wrong("nothing but a label", "t.csv", "k\nx\n", "no column is left as a feature", label="k"),
    noted(
        "text beside numbers", "t.csv", "a,id,b\n1,s1,2\n3,s2,4\n", AB, '"id": "no numbers in it"'
    ),
    noted("an empty column", "t.csv", "a,b,e\n1,2,\n3,4,\n", AB, '"e": "no numbers in it"'),
    noted(
        "an empty column, dropping",
        "t.csv",
        "a,b,e\n1,2,\n3,4,NA\n",
        AB,
        '"n_rows_dropped": 0',
        missing="drop",
    ),
    noted(
        "text below missing values",
        "t.csv",
        "a,b,e\n" + "1,2,\n" * 20000 + "1,2,x\n",
        [[1.0, 2.0]] * 20001,
        '"e": "no numbers in it"',
    ),
    # Quotes, comments, delimiters.
    wrong(
        "quote never closed",
        "t.csv",
        'a,b\n1,2\n"3,4\n5,6\n',
        'quotation mark (") in line 3',
        "not read",
    ),
    wrong(
        "quote within a cell",
        "t.csv",
        'a,k\n1,5" pipe\n2,"x"\n',
        'quotation mark (") in line 2',
        label="k",
    ),
    wrong("text after a quoted cell", "t.csv", 'a,b\n"1"x,2\n', 'quotation mark (") in line 2'),
    right("quoted", "t.csv", '"a","b"\n"1","2"\n"3",4\n', AB),
    right("quoted with blanks around", "t.csv", 'a, b\n"1" , 2 \n 3 ,"4"\n', AB),
    wrong(
        "lines of quoted cells",
        "t.csv",
        'a,k\n1,"x\n""y"""\nz,u\n',
        "column a: not a number in line 4 ('z')",
        label="k",
    ),
    wrong(
        "lines of comments",
        "t.csv",
        "# one \"\na,b\n#\n1,2 # it's\nx,4\n",
        "column a: not a number in line 5 ('x')",
        comment="#",
    ),
    right("comments", "t.csv", '# one "\na,b # c\n#\n1,2#\n  # d\n3,4\n# end', AB, comment="#"),
    right(
        "a comment sign in quotes",
        "t.csv",
        'a,b,"#k"\n1,2,"#"\n3,4,"x # y"\n',
        AB,
        comment="#",
        label="#k",
    ),
    wrong("comments, not declared", "t.csv", "# about\na,b\n1,2\n", "too many cells"),
    wrong("two delimiters fit", "t.csv", "a,b;c\n1,2;3\n", "comma and semicolon both cut"),
    right("delimiter declared", "t.csv", "a,b;c\n1,2;3\n", [[3.0]], delimiter=";", columns=["c"]),
    right("delimiter of its own", "t.csv", "a:b\n1:2\n3:4\n", AB, delimiter=":"),
    right("white space", "t.txt", "  a   b\n 1\t 2\n 3   4 \n", AB),
    right("white space, quoted names", "t.txt", '"a x" b\n1 2\n3 4\n', AB, delimiter="white space"),
    # Encodings and bytes.
    right("byte order mark", "t.csv", b"\xef\xbb\xbf" + PLAIN.encode(), AB),
    right("UTF-16", "t.csv", PLAIN.encode("utf-16"), AB),
    right("UTF-16, declared", "t.csv", PLAIN.encode("utf-16-le"), AB, encoding="utf-16-le"),
    wrong(
        "UTF-16 without a mark", "t.csv", PLAIN.encode("utf-16-le"), "bytes of zero", "utf-16-le"
    ),
    wrong(
        "not UTF-8",
        "t.csv",
        b"a,k\n1,\xe9\n2,x\n3,\xe8\n",
        "text that is not UTF-8 in line 2, line 4; save",
        label="k",
    ),
    right("Latin-1, declared", "t.csv", b"a,\xe9\n1,2\n3,4\n", AB, encoding="latin-1"),
    wrong(
        "not in the declared encoding",
        "t.csv",
        b"a,k\n1,\xe9\n",
        "not in its encoding",
        encoding="ascii",
    ),
    right("Windows line ends", "t.csv", b"a,b\r\n1,2\r\n3,4", AB),
    right("old Mac line ends", "t.csv", b"a,b\r1,2\r3,4\r", AB),
    wrong("bytes of zero", "t.csv", LONG + b"1,\0\0\n", "holds bytes of zero"),
    # Not a table.
    wrong(
        "web page", "t.csv", "<!DOCTYPE html>\n<html>404</html>", "it is no table: it is a web page"
    ),
    wrong("PDF", "t.csv", b"%PDF-1.7\n", "it is a PDF document"),
    wrong("PNG", "t.csv", b"\x89PNG\r\n\x1a\n", "it is a PNG image"),
    wrong("zip", "t.csv", archive({"t.csv": b"a\n1\n"}), "it is a zip archive; unpack it"),
    wrong(
        "old Excel",
        "t.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "it is an old Excel or Office file",
    ),
    wrong("JSON", "t.csv", '{"a": [1, 2]}', "it is JSON"),
    wrong("folder", "t.csv", lambda path: path.mkdir(), "it is a folder"),
    wrong("pipe", "t.csv", lambda path: os.mkfifo(path), "it is a pipe or a device"),
    wrong(
        "not what its name says",
        "t.parquet",
        PLAIN,
        "its name ends in .parquet, but it is not a Parquet",
    ),
    # Compressed.
    right("gzip", "t.csv.gz", gzip.compress(PLAIN.encode()), AB),
    right("gzip by another name", "t.csv", gzip.compress(PLAIN.encode()), AB),
    right("bzip2", "t.csv.bz2", bz2.compress(PLAIN.encode()), AB),
    right("xz", "t.csv.xz", lzma.compress(PLAIN.encode()), AB),
    right("zstd", "t.csv.zst", pa.compress(PLAIN.encode(), "zstd", asbytes=True), AB),
    wrong("gzip, cut off", "t.csv.gz", cut(gzip.compress(NOISY)), "damaged or cut off"),
    wrong("bzip2, cut off", "t.csv.bz2", cut(bz2.compress(NOISY)), "damaged or cut off"),
    wrong("xz, cut off", "t.csv.xz", cut(lzma.compress(NOISY)), "damaged or cut off"),
    wrong(
        "zstd, cut off",
        "t.csv.zst",
        cut(pa.compress(NOISY, "zstd", asbytes=True)),
        "damaged or cut off",
    ),
    wrong("gzip, damaged", "t.csv.gz", gzip.compress(LONG)[:-8] + b"\0" * 8, "damaged or cut off"),
    wrong(
        "gzip of a tar",
        "t.tar.gz",
        gzip.compress(b"t.csv" + b"\0" * 252 + b"ustar"),
        "inside is a tar archive",
    ),
    # Parquet and NumPy.
    wrong(
        "Parquet, null",
        "t.parquet",
        frame({"a": [1.0, None], "b": [1, 2]}),
        "column a: missing value in row 2",
    ),
    noted(
        "Parquet, null dropped",
        "t.parquet",
        frame({"a": [1.0, None]}),
        [[1.0]],
        '"n_rows_dropped": 1',
        missing="drop",
    ),
    wrong(
        "Parquet, infinite",
        "t.parquet",
        frame({"a": [1.0, np.inf]}),
        "column a: infinite value in row 2 (inf)",
    ),
    wrong(
        "Parquet, numbers as text",
        "t.parquet",
        frame({"a": ["1", "2"], "b": [1, 2]}),
        "column a: number stored as text in row 1 ('1')",
    ),
    wrong(
        "Parquet, truth asked for",
        "t.parquet",
        frame({"a": [True, False]}),
        "column a: true or false in row 1",
        columns=["a"],
    ),
    wrong(
        "Parquet, dates asked for",
        "t.parquet",
        frame({"a": DATES}),
        "column a: date or time in row 1",
        columns=["a"],
    ),
    noted(
        "Parquet, text and dates",
        "t.parquet",
        frame({"a": [1, 2], "d": DATES, "t": ["x", "y"]}),
        [[1.0], [2.0]],
        '"d": "no',
        '"t": "no',
    ),
    wrong(
        "Parquet, beyond exact",
        "t.parquet",
        frame({"a": [2**53 + 1, 1]}),
        "holds in row 1 (9007199254740993)",
    ),
    wrong(
        "Parquet, names twice", "t.parquet", parquet(twice_named), "several columns are named 'a'"
    ),
    wrong("Parquet, cut off", "t.parquet", cut_parquet, "the file is damaged or cut off"),
    wrong("Parquet, no rows", "t.parquet", frame({"a": np.empty(0)}), "there is no row below"),
    noted(
        "Parquet, pandas' index",
        "t.parquet",
        lambda path: pd.DataFrame({"a": [1.0, 3.0]}, index=[7, 9]).to_parquet(path),
        [[1.0], [3.0]],
        "the index of a pandas table",
    ),
    wrong(
        "array, missing",
        "t.npy",
        array([[1.0, np.nan], [1.0, 2.0]]),
        "column x2: missing value in row 1",
    ),
    wrong(
        "array, infinite",
        "t.npy",
        array([[1.0], [-np.inf]]),
        "column x1: infinite value in row 2 (-inf)",
    ),
    wrong("array, one dimension", "t.npy", array([1.0, 2.0]), "it is an array of shape (2,)"),
    wrong(
        "array, three dimensions", "t.npy", array([[[1.0]]]), "it is an array of shape (1, 1, 1)"
    ),
    wrong("array, complex", "t.npy", array([[1j]]), "it is an array of complex numbers"),
    wrong("array, objects", "t.npy", array([[None]], dtype=object), "it is an array of objects"),
    wrong("array, text", "t.npy", array([["a"]]), "it is an array of <U1"),
    wrong("array, truth", "t.npy", array([[True]]), "it is an array of true and false"),
    wrong(
        "array, records",
        "t.npy",
        array([(1.0, 2)], dtype=[("a", "f8"), ("b", "i4")]),
        "it is an array of records",
    ),
    wrong("array, no rows", "t.npy", array(np.empty((0, 2))), "there is no row"),
    wrong(
        "array, beyond exact", "t.npy", array([[2**53 + 1]]), "holds in row 1 (9007199254740993)"
    ),
    wrong(
        "array, cut off",
        "t.npy",
        lambda path: (np.save(path, NOISE), path.write_bytes(cut(path.read_bytes()))),
        "damaged or cut off",
    ),
    right("array, big-endian", "t.npy", array(AB, dtype=">f4"), AB),
    right("array, by columns", "t.npy", lambda path: np.save(path, np.asfortranarray(AB)), AB),
    right(
        "archive of one array", "t.npz", lambda path: np.savez_compressed(path, x=np.array(AB)), AB
    ),
    wrong(
        "archive of two arrays",
        "t.npz",
        lambda path: np.savez(path, x=NOISE, y=NOISE),
        "it holds 2 arrays (x, y)",
    ),
    # Weights.
    right("weights", "t.csv", "a,b,w\n1,2,1\n3,4,0\n", AB, weights="w"),
    wrong(
        "weight below 0",
        "t.csv",
        "a,w\n1,1\n2,-1\n",
        "column w: negative weight in line 3 (-1.0)",
        weights="w",
    ),
    wrong(
        "weight infinite",
        "t.csv",
        "a,w\n1,1\n2,inf\n",
        "column w: infinite value in line 3",
        weights="w",
    ),
    wrong(
        "weights, text",
        "t.csv",
        "a,w\n1,x\n",
        "column w: not a number in line 2 ('x')",
        weights="w",
    ),
    wrong("weights all 0", "t.csv", "a,w\n1,0\n2,0\n", "column w: every weight is 0", weights="w"),
    # As instruments, spreadsheets and statistics programs write tables.
    wrong(
        "a title above the names",
        "t.csv",
        "Survey\na,b\n1,2\n",
        "too many cells (the first line has 1) in line 2 (2), line 3 (2)",
        "begin the file with these names",
    ),
    wrong(
        "a title in a spreadsheet's row",
        "t.csv",
        "Survey;;\na;b;c\n1;2;3\n",
        "line 1: no name for column 2, 3; name it, begin the file with the names if they are",
    ),
    wrong(
        "units below the names",
        "t.csv",
        "a,b\n[cm],[kg]\n1,2\n",
        "column a: not a number in line 2 ('[cm]')",
        "column b: not a number in line 2 ('[kg]')",
    ),
    wrong("a row of totals", "t.csv", "a,b\n1,2\nTotal,2\n", "not a number in line 3 ('Total')"),
    wrong("a source below", "t.csv", "a,b\n1,2\nSource: me\n", "too few cells", "line 3 (1)"),
    wrong(
        "two files in one",
        "t.csv",
        "a,b\n1,2\na,b\n3,4\n",
        "column a: not a number in line 3 ('a')",
        "column b: not a number in line 3 ('b')",
    ),
    wrong(
        "a delimiter at the end of all lines",
        "t.csv",
        "a,b,\n1,2,\n3,4,\n",
        "line 1: no name for column 3",
        "or name the features under columns",
    ),
    right(
        "a delimiter at the end of all lines, features named",
        "t.csv",
        "a,b,\n1,2,\n3,4,\n",
        AB,
        columns=["a", "b"],
    ),
    wrong(
        "lines in quotes",
        "t.csv",
        '"a,b"\n"1,2"\n"3,4"\n',
        "line 1 is taken for the name of one column, 'a,b'; remove quotation marks around whole",
    ),
    wrong(
        "a decimal comma that is the delimiter",
        "t.csv",
        PLAIN,
        "line 1 is taken for the name of one column, 'a,b'",
        decimal=",",
    ),
    right(
        "a comma in the only name",
        "t.csv",
        '"length, cm"\n1\n2\n',
        [[1.0], [2.0]],
        delimiter=",",
    ),
    wrong(
        "Excel's note",
        "t.csv",
        "sep=;\na;b\n1;2\n",
        "line 1 tells Excel the delimiter; remove the line",
    ),
    wrong(
        "a sign of degrees in cp1252",
        "t.csv",
        "T (\u00b0C),b\n1,2\n3,4\n".encode("cp1252"),
        "text that is not UTF-8 in line 1; save",
    ),
    right(
        "a sign of degrees in cp1252, declared",
        "t.csv",
        "T (\u00b0C),b\n1,2\n3,4\n".encode("cp1252"),
        AB,
        encoding="cp1252",
    ),
    right(
        "numbers in many forms",
        "t.csv",
        "a,b\n1.2e3,+5\n-.5E-1,\u00a07.\n",
        [[1200.0, 5.0], [-0.05, 7.0]],
    ),
    wrong(
        "marks of what was not measured",
        "t.csv",
        "a,b,c,d\n1,-,n.d.,?\n1,2,3,4\n",
        "column b: not a number in line 2 ('-')",
        "column c: not a number in line 2 ('n.d.')",
        "column d: not a number in line 2 ('?')",
    ),
    wrong(
        "below the limit of detection",
        "t.csv",
        "a,b\n<0.1,1\n0.2,2\n",
        "column a: sign beside a number in line 2 ('<0.1'); write a plain number",
    ),
    wrong("a fraction", "t.csv", "a,b\n1/2,1\n2,2\n", "column a: not a number in line 2 ('1/2')"),
    wrong(
        "nothing but prices",
        "t.csv",
        'a,b\n1,$5\n2,"$1,234.50"\n3,4 \u20ac\n',
        "column b: sign beside a number in line 2 ('$5'), line 3 ('$1,234.50'), line 4",
    ),
    wrong(
        "nothing but a typesetter's minus",
        "t.csv",
        "a,b\n1,\u22122\n3,\u22124\n",
        "column b: sign beside a number in line 2 ('\u22122'), line 3",
    ),
    wrong(
        "numbers in single quotes",
        "t.csv",
        "a,b\n'1',2\n'3',4\n",
        "column a: sign beside a number in line 2",
    ),
    wrong(
        "nothing but numbers as Germany writes them",
        "t.csv",
        "a;b\n1;1.234,5\n2;7.234,5\n",
        "column b: separator of thousands in a number in line 2 ('1.234,5')",
    ),
    wrong(
        "decimal marks of both kinds",
        "t.csv",
        "a;b\n1,5;2\n2.5;3\n",
        "column a: comma in a number in line 2 ('1,5'); write decimal",
    ),
    noted("a column of dates first", "t.csv", "d,a,b\n2020-01-01,1,2\n2020-01-02,3,4\n", AB, '"d"'),
    right("blanks beside tabs", "t.tsv", "a\tb\n1 \t2\n3\t 4\n", AB),
    wrong("tabs or blanks", "t.tsv", "a\tb\n1\t2\n3 4\n", "too few cells", "line 3 (1)"),
    right("a line break in a name", "t.csv", '"a\n(cm)",b\n1,2\n3,4\n', AB),
    wrong(
        "a failed formula", "t.csv", "a,b\n1,#DIV/0!\n3,4\n", "not a number in line 2 ('#DIV/0!')"
    ),
    # Workbooks.
    wrong(
        "Excel, a title above the names",
        "t.xlsx",
        sheet(["Survey"], ["a", "b"], [1, 2]),
        "cells beyond the 1 columns with a name in row 2 (2 cells)",
        "begin with these names",
    ),
    wrong(
        "Excel, a group of columns above the names",
        "t.xlsx",
        sheet([None, "size", None], ["id", "w", "h"], ["x", 1, 2]),
        "row 1: no name for column 1",
    ),
    wrong(
        "Excel, a failed formula",
        "t.xlsx",
        sheet(["a", "b"], [1, "#DIV/0!"], [3, 4]),
        "column b: not a number in row 2 ('#DIV/0!')",
    ),
    wrong(
        "Excel, decimal commas as text",
        "t.xlsx",
        sheet(["a", "b"], [1, "3,14"], [3, "2,5"]),
        "column b: comma in a number in row 2 ('3,14')",
    ),
    right(
        "Excel, names of rows",
        "t.xlsx",
        sheet([None, "a", "b"], ["x", 1, 2], ["y", 3, 4]),
        AB,
        row_names="",
    ),
    noted(
        "Excel, dates and text",
        "t.xlsx",
        sheet(["d", "a", "b", "t"], [DATES[0], 1, 2, "x"], [DATES[1], 3, 4, "y"]),
        AB,
        '"d": "no numbers in it"',
        '"t": "no numbers in it"',
    ),
]
