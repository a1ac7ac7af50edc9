"""Text files as blocks of whole records: UTF-8, one kind of line end, comments marked."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from formats.kinds import DAMAGED, damage, open_text
from problems import Problems, UnreadableError
from table_options import TableOptions

# Stands in place of a comment, so that a line that held one is not taken for a blank one.
COMMENT = b"\x01"
# Bytes of the first block, from which the form of the file is learnt, and of the others.
HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 23
# A quoted cell of more bytes is taken for one that is never closed.
_LONGEST_RECORD = 1 << 26
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Block(NamedTuple):
    """Some whole records of a text, and which lines of the file they are."""

    text: bytes
    first_line: int
    n_lines: int


def blocks(path: Path, options: TableOptions, problems: Problems) -> Iterator[Block]:
    """Yield a text file in blocks; the last one may end within a cell whose quote is not closed.

    Args:
        path: the file, compressed or not.
        options: how to read it.
        problems: gathers the lines that are not in the encoding.

    Raises:
        UnreadableError: the file cannot be read on.
    """
    rest, line = b"", 1
    try:
        for chunk in _chunks(path, options.encoding):
            whole = chunk.rfind(b"\n") + 1
            if not whole:
                rest += chunk
                continue
            text = _without_comments(rest + chunk[:whole], options.comment)
            cut = _end_of_records(text) if len(text) < _LONGEST_RECORD else len(text)
            if cut:
                n_lines = text.count(b"\n", 0, cut)
                yield Block(_checked(text[:cut], line, problems), line, n_lines)
                line += n_lines
            rest = text[cut:] + chunk[whole:]
    except DAMAGED as error:
        raise UnreadableError(f"from line {line} on {damage(error)}") from None
    except UnicodeError as error:
        raise UnreadableError(
            f"from line {line} on the text is not in its encoding ({error}); name the right one "
            "under encoding, or save the file as UTF-8"
        ) from None
    if rest:
        rest = _without_comments(rest + b"\n", options.comment)
        yield Block(_checked(rest, line, problems), line, rest.count(b"\n"))


def _chunks(path: Path, encoding: str) -> Iterator[bytes]:
    """Yield the text in UTF-8, with one kind of line end and without a byte order mark."""
    torn = b""
    with open_text(path) as file:
        raw = file.read(HEAD_BYTES)
        decoder, raw = _decoder(raw, encoding)
        while True:
            text = torn + (decoder.decode(raw, final=not raw).encode() if decoder else raw)
            # A line end of two bytes may be torn between chunks.
            torn = b"\r" if raw and text.endswith(b"\r") else b""
            text = text.removesuffix(b"\r") if torn else text
            if b"\r" in text:
                text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            if b"\0" in text:
                raise UnreadableError(
                    "it is no table: it holds bytes of zero, as binary files do; if it is a text "
                    "in UTF-16, write encoding: utf-16-le or utf-16-be"
                )
            if text:
                yield text
            if not raw:
                return
            raw = file.read(BLOCK_BYTES)


def _decoder(raw: bytes, encoding: str) -> tuple[codecs.IncrementalDecoder | None, bytes]:
    """Return what decodes a text that begins so, None for UTF-8, and the beginning to decode."""
    mark = next((mark for mark in _MARKS if raw.startswith(mark)), b"")
    if mark == codecs.BOM_UTF8:
        return None, raw[len(mark) :]
    encoding = _MARKS.get(mark, encoding)
    if not encoding or codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
        return None, raw
    return codecs.getincrementaldecoder(encoding)(), raw


def _without_comments(text: bytes, comment: str) -> bytes:
    """Put a mark in place of every comment outside quotes, white space before it included."""
    sign = comment.encode()
    if not sign or sign not in text:
        return text
    pattern = rb'"[^"]*+(?:"|\Z)|[ \t]*' + re.escape(sign) + rb"[^\n]*"

    def kept(found: re.Match[bytes]) -> bytes:
        return found[0] if found[0].startswith(b'"') else COMMENT

    return re.sub(pattern, kept, text)


def _end_of_records(text: bytes) -> int:
    """Return the place after the last line end of a text that is outside quotes."""
    cut = len(text)
    while text.count(b'"', 0, cut) % 2:
        cut = text.rfind(b"\n", 0, text.rfind(b'"', 0, cut)) + 1
    return cut


def _checked(text: bytes, first_line: int, problems: Problems) -> bytes:
    """Return a text with what is not UTF-8 replaced, and note the lines where that is."""
    if text.isascii():
        return text
    try:
        text.decode()
    except UnicodeDecodeError:
        wrong = [
            first_line + place for place, line in enumerate(text.split(b"\n")) if not _is_utf8(line)
        ]
        problems.add(
            "",
            "text that is not UTF-8",
            "save the file as UTF-8, or name its encoding, say encoding: cp1252",
            (f"line {line}" for line in wrong),
            len(wrong),
        )
        return text.decode(errors="replace").encode()
    return text


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
