"""Other runs of Snakemake that are alive in this folder, on this machine."""

from collections.abc import Sequence
from pathlib import Path

import psutil


def runs_here() -> list[int]:
    """Return the ids of the processes that run Snakemake in this folder, this one's set apart."""
    own = psutil.Process()
    mine = {own.pid, *(parent.pid for parent in own.parents())}
    here = Path.cwd()
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
        # What another user's process is about may be hidden: then both are None.
        command, folder = process.info["cmdline"] or [], process.info["cwd"]
        if process.pid not in mine and folder and Path(folder) == here and is_snakemake(command):
            found.append(process.pid)
    return sorted(found)


def is_snakemake(command: Sequence[str]) -> bool:
    """Return whether a command line is that of Snakemake itself, not of one of its jobs.

    A job on a cluster's node runs Snakemake too, for this job alone; it may outlive the run.
    """
    called = list(command[1:3]) == ["-m", "snakemake"] or any(
        Path(word).name == "snakemake" for word in command[:2]
    )
    return called and "--target-jobs" not in command


def refusal(runs: Sequence[int]) -> str:
    """Return why a folder is not unlocked while other runs are alive in it."""
    return (
        f"Snakemake is running in this folder (process {', '.join(map(str, runs))}), and its lock "
        "stays: two runs would write the same files. Wait for it, or end it, then try again."
    )
