"""A real Slurm of four nodes on this machine, and what may befall its jobs."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
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
    """End all daemons, and what outlived its job: without cgroups Slurm loses sight of some."""
    left = slurm("squeue", "--noheader", "--states=all", "--format=%i").split()
    slurm("scancel", "--me")
    for job_id in left:
        _send(signal.SIGKILL, processes_of(Job(job_id, "", "", "")))
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


def stand_still(job: Job) -> bool:
    """Let the job's fit stand still; return whether it has begun."""
    return _send(signal.SIGSTOP, processes_of(job, "fit.py"))


def go_on(job: Job) -> None:
    """Let a fit that stands still go on."""
    _send(signal.SIGCONT, processes_of(job, "fit.py"))


def cancel(job: Job) -> None:
    slurm("scancel", job.job_id)


def allow_one_minute(job: Job) -> None:
    """Bring the job's time limit down to a minute."""
    slurm("scontrol", "update", f"JobId={job.job_id}", "TimeLimit=1")


def kill_node(job: Job) -> None:
    """Kill the job's node: its daemon and all that ran there."""
    daemon = int((STATE / "run" / f"slurmd-{job.node}.pid").read_text())
    _send(signal.SIGKILL, [daemon, *steps_of(job), *processes_of(job)])


def controller_away() -> None:
    """Kill the controller, and start it again after a while."""
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


def _send(what: signal.Signals, pids: list[int]) -> bool:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)
    return bool(pids)


def _processes() -> Iterator[Path]:
    return Path("/proc").glob("[0-9]*")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
