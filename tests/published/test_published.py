"""Values published for old data sets: tight optima, and mclust's fits as floors.

The tables beside this file are facts from R mclust 6.0.0: log_likelihoods.csv from its one default
start, iris_fixed_start.json from the responsibilities 0.8 * onehot(species) + 0.2 / 3. Galaxies is
R's MASS::galaxies in 1000 km/s.
"""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gmm_core import (
    FAMILIES,
    Moments,
    SampleBlocks,
    Start,
    climb,
    e_step,
    fit_cells,
    m_step,
    rank,
    resolve,
)

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data"
FILES = {
    "old_faithful": (DATA / "old_faithful.csv", ["eruptions", "waiting"]),
    "waiting": (DATA / "old_faithful.csv", ["waiting"]),
    "eruptions": (DATA / "old_faithful.csv", ["eruptions"]),
    "iris": (DATA / "iris.csv", ["sepal_length", "sepal_width", "petal_length", "petal_width"]),
    "galaxies": (HERE / "galaxies.csv", ["velocity"]),
}
FIXED_START = json.loads((HERE / "iris_fixed_start.json").read_text())


def read_rows(path):
    with path.open() as lines:
        return list(csv.DictReader(lines))


def read_samples(data):
    path, columns = FILES[data]
    return np.array([[float(row[column]) for column in columns] for row in read_rows(path)])


@cache
def search(data, n_components):
    """Return the cells of the default grid: every family, 20 seeds."""
    samples = read_samples(data)
    return fit_cells(
        samples,
        n_components,
        resolve(["all"], samples.shape[1]),
        range(20),
        seed=20261122,
        tolerance=1e-8,
        max_iterations=1000,
    )


def ranking(data, sizes=(1, 2, 3, 4), criterion="bic"):
    cells = [cell for size in sizes for cell in search(data, size)]
    return rank(cells, len(read_samples(data)), criterion).candidates


def candidate(data, family, n_components):
    (found,) = (c for c in ranking(data, [n_components]) if c.family == family)
    return found


def floors():
    for row in read_rows(HERE / "log_likelihoods.csv"):
        data, n_components = row.pop("data"), int(row.pop("n_components"))
        for family, value in row.items():
            if value != "NA":
                yield data, n_components, family, float(value)


@pytest.mark.parametrize(("data", "n_components", "family", "floor"), list(floors()))
def test_twenty_seeds_reach_at_least_the_log_likelihood_of_mclust(
    data, n_components, family, floor
):
    best = candidate(data, family, n_components).best
    assert best.fit.log_likelihood >= floor - 1e-5 * abs(floor)


@pytest.mark.parametrize(
    ("data", "family", "n_components", "log_likelihood", "tolerance"),
    [
        ("old_faithful", "VVV", 2, -1130.26396018, 1e-5),
        ("waiting", "E", 2, -1034.00176036, 1e-5),
        ("waiting", "V", 2, -1034.00174983, 1e-5),
        ("eruptions", "V", 2, -276.36004050, 1e-5),
        ("galaxies", "V", 3, -203.1792, 1e-3),
    ],
)
def test_the_best_seed_reaches_the_published_optimum(
    data, family, n_components, log_likelihood, tolerance
):
    fit = candidate(data, family, n_components).best.fit
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=tolerance)


@pytest.mark.parametrize(
    ("data", "family", "n_components", "n_parameters", "criterion", "value", "tolerance"),
    [
        ("old_faithful", "VVV", 2, 11, "bic", 2322.191743, 1e-4),
        ("old_faithful", "VVI", 2, 9, "icl", 2346.160809, 1e-3),
        ("iris", "VVV", 1, 14, "bic", 829.978154, 1e-4),
        ("iris", "VVV", 2, 29, "bic", 574.017832, 1e-4),
        ("iris", "VVV", 3, 44, "bic", 580.838907, 1e-4),
        ("iris", "VVV", 2, 29, "icl", 574.019099, 1e-4),
        ("galaxies", "V", 3, 8, "bic", 441.6122, 1e-3),
    ],
)
def test_criteria_are_the_published_ones_negated(
    data, family, n_components, n_parameters, criterion, value, tolerance
):
    found = candidate(data, family, n_components)
    assert found.n_parameters == n_parameters
    assert found.criteria[criterion] == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize(
    ("data", "family", "n_components", "highest_bic"),
    [("old_faithful", "EEE", 3, 2314.32), ("galaxies", "V", 3, 441.613)],
)
def test_bic_picks_the_published_candidate(data, family, n_components, highest_bic):
    first = ranking(data)[0]
    assert (first.family, first.n_components, first.selected) == (family, n_components, True)
    assert first.criteria["bic"] <= highest_bic


def test_with_a_value_corrected_pairs_of_galaxies_win_the_bic_and_are_not_trusted():
    samples = read_samples("galaxies")
    assert samples[77, 0] == 26.69
    samples[77, 0] = 26.96
    options = {"seed": 20261122, "tolerance": 1e-8, "max_iterations": 1000}
    families = resolve(["all"], 1)
    cells = [
        cell
        for size in range(1, 7)
        for cell in fit_cells(samples, size, families, range(8), **options)
    ]
    selection = rank(cells, len(samples), "bic")
    unrestricted, trusted = selection.unrestricted.winner, selection.selected.winner
    assert unrestricted.key == ("V", 6)
    widths = np.sort(np.sqrt(unrestricted.cell.fit.mixture.covariances.ravel()))
    assert widths[:2] == pytest.approx([0.02, 0.04], abs=0.005)
    assert unrestricted.doubts == ("2 components have fewer than 2.5 samples (2.0, 2.0)",)
    assert trusted.key == ("V", 3)
    assert trusted.criteria["bic"] > unrestricted.criteria["bic"]
    assert [optimum.key for optimum in selection.set_aside] == [("V", 6)]


def test_old_faithful_in_three_equal_ellipsoids_is_at_least_as_high_as_mclust():
    assert candidate("old_faithful", "EEE", 3).best.fit.log_likelihood >= -1126.33


def test_waiting_times_in_two_equal_components_have_the_published_parameters():
    mixture = candidate("waiting", "E", 2).best.fit.mixture
    mixture = mixture.reordered(np.argsort(mixture.means[:, 0]))
    np.testing.assert_allclose(mixture.weights, [0.36084942, 0.63915058], atol=1e-5)
    np.testing.assert_allclose(mixture.means[:, 0], [54.61362550, 80.09030302], atol=1e-3)
    np.testing.assert_allclose(np.sqrt(mixture.covariances.ravel()), 5.86909, atol=1e-4)


def test_galaxies_in_three_components_have_the_published_sizes():
    mixture = candidate("galaxies", "V", 3).best.fit.mixture
    labels = mixture.responsibilities(read_samples("galaxies")).argmax(axis=1)
    assert sorted(np.bincount(labels).tolist()) == [3, 7, 72]


def species_responsibilities():
    species = np.array([row["species"] for row in read_rows(DATA / "iris.csv")])
    return 0.8 * (species[:, None] == np.unique(species)) + 0.2 / 3.0


def expected_log_likelihood(moments, covariances):
    """Return the part of the M-step's objective that depends on the covariances."""
    log_determinants = np.linalg.slogdet(covariances).logabsdet
    distances = np.trace(np.linalg.solve(covariances, moments.scatters), axis1=-2, axis2=-1)
    return -0.5 * (moments.counts * log_determinants + distances).sum()


@pytest.mark.parametrize("family", FIXED_START)
def test_the_m_step_from_the_species_is_that_of_mclust(family):
    samples, expected = read_samples("iris"), FIXED_START[family]
    mixture = m_step(samples, species_responsibilities(), FAMILIES[family])
    moments = Start("species", species_responsibilities()).moments(samples)
    found, theirs = (
        expected_log_likelihood(moments, np.array(covariances))
        for covariances in (mixture.covariances, expected["mstep_covariances"])
    )
    assert found >= theirs - 1e-12 * abs(theirs)
    if family != "VVE":
        # There mclust's search stops 0.4 short of the maximum.
        log_likelihood, _ = e_step(samples, mixture)
        assert log_likelihood == pytest.approx(expected["mstep_loglik"], rel=1e-6)
        np.testing.assert_allclose(
            mixture.covariances, expected["mstep_covariances"], rtol=1e-6, atol=1e-6
        )


@pytest.mark.parametrize("family", FIXED_START)
def test_em_from_the_species_ends_where_mclust_does(family):
    samples, expected = read_samples("iris"), FIXED_START[family]
    moments = Start("species", species_responsibilities()).moments(samples)
    first = Moments(*(array[None] for array in moments))
    (fit,) = climb(
        SampleBlocks(samples), first, [FAMILIES[family]], tolerance=1e-12, max_iterations=1000
    )
    assert fit.log_likelihood >= expected["em_loglik"] - 1e-9 * abs(expected["em_loglik"])
    if family != "VVE":
        # Its end follows from where its M-steps stop short.
        assert fit.log_likelihood == pytest.approx(expected["em_loglik"], rel=1e-6)
        np.testing.assert_allclose(fit.mixture.weights, expected["weights"], atol=1e-4)
        np.testing.assert_allclose(fit.mixture.means, expected["means"], atol=1e-4)
        np.testing.assert_allclose(fit.mixture.covariances, expected["covariances"], atol=1e-4)
