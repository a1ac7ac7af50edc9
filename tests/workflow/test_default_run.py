"""The default run, whole: the published answers, in the files that a user reads."""

import csv
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(default_run: Path) -> Path:
    return default_run / "results"


def model(results: Path, dataset: str) -> dict:
    return json.loads((results / dataset / "model.json").read_text(encoding="utf-8"))


def candidate(results: Path, dataset: str, family: str, n_components: int) -> dict[str, str]:
    with (results / dataset / "candidates.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    key = (family, str(n_components))
    return next(row for row in rows if (row["family"], row["n_components"]) == key)


def test_old_faithful(results: Path) -> None:
    chosen = model(results, "old_faithful")
    assert (chosen["family"], chosen["n_components"]) == ("EEE", 3)
    assert chosen["log_likelihood"] >= -1126.33
    assert chosen["bic"] <= 2314.33
    full = candidate(results, "old_faithful", "VVV", 2)
    assert float(full["log_likelihood"]) == pytest.approx(-1130.26396, abs=1e-4)


def test_old_faithful_waiting(results: Path) -> None:
    chosen = model(results, "old_faithful_waiting")
    assert (chosen["family"], chosen["n_components"]) == ("E", 2)
    assert chosen["log_likelihood"] == pytest.approx(-1034.00176, abs=1e-4)
    assert chosen["weights"] == pytest.approx([0.63915, 0.36085], abs=1e-3)
    assert [mean for (mean,) in chosen["means"]] == pytest.approx([80.0903, 54.6136], abs=1e-3)


def test_iris(results: Path) -> None:
    chosen = model(results, "iris")
    assert (chosen["family"], chosen["n_components"]) == ("VEV", 2)
    assert chosen["bic"] <= 561.7285
    for n_components, bic in ((1, 829.978154), (2, 574.017832), (3, 580.838907)):
        row = candidate(results, "iris", "VVV", n_components)
        assert float(row["bic"]) == pytest.approx(bic, abs=1e-4)


def test_two_gaussians(results: Path) -> None:
    chosen = model(results, "two_gaussians")
    assert (chosen["family"], chosen["n_components"]) == ("V", 2)
