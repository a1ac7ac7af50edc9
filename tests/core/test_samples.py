"""Blocks of samples: every row once, terms as promised, and the same bits wherever they lie."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gmm_cases import RowsOfFile

from gmm_core import SampleBlocks, samples

SHAPES = [(1, 1), (7, 3), (1025, 2), (5003, 5), (70_001, 1), (2100, 40)]


def rows_of(n_samples, n_features, seed=0):
    random = np.random.default_rng(seed)
    return 5.0 * random.normal(size=(n_samples, n_features)) + random.normal(size=n_features)


def all_terms(blocks, n_terms=None):
    """Return the terms of all rows (n_terms, N)."""
    indices = [index for run in blocks.runs for index in run]
    return np.hstack([blocks.terms(i, n_terms or blocks.n_terms).copy() for i in indices])


@pytest.mark.parametrize(("n_samples", "n_features"), SHAPES)
def test_the_runs_hold_every_row_once_and_in_order(n_samples, n_features):
    blocks = SampleBlocks(rows_of(n_samples, n_features))
    parts = [blocks.block_rows(index) for run in blocks.runs for index in run]
    rows = [row for part in parts for row in range(part.start, part.stop)]
    assert rows == list(range(n_samples))
    assert all(part.stop - part.start == blocks.n_block_rows for part in parts[:-1])
    assert len(blocks.runs) <= 32
    assert len(blocks.runs) > 16 or max(map(len, blocks.runs)) == 1


@pytest.mark.parametrize(("n_samples", "n_features"), SHAPES)
def test_terms_are_one_the_features_their_squares_and_their_products(n_samples, n_features):
    rows = rows_of(n_samples, n_features)
    blocks = SampleBlocks(rows)
    features = ((rows - blocks.centre) / blocks.scale).T
    terms = all_terms(blocks)
    assert terms.shape == (blocks.n_terms, n_samples)
    pairs = [(i, j) for i in range(n_features) for j in range(i + 1, n_features)]
    expected = [np.ones((1, n_samples)), features, features**2]
    np.testing.assert_array_equal(terms[: 1 + 2 * n_features], np.vstack(expected))
    for i, j in pairs:
        assert blocks.places[i, j] == blocks.places[j, i]
        np.testing.assert_array_equal(terms[blocks.places[i, j]], features[i] * features[j])
    places = blocks.places[np.triu_indices(n_features)]
    assert sorted(places) == list(range(1 + n_features, blocks.n_terms))
    assert blocks.places.ravel()[blocks.products].tolist() == sorted(places)


@pytest.mark.parametrize("most_kept", [0, samples._MOST_KEPT])
def test_fewer_terms_are_the_first_of_all(most_kept, monkeypatch):
    monkeypatch.setattr(samples, "_MOST_KEPT", most_kept)
    blocks = SampleBlocks(rows_of(3000, 3))
    assert bool(blocks._kept) == bool(most_kept)
    for n_terms in (4, 7, 10):
        np.testing.assert_array_equal(all_terms(blocks, n_terms), all_terms(blocks)[:n_terms])


@pytest.mark.parametrize("units", [1e-150, 1e-3, 1.0, 1e150])
@pytest.mark.parametrize("offset", [0.0, 1e6, -1e12])
def test_centring_and_scaling_are_undone_exactly(offset, units):
    rows = units * (offset + np.random.default_rng(1).uniform(-1.0, 1.0, size=(3000, 2)))
    blocks = SampleBlocks(rows)
    np.testing.assert_array_equal(np.frexp(blocks.scale)[0], 0.5)
    assert (np.abs(np.log2(np.ptp(rows, axis=0) / blocks.scale)) <= 0.5).all()
    rounding = np.finfo(float).eps * units * (1.0 + abs(offset))
    np.testing.assert_allclose(blocks.centre, rows.mean(axis=0), rtol=0.0, atol=20.0 * rounding)
    undone = all_terms(blocks)[1:3].T * blocks.scale + blocks.centre
    np.testing.assert_allclose(undone, rows, rtol=0.0, atol=rounding)
    scaled = (rows - blocks.centre) / blocks.scale
    np.testing.assert_allclose(blocks.second_moments, scaled.T @ scaled, rtol=1e-13, atol=1e-12)


def test_a_constant_feature_keeps_its_unit():
    blocks = SampleBlocks(np.full((50, 1), 5.0))
    assert (blocks.scale.tolist(), blocks.centre.tolist()) == ([1.0], [5.0])
    assert not all_terms(blocks)[1:].any()


def test_the_resolution_is_a_few_roundings_of_the_largest_value():
    rows = np.array([[-8.0, 0.0], [4.0, 0.0], [7.0, 3.0]])
    np.testing.assert_allclose(SampleBlocks(rows).resolution, 4.0 * np.spacing([8.0, 3.0]), rtol=1)
    assert SampleBlocks(rows).resolution.tolist() == samples.resolution(rows).tolist()


@pytest.mark.parametrize(("n_samples", "n_features"), SHAPES)
def test_kept_or_made_anew_from_an_array_or_a_file_the_bits_are_the_same(
    n_samples, n_features, tmp_path, monkeypatch
):
    rows = rows_of(n_samples, n_features)
    several = [SampleBlocks(rows), SampleBlocks(RowsOfFile(tmp_path / "rows", rows))]
    monkeypatch.setattr(samples, "_MOST_KEPT", 0)
    several += [SampleBlocks(rows), SampleBlocks(RowsOfFile(tmp_path / "rows", rows))]
    for other in several[1:]:
        for name in ("centre", "scale", "resolution", "second_moments"):
            np.testing.assert_array_equal(getattr(other, name), getattr(several[0], name))
        np.testing.assert_array_equal(all_terms(other), all_terms(several[0]))


def test_lists_and_integers_are_tables_too():
    blocks = SampleBlocks([[1, 2], [3, 6]])
    assert blocks.centre.tolist() == [2.0, 4.0]
    assert all_terms(blocks)[1:3].tolist() == [[-0.5, 0.5], [-0.5, 0.5]]


def test_a_workspace_is_aligned_and_each_threads_own():
    blocks = SampleBlocks(rows_of(5003, 7))
    addresses = [
        blocks.workspace(name, *shape).ctypes.data
        for name in ("one", "other")
        for shape in ((3, 5), (2, 4), (1,), (15,))
    ]
    assert len(set(addresses[:4])) == len(set(addresses[4:])) == 1
    assert not any(address % 64 for address in addresses)
    assert blocks.workspace("one", 50, 41).shape == (50, 41)
    blocks.workspace("one", 3, 5)[:] = 7.0
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: blocks.workspace("one", 3, 5).fill(8.0)).result()
    assert (blocks.workspace("one", 3, 5) == 7.0).all()


@pytest.mark.parametrize("n_samples", [5, 5003])
def test_take_returns_the_rows_asked_for(n_samples, tmp_path):
    rows = rows_of(n_samples, 2)
    chosen = np.sort(np.random.default_rng(2).choice(n_samples, n_samples // 2, replace=False))
    for wanted in (chosen, np.arange(n_samples), np.array([n_samples - 1]), chosen[:0]):
        for given in (rows, RowsOfFile(tmp_path / "rows", rows)):
            np.testing.assert_array_equal(SampleBlocks(given).take(wanted), rows[wanted])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.ones(4), r"samples: expected a table .* got \(4,\); reshape .* \(n_samples, 1\)"),
        (np.ones((0, 2)), r"samples: expected a table .* got \(0, 2\)"),
        (np.ones((2, 0)), r"samples: expected a table .* got \(2, 0\)"),
        ([[0.0, 0.0], [0.0, np.inf]], "got inf in row 1, column 1; remove or replace it"),
        ([[0.0, 0.0], [1.0, 2e152]], r"column 1 extends from 0.0 to 2e\+152, .* change its unit"),
        (
            [[0.0, 0.0], [5e-153, 1.0]],
            "column 0 extends from 0.0 to 5e-153, and the square of such",
        ),
        ([[1.7e308], [1.7e308]], r"column 0 extends from 1.7e\+308 to 1.7e\+308"),
        ([[1e308], [-1e308]], r"column 0 extends from -1e\+308 to 1e\+308"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_with_the_place(rows, words):
    with pytest.raises(ValueError, match=words):
        SampleBlocks(rows)


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_a_number_that_is_none_is_found_in_a_later_block(value, tmp_path):
    rows = rows_of(5003, 3)
    rows[4321, 2] = value
    for given in (rows, RowsOfFile(tmp_path / "rows", rows)):
        with pytest.raises(ValueError, match=f"got {value} in row 4321, column 2; remove"):
            SampleBlocks(given)
