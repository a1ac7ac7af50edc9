"""The files of a run: what is written is what is read, and the same bytes every time."""

import csv
from pathlib import Path

import numpy as np
import pytest

from fit_files import read_fits, write_fits
from fit_jobs import fit_jobs
from generate import generate
from gmm_core import Mixture, Outcome, Purpose, fit_cells, generator, rank, resolve
from layout import prepared
from result_files import read_assignments, read_candidates, write_assignments, write_candidates
from sample_files import ArrayWriter, Samples, StoredRows, kept_rows, read_samples

MADE_OF = {"data": {"samples.npy": "0" * 64}, "settings": {"seed": 1}}


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
    write_fits(cells, tmp_path / "fits.npz", MADE_OF)
    for cell, again in zip(cells, read_fits([tmp_path / "fits.npz"], MADE_OF), strict=True):
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
    write_fits(collapsed, tmp_path / "fits.npz", MADE_OF)
    assert all(cell.fit.mixture is None for cell in read_fits([tmp_path / "fits.npz"], MADE_OF))


def test_fits_are_the_same_bytes_every_time(cells: list, tmp_path: Path) -> None:
    paths = [tmp_path / folder / "fits.npz" for folder in ("one", "two")]
    for path in paths:
        path.parent.mkdir()
        write_fits(cells, path, MADE_OF)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_candidates_come_back_as_they_were(
    cells: list, samples: np.ndarray, tmp_path: Path
) -> None:
    candidates = rank(cells, len(samples), "bic").candidates
    write_candidates(candidates, tmp_path / "candidates.csv")
    for row, candidate in zip(
        read_candidates(tmp_path / "candidates.csv"), candidates, strict=True
    ):
        assert (row["family"], row["n_components"]) == (candidate.family, candidate.n_components)
        assert row["bic"] == candidate.criteria.get("bic")
        assert row["selected"] is candidate.selected
        assert row["n_optima"] == candidate.n_optima
        assert row["replication"] == candidate.replication
        assert bool(row["set_aside"]) == bool(candidate.place)


def test_samples_come_back_as_they_were(tmp_path: Path) -> None:
    mixture = {"weights": [0.5, 0.5], "means": [[0.0], [1.0]], "covariances": [[[1.0]], [[1.0]]]}
    paths = {name: tmp_path / name for name in prepared("")}
    generate({"n_samples": 20, **mixture}, 4, paths)
    drawn, components = Mixture.from_dict(mixture).draw(20, generator(4, Purpose.SYNTHETIC_DATA))
    samples = read_samples(paths)
    assert samples.values[:].tobytes() == drawn.tobytes()
    assert np.load(paths["labels"]).tolist() == components.tolist()
    assert (samples.features, samples.classes) == (["x1"], ["component 1", "component 2"])
    assert (samples.n_rows_read, samples.n_rows_dropped) == (20, 0)


@pytest.mark.parametrize("shape", [(0, 3), (7,), (10, 2), (1000, 1)])
def test_an_array_written_in_pieces_is_that_of_numpy(shape: tuple, tmp_path: Path) -> None:
    array = np.random.default_rng(5).normal(size=shape)
    with ArrayWriter(tmp_path / "pieces.npy", "float64", shape[1:]) as writer:
        for first in range(0, len(array), 3):
            writer.append(array[first : first + 3])
    np.save(tmp_path / "whole.npy", array)
    assert (tmp_path / "pieces.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_stored_rows_are_those_of_the_file(tmp_path: Path) -> None:
    array = np.random.default_rng(6).normal(size=(101, 3))
    np.save(tmp_path / "rows.npy", array)
    stored = StoredRows(tmp_path / "rows.npy")
    assert stored.shape == array.shape
    for rows in (slice(0, 101), slice(7, 8), slice(90, 200), slice(5, 5)):
        np.testing.assert_array_equal(stored[rows], array[rows])


def drawn_from(values: np.ndarray, **others: object) -> Samples:
    fixed = {"features": ["a"], "source": {}, "label": "", "classes": []}
    return Samples(values=values, n_rows_read=len(values), n_rows_dropped=0, **fixed, **others)


def test_assignments_name_rows_of_the_file(tmp_path: Path) -> None:
    mixture = Mixture([1.0], [[0.0]], [[[1.0]]])
    samples = drawn_from(
        np.zeros((3, 1)), dropped=np.array([0, 2, 3]), row_names=["b", 'e "1"', "f, g"]
    )
    write_assignments(mixture, samples, tmp_path / "assignments.csv")
    with (tmp_path / "assignments.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["row"] for row in rows] == ["2", "5", "6"]
    assert [row["row_name"] for row in rows] == ["b", 'e "1"', "f, g"]
    assert list(rows[0])[-1] == "row_name"


def test_assignments_are_read_back_whatever_the_rows_are_called(tmp_path: Path) -> None:
    mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    values = np.random.default_rng(3).normal(size=(9000, 1))
    samples = drawn_from(values, row_names=["a", 'b "1", c', "# d", "e\nf"] * 2250)
    write_assignments(mixture, samples, tmp_path / "assignments.csv")
    pieces = read_assignments(tmp_path / "assignments.csv", len(values))
    components, uncertainty = map(np.concatenate, zip(*pieces, strict=True))
    responsibilities = mixture.responsibilities(values)
    np.testing.assert_array_equal(components, responsibilities.argmax(axis=1))
    np.testing.assert_array_equal(uncertainty, 1.0 - responsibilities.max(axis=1))


def test_kept_rows_are_those_that_are_not_dropped() -> None:
    random = np.random.default_rng(8)
    for share in (0.0, 0.1, 0.5, 0.9):
        is_dropped = random.random(200) < share
        expected = np.flatnonzero(~is_dropped) + 1
        dropped = np.flatnonzero(is_dropped)
        for first in (0, len(expected) // 2):
            kept = kept_rows(dropped, first, len(expected))
            assert kept.tolist() == expected[first:].tolist()


def test_assignments_name_the_likeliest_component(tmp_path: Path) -> None:
    mixture = Mixture([0.5, 0.5], [[-64.0], [64.0]], [[[1.0]], [[1.0]]])
    values = np.array([[64.0], [-64.0]] * 9000)
    write_assignments(mixture, drawn_from(values), tmp_path / "assignments.csv")
    lines = (tmp_path / "assignments.csv").read_text().splitlines()
    assert lines[:3] == [
        "row,component,uncertainty,responsibility_1,responsibility_2",
        "1,2,0.0,0.0,1.0",
        "2,1,0.0,1.0,0.0",
    ]
    assert lines[-1] == "18000,1,0.0,1.0,0.0"


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
