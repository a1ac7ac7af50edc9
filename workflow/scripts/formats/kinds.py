"""What a file is, by its first bytes; text files opened, whatever they are compressed with."""

import bz2
import gzip
import lzma
import stat
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from problems import UnreadableError

_HEAD_BYTES = 4096

_TABLES = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "zip",
}
_BY_SUFFIX = {
    ".parquet": ("parquet", "a Parquet file"),
    ".feather": ("arrow", "a Feather file"),
    ".arrow": ("arrow", "an Arrow file"),
    ".npy": ("npy", "a NumPy file"),
    ".npz": ("npz", "a NumPy archive"),
    ".xlsx": ("xlsx", "an Excel workbook"),
}
_COMPRESSIONS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_NO_TABLES = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\xd0\xcf\x11\xe0": "an old Excel or Office file; save it as .xlsx or CSV",
    b"FEA1": "a Feather file of version 1; save it again with today's pyarrow",
    b"PK\x05\x06": "an empty zip archive",
    b"SQLite format 3": "an SQLite database; export the table as CSV",
    b"\x89HDF": "an HDF5 file; export the table as CSV or Parquet",
    b"RDX": "an R workspace; export the table with write.csv",
    b"X\n\x00\x00\x00": "an R object; export the table with write.csv",
    b"MATLAB 5.0": "a MATLAB file; export the table as CSV",
    b"<stata_dta": "a Stata file; export the table as CSV",
    b"$FL2": "an SPSS file; export the table as CSV",
    b"{\\rtf": "an RTF document; save it as plain text",
    b"version https://git-lfs": "a pointer of Git LFS, not the file itself; run git lfs pull",
    b"\x7fELF": "a program",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
}
DAMAGED = (EOFError, OSError, lzma.LZMAError, zlib.error, zipfile.BadZipFile)


def kind_of(path: Path) -> str:
    """Return the format of a file: text, parquet, arrow, npy, npz or xlsx.

    Raises:
        UnreadableError: it is no table.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UnreadableError("it is a folder; name the file")
    if not stat.S_ISREG(mode):
        raise UnreadableError("it is a pipe or a device, not a file; copy it to a file")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except PermissionError:
        raise UnreadableError("there is no permission to read it; change that") from None
    if not head:
        raise UnreadableError("the file is empty; it needs a header line and samples")
    kind = next((name for magic, name in _TABLES.items() if head.startswith(magic)), "text")
    kind = _zip_kind(path) if kind == "zip" else kind
    promised, words = _BY_SUFFIX.get(path.suffix.lower(), (kind, ""))
    if kind == "text":
        check_no_other(head)
    if kind != promised:
        raise UnreadableError(
            f"its name ends in {path.suffix}, but it is not {words}: "
            f"{'it is a text or damaged' if kind == 'text' else f'it is of the kind {kind}'}; "
            "correct the file or its name"
        )
    return kind


def open_text(path: Path) -> BinaryIO:
    """Open a text file, compressed or not; reading it raises one of DAMAGED if it is damaged.

    Raises:
        UnreadableError: it is compressed, and what it takes to read it is not installed, or what is
            inside is no text.
    """
    with path.open("rb") as file:
        head = file.read(8)
    name = next((name for magic, name in _COMPRESSIONS.items() if head.startswith(magic)), "")
    openers = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open, "zstd": _open_zstd}
    if not name:
        return path.open("rb")
    try:
        with openers[name](path) as file:
            inside = file.read(_HEAD_BYTES)
        if any(inside.startswith(magic) for magic in (*_TABLES, *_COMPRESSIONS)):
            raise UnreadableError(f"it is compressed ({name}), and no text is inside; unpack it")
        check_no_other(inside, f"compressed ({name}), and inside is ")
    except DAMAGED as error:
        raise UnreadableError(damage(error)) from None
    return cast(BinaryIO, openers[name](path))


def damage(error: Exception) -> str:
    """Return what to tell of a file that ends too early, or is not as it was written."""
    return f"the file is damaged or cut off ({error}); get it again"


def check_no_other(head: bytes, where: str = "") -> None:
    """Raise UnreadableError if the first bytes of what should be text are of something else."""
    name = next((name for magic, name in _NO_TABLES.items() if head.startswith(magic)), "")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<table")):
        name = "a web page or XML, perhaps an error message; open it and see"
    elif start.startswith((b"{", b"[{", b"[[")):
        name = "JSON; write it as CSV"
    elif head[257:262] == b"ustar":
        name = "a tar archive; unpack it"
    if name:
        what, _, repair = name.partition("; ")
        raise UnreadableError(f"it is no table: it is {where}{what}; {repair or 'name a table'}")


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except DAMAGED as error:
        raise UnreadableError(damage(error)) from None
    if "xl/workbook.xml" in names:
        return "xlsx"
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    raise UnreadableError("it is no table: it is a zip archive; unpack it and name the table")


def _open_zstd(path: Path) -> BinaryIO:
    try:
        import pyarrow
    except ImportError:
        raise UnreadableError(
            "it is compressed with zstd, which needs the package pyarrow; install it, or unpack it"
        ) from None
    return cast(BinaryIO, pyarrow.input_stream(str(path), compression="zstd"))
