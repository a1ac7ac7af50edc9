"""The same bytes from the same configuration and data, whatever else is different."""

import importlib.util
import os
import random
import stat
from pathlib import Path

import pytest
from conftest import CONFIG, ROOT, copy_project, differing, snakemake

# What a run may find different; the locales are those that every system has.
ELSEWHERE = {
    "LC_ALL": "C",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
    "TZ": "Asia/Kathmandu",
    "PYTHONHASHSEED": "4711",
    "OMP_NUM_THREADS": "2",
    "USER": "somebody",
    "LOGNAME": "somebody",
    "HOSTNAME": "elsewhere",
    "COLUMNS": "40",
    "NO_COLOR": "1",
}
UMASK = 0o077
# A job is a process in the background, whose number is the name by which it is known.
SUBMIT = "bash -c 'bash \"$0\" > /dev/null 2>&1 & echo $!'"


def targets(seed: int) -> list[str]:
    """Return results of all kinds, shuffled, and then all."""
    ends = ("figures/mixture.svg", "restarts.csv", "fits/K2_seeds0-1.npz", "samples.npy")
    names = [f"results/{name}/{end}" for name in ("geyser", "flowers", "drawn") for end in ends]
    random.Random(seed).shuffle(names)
    return [*names, "all"]


def test_elsewhere_and_otherwise(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a folder"
    place.mkdir()
    (place / "small.yaml").write_text(CONFIG, encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    for name, value in {**ELSEWHERE, "HOME": str(home), "TMPDIR": str(home)}.items():
        monkeypatch.setenv(name, value)
    project = copy_project(tmp_path / "project with spaces")
    before = os.umask(UMASK)
    try:
        run = snakemake(
            place,
            *("--snakefile", str(project / "Snakefile"), "--scheduler", "ilp"),
            *("--prioritize", "results/drawn/fits/K2_seeds0-1.npz", "--", *targets(1)),
            cores=1,
        )
    finally:
        os.umask(before)
    assert run.returncode == 0, run.stdout + run.stderr
    assert stat.S_IMODE((place / "results" / "report.html").stat().st_mode) == 0o600
    assert differing(place / "results", finished / "results") == []


@pytest.mark.skipif(
    importlib.util.find_spec("snakemake_executor_plugin_cluster_generic") is None,
    reason="make cluster installs the executor for clusters",
)
def test_another_executor(finished: Path, fresh: Path) -> None:
    generic = ("--executor", "cluster-generic", "--cluster-generic-submit-cmd", SUBMIT)
    run = snakemake(fresh, *generic, "--jobs", "2")
    assert run.returncode == 0, run.stdout + run.stderr
    assert differing(fresh / "results", finished / "results") == []


@pytest.mark.slow
def test_the_default_run(default_run: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)
    config = ("--configfile", str(ROOT / "config" / "config.yaml"))
    run = snakemake(fresh, *config, "--scheduler", "ilp", cores=1)
    assert run.returncode == 0, run.stdout + run.stderr
    assert differing(default_run / "results", fresh / "results") == []
