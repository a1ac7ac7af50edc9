"""A copy of the project to run and to edit, and one finished small run in it."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dry_runs import DryRuns

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config", "data", "environment.yml", "gmm_core", "profiles", "workflow")

CONFIG = """\
seed: 1
datasets:
  geyser: {file: data/old_faithful.csv}
  flowers: {file: data/iris.csv, columns: [petal_length, sepal_width, petal_width], label: species}
  drawn:
    synthetic:
      {n_samples: 80, weights: [0.5, 0.5], means: [[0.0], [4.0]], covariances: [[[1.0]], [[1.0]]]}
grid: {n_components: [1, 2], families: [EEE, VVV], n_seeds: 2}
em: {tolerance: 1.0e-6, max_iterations: 50}
report: {title: A small run}
"""

Snakemake = Callable[..., subprocess.CompletedProcess[str]]


def snakemake(project: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess[str]:
    """Run the workflow of a project with its small configuration."""
    command = [sys.executable, "-m", "snakemake"]
    if "--configfile" not in arguments:
        command += ["--configfile", "small.yaml"]
    command += ["--cores", str(cores)]
    environment = {**os.environ, "PYTHONWARNINGS": "default", "MPLCONFIGDIR": str(project / ".mpl")}
    return subprocess.run(
        [*command, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def planned_jobs(project: Path) -> dict[str, int]:
    """Return how many jobs of each rule a run would start."""
    dry = snakemake(project, "--dry-run")
    assert dry.returncode == 0, dry.stdout + dry.stderr
    text = dry.stdout + dry.stderr
    if "Nothing to be done" in text:
        return {}
    table = text.split("Job stats:")[1].split("total")[0]
    jobs = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
    return {rule: count for rule, count in jobs.items() if rule != "all"}


def copy_project(target: Path) -> Path:
    """Copy what a run needs, with file times, and add the small configuration."""
    target.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target / part, ignore=ignored)
        else:
            shutil.copy2(source, target / part)
    (target / "small.yaml").write_text(CONFIG, encoding="utf-8")
    return target


def differing(ours: Path, theirs: Path) -> list[str]:
    """Return the names of files that are not in both folders with the same bytes."""
    one, other = (
        {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        for folder in (ours, theirs)
    )
    _, wrong, failed = filecmp.cmpfiles(ours, theirs, sorted(one & other), shallow=False)
    assert len(one) > 30
    return [*sorted(one ^ other), *wrong, *failed]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a finished small run, not to be changed."""
    project = copy_project(tmp_path_factory.mktemp("finished") / "project")
    run = snakemake(project)
    assert run.returncode == 0, run.stdout + run.stderr
    return project


@pytest.fixture(scope="session")
def default_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with the finished default run, not to be changed."""
    project = copy_project(tmp_path_factory.mktemp("default") / "project")
    run = snakemake(project, "--configfile", str(ROOT / "config" / "config.yaml"))
    assert run.returncode == 0, run.stdout + run.stderr
    return project


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of the finished project, to edit."""
    return Path(shutil.copytree(finished, tmp_path / "project", symlinks=True))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return a project in which nothing has run."""
    return copy_project(tmp_path / "fresh")


@pytest.fixture(scope="session")
def dry_runs() -> Iterator[DryRuns]:
    """Return what does dry runs at a low cost."""
    runs = DryRuns()
    yield runs
    runs.close()
