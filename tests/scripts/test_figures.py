"""Figures: drawn for every number of features, the same bytes, and nothing left out in silence."""

import re
from collections.abc import Container
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from figure_style import blended, component_colours
from gmm_core import Mixture, fit_cells, rank, resolve
from plot import climb_to_show, draw_figures
from plot_mixture import Scene, _n_bins, draw_density, evenly_spaced, marginal
from result_files import read_candidates, write_candidates
from sample_files import Samples
from selection_file import read_selection, write_selection

NAMES = ("criterion", "mixture", "log_likelihood", "em_at_work")


@pytest.fixture(autouse=True)
def _own_style():
    with mpl.rc_context():
        yield


def draw(
    folder: Path,
    n_features: int,
    sizes: tuple[int, ...],
    names: list[str] | None = None,
    spurious: Container[int] = (),
    **options,
) -> dict[str, str]:
    names = names or [f"f{j}" for j in range(n_features)]
    random = np.random.default_rng(8)
    values = np.concatenate(
        [random.normal(size=(40, n_features)), random.normal(size=(30, n_features)) + 5.0]
    )
    families = resolve(["EEE", "VVI"], n_features)
    cells = [
        cell
        for size in sizes
        for cell in fit_cells(
            values, size, families, range(4), seed=2, tolerance=1e-6, max_iterations=200
        )
    ]
    selection = rank(cells, len(values), "bic")
    winner = selection.candidates[0]
    write_candidates(selection.candidates, folder / "candidates.csv")
    write_selection(selection, folder / "selection.json")
    mixture = winner.best.fit.mixture
    model = {
        **mixture.reordered(mixture.canonical_order()).to_dict(),
        "family": winner.family,
        "n_components": winner.n_components,
        "seed": winner.best.seed,
        "start": winner.best.start,
        "log_likelihood": winner.best.fit.log_likelihood,
        "criterion": "bic",
    }
    key = (winner.family, winner.n_components)
    paths = {name: folder / f"{name}.svg" for name in NAMES}
    draw_figures(
        Samples(values, names or [f"f{j}" for j in range(n_features)], {}, 70, 0, "", []),
        [cell for cell in cells if (cell.family, cell.n_components) == key],
        spurious,
        read_candidates(folder / "candidates.csv"),
        read_selection(folder / "selection.json"),
        model,
        **{"seed": 2, "max_points": 1000, "max_features": 6, "accelerate": True, **options},
        paths=paths,
    )
    return {name: path.read_text(encoding="utf-8") for name, path in paths.items()}


@pytest.mark.parametrize("sizes", [(1,), (1, 2, 3)])
@pytest.mark.parametrize("n_features", [1, 2, 3])
def test_every_figure_is_drawn(tmp_path: Path, n_features: int, sizes: tuple) -> None:
    figures = draw(tmp_path, n_features, sizes)
    assert all(text.rstrip().endswith("</svg>") for text in figures.values())


def test_figures_are_the_same_bytes_every_time(tmp_path: Path) -> None:
    assert draw(tmp_path, 2, (1, 2)) == draw(tmp_path, 2, (1, 2))


def test_points_left_out_are_told(tmp_path: Path) -> None:
    # Text is drawn as outlines; matplotlib leaves the words as a comment.
    assert "40 of 70 samples drawn" in draw(tmp_path, 2, (2,), max_points=40)["mixture"]
    assert "samples drawn" not in draw(tmp_path, 2, (2,), max_points=70)["mixture"]
    # Of three features two panels stand in a line.
    assert "20 of 70 samples drawn" in draw(tmp_path, 3, (2,), max_points=40)["mixture"]


def test_features_left_out_are_told(tmp_path: Path) -> None:
    figures = draw(tmp_path, 3, (2,), max_features=2)
    assert "the first 2 of 3 features" in figures["mixture"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("price_$^$", "price_$^$"),
        ("a$_x$", "a$_x$"),
        (r"\$x\alpha$ {y}", r"\$x\alpha$ {y}"),
        ('<b>x</b> & "y"', '&lt;b&gt;x&lt;/b&gt; &amp; "y"'),
        ("größe % #", "größe % #"),
        ("a\x01b\nc", "a\ufffdb\ufffdc"),
        (300 * "x", 39 * "x" + "\u2026"),
        (2 * "$", "$$"),
    ],
)
def test_a_name_is_shown_as_it_is(tmp_path: Path, name: str, words: str) -> None:
    text = draw(tmp_path, 2, (2,), names=[name, "other"])["mixture"]
    ElementTree.fromstring(text)
    # matplotlib leaves the words that it draws as a comment.
    assert f"<!-- {words} -->" in text


def test_spurious_climbs_are_told_apart(tmp_path: Path) -> None:
    assert "<!-- spurious (1) -->" in draw(tmp_path, 2, (2,), spurious={3})["log_likelihood"]
    assert "<!-- spurious" not in draw(tmp_path, 2, (2,))["log_likelihood"]


def test_the_choices_of_other_criteria_are_named(tmp_path: Path) -> None:
    text = draw(tmp_path, 2, (1, 2, 3))["criterion"]
    selection = read_selection(tmp_path / "selection.json")
    chosen = selection["selected"]["family"], selection["selected"]["n_components"]
    others = {
        choice["criterion"].upper()
        for choice in selection["choices"]
        if (choice["family"], choice["n_components"]) != chosen
    }
    assert others
    written = " ".join(re.findall("<!-- ([A-Z, ]+) -->", text))
    assert others <= set(re.findall("[A-Z]+", written))


def test_em_is_shown_on_the_longest_way_from_a_seed_to_the_optimum() -> None:
    groups = [np.random.default_rng(1).normal(mean, size=(40, 1)) for mean in (0.0, 8.0, 20.0)]
    options = {"seed": 2, "tolerance": 1e-8, "max_iterations": 200}
    cells = fit_cells(np.concatenate(groups), 2, resolve(["V"], 1), range(10), **options)
    ends = np.array([cell.fit.log_likelihood for cell in cells])
    starts = np.array([cell.fit.trace[0] for cell in cells])
    there = np.abs(ends - ends.max()) < 1e-4
    assert 1 < there.sum() < len(cells)
    farthest = cells[int(np.argmin(np.where(there, starts, np.inf)))]
    assert climb_to_show(cells, ends.max(), 120.0) is farthest
    lowest = int(np.argmin(ends))
    assert climb_to_show(cells, ends[lowest], 120.0).fit.log_likelihood < ends.max() - 1e-4
    above = replace(farthest, seed=10, start="from E 2")
    assert climb_to_show([*cells, above], ends.max() + 1.0, 120.0) is farthest


def test_an_outlier_does_not_multiply_the_bins() -> None:
    random = np.random.default_rng(1)
    assert _n_bins(np.append(random.normal(size=300), 1e12), np.ones(301)) == 100
    assert _n_bins(np.array([2.0, 2.0, 2.0, 2.0, 3.0]), np.ones(5)) == 100
    assert 5 < _n_bins(random.normal(size=300), np.ones(300)) < 40


def test_a_histogram_of_weighted_samples_is_that_of_repeated_rows() -> None:
    values = np.random.default_rng(2).normal(size=300)
    times = np.random.default_rng(3).integers(1, 9, size=300)
    scene = Scene(values[:, None], ["x"], None, None, 1)
    heights = []
    for rows, sizes in ((values, times), (np.repeat(values, times), np.ones(times.sum()))):
        _, axes = plt.subplots()
        draw_density(axes, scene, rows, sizes.astype(float))
        heights.append([bar.get_height() for bar in axes.patches])
        plt.close()
    np.testing.assert_allclose(*heights)


def test_a_certain_sample_has_its_components_colour() -> None:
    colours = component_colours(3)
    np.testing.assert_allclose(blended(np.eye(3), colours), colours, atol=1e-12)


def test_an_uncertain_sample_lies_between_the_colours() -> None:
    colours = component_colours(2)
    mixed = blended(np.array([[0.5, 0.5]]), colours)[0]
    assert (mixed >= colours.min(axis=0)).all()
    assert (mixed <= colours.max(axis=0)).all()


def test_the_first_twelve_components_have_colours_of_their_own() -> None:
    assert len({tuple(colour) for colour in component_colours(12)}) == 12


def test_marginal_of_axes_is_the_marginal_mixture() -> None:
    covariance = np.array([[2.0, 0.3], [0.3, 1.0]])
    mixture = Mixture(np.array([1.0]), np.array([[1.0, 5.0]]), covariance[None])
    second = marginal(mixture, np.array([[0.0], [1.0]]))
    assert second.means.tolist() == [[5.0]]
    assert second.covariances.tolist() == [[[1.0]]]


@pytest.mark.parametrize(("n_samples", "n_shown"), [(10, 20), (10, 10), (1000, 7)])
def test_evenly_spaced_samples_are_distinct_and_span_all(n_samples: int, n_shown: int) -> None:
    indices = evenly_spaced(n_samples, n_shown)
    assert len(set(indices.tolist())) == min(n_samples, n_shown)
    assert (indices[0], indices[-1]) == (0, n_samples - 1)
