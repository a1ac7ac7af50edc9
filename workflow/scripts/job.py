"""How a rule's script runs: what it writes to stderr, how it ends for the user, what it leaves."""

import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from pathlib import Path


class InputError(Exception):
    """Something that the user can put right; the text says what, where and how."""


@contextmanager
def logged(log: str) -> Iterator[None]:
    """Send stderr and tracebacks to a rule's log; the terminal gets what the user needs.

    Args:
        log: path of the log file.
    """
    terminal = sys.stderr
    path = Path(log)
    with path.open("w", encoding="utf-8") as file, redirect_stderr(file):
        try:
            yield
        except InputError as error:
            print(error, file=file)
            print(error, file=terminal)
            raise SystemExit(1) from None
        except Exception as error:
            traceback.print_exc(file=file)
            print(f"{type(error).__name__}: {error}\nThe traceback is in {path}", file=terminal)
            raise SystemExit(1) from None


@contextmanager
def complete_files(files: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Give files to write beside those meant, which appear only when all is done.

    Args:
        files: the files meant, by name; what is there from before is removed.
    """
    parts = {name: path.with_name(f"{path.name}.part") for name, path in files.items()}
    for path in files.values():
        path.unlink(missing_ok=True)
    try:
        yield parts
        for name, path in files.items():
            parts[name].replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
