"""Kill a run at random moments, finish it with the documented command, and compare every byte.

By hand, with the number of kills and the seed of their moments:
    python tests/workflow/interruptions.py 30 1
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from conftest import copy_project

# Of few samples, yet with climbs that are long: to the last digits, without the extrapolated steps.
SLOW = """\
seed: 1
datasets:
  drawn:
    synthetic:
      {n_samples: 100, weights: [0.5, 0.5], means: [[0.0], [2.0]], covariances: [[[1.0]], [[1.0]]]}
grid: {n_components: [2, 3], families: [E, V], n_seeds: 25}
em: {tolerance: 1.0e-12, max_iterations: 1000, accelerate: false}
"""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
TARGETS = ("Snakemake", "the process group", "a job")
# Seconds after which whatever still runs counts as hanging.
_HANGING = 300


class Kill(NamedTuple):
    """A signal to a target, at a share of the time that an undisturbed run takes."""

    signal: signal.Signals
    target: str
    moment: float

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.signal.name} of {self.target} at {self.moment:.0%}"


class Undisturbed(NamedTuple):
    """What a run makes that nobody kills: its files, and the seconds it takes."""

    files: dict[str, bytes]
    seconds: float


def kills(n_kills: int, seed: int) -> list[Kill]:
    """Return kills: every signal of every target in turn, the moments at random."""
    moments = random.Random(seed)
    kinds = [(number, target) for target in TARGETS for number in SIGNALS]
    return [Kill(*kinds[i % len(kinds)], moments.random()) for i in range(n_kills)]


def undisturbed(project: Path) -> Undisturbed:
    """Run in a project to the end."""
    begin = time.monotonic()
    run = _start(project)
    output, _ = run.communicate(timeout=_HANGING)
    assert run.returncode == 0, output
    return Undisturbed(results(project), time.monotonic() - begin)


def killed(project: Path, kill: Kill, seconds: float) -> None:
    """Run in a project, and kill the run; an undisturbed one takes so many seconds."""
    run = _start(project)
    time.sleep(kill.moment * seconds)
    main = psutil.Process(run.pid)
    # Without a job at this moment, the next one is hit.
    jobs: list[psutil.Process] = []
    while kill.target == "a job" and not jobs and run.poll() is None:
        jobs = main.children()
        time.sleep(0.01)
    if run.poll() is None:
        if kill.target == "the process group":
            os.killpg(run.pid, kill.signal)
        else:
            for process in jobs[:1] or [main]:
                # It may have ended in this very moment.
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(kill.signal)
    run.communicate(timeout=_HANGING)


def killed_as_soon_as(project: Path, happened: Callable[[], bool]) -> None:
    """Run in a project, and kill all of the run as soon as something has happened."""
    run = _start(project)
    while not happened() and run.poll() is None:
        time.sleep(0.005)
    if run.poll() is None:
        os.killpg(run.pid, signal.SIGKILL)
    output, _ = run.communicate(timeout=_HANGING)
    assert run.returncode == -signal.SIGKILL, output


def finish(project: Path) -> str:
    """Run the documented command; return what it printed if it failed, else nothing."""
    for arguments in (["--unlock"], ["--rerun-incomplete"]):
        run = _start(project, *arguments)
        output, _ = run.communicate(timeout=_HANGING)
        if run.returncode:
            return output
    return ""


def results(project: Path) -> dict[str, bytes]:
    """Return the bytes of every result."""
    folder = project / "results"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}


def trial(project: Path, kill: Kill, expected: Undisturbed) -> str:
    """Return what is wrong after a kill and the documented command; nothing if nothing is."""
    killed(project, kill, expected.seconds)
    failure = finish(project)
    if failure:
        return failure
    made = results(project)
    return ", ".join(
        sorted(
            name
            for name in made.keys() | expected.files.keys()
            if made.get(name) != expected.files.get(name)
        )
    )


def slow_project(folder: Path) -> Path:
    """Return a new project whose run takes a while."""
    project = copy_project(folder)
    (project / "small.yaml").write_text(SLOW, encoding="utf-8")
    return project


def _start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start Snakemake in a process group of its own."""
    command = [sys.executable, "-m", "snakemake", "--configfile", "small.yaml", "--cores", "2"]
    environment = {**os.environ, "MPLCONFIGDIR": str(project.parent / ".mpl")}
    return subprocess.Popen(
        [*command, *arguments],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def main(n_kills: int, seed: int) -> int:
    """Try kills; print each, and how many runs were finished with the bytes of the undisturbed."""
    n_same = 0
    with tempfile.TemporaryDirectory() as folder:
        expected = undisturbed(slow_project(Path(folder, "undisturbed")))
        print(f"undisturbed: {expected.seconds:.1f} s, {len(expected.files)} files", flush=True)
        for number, kill in enumerate(kills(n_kills, seed)):
            project = slow_project(Path(folder, str(number)))
            wrong = trial(project, kill, expected)
            n_same += not wrong
            print(f"{kill}: {wrong or 'finished, the same bytes'}", flush=True)
            shutil.rmtree(project)
    print(f"{n_same} of {n_kills} finished with identical bytes")
    return n_same < n_kills


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
