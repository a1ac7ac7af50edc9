"""The files of a run: what is written is what is read, and the same bytes every time."""

from pathlib import Path

import numpy as np
import pytest

from fit_files import read_fits, write_fits
from fit_jobs import fit_jobs
from generate import generate
from gmm_core import Outcome, fit_cells, rank, resolve
from result_files import read_candidates, write_assignments, write_candidates
from sample_files import read_samples, write_samples


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    random = np.random.default_rng(3)
    # Repeated values, on which the components of a free family collapse.
    return np.concatenate([random.normal(size=(12, 1)), np.full((6, 1), 9.0)])


@pytest.fixture(scope="module")
def cells(samples: np.ndarray) -> list:
    families = resolve(["E", "V"], 1)
    return fit_cells(samples, 3, families, range(6), seed=1, tolerance=1e-6, max_iterations=80)


def test_fits_come_back_as_they_were(cells: list, tmp_path: Path) -> None:
    outcomes = {cell.fit.outcome for cell in cells}
    assert {Outcome.COLLAPSED, Outcome.CONVERGED} <= outcomes
    write_fits(cells, tmp_path / "fits.npz")
    for cell, again in zip(cells, read_fits([tmp_path / "fits.npz"]), strict=True):
        for name in ("family", "n_components", "seed", "start", "n_parameters"):
            assert getattr(again, name) == getattr(cell, name)
        assert again.fit.outcome is cell.fit.outcome
        assert again.fit.message == cell.fit.message
        assert again.fit.trace.tobytes() == cell.fit.trace.tobytes()
        assert again.fit.counts.tobytes() == cell.fit.counts.tobytes()
        if cell.fit.mixture is None:
            assert again.fit.mixture is None
        else:
            assert again.fit.mixture.to_dict() == cell.fit.mixture.to_dict()


def test_a_job_in_which_all_collapsed_can_be_written(cells: list, tmp_path: Path) -> None:
    collapsed = [cell for cell in cells if cell.fit.outcome is Outcome.COLLAPSED]
    write_fits(collapsed, tmp_path / "fits.npz")
    assert all(cell.fit.mixture is None for cell in read_fits([tmp_path / "fits.npz"]))


def test_fits_are_the_same_bytes_every_time(cells: list, tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        write_fits(cells, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_candidates_come_back_as_they_were(
    cells: list, samples: np.ndarray, tmp_path: Path
) -> None:
    candidates = rank(cells, len(samples), "bic")
    write_candidates(candidates, tmp_path / "candidates.csv")
    for row, candidate in zip(
        read_candidates(tmp_path / "candidates.csv"), candidates, strict=True
    ):
        assert (row["family"], row["n_components"]) == (candidate.family, candidate.n_components)
        assert row["bic"] == candidate.criteria.get("bic")
        assert row["selected"] is candidate.selected


def test_samples_come_back_as_they_were(tmp_path: Path) -> None:
    mixture = {"weights": [0.5, 0.5], "means": [[0.0], [1.0]], "covariances": [[[1.0]], [[1.0]]]}
    samples = generate({"n_samples": 20, **mixture}, seed=4)
    paths = (tmp_path / "samples.npy", tmp_path / "samples.json", tmp_path / "labels.npy")
    write_samples(samples, *paths)
    again = read_samples(*paths)
    assert again.values.tobytes() == samples.values.tobytes()
    assert again.codes.tolist() == samples.codes.tolist()
    assert (again.features, again.label, again.classes) == (
        samples.features,
        samples.label,
        samples.classes,
    )


def test_assignments_name_the_likeliest_component(tmp_path: Path) -> None:
    write_assignments(np.array([[0.25, 0.75], [1.0, 0.0]]), tmp_path / "assignments.csv")
    assert (tmp_path / "assignments.csv").read_text().splitlines() == [
        "row,component,uncertainty,responsibility_1,responsibility_2",
        "1,2,0.25,0.25,0.75",
        "2,1,0.0,1.0,0.0",
    ]


@pytest.mark.parametrize("n_seeds", [1, 19, 20, 21, 40, 47])
def test_fit_jobs_cover_every_cell_once(n_seeds: int) -> None:
    cells = [
        (job.n_components, seed)
        for job in fit_jobs([1, 4], n_seeds)
        for seed in range(job.first_seed, job.last_seed + 1)
    ]
    assert cells == [(size, seed) for size in (1, 4) for seed in range(n_seeds)]


def test_more_seeds_keep_the_names_of_full_blocks() -> None:
    before = {job.stem for job in fit_jobs([2], 40)}
    assert before <= {job.stem for job in fit_jobs([2], 55)}
