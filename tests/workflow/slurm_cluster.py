"""A real Slurm of four nodes on this machine, and what may befall its jobs."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from conftest import ROOT

# Holds slurm-up, which starts the daemons, and slurm-down, which ends them.
FOLDER = Path(os.environ.get("GMM_SELECT_SLURM", ROOT.parent / "shared" / "slurm"))
STATE = Path(os.environ.get("SLURM_UP_DIR", "/var/lib/slurm-up"))
PATIENCE = 240.0


class Job(NamedTuple):
    """A job in Slurm's queue."""

    job_id: str
    state: str
    node: str
    what: str


def up() -> subprocess.CompletedProcess[str]:
    """Start what does not run: all daemons at first, later those that a test has ended."""
    return subprocess.run([FOLDER / "slurm-up"], capture_output=True, text=True, check=False)


def down() -> None:
    subprocess.run([FOLDER / "slurm-down"], capture_output=True, check=True)


def wait_for(what: str, found: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, f"no {what} in {PATIENCE} s"
        time.sleep(0.3)


def slurm(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def jobs(project: Path) -> list[Job]:
    """Return the jobs of a project's runs, ended ones too, in the order of their submission."""
    listing = slurm("squeue", "--noheader", "--states=all", "--sort=i", "--format=%i|%T|%N|%k|%Z")
    lines = [line.split("|") for line in listing.splitlines()]
    return [Job(*line[:4]) for line in lines if line[4] == str(project)]


def asked_for(job: Job) -> tuple[int, str]:
    """Return the memory (MB) and the time limit of a job."""
    line = slurm("squeue", "--noheader", "--states=all", f"--jobs={job.job_id}", "--format=%m|%l")
    memory, limit = line.strip().split("|")
    return int(memory.removesuffix("M")), limit


def cancelled(job: Job) -> None:
    slurm("scancel", job.job_id)


def stand_still(job: Job) -> None:
    """Let the job's fit stand still."""
    for pid in processes_of(job, "fit.py"):
        os.kill(pid, signal.SIGSTOP)


def hung(job: Job) -> None:
    """Let the job's fit stand still, and allow it one minute."""
    stand_still(job)
    slurm("scontrol", "update", f"JobId={job.job_id}", "TimeLimit=1")


def node_killed(job: Job) -> None:
    """Kill the job's node: its daemon and all that ran there."""
    daemon = int((STATE / "run" / f"slurmd-{job.node}.pid").read_text())
    os.kill(daemon, signal.SIGKILL)
    for pid in [*steps_of(job), *processes_of(job)]:
        os.kill(pid, signal.SIGKILL)


def controller_away(job: Job) -> None:
    """Kill the controller while the job runs, and start it again after a while."""
    del job
    os.kill(int((STATE / "run" / "slurmctld.pid").read_text()), signal.SIGKILL)
    time.sleep(15)
    assert up().returncode == 0


def processes_of(job: Job, named: str = "") -> list[int]:
    """Return the processes of a job, or those whose command has a word in it."""
    marked = f"SLURM_JOB_ID={job.job_id}".encode()
    return [
        int(process.name)
        for process in _processes()
        if marked in _read(process / "environ").split(b"\0")
        and named.encode() in _read(process / "cmdline")
    ]


def steps_of(job: Job) -> list[int]:
    """Return the daemons that look after a job on its node."""
    title = f"slurmstepd: [{job.job_id}.".encode()
    return [int(path.name) for path in _processes() if title in _read(path / "cmdline")]


def _processes() -> Iterator[Path]:
    return Path("/proc").glob("[0-9]*")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
