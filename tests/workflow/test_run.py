"""A small run from end to end: what it makes."""

import csv
import json
import re
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, snakemake

from configuration import effective_configuration


def test_every_file_of_the_contract_is_there(finished: Path) -> None:
    results = finished / "results"
    names = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()}
    expected = {"report.html", "run_config.yaml", "provenance.json"}
    expected |= {"data_checks.json", "data_checks.sha256", "data_checked"}
    of_dataset = ("samples.npy", "samples.json", "labels.npy", "weights.npy", "survey.json")
    of_dataset += ("row_names.csv", "dropped_rows.npy")
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
    files = (path for path in results.rglob("*") if path.is_file())
    present = {path.relative_to(results).as_posix() for path in files}
    assert set(recorded) == present - {"provenance.json"}


def test_logs_are_empty_after_a_good_run(finished: Path) -> None:
    assert {path.stat().st_size for path in (finished / "logs").rglob("*.log")} == {0}


QUICK = "grid: {n_components: [1, 2], families: [tied, full], n_seeds: 2}\n"


@pytest.mark.parametrize(
    ("names", "more"),
    [
        (("own_table", "known_answer", "well_separated_groups"), ""),
        (("confidence",), "selection: {bootstrap: 2}\n"),
    ],
)
def test_examples_run(fresh: Path, names: tuple[str, ...], more: str) -> None:
    (fresh / "quick.yaml").write_text(QUICK + more, encoding="utf-8")
    examples = [f"config/examples/{name}.yaml" for name in names]
    run = snakemake(fresh, "--configfile", *examples, "quick.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "verdict" in (fresh / "results" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "config" / "examples").iterdir()), ids=str)
def test_examples_are_right(path: Path) -> None:
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert effective_configuration(config, [ROOT], [path])
