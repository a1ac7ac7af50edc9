"""What is left of an earlier run when a data set is refused: nothing that looks like its answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from job import InputError, RefusedError
from layout import REPORT, answers


@contextmanager
def withdrawn_if_refused(results: Path) -> Iterator[None]:
    """Remove the answers that an earlier run gave for data sets that this job refuses.

    Args:
        results: the folder of the results.

    Raises:
        InputError: as the job; its text says what was removed.
    """
    try:
        yield
    except RefusedError as error:
        files = [REPORT, *(file for name in error.datasets for file in answers(name))]
        paths = [results / Path(file).relative_to("results") for file in files]
        earlier = [path for path in paths if path.exists()]
        for path in earlier:
            path.unlink(missing_ok=True)
        if not earlier:
            raise
        folders = ", ".join(str(results / name) for name in error.datasets)
        raise InputError(
            f"{error}\nWhat an earlier run found is removed: {paths[0]}, and selection, "
            f"assignments and figures in {folders}"
        ) from None
