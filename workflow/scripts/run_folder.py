"""Whether a run can begin in a folder."""

import os
from pathlib import Path


def unwritable(folder: Path) -> str | None:
    """Return why nothing can be written into a folder, which may not be there yet; None if it can.

    Args:
        folder: the folder, in another that is there.
    """
    nearest = folder if folder.exists() else folder.parent
    if os.access(nearest, os.W_OK | os.X_OK):
        return None
    return (
        f"{nearest.absolute()}: nothing can be written there. Make it writable for you, or name "
        "another folder for the run with --directory."
    )
