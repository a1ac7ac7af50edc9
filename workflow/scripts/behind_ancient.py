"""A repair of Snakemake 9 (its issue 4166): jobs behind an ancient() file are looked at too.

Where a job has to run, Snakemake takes all that follows for bound to run, and looks at none of it.
What follows by ancient() files alone does not run for that, however; a change of its own parameters
or inputs was missed.
"""

from collections.abc import Iterator
from typing import Any

from snakemake.dag import DAG

_as_it_is = DAG.update_needrun


def look_behind_ancient() -> None:
    """Have Snakemake look at all jobs, in this process."""
    DAG.update_needrun = _looking_behind


async def _looking_behind(dag: DAG, *arguments: Any, **options: Any) -> None:
    """Do what `DAG.update_needrun` does; from a job follows what does so by other files."""

    def following(direction: Any, *jobs: Any) -> Iterator[Any]:
        return DAG.bfs(dag, _NotAncient(direction), *jobs)

    dag.bfs = following
    try:
        await _as_it_is(dag, *arguments, **options)
    finally:
        del dag.bfs


class _NotAncient:
    """Of each job those that depend on it by a file that is not ancient()."""

    def __init__(self, depending: Any) -> None:
        self._depending = depending

    def __getitem__(self, job: Any) -> dict[Any, Any]:
        return {
            other: files
            for other, files in self._depending[job].items()
            if not all(file.is_ancient for file in files)
        }
