"""How a rule's script runs: what it writes to stderr, and how it ends for the user."""

import errno
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path

_ADVICE: dict[int | None, str] = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room within your quota",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: "make it writable",
    errno.EACCES: "make it readable and writable for you",
    errno.EPERM: "make it readable and writable for you",
}


class InputError(Exception):
    """Something that the user can put right; the text says what, where and how."""


class RefusedError(InputError):
    """Data sets that cannot be analysed.

    Attributes:
        datasets: their names.
    """

    def __init__(self, text: str, datasets: Sequence[str]) -> None:
        """Keep the names beside the text."""
        super().__init__(text)
        self.datasets = datasets


@contextmanager
def logged(log: str) -> Iterator[None]:
    """Send stderr and tracebacks to a rule's log; the terminal gets what the user needs.

    Args:
        log: path of the log file.
    """
    terminal, path = sys.stderr, Path(log)
    failure: Exception | KeyboardInterrupt | None = None
    try:
        with path.open("w", encoding="utf-8") as file, redirect_stderr(file):
            try:
                yield
            except (Exception, KeyboardInterrupt) as error:
                failure = error
                # A full disk has no room for the log either.
                with suppress(OSError):
                    if isinstance(error, InputError):
                        print(error, file=file, flush=True)
                    else:
                        traceback.print_exc(file=file)
    except OSError as error:
        failure = failure or error
    if failure is not None:
        print(_told(failure, path), file=terminal)
        raise SystemExit(1) from None


def of_the_system(error: OSError, doing: str = "") -> str:
    """Return in words what the system could not do with a file, and what to do about it.

    Args:
        error: what it said.
        doing: the files and what was done with them, in place of what it says of that.
    """
    place = doing or error.filename
    # NumPy tells of a write that was cut short without the system's reason.
    cause = error.strerror or f"cut short ({error.args[0] if error.args else ''})"
    advice = _ADVICE.get(error.errno, "see that it is there, and that there is room")
    return f"{place}: {cause}; {advice}, and run the same command again."


def _told(failure: Exception | KeyboardInterrupt, log: Path) -> str:
    if isinstance(failure, InputError):
        return str(failure)
    if isinstance(failure, KeyboardInterrupt):
        return "Interrupted."
    if isinstance(failure, OSError):
        return of_the_system(failure)
    return f"{type(failure).__name__}: {failure}\nThe traceback is in {log}"
