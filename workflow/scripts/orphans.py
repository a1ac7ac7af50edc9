"""Jobs that a killed run left behind on a Slurm cluster: they still write into the run's folder."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

# What Snakemake's Slurm executor gives its jobs as a comment begins with this.
_COMMENT = "rule_"
_SECONDS = 30


class Orphan(NamedTuple):
    """A job of an earlier run.

    Attributes:
        job_id: Slurm's number of the job.
        run: the job's name, which all jobs of a run share.
        state: Slurm's word for what it does.
        what: rule and wildcards.
    """

    job_id: str
    run: str
    state: str
    what: str


def orphans_here() -> list[Orphan]:
    """Return the jobs that earlier runs left behind in this folder; none where there is no Slurm.

    To be called before a run submits jobs of its own.
    """
    if shutil.which("squeue") is None:
        return []
    command = ["squeue", "--me", "--noheader", "--format=%i|%j|%T|%k|%Z"]
    try:
        listing = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=_SECONDS
        ).stdout
    except (subprocess.SubprocessError, OSError) as error:
        print(
            f"Whether jobs of an earlier run still run here is not known: {error}", file=sys.stderr
        )
        return []
    return orphans_in(listing, Path.cwd())


def orphans_in(listing: str, folder: Path) -> list[Orphan]:
    """Return the jobs of a folder's runs.

    Args:
        listing: a line for each job: number, name, state, comment and folder, with | between.
        folder: the folder.
    """
    jobs = [line.split("|", 4) for line in listing.splitlines()]
    return [
        Orphan(job_id, run, state, comment.removeprefix(_COMMENT))
        for job_id, run, state, comment, place in jobs
        if comment.startswith(_COMMENT) and Path(place).resolve() == folder.resolve()
    ]


def what_to_do(orphans: Sequence[Orphan]) -> str:
    """Return what to tell the user of orphans."""
    listed = [f"  - {job.job_id} {job.state} {job.what} (run {job.run})" for job in orphans]
    cancel = [f"  scancel --me --name={run}" for run in dict.fromkeys(job.run for job in orphans)]
    return "\n".join(
        [
            f"{len(orphans)} job(s) of an earlier run are still in the queue, and write here:",
            *listed,
            "Cancel them, or wait until they have ended; then run again:",
            *cancel,
        ]
    )
