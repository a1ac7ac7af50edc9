"""Weighted samples through the scripts: the answers are those of repeated rows."""

import csv
from pathlib import Path

import numpy as np
import pytest

from assess import write_assessment
from bootstrap import bootstrap_sample
from bootstrap_files import read_bootstrap
from gmm_core import FAMILIES, SpuriousRules, fit_grid, resolve
from gmm_core.bootstrap import Effort
from ingest import ingest
from layout import prepared
from rank import write_ranking
from sample_files import Samples, read_json, read_samples, read_weights
from table_options import TableOptions

OPTIONS = {"criterion": "bic", "trusted": True, **vars(SpuriousRules())}
EFFORT = Effort(seed=3, n_seeds=8, tolerance=1e-10, max_iterations=500)
RESULTS = ("restarts.csv", "candidates.csv", "selection.json", "model.json", "assignments.csv")


@pytest.fixture(scope="module")
def table() -> tuple[np.ndarray, np.ndarray]:
    """Return samples of two groups, and whole numbers as weights, 0 among them."""
    random = np.random.default_rng(1)
    groups = np.repeat([[0.0, 0.0], [9.0, 1.0]], 60, axis=0)
    return groups + random.normal(size=(120, 2)), random.integers(0, 5, size=120)


def ranked(folder: Path, values: np.ndarray, weights: np.ndarray | None) -> Path:
    """Return a folder with the ranking of samples."""
    folder.mkdir()
    families = resolve(["EII", "VVI", "VVV"], 2)
    cells = fit_grid(values, [1, 2], families, EFFORT, weights=weights)
    samples = Samples(values, ["a", "b"], {}, len(values), 0, "", [], weights=weights)
    write_ranking("d", samples, cells, OPTIONS, {Path(n).stem: folder / n for n in RESULTS})
    return folder


def test_whole_weights_select_the_model_of_repeated_rows(table: tuple, tmp_path: Path) -> None:
    values, times = table
    weighted = ranked(tmp_path / "weighted", values, times.astype(float))
    repeated = ranked(tmp_path / "repeated", np.repeat(values, times, axis=0), None)
    model, expected = (read_json(folder / "model.json") for folder in (weighted, repeated))
    for name in ("family", "n_components", "n_parameters", "total_weight", "outcome", "spurious"):
        assert model[name] == expected[name]
    assert (model["n_samples"], expected["n_samples"]) == (120, times.sum())
    assert model["total_weight"] == times.sum()
    for name in ("bic", "icl", "aicc", "log_likelihood", "weights", "means", "covariances"):
        np.testing.assert_allclose(model[name], expected[name], rtol=1e-5, atol=1e-5)
    candidates, others = (rows_of(folder / "candidates.csv") for folder in (weighted, repeated))
    for row, other in zip(candidates, others, strict=True):
        assert (row["family"], row["n_components"]) == (other["family"], other["n_components"])
        for name in ("bic", "smallest_count"):
            assert float(row[name]) == pytest.approx(float(other[name]), rel=1e-5)
    # A sample of weight 0 has an assignment too.
    assigned = [row["component"] for row in rows_of(weighted / "assignments.csv")]
    others = [row["component"] for row in rows_of(repeated / "assignments.csv")]
    assert len(assigned) == 120
    assert np.repeat(assigned, times).tolist() == others


def test_bootstrap_samples_of_weighted_samples_are_judged_by_weight(
    table: tuple, tmp_path: Path
) -> None:
    values, times = table
    weights = times.astype(float)
    model = read_json(ranked(tmp_path / "ranked", values, weights) / "model.json")
    fits = []
    for index in range(2):
        drawn, counts = bootstrap_sample(values, weights, 1, index)
        assert drawn is values
        assert counts.sum() == times.sum()
        cells = fit_grid(drawn, [1, 2], [FAMILIES["VVI"]], EFFORT, weights=counts)
        fits.append(cells)
    paths = {"bootstrap": tmp_path / "bootstrap.json", "stability": tmp_path / "stability.csv"}
    samples = Samples(values, ["a", "b"], {}, len(values), 0, "", [], weights=weights)
    write_assessment(samples, model, fits, OPTIONS, paths)
    found = read_bootstrap(paths["bootstrap"])
    assert found["n_components"] == [{"n_components": 2, "n_won": 2}]
    sizes = [times[:60].sum(), times[60:].sum()]
    assert sorted(row["n_samples"] for row in found["components"]) == sorted(sizes)
    assert [row["stability"] for row in found["components"]] == [1.0, 1.0]
    assert bootstrap_sample(values, None, 1, 0)[1] is None


def test_an_empty_file_says_that_there_are_no_weights(tmp_path: Path) -> None:
    np.save(tmp_path / "weights.npy", np.empty(0))
    assert read_weights(tmp_path / "weights.npy") is None
    np.save(tmp_path / "weights.npy", np.array([0.5, 2.0]))
    assert read_weights(tmp_path / "weights.npy")[0:2].tolist() == [0.5, 2.0]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_weights_are_read_from_their_column(table: tuple, tmp_path: Path) -> None:
    values, times = table
    path = tmp_path / "weighted.csv"
    rows = [f"{x!r},{y!r},{n}" for (x, y), n in zip(values.tolist(), times.tolist(), strict=True)]
    path.write_text("\n".join(["a,b,times", *rows]), encoding="utf-8")
    files = {name: tmp_path / name for name in prepared("")}
    ingest(path, path.name, "d", TableOptions(weights="times"), files)
    samples = read_samples(files)
    assert list(samples.features) == ["a", "b"]
    model = read_json(ranked(tmp_path / "of_file", samples.values, samples.weights) / "model.json")
    expected = ranked(tmp_path / "repeated", np.repeat(values, times, axis=0), None)
    assert model["total_weight"] == times.sum()
    assert model["bic"] == pytest.approx(read_json(expected / "model.json")["bic"], rel=1e-9)
