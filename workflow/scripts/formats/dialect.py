"""What stands between the cells of a text, and how its lines are cut into cells."""

import csv
import io
import re
from collections.abc import Iterator
from functools import cache

from formats.text import COMMENT, Block
from problems import UnreadableError
from table_options import WHITE_SPACE

_CANDIDATES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "|"}
_LINES_LOOKED_AT = 200
csv.field_size_limit(1 << 30)


def records(block: Block, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a block, each with the line on which it begins.

    A blank line has no cells. A line that holds a comment alone is left out.
    """
    text = re.sub(r"(?m)^ +$", "", block.text.decode())
    mark = COMMENT.decode()
    lines = io.StringIO(text, newline="\n")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    line = block.first_line
    for cells in reader:
        if cells != [mark]:
            if cells:
                cells[-1] = cells[-1].removesuffix(mark)
            yield line, cells
        line = block.first_line + reader.line_num


def single_delimiter(block: Block, delimiter: str) -> tuple[Block, str]:
    """Return a block whose delimiter is one character: white space becomes tabs."""
    if delimiter != WHITE_SPACE:
        return block, delimiter
    if b'"' in block.text:
        text = re.sub(rb'"[^"]*+(?:"|\Z)|[ \t]+', _kept_or_tab, block.text)
    else:
        text = re.sub(rb"[ \t]+", b"\t", block.text)
    return block._replace(text=re.sub(rb"(?m)^\t|\t$", b"", text)), "\t"


def find_delimiter(block: Block, decimal: str) -> str:
    """Return what stands between cells, from the first lines of a text.

    Of the comma, the semicolon, the tab and the bar, it is the one in the first line; of several
    the one that cuts most lines into as many cells as the first. Without any it is white space, if
    that cuts all lines into the same number of cells, more than one.

    Raises:
        UnreadableError: two fit equally well.
    """
    block = _first_lines(block)
    possible = [sign for sign in _CANDIDATES if sign != decimal]
    sizes = {sign: [len(cells) for _, cells in records(block, sign) if cells] for sign in possible}
    agreeing = {
        sign: of_lines.count(of_lines[0])
        for sign, of_lines in sizes.items()
        if of_lines and of_lines[0] > 1
    }
    most = max(agreeing.values(), default=0)
    best = [sign for sign in agreeing if agreeing[sign] == most]
    if len(best) > 1:
        names = " and ".join(_CANDIDATES[sign] for sign in best)
        raise UnreadableError(
            f"{names} both cut the lines into equal numbers of cells; say which under delimiter"
        )
    if best:
        return best[0]
    spaced = [len(cells) for _, cells in records(*single_delimiter(block, WHITE_SPACE)) if cells]
    # The first line of R's write.table has no name for the names of the rows.
    if not spaced:
        return possible[0]
    in_rows = set(spaced[1:] or spaced)
    is_table = len(in_rows) == 1 and in_rows <= {spaced[0], spaced[0] + 1} and max(spaced) > 1
    return WHITE_SPACE if is_table else possible[0]


def misplaced_quote(block: Block, delimiter: str) -> int | None:
    """Return the line of the first quotation mark that neither begins nor ends a cell."""
    if b'"' not in block.text:
        return None
    text = quoted_cells(delimiter).sub(lambda cell: b"\n" * cell[0].count(b"\n"), block.text)
    place = text.find(b'"')
    return None if place < 0 else block.first_line + text.count(b"\n", 0, place)


@cache
def quoted_cells(delimiter: str) -> re.Pattern[bytes]:
    """Return a pattern of quoted cells, quotation marks within them doubled."""
    sign = re.escape(delimiter.encode())
    cell = rb'"[^"]*+(?:""[^"]*+)*+" *+'
    return re.compile(rb"(?<![^\n" + sign + rb"]) *+" + cell + rb"(?=[\n\x01" + sign + rb"]|\Z)")


def _first_lines(block: Block) -> Block:
    end = 0
    for _ in range(_LINES_LOOKED_AT):
        end = block.text.find(b"\n", end) + 1
        if not end:
            return block
    return block._replace(text=block.text[:end])


def _kept_or_tab(found: re.Match[bytes]) -> bytes:
    return found[0] if found[0].startswith(b'"') else b"\t"
