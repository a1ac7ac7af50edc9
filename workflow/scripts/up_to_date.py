"""Two repairs of what Snakemake 9 takes for up to date.

Jobs behind an ancient() file are looked at too (its issue 4166): where a job has to run, Snakemake
takes all that follows for bound to run, and looks at none of it. What follows by ancient() files
alone does not run for that, however; a change of its own parameters or inputs was missed.

Results of which Snakemake has no record, as .snakemake is gone, are taken for current only if the
last run here was of the same configuration, code and data.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from snakemake.dag import DAG

from sample_files import sha256

_as_it_is = DAG.update_needrun


def repair_snakemake(is_same: Callable[[], bool]) -> None:
    """Have both in force in this process.

    Args:
        is_same: whether the last run that ended here was of what is in force now.
    """
    done: set[int] = set()

    async def update_needrun(dag: DAG, *arguments: Any, **options: Any) -> None:
        def following(direction: Any, *jobs: Any) -> Iterator[Any]:
            return DAG.bfs(dag, _NotAncient(direction), *jobs)

        if dag.workflow.is_main_process and id(dag) not in done:
            done.add(id(dag))
            _force_unknown(dag, is_same)
        dag.bfs = following
        try:
            await _as_it_is(dag, *arguments, **options)
        finally:
            del dag.bfs

    DAG.update_needrun = update_needrun


def is_same_run(
    results: Path, config: Mapping[str, Any], code: Mapping[str, str], inputs: Mapping[str, Path]
) -> bool:
    """Return whether the last run that ended was of this configuration, code and data.

    Args:
        results: the folder of its results.
        config: the configuration in force.
        code: the fingerprint of each rule's code.
        inputs: the data files, by the names that the configuration gives them.
    """
    try:
        before = yaml.safe_load((results / "run_config.yaml").read_text(encoding="utf-8"))
        recorded = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
        known = recorded["code"], recorded["inputs"]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return False
    checksums = {name: sha256(path) for name, path in inputs.items()}
    return before == config and known == (code, checksums)


def _force_unknown(dag: DAG, is_same: Callable[[], bool]) -> None:
    """Have the results made again that are there without a record, if the last run was another."""
    unknown = {
        str(file)
        for job in dag.jobs
        if job.output and not dag.workflow.persistence.has_metadata(job)
        for file in job.output
        if Path(file).exists()
    }
    if unknown and not is_same():
        print(
            f"{len(unknown)} results are made again: Snakemake has no record of how they were made "
            "(.snakemake is gone), and the last run that ended here had another configuration, "
            "code or data.",
            file=sys.stderr,
        )
        dag.forcefiles.update(unknown)


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
