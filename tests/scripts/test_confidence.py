"""Confidence in a choice: bootstrap samples without a model, and the report's words."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assess import write_assessment
from bootstrap_files import read_bootstrap
from comparison_file import read_comparison, write_comparison
from confidence import agreement, conclusion, reading, recurrence
from gmm_core import FAMILIES, Outcome, SizeTest, SpuriousRules, fit_cells
from sample_files import Samples

OPTIONS = {"criterion": "bic", "trusted": True, **vars(SpuriousRules())}
NAN = float("nan")


def test_a_bootstrap_sample_of_which_every_cell_collapsed_has_no_model(tmp_path: Path) -> None:
    samples = np.random.default_rng(4).normal(size=(20, 1))
    read = Samples(samples, ["x1"], {}, 20, 0, "", [])
    fits = []
    for rows in (samples, np.zeros((20, 1))):
        cells = fit_cells(rows, 1, [FAMILIES["V"]], [0], seed=1, tolerance=1e-6, max_iterations=50)
        fits.append(cells)
    assert cells[0].fit.outcome is Outcome.COLLAPSED
    model = {"family": "V", "n_components": 1}
    model |= {"weights": [1.0], "means": [[0.0]], "covariances": [[[1.0]]]}
    paths = {"bootstrap": tmp_path / "bootstrap.json", "stability": tmp_path / "stability.csv"}
    write_assessment(read, model, fits, OPTIONS, paths)
    found = read_bootstrap(paths["bootstrap"])
    assert (found["n_bootstraps"], found["n_without_model"]) == (2, 1)
    assert [row["family"] for row in found["bootstraps"]] == ["V", None]
    assert recurrence(found).endswith("On 1 no model could be chosen: all restarts collapsed.")
    write_assessment(read, model, fits[1:], OPTIONS, paths)
    found = read_bootstrap(paths["bootstrap"])
    assert (found["candidates"], found["components"], agreement(found)) == ([], [], "")
    with paths["stability"].open(encoding="utf-8") as file:
        assert {row["stability"] for row in csv.DictReader(file)} == {""}


@pytest.mark.parametrize(
    ("stability", "words"),
    [
        (0.85, "highly stable"),
        (0.75, "stable"),
        (0.6, "a pattern, but which samples belong to it is doubtful"),
        (0.59, "not to be trusted"),
        (None, "without samples"),
    ],
)
def test_stability_in_words(stability: float | None, words: str) -> None:
    assert reading(stability) == words


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ([SizeTest(1, 2, 9.0, (1.0,) * 19), SizeTest(2, 3, 1.0, (2.0,))], "2 components, as sel"),
        ([SizeTest(1, 2, 1.0, (2.0,))], "1 component, where 2 was selected, in family VVV"),
        ([SizeTest(1, 2, 9.0, (1.0,) * 19)], "2 components or more. Widen the grid"),
        ([SizeTest(1, 2, NAN, ())], "The tests end at 1 component against 2: every restart of one"),
        ([], "There is nothing to test"),
    ],
)
def test_the_tests_in_words(tests: list[SizeTest], words: str, tmp_path: Path) -> None:
    write_comparison(tests, "VVV", tmp_path / "tests.json")
    written: dict[str, Any] = read_comparison(tmp_path / "tests.json")
    assert words in conclusion(written, n_components=2)


@pytest.mark.parametrize(
    ("n_components", "again", "alike"),
    [
        (2, "1 chose 2 components again, and none the same", "is 0.500 on average and 0.200"),
        (1, "none chose 1 component again, and none the same", ""),
    ],
)
def test_bootstrap_samples_in_words(n_components: int, again: str, alike: str) -> None:
    found = {
        "n_bootstraps": 2,
        "n_without_model": 0,
        "selected": {"family": "EEE", "n_components": n_components},
        "n_components": [{"n_components": k, "n_won": 1} for k in (2, 3)],
        "candidates": [{"family": "VVV", "n_components": k, "n_won": 1} for k in (2, 3)],
        "bootstraps": [{"adjusted_rand_index": value} for value in (0.8, 0.2)],
    }
    assert again in recurrence(found)
    assert alike in agreement(found)
    assert bool(agreement(found)) == bool(alike)
