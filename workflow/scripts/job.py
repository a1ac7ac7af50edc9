"""How a rule's script runs: what it writes to stderr, and how it ends for the user."""

import sys
import traceback
from collections.abc import Iterator
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
