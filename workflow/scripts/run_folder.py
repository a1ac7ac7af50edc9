"""Whether a run can write where it has to."""

import os
from collections.abc import Iterable
from pathlib import Path


def unwritable(folders: Iterable[Path]) -> str | None:
    """Return which folders nothing can be written into, and what to do; None if there are none.

    Args:
        folders: of one that is not there yet, that in which it will be made counts.
    """
    nearest = {
        next(place for place in (folder, *folder.parents) if place.exists())
        for folder in map(Path.absolute, folders)
    }
    closed = sorted(str(place) for place in nearest if not os.access(place, os.W_OK | os.X_OK))
    if not closed:
        return None
    return (
        f"{', '.join(closed)}: nothing can be written there. Make it writable for you, or name "
        "another folder for the run with --directory."
    )
