"""provenance.json as a file: its own checksum, and whether files are still as it records them."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dataset_checks import data_file
from job import InputError
from sample_files import json_text, sha256

NAME = "provenance.json"
_PARTS = ("versions", "matrix products", "code", "inputs", "results")


def write_provenance(content: Mapping[str, Any], path: Path) -> None:
    """Write what `record.record` returns, with a checksum of its own."""
    path.write_text(_sealed(content), encoding="utf-8")


def read_provenance(path: Path) -> dict[str, Any]:
    """Read what `write_provenance` wrote.

    Raises:
        InputError: the file is not there, or not as it was written.
    """
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"{path} is not there: nothing has run here, or the run has not finished. Run "
            "snakemake first."
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    try:
        content = json.loads(found)
        content.pop("checksum")
        sound = found == _sealed(content).encode() and {*_PARTS} <= set(content)
    # What is broken may be broken in any way.
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise InputError(
            f"{path} is not as it was written: its own checksum does not agree. Nothing else was "
            "checked, as there is nothing to compare with. Bring it back from a copy; or delete "
            "it, and the next run records the files as they are then."
        )
    return content


def changed_results(folder: Path, recorded: Mapping[str, str]) -> dict[str, str]:
    """Return what has become of results since they were recorded: a text by each one's name.

    Args:
        folder: that of the results.
        recorded: the SHA-256 of each result, by its name in the folder.
    """
    present = {path.relative_to(folder).as_posix() for path in _files(folder)} - {NAME}
    found = {name: _change(folder / name, recorded[name]) for name in sorted(recorded)}
    found |= dict.fromkeys(
        sorted(present - set(recorded)),
        f"is not of this run: {NAME} does not name it; move it away",
    )
    return {name: text for name, text in found.items() if text}


def changed_inputs(recorded: Mapping[str, str], folders: Sequence[Path]) -> dict[str, str]:
    """Return what has become of data files since they were recorded: a text by each one's name.

    Args:
        recorded: the SHA-256 of each data file, by the name that the configuration gives it.
        folders: where they are looked for, in this order.
    """
    found = {}
    for name in sorted(recorded):
        path = data_file(name, folders)
        if path:
            found[name] = _change(path, recorded[name])
        else:
            places = ", ".join(str(folder) for folder in dict.fromkeys(folders))
            found[name] = (
                f"is missing: there is none in {places}; if it lies beside the run's "
                "configuration, name that with --configfile"
            )
    return {name: text for name, text in found.items() if text}


def changed_code(recorded: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the rules whose code is another than the recorded one, by their fingerprints."""
    return [rule for rule in recorded if rule in now and recorded[rule] != now[rule]]


def _change(path: Path, recorded: str) -> str:
    try:
        now = sha256(path)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "" if now == recorded else f"has changed: sha256 {recorded} recorded, {now} found"


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if not path.is_dir())


def _sealed(content: Mapping[str, Any]) -> str:
    checksum = hashlib.sha256(json_text(content).encode()).hexdigest()
    return json_text({**content, "checksum": checksum})
