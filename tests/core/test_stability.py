"""Stability of a grouping: by sets on small tables, and at its ends."""

import numpy as np
import pytest
from gmm_cases import random_mixture

import gmm_core as gmm


def by_sets(own, other):
    """Return Jaccard's similarity of each pair of groups of two lists of labels."""
    groups = [
        [{n for n, label in enumerate(of) if label == k} for k in range(max(of) + 1)]
        for of in (own, other)
    ]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in groups[1]] for a in groups[0]])


@pytest.mark.parametrize("seed", range(4))
def test_similarities_are_those_of_sets(seed):
    random = np.random.default_rng(seed)
    own, other = random.integers(3, size=12), random.integers(2 + seed, size=12)
    table = np.zeros((own.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(table, (own, other), 1)
    expected = by_sets(own.tolist(), other.tolist())
    np.testing.assert_allclose(gmm.similarities(table), expected, rtol=1e-15)


def test_models_like_the_selected_one_are_perfectly_stable():
    random = np.random.default_rng(1)
    mixture = random_mixture(random, 3, 2)
    samples = mixture.draw(9000, random)[0]
    again = mixture.reordered(np.array([2, 0, 1]))
    tables = gmm.contingencies(samples, mixture, [mixture, again])
    np.testing.assert_array_equal(gmm.group_stability(tables), 1.0)
    blocks = list(gmm.sample_stability(samples, mixture, [mixture, again], tables))
    own, stability = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    np.testing.assert_array_equal(own, mixture.responsibilities(samples).argmax(axis=1))
    np.testing.assert_array_equal(stability, 1.0)


def test_a_grouping_across_the_selected_one_is_at_chance():
    samples = np.random.default_rng(2).normal(size=(20_000, 2))
    along, across = (
        gmm.Mixture([0.5, 0.5], [direction, -direction], [np.eye(2)] * 2) for direction in np.eye(2)
    )
    tables = gmm.contingencies(samples, along, [across])
    # Two halves that share half their samples: a quarter in both, three quarters in either.
    np.testing.assert_allclose(gmm.group_stability(tables), 1 / 3, atol=0.02)
    stability = [part for _, part in gmm.sample_stability(samples, along, [across], tables)]
    np.testing.assert_allclose(np.concatenate(stability), 1 / 3, atol=0.02)
    assert gmm.adjusted_rand_index(tables[0]) == pytest.approx(0.0, abs=0.01)


def test_a_group_without_samples_and_a_grouping_without_models_have_no_stability():
    assert np.isnan(gmm.group_stability([np.array([[4, 2], [0, 0]])])[1])
    samples = np.zeros((3, 1))
    mixture = gmm.Mixture([1.0], [[0.0]], [[[1.0]]])
    ((own, stability),) = gmm.sample_stability(samples, mixture, [], [])
    np.testing.assert_array_equal(own, 0)
    assert np.isnan(stability).all()
