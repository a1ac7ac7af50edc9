"""Runs on a real Slurm write the bytes of local ones, whatever befalls them."""

import filecmp
import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import slurm_cluster as cluster
from conftest import ROOT, copy_project, snakemake

pytestmark = pytest.mark.slurm

ON_SLURM = ["--profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "1"]
ON_ANY = ["--profile", "profiles/generic-cluster", "--seconds-between-status-checks", "1"]
# Fits that take long enough to be hit: many steps of plain EM that gain next to nothing.
SLOW = """\
seed: 1
datasets:
  drawn:
    synthetic:
      n_samples: 20000
      weights: [0.5, 0.5]
      means: [[0.0, 0.0], [1.0, 0.0]]
      covariances: [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.3], [0.3, 1.0]]]
grid: {n_components: [3], families: [VVV], n_seeds: 2}
em: {tolerance: 1.0e-15, max_iterations: 3000, accelerate: false}
"""
FIT = "results/drawn/fits/K3_seeds0-1.npz"


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


@pytest.fixture(scope="session")
def slow_fit(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the file of the slow fit as a local run writes it."""
    project = slow_project(tmp_path_factory.mktemp("local") / "project")
    run = snakemake(project, FIT)
    assert run.returncode == 0, run.stdout + run.stderr
    return (project / FIT).read_bytes()


def slow_project(target: Path) -> Path:
    project = copy_project(target)
    (project / "small.yaml").write_text(SLOW, encoding="utf-8")
    return project


class Run:
    """A run of the slow fit on the cluster, in the background."""

    def __init__(self, project: Path) -> None:
        self.project, self.log = project, project / "run.log"
        command = [sys.executable, "-m", "snakemake", FIT, *ON_SLURM, "--configfile", "small.yaml"]
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                command, cwd=project, stdout=log, stderr=subprocess.STDOUT
            )

    def running_fit(self) -> cluster.Job:
        """Return the fit's job as soon as its script is at work."""
        started = self.project / "logs" / "drawn" / "fit_K3_seeds0-1.log"
        cluster.wait_for("fit at work", lambda: started.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.text()
        (job,) = cluster.jobs(self.project)
        assert job.state == "RUNNING"
        return job

    def finish(self) -> str:
        """Wait for the end; return what was printed."""
        assert self.process.wait(cluster.PATIENCE) == 0, self.text()
        return self.text()

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")


def differences(one: Path, other: Path) -> list[str]:
    """Return the files below two folders that are not in both with the same bytes."""
    names = {path.relative_to(top) for top in (one, other) for path in top.rglob("*")}
    files = [name for name in names if not ((one / name).is_dir() and (other / name).is_dir())]
    _, *differing = filecmp.cmpfiles(one, other, [str(name) for name in files], shallow=False)
    return sorted(name for group in differing for name in group)


@pytest.mark.parametrize("profile", [ON_SLURM, ON_ANY])
def test_a_run_on_a_cluster_writes_the_bytes_of_a_local_one(
    finished: Path, fresh: Path, profile: list[str]
) -> None:
    run = snakemake(fresh, *profile, cores=8)
    assert run.returncode == 0, run.stdout + run.stderr
    assert len({job.node for job in cluster.jobs(fresh)}) > 1
    assert differences(finished / "results", fresh / "results") == []


@pytest.mark.parametrize(
    ("befall", "state"),
    [
        (cluster.cancelled, "CANCELLED"),
        (cluster.node_killed, "NODE_FAIL"),
        (cluster.hung, "TIMEOUT"),
    ],
)
def test_a_fit_that_dies_is_done_again_with_more_memory_and_time(
    slow_fit: bytes, tmp_path: Path, befall: Callable[[cluster.Job], None], state: str
) -> None:
    run = Run(slow_project(tmp_path / "project"))
    befall(run.running_fit())
    run.finish()
    assert cluster.up().returncode == 0
    died, done = cluster.jobs(run.project)
    assert (died.state, done.state) == (state, "COMPLETED")
    assert cluster.asked_for(done) == (2 * cluster.asked_for(died)[0], "20:00")
    assert (run.project / FIT).read_bytes() == slow_fit


def test_a_run_outlives_an_outage_of_the_controller(slow_fit: bytes, tmp_path: Path) -> None:
    run = Run(slow_project(tmp_path / "project"))
    cluster.controller_away(run.running_fit())
    run.finish()
    assert [job.state for job in cluster.jobs(run.project)] == ["COMPLETED"]
    assert (run.project / FIT).read_bytes() == slow_fit


def test_a_killed_run_is_resumed_when_its_orphans_are_gone(slow_fit: bytes, tmp_path: Path) -> None:
    killed = Run(slow_project(tmp_path / "project"))
    orphan = killed.running_fit()
    cluster.stand_still(orphan)
    killed.process.send_signal(signal.SIGKILL)
    killed.process.wait()
    assert snakemake(killed.project, "--unlock").returncode == 0

    refused = Run(killed.project)
    assert refused.process.wait(cluster.PATIENCE) != 0
    text = refused.text()
    assert f"{orphan.job_id} RUNNING fit_wildcards_drawn_3_0_1" in text
    assert "Traceback" not in text
    (command,) = re.findall(r"^ *(scancel .+)$", text, re.MULTILINE)
    subprocess.run(command.split(), check=True)
    cluster.wait_for(
        "end of the orphan", lambda: cluster.jobs(killed.project)[0].state != "RUNNING"
    )

    resumed = Run(killed.project)
    resumed.finish()
    assert [job.state for job in cluster.jobs(killed.project)] == ["CANCELLED", "COMPLETED"]
    assert (killed.project / FIT).read_bytes() == slow_fit


@pytest.mark.slow
def test_the_default_run_on_four_nodes_writes_the_bytes_of_a_local_one(tmp_path: Path) -> None:
    default = ["--configfile", str(ROOT / "config" / "config.yaml")]
    local, remote = (copy_project(tmp_path / name) for name in ("local", "remote"))
    runs = [
        snakemake(local, *default, cores=os.cpu_count() or 1),
        snakemake(remote, *default, *ON_SLURM, cores=8),
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[1].stdout + runs[1].stderr
    assert {job.node for job in cluster.jobs(remote)} == {"n1", "n2", "n3", "n4"}
    assert differences(local / "results", remote / "results") == []
