"""A small run with bootstrap samples and tests: what it makes, and what an edit re-runs."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from conftest import copy_project, planned_jobs, snakemake

pytestmark = pytest.mark.slow

CONFIG = """\
seed: 1
datasets:
  drawn:
    synthetic:
      {n_samples: 60, weights: [0.5, 0.5], means: [[0.0], [9.0]], covariances: [[[1.0]], [[1.0]]]}
grid: {n_components: [1, 2], families: [EEE, VVV], n_seeds: 2}
em: {tolerance: 1.0e-6, max_iterations: 50}
selection: {bootstrap: 2, likelihood_ratio: 19}
report: {title: A small run}
"""
REPORT = {"report": 1, "record": 1}
SUMMARY = {"assess": 1, **REPORT}
AFTER_FITS = {"rank": 1, "plot": 1, "compare": 1, **SUMMARY}


@pytest.fixture(scope="module")
def confident(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a finished small run, not to be changed."""
    project = copy_project(tmp_path_factory.mktemp("confident") / "project")
    (project / "small.yaml").write_text(CONFIG, encoding="utf-8")
    run = snakemake(project)
    assert run.returncode == 0, run.stdout + run.stderr
    return project


def test_the_files_on_confidence_are_there_and_recorded(confident: Path) -> None:
    results = confident / "results"
    recorded = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
    names = ("bootstrap/0.npz", "bootstrap/1.npz", "bootstrap.json", "stability.csv")
    expected = {f"drawn/{name}" for name in (*names, "likelihood_ratio.json")}
    assert expected <= set(recorded["results"])
    assert all((results / name).is_file() for name in expected)
    assert {"bootstrap", "assess", "compare"} <= set(recorded["code"])
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "Confidence in the choice" in page
    assert "redone on 2 bootstrap samples: 2 chose 2 components again" in page


def test_two_groups_far_apart_are_sure(confident: Path) -> None:
    folder = confident / "results" / "drawn"
    found = json.loads((folder / "bootstrap.json").read_text(encoding="utf-8"))
    assert found["n_components"] == [{"n_components": 2, "n_won": 2}]
    assert sum(row["n_won"] for row in found["candidates"]) == found["n_bootstraps"] == 2
    assert [row["stability"] for row in found["components"]] == [1.0, 1.0]
    assert [row["adjusted_rand_index"] for row in found["bootstraps"]] == [1.0, 1.0]
    with (folder / "stability.csv").open(encoding="utf-8") as file:
        stability = list(csv.DictReader(file))
    with (folder / "assignments.csv").open(encoding="utf-8") as file:
        assigned = [row["component"] for row in csv.DictReader(file)]
    assert [row["component"] for row in stability] == assigned
    assert {row["stability"] for row in stability} == {"1.0"}
    tests = json.loads((folder / "likelihood_ratio.json").read_text(encoding="utf-8"))["tests"]
    assert [(test["n_components"], test["p_value"]) for test in tests] == [(1, 0.05)]
    assert min(tests[0]["replicates"]) > -1e-9


@pytest.mark.parametrize(
    ("file", "old", "new", "jobs"),
    [
        ("small.yaml", "bootstrap: 2", "bootstrap: 3", {"bootstrap": 1, **SUMMARY}),
        ("small.yaml", "bootstrap: 2, likelihood_ratio: 19", "bootstrap: 0", REPORT),
        ("small.yaml", "likelihood_ratio: 19", "likelihood_ratio: 20", {"compare": 1, **REPORT}),
        ("small.yaml", "selection: {", "selection: {criterion: icl, ", AFTER_FITS),
        ("gmm_core/spurious.py", "few_samples: float = 5.0", "few_samples: float = 6", AFTER_FITS),
        ("gmm_core/stability.py", "_BLOCK_ROWS = 8192", "_BLOCK_ROWS = 4096", SUMMARY),
        (
            "small.yaml",
            "families: [EEE, VVV]",
            "families: [VVV]",
            {"check": 1, "begin": 1, "fit": 2, "repair": 1, "bootstrap": 2, **AFTER_FITS},
        ),
    ],
)
def test_an_edit_runs_what_it_touches(
    confident: Path, tmp_path: Path, file: str, old: str, new: str, jobs: dict[str, int]
) -> None:
    project = Path(shutil.copytree(confident, tmp_path / "project", symlinks=True))
    text = (project / file).read_text(encoding="utf-8")
    assert old in text
    (project / file).write_text(text.replace(old, new), encoding="utf-8")
    assert planned_jobs(project) == jobs
