"""The search's memory, beside the matrix that it stands for."""

import numpy as np
import pytest

from gmm_core import quasi_newton
from gmm_core.quasi_newton import _direction, _no_memory, _remember, _with_room

N_CLIMBS, N_COORDINATES = 3, 7


def updated(inverse: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Return the inverse Hessian after a step, by its definition (Nocedal & Wright, eq. 6.17)."""
    product = step @ change
    left = np.eye(N_COORDINATES) - np.outer(step, change) / product
    return left @ inverse @ left.T + np.outer(step, step) / product


@pytest.mark.parametrize("n_steps", [0, 1, 5, 12, 31])
def test_directions_are_those_of_the_last_updates(
    n_steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 12
    monkeypatch.setattr(quasi_newton, "_MOST_KEPT", most)
    random = np.random.default_rng(n_steps)
    curvature = np.diag(np.geomspace(0.1, 10.0, N_COORDINATES))
    memory = _no_memory(N_CLIMBS, N_COORDINATES)
    pairs: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in range(N_CLIMBS)]
    for _ in range(n_steps):
        step = random.normal(size=(N_CLIMBS, N_COORDINATES))
        change = step @ curvature
        change[1] *= random.choice([-1.0, 1.0])  # not concave: not remembered
        risen = random.random(N_CLIMBS) < 0.8
        memory = _with_room(memory)
        _remember(memory, step, change, risen)
        for climb in np.flatnonzero(risen & ((step * change).sum(axis=1) > 0.0)):
            pairs[climb].append((step[climb], change[climb]))
    uphill = random.normal(size=(N_CLIMBS, N_COORDINATES))
    for climb, found in enumerate(_direction(memory, uphill)):
        inverse = np.eye(N_COORDINATES)
        if pairs[climb]:
            step, change = pairs[climb][-1]
            inverse *= (step @ change) / (change @ change)
        for step, change in pairs[climb][-most:]:
            inverse = updated(inverse, step, change)
        np.testing.assert_allclose(found, inverse @ uphill[climb], rtol=1e-8)
