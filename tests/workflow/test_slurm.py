"""Runs on a real Slurm write the bytes of local ones, whatever befalls them."""

import importlib.util
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import slurm_cluster as cluster
from conftest import ROOT, copy_project, differing, snakemake

pytestmark = pytest.mark.slurm

ON_SLURM = ["--profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "1"]
ON_ANY = ["--profile", "profiles/generic-cluster", "--seconds-between-status-checks", "1"]
# Each fit has a node for itself.
WHOLE_NODES = ["--set-threads", "fit=2"]
# Fewer jobs, as each costs as much as many a fit; no more fits in one than a node has CPUs.
IN_GROUPS = ["--groups", "fit=fits", "--group-components", "fits=2"]
# Fits that take long enough to be hit: many steps of plain EM that gain next to nothing.
SLOW = """\
seed: 1
datasets:
  drawn:
    synthetic:
      n_samples: 5000
      weights: [0.5, 0.5]
      means: [[0.0, 0.0], [1.0, 0.0]]
      covariances: [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.3], [0.3, 1.0]]]
grid: {n_components: [2, 3, 4, 5], families: [VVV], n_seeds: 2}
em: {tolerance: 1.0e-15, max_iterations: 800, accelerate: false}
"""
SIZES = (2, 3, 4, 5)


@pytest.fixture(scope="session", autouse=True)
def slurm() -> Iterator[None]:
    """Start Slurm for these tests."""
    if not (cluster.FOLDER / "slurm-up").is_file():
        pytest.skip(f"no slurm-up in {cluster.FOLDER} (GMM_SELECT_SLURM names another folder)")
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip("the packages of requirements-cluster.lock are not installed")
    started = cluster.up()
    if started.returncode in (2, 3):
        pytest.skip(f"no Slurm can be started here: {started.stderr.strip()}")
    assert started.returncode == 0, started.stderr
    yield
    cluster.down()


def fit_file(n_components: int) -> str:
    return f"results/drawn/fits/K{n_components}_seeds0-1.npz"


def slow_project(target: Path) -> Path:
    project = copy_project(target)
    (project / "small.yaml").write_text(SLOW, encoding="utf-8")
    return project


@pytest.fixture(scope="session")
def slow_fits(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """Return the files of the slow fits as a local run writes them, by the number of components."""
    project = slow_project(tmp_path_factory.mktemp("local") / "project")
    run = snakemake(project, *map(fit_file, SIZES))
    assert run.returncode == 0, run.stdout + run.stderr
    return {size: (project / fit_file(size)).read_bytes() for size in SIZES}


class Run:
    """A run of slow fits on the cluster, in the background."""

    def __init__(self, project: Path, sizes: tuple[int, ...], *arguments: str) -> None:
        self.project, self.log = project, project / "run.log"
        command = [sys.executable, "-m", "snakemake", *map(fit_file, sizes), *ON_SLURM, *arguments]
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*command, "--configfile", "small.yaml"],
                cwd=project,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def hold(self, *sizes: int) -> list[cluster.Job]:
        """Let fits stand still as soon as they are at work; return their jobs."""

        def all_stand_still() -> bool:
            assert self.process.poll() is None, self.text()
            stopped = [job for job in cluster.jobs(self.project) if cluster.stand_still(job)]
            return len(stopped) == len(sizes)

        cluster.wait_for("fits at work", all_stand_still)
        return [self.attempts(size)[0] for size in sizes]

    def attempts(self, size: int) -> list[cluster.Job]:
        """Return the jobs that did the fit with so many components, or died of it."""
        what = f"rule_fit_wildcards_drawn_{size}_0_1"
        return [job for job in cluster.jobs(self.project) if job.what == what]

    def finish(self) -> None:
        """Wait for the end, which is to be a good one."""
        assert self.process.wait(cluster.PATIENCE) == 0, self.text()

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def befallen(tmp_path_factory: pytest.TempPathFactory, slurm: None) -> Iterator[Run]:
    """Return a run of four fits, one a node, that goes on while it is looked at.

    The controller has been away, one fit was cancelled, one lost its node, and one stands still
    until its time is over.
    """
    del slurm
    project = slow_project(tmp_path_factory.mktemp("befallen") / "project")
    run = Run(project, SIZES, *WHOLE_NODES)
    to_cancel, on_a_dying_node, hanging, well = run.hold(*SIZES)
    cluster.controller_away()
    cluster.cancel(to_cancel)
    cluster.kill_node(on_a_dying_node)
    cluster.allow_one_minute(hanging)
    cluster.go_on(well)
    yield run
    run.process.kill()
    run.process.wait()


# The first two tests run while Slurm notices what befell the jobs of the others.
@pytest.mark.usefixtures("befallen")
def test_a_killed_run_is_resumed_when_its_orphans_are_gone(
    slow_fits: dict[int, bytes], tmp_path: Path
) -> None:
    killed = Run(slow_project(tmp_path / "project"), (2,))
    (orphan,) = killed.hold(2)
    killed.process.send_signal(signal.SIGKILL)
    killed.process.wait()
    unlocked = snakemake(killed.project, "--unlock")
    assert unlocked.returncode == 0, unlocked.stderr

    refused = Run(killed.project, (2,))
    assert refused.process.wait(cluster.PATIENCE) != 0
    text = refused.text()
    assert f"{orphan.job_id} RUNNING fit_wildcards_drawn_2_0_1" in text
    assert "Traceback" not in text
    (command,) = re.findall(r"^ *(scancel .+)$", text, re.MULTILINE)
    subprocess.run(command.split(), check=True)
    cluster.wait_for("end of the orphan", lambda: killed.attempts(2)[0].state != "RUNNING")

    Run(killed.project, (2,)).finish()
    assert [job.state for job in killed.attempts(2)] == ["CANCELLED", "COMPLETED"]
    assert (killed.project / fit_file(2)).read_bytes() == slow_fits[2]


@pytest.mark.usefixtures("befallen")
def test_a_run_by_three_commands_writes_the_bytes_of_a_local_one(
    finished: Path, fresh: Path
) -> None:
    run = snakemake(fresh, *ON_ANY, cores=8)
    assert run.returncode == 0, run.stdout + run.stderr
    assert cluster.jobs(fresh)
    assert differing(finished / "results", fresh / "results") == []


@pytest.mark.parametrize(
    ("size", "state"), [(2, "CANCELLED"), (3, "NODE_FAIL"), (4, "TIMEOUT")], ids=str
)
def test_a_fit_that_dies_is_done_again_with_more_memory_and_time(
    befallen: Run, slow_fits: dict[int, bytes], size: int, state: str
) -> None:
    befallen.finish()
    died, done = befallen.attempts(size)
    assert (died.state, done.state) == (state, "COMPLETED")
    assert cluster.asked_for(done) == (2 * cluster.asked_for(died)[0], "20:00")
    assert (befallen.project / fit_file(size)).read_bytes() == slow_fits[size]


def test_a_fit_outlives_an_outage_of_the_controller(
    befallen: Run, slow_fits: dict[int, bytes]
) -> None:
    befallen.finish()
    assert [job.state for job in befallen.attempts(5)] == ["COMPLETED"]
    assert (befallen.project / fit_file(5)).read_bytes() == slow_fits[5]


def test_the_default_run_on_four_nodes_writes_the_bytes_of_a_local_one(
    default_run: Path, fresh: Path
) -> None:
    assert cluster.up().returncode == 0
    default = ["--configfile", str(ROOT / "config" / "config.yaml")]
    run = snakemake(fresh, *default, *ON_SLURM, *IN_GROUPS, cores=8)
    assert run.returncode == 0, run.stdout + run.stderr
    assert {job.node for job in cluster.jobs(fresh)} == {"n1", "n2", "n3", "n4"}
    assert differing(default_run / "results", fresh / "results") == []
