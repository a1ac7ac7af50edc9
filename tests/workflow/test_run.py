"""A small run from end to end: what it makes, that it is reproducible, and what an edit re-runs."""

import csv
import filecmp
import json
import os
import re
from pathlib import Path

import pytest
from conftest import copy_project, planned_jobs, snakemake

AFTER_FITS = {"rank": 3, "plot": 3, "report": 1, "record": 1}
ALL_FITS = {"fit": 6, "repair": 3, **AFTER_FITS}
REPORT = {"report": 1, "record": 1}
OF_ONE = {
    "ingest": 1,
    "survey": 1,
    "check": 1,
    "begin": 1,
    "fit": 2,
    "repair": 1,
    "rank": 1,
    "plot": 1,
    **REPORT,
}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_file_of_the_contract_is_there(finished: Path) -> None:
    results = finished / "results"
    names = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()}
    expected = {"report.html", "run_config.yaml", "provenance.json"}
    expected |= {"data_checks.json", "data_checks.sha256", "data_checked"}
    of_dataset = ("samples.npy", "samples.json", "labels.npy", "survey.json")
    of_dataset += ("samples.sha256", "survey.sha256", "selection.sha256", "figures.sha256")
    of_dataset += (
        "restarts.csv",
        "candidates.csv",
        "selection.json",
        "model.json",
        "assignments.csv",
    )
    of_dataset += tuple(
        f"figures/{name}.svg" for name in ("criterion", "mixture", "log_likelihood", "em_at_work")
    )
    of_dataset += ("fits/K1_seeds0-1.npz", "fits/K2_seeds0-1.npz", "fits/repairs.npz")
    expected |= {f"{name}/{file}" for name in ("geyser", "flowers", "drawn") for file in of_dataset}
    assert names == expected


def test_tables_and_model_have_the_fields_of_the_contract(finished: Path) -> None:
    folder = finished / "results" / "flowers"
    with (folder / "restarts.csv").open(encoding="utf-8") as file:
        restarts = list(csv.DictReader(file))
    required = ["family", "n_components", "seed", "start", "log_likelihood", "n_iterations"]
    assert [*restarts[0]][:7] == [*required, "outcome"]
    of_seeds = [row for row in restarts if int(row["seed"]) < 2]
    assert len(of_seeds) == 2 * 2 * 2
    with (folder / "candidates.csv").open(encoding="utf-8") as file:
        candidates = list(csv.DictReader(file))
    assert [row["selected"] for row in candidates] == ["true", "false", "false", "false"]
    assert sorted(candidates, key=lambda row: float(row["bic"])) == candidates
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert (model["format"], model["version"]) == ("gmm-core-model", 1)
    assert model["features"] == ["sepal_width", "petal_length", "petal_width"]
    n_components = model["n_components"]
    assert len(model["weights"]) == len(model["means"]) == len(model["covariances"]) == n_components
    assert model["weights"] == sorted(model["weights"], reverse=True)
    with (folder / "assignments.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shares = [f"responsibility_{k + 1}" for k in range(n_components)]
    assert [*rows[0]] == ["row", "component", "uncertainty", *shares]
    assert len(rows) == model["n_samples"] == 150
    assert all(abs(sum(float(row[name]) for name in shares) - 1.0) < 1e-12 for row in rows)


def test_results_hold_no_path_and_no_clock(finished: Path) -> None:
    telling = re.compile(rb"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d|" + re.escape(str(finished).encode()))
    for path in (finished / "results").rglob("*"):
        if path.suffix in {".html", ".json", ".csv", ".yaml", ".svg"}:
            assert not telling.search(path.read_bytes()), path


def test_provenance_holds_the_checksum_of_every_other_result(finished: Path) -> None:
    results = finished / "results"
    recorded = json.loads((results / "provenance.json").read_text(encoding="utf-8"))["results"]
    present = {path.relative_to(results).as_posix() for path in results.rglob("*.*")}
    assert set(recorded) == present - {"provenance.json"}


def test_logs_are_empty_after_a_good_run(finished: Path) -> None:
    assert {path.stat().st_size for path in (finished / "logs").rglob("*.log")} == {0}


def test_one_core_and_two_give_the_same_bytes(finished: Path, fresh: Path) -> None:
    run = snakemake(fresh, cores=1)
    assert run.returncode == 0, run.stdout + run.stderr
    theirs, ours = finished / "results", fresh / "results"
    files = sorted(p.relative_to(theirs).as_posix() for p in theirs.rglob("*") if p.is_file())
    assert len(files) > 30
    assert filecmp.cmpfiles(theirs, ours, files, shallow=False) == (files, [], [])


def test_a_second_run_has_nothing_to_do(finished: Path) -> None:
    assert planned_jobs(finished) == {}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("small.yaml", "families: [EEE, VVV]", "families: [full, EEE]"),
        ("small.yaml", "max_iterations: 50", "max_iterations: 50.0"),
        ("small.yaml", "n_components: [1, 2]", "n_components: {min: 1, max: 2}"),
        (
            "small.yaml",
            "columns: [petal_length, sepal_width, petal_width], label: species",
            "label: species, columns: [sepal_width, petal_length, petal_width]",
        ),
        ("gmm_core/climb.py", "def climb(", "# A remark.\ndef climb("),
        ("gmm_core/em.py", '"""EM\'s two steps', '"""In other words: EM\'s two steps'),
        ("workflow/scripts/plot_search.py", '"""Pictures of', '"""Several pictures of'),
    ],
)
def test_an_edit_without_meaning_runs_nothing(project: Path, file: str, old: str, new: str) -> None:
    edit(project / file, old, new)
    assert planned_jobs(project) == {}


def test_touched_files_run_nothing(project: Path) -> None:
    for part in ("gmm_core", "workflow", "data"):
        for path in (project / part).rglob("*.*"):
            os.utime(path)
    assert planned_jobs(project) == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "jobs"),
    [
        ("small.yaml", "A small run", "Another title", {"report": 1, "record": 1}),
        (
            "workflow/report/report.html.j2",
            "What was read",
            "What we read",
            {"report": 1, "record": 1},
        ),
        (
            "small.yaml",
            "report:",
            "figures: {max_points: 40}\nreport:",
            {"plot": 3, "report": 1, "record": 1},
        ),
        (
            "workflow/scripts/plot_mixture.py",
            "_CURVE_POINTS = 500",
            "_CURVE_POINTS = 400",
            {"plot": 3, "report": 1, "record": 1},
        ),
        ("small.yaml", "report:", "selection: {criterion: icl}\nreport:", AFTER_FITS),
        ("small.yaml", "report:", "selection: {tiny_component: 2}\nreport:", AFTER_FITS),
        (
            "small.yaml",
            "report:",
            "selection: {bootstrap: 2, likelihood_ratio: 19}\nreport:",
            {"bootstrap": 6, "assess": 3, "compare": 3, "report": 1, "record": 1},
        ),
        ("gmm_core/selection.py", "_DECIMALS = 6", "_DECIMALS = 5", AFTER_FITS),
        ("gmm_core/spurious.py", "few_samples: float = 5.0", "few_samples: float = 6", AFTER_FITS),
        (
            "gmm_core/nesting.py",
            "SAME_OPTIMUM = 1e-6",
            "SAME_OPTIMUM = 2e-6",
            {"repair": 3, **AFTER_FITS},
        ),
        (
            "small.yaml",
            "n_components: [1, 2]",
            "n_components: [1, 2, 3]",
            {"check": 1, "begin": 1, "fit": 3, "repair": 3, **AFTER_FITS},
        ),
        (
            "gmm_core/collinear.py",
            "= 1e-4",
            "= 1e-5",
            {"survey": 3, "check": 1, "begin": 1, **REPORT},
        ),
        (
            "workflow/scripts/column_words.py",
            "If so, ",
            "If it is, ",
            {"check": 1, "begin": 1, **REPORT},
        ),
        ("small.yaml", "tolerance: 1.0e-6", "tolerance: 1.0e-7", ALL_FITS),
        (
            "gmm_core/statistics.py",
            "_LOWEST_EXPONENT = -700.0",
            "_LOWEST_EXPONENT = -600.0",
            ALL_FITS,
        ),
        (
            "small.yaml",
            "columns: [petal_length, sepal_width, petal_width]",
            "columns: [petal_length, sepal_width]",
            OF_ONE,
        ),
        (
            "data/iris.csv",
            "5.1,3.5,1.4,0.2,setosa",
            "5.2,3.5,1.4,0.2,setosa",
            OF_ONE,
        ),
    ],
)
def test_an_edit_runs_what_it_touches(
    project: Path, file: str, old: str, new: str, jobs: dict[str, int]
) -> None:
    edit(project / file, old, new)
    assert planned_jobs(project) == jobs


def test_a_check_that_was_deleted_or_failed_fits_nothing_again(project: Path) -> None:
    check = {"check": 1, "begin": 1, **REPORT}
    (project / "results" / "data_checks.json").unlink()
    (project / "results" / "flowers" / "survey.json").unlink()
    assert planned_jobs(project) == {"survey": 1, **check}
    (project / "constant.csv").write_text("x,y\n" + "1,2\n" * 9, encoding="utf-8")
    edit(project / "small.yaml", "datasets:\n", "datasets:\n  bad: {file: constant.csv}\n")
    # A second run must not take what the first left for a passed check.
    for _ in range(2):
        run = snakemake(project)
        assert run.returncode != 0
        assert "column x is constant (1)" in run.stdout + run.stderr
        assert not (project / "results" / "bad" / "fits").exists()
    edit(project / "small.yaml", "  bad: {file: constant.csv}\n", "")
    assert planned_jobs(project) == check


def test_more_seeds_leave_full_blocks_alone(project: Path) -> None:
    edit(project / "small.yaml", "n_seeds: 2", "n_seeds: 20")
    assert planned_jobs(project)["fit"] == 6
    # As if the run with 20 seeds had been done: its files, under the names of full blocks.
    run = snakemake(project, "results/drawn/fits/K1_seeds0-19.npz")
    assert run.returncode == 0, run.stderr
    edit(project / "small.yaml", "n_seeds: 20", "n_seeds: 25")
    planned = snakemake(project, "--dry-run", "results/drawn/model.json").stdout
    assert "K1_seeds20-24" in planned
    assert "output: results/drawn/fits/K1_seeds0-19.npz" not in planned


@pytest.mark.parametrize(
    "name", ["own_table", "known_answer", "well_separated_groups", "confidence"]
)
def test_examples_run(fresh: Path, name: str) -> None:
    run = snakemake(fresh, "--configfile", f"config/examples/{name}.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "verdict" in (fresh / "results" / "report.html").read_text(encoding="utf-8")


def test_another_working_directory_gives_the_same_results(finished: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a folder"
    elsewhere.mkdir()
    (elsewhere / "small.yaml").write_bytes((finished / "small.yaml").read_bytes())
    project = copy_project(tmp_path / "project with spaces")
    target = "results/geyser/model.json"
    run = snakemake(
        elsewhere, "--snakefile", str(project / "Snakefile"), "--directory", str(elsewhere), target
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert (elsewhere / target).read_bytes() == (finished / target).read_bytes()
