"""Files that are there whole or not at all, and that are known by their checksums.

A job writes beside, then renames; what it leaves is listed in the form of sha256sum, and what it
reads is checked against such lists. In the folder of the results, `sha256sum --check */*.sha256`
does the same.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from job import InputError, of_the_system
from sample_files import sha256

_LIST = ".sha256"
# Files of fits say themselves what they are, and carry checksums of their own; without a suffix a
# file is a mark, and nothing is read from it.
_UNLISTED = (".npz", "")
_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")
_AGAIN = "run the same command again, and it is made anew"


@contextmanager
def complete_files(files: Mapping[str, str | Path]) -> Iterator[dict[str, Path]]:
    """Give files to write beside those meant, which appear only when all is done.

    Whatever ends the job, no file is there in part: each is on the disk before it gets its name.
    What a killed job left beside is removed by the next that writes the same.

    Args:
        files: the files meant, by name; what is there from before is removed. One whose name ends
            in checksums is written here: it lists the others.

    Raises:
        InputError: they cannot be written.
    """
    meant = {name: Path(path) for name, path in files.items()}
    first = next(iter(meant.values()))
    parent = os.getppid()
    try:
        for left in first.parent.glob(f".{first.name}.*"):
            shutil.rmtree(left, ignore_errors=True)
        for path in meant.values():
            path.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{first.name}.", dir=first.parent) as folder:
            parts = {name: Path(folder, path.name) for name, path in meant.items()}
            yield parts
            if os.getppid() != parent:
                raise InputError("Snakemake has ended before this job: its files are given up.")
            _finish(meant, parts)
    except OSError as error:
        if error.filename and first.parent not in Path(error.filename).parents:
            raise
        names = ", ".join(path.name for path in meant.values())
        raise InputError(of_the_system(error, f"{first.parent} (writing {names})")) from None


def check_files(paths: Iterable[str | Path]) -> dict[Path, str]:
    """Check that the files that a job reads are as they were written.

    Args:
        paths: the files, lists of their checksums among them; those of fits are passed over.

    Returns:
        The SHA-256 of every file listed.

    Raises:
        InputError: some are not; the text names each of them, and they are set aside.
    """
    files = [Path(path) for path in paths]
    listed: dict[Path, str] = {}
    for path in files:
        if path.suffix == _LIST:
            listed |= _read_checksums(path)
    problems = []
    for path in files:
        if path.suffix not in (_LIST, *_UNLISTED):
            if not path.exists():
                problems.append(f"{path}: it went away during the run; {_AGAIN}.")
            elif sha256(path) != listed.get(path):
                cause = "not as it was written: changed, cut short, or another file in its place"
                problems.append(str(damaged(path, cause)))
    if problems:
        raise InputError("\n".join(problems))
    return listed


def damaged(path: Path, cause: str) -> InputError:
    """Set a damaged result aside, so that the next run makes it anew.

    Args:
        path: the file.
        cause: what is wrong with it.

    Returns:
        What to tell the user.
    """
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError as error:
        return InputError(f"{path}: {cause}. Delete it ({error.strerror} here), then {_AGAIN}.")
    return InputError(f"{path}: {cause}. It is now {aside.name}; {_AGAIN}.")


def _finish(meant: Mapping[str, Path], parts: Mapping[str, Path]) -> None:
    """Write the checksums, see that all is on the disk, and give the files their names."""
    for listing in (name for name in meant if name.endswith("checksums")):
        folder = meant[listing].parent.parent
        lines = [
            f"{sha256(parts[name])}  {path.relative_to(folder).as_posix()}\n"
            for name, path in meant.items()
            if name != listing
        ]
        parts[listing].write_text("".join(lines), encoding="utf-8")
    for part in parts.values():
        with part.open("rb") as file:
            os.fsync(file.fileno())
    for name, path in meant.items():
        parts[name].replace(path)


def _read_checksums(path: Path) -> dict[Path, str]:
    """Read a list of checksums; raise InputError if it is damaged."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: it went away during the run; {_AGAIN}.") from None
    except UnicodeDecodeError:
        text = ""
    lines = _LINE.findall(text)
    folder = path.parent.parent
    whole = "".join(f"{digest}  {name}\n" for digest, name in lines) == text
    if not lines or not whole or any(not name.startswith(path.parent.name) for _, name in lines):
        raise damaged(path, "no list of checksums of this folder, or not a whole one")
    return {folder / name: digest for digest, name in lines}
