"""How messages on the configuration name a place, show a value, and tell the nearest right word."""

import difflib
import reprlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

Path = tuple[str | int, ...]
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def message(path: Sequence[str | int], wrong: str, found: Any, repair: str = "") -> str:
    """Return a message in the one form that all have."""
    return f"{located(path)}: {wrong}, found {shown(found)}{f'; {repair}' if repair else ''}"


def located(path: Sequence[str | int]) -> str:
    """Return a path of keys as text; items of a list are counted from 1."""
    parts = [f"item {part + 1}" if isinstance(part, int) else str(part) for part in path]
    return ": ".join(parts) or "configuration"


def shown(value: Any) -> str:
    """Return a value about as YAML writes it, in short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and abs(value) >= 10**300:
        return "a number of more than 300 digits"
    return _SHORT.repr(dict(value) if isinstance(value, Mapping) else value)


def nearest(word: Any, known: Sequence[str], likeness: float = 0.6) -> str | None:
    """Return the known word that a misspelt one most likely stands for, None if there is none.

    Args:
        word: what was found.
        known: the right words.
        likeness: how like it must be at least, from 0 to 1 (difflib's ratio).
    """
    spelt = {_spelling(name): name for name in known}
    near = difflib.get_close_matches(_spelling(word), list(spelt), n=1, cutoff=likeness)
    return spelt[near[0]] if near else None


def _spelling(word: Any) -> str:
    return str(word).lower().replace("-", "_").replace(" ", "_")
