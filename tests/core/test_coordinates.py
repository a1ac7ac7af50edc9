"""The coordinates of the quasi-Newton search: they stay in the family, and the gradient is one."""

import numpy as np
import pytest
from gmm_cases import random_samples

from gmm_core import FAMILIES, Moments, SampleBlocks, start
from gmm_core.coordinates import around, gradient, moved, parameters
from gmm_core.em import maximise
from gmm_core.statistics import collect

N_COMPONENTS = 3
CASES = [
    (name, n_features)
    for name in FAMILIES
    for n_features in ((1,) if len(name) == 1 else (2, 3, 6))
]


def begin(name, n_features):
    """Return samples, a family, a member of it, and coordinates around that."""
    samples = random_samples(np.random.default_rng(1), 300, n_features, N_COMPONENTS)
    family = FAMILIES[name]
    first = start(samples, N_COMPONENTS, seed=1, seed_index=0).moments(samples)
    moments = Moments(*(array[None] for array in first))
    stack = maximise(moments, None, [family], np.zeros(1, dtype=int))
    return SampleBlocks(samples), family, stack, around(stack, [family])


def some_position(coordinates, seed):
    return 0.1 * np.random.default_rng(seed).normal(size=(1, coordinates.scales[0].size))


@pytest.mark.parametrize(("name", "n_features"), CASES)
def test_zero_is_the_mixture_that_they_are_around(name, n_features):
    _, _, stack, coordinates = begin(name, n_features)
    there = parameters(coordinates, stack, np.zeros((1, coordinates.scales[0].size)))
    for array, expected in zip(there[:3], stack[:3], strict=True):
        np.testing.assert_allclose(array, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "n_features"), CASES)
def test_every_position_is_a_member_of_the_family(name, n_features):
    _, family, stack, coordinates = begin(name, n_features)
    # From there on again: the coordinates go along.
    for seed in (2, 3, 4):
        position = some_position(coordinates, seed)
        stack = parameters(coordinates, stack, position)
        coordinates = moved(coordinates, position, stack)
    own = Moments(stack.weights, stack.means, stack.weights[..., None, None] * stack.covariances)
    again = family.constrain(own.counts, own.scatters, stack.covariances)
    np.testing.assert_allclose(again, stack.covariances, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("name", "n_features"), CASES)
def test_moved_coordinates_have_their_zero_where_they_moved(name, n_features):
    _, _, stack, coordinates = begin(name, n_features)
    position = some_position(coordinates, 2)
    there = parameters(coordinates, stack, position)
    again = parameters(moved(coordinates, position, there), there, np.zeros_like(position))
    for array, expected in zip(again[:3], there[:3], strict=True):
        np.testing.assert_allclose(array, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "n_features"), CASES)
def test_the_gradient_is_the_slope_of_the_log_likelihood(name, n_features):
    samples, family, stack, coordinates = begin(name, n_features)
    uses = np.array([family.uses])
    position, width = some_position(coordinates, 3), 1e-5
    stack = parameters(coordinates, stack, position)
    coordinates = moved(coordinates, position, stack)
    uphill = gradient(coordinates, stack, collect(samples, stack, uses).moments)
    # Along the gradient itself and along any direction: what lies outside the family is no move.
    for along in (uphill / np.linalg.norm(uphill), some_position(coordinates, 4)):
        ahead, behind = (
            collect(samples, parameters(coordinates, stack, step * along), uses).log_likelihood
            for step in (width, -width)
        )
        slope = (ahead - behind).item() / (2.0 * width * samples.n_samples)
        assert (uphill * along).sum() == pytest.approx(slope, rel=1e-4, abs=1e-7)


def test_near_a_fixed_point_the_gradient_is_a_step_of_em():
    samples, family, stack, _ = begin("VVV", 2)
    for _ in range(100):
        before = stack
        _, summed = collect(samples, before, np.array([family.uses]))
        stack = maximise(summed, before, [family], np.zeros(1, dtype=int))
    coordinates = around(before, [family])
    there = parameters(coordinates, before, gradient(coordinates, before, summed))
    for array, expected, start_of_both in zip(there[:3], stack[:3], before[:3], strict=True):
        step = expected - start_of_both
        np.testing.assert_allclose(array, expected, rtol=0.0, atol=0.02 * np.abs(step).max())
