"""Which optima are not to be trusted: the likelihood has no upper bound near a singular component.

A few samples that happen to lie close together, or nearly on a line or plane, make a component
that is narrow enough to win any criterion; more starts find more of these (McLachlan & Peel 2000,
section 3.10). Only a component with a volume or a shape of its own can become so.
"""

from dataclasses import dataclass

import numpy as np

from gmm_core.grid import Cell
from gmm_core.mixture import FloatArray, Mixture


@dataclass(frozen=True)
class SpuriousRules:
    """What counts as spurious; a 0 switches a rule off. Samples count with their weights.

    The least samples that can give a component a covariance of its own are 2 if only its volume
    is its own, and D + 1 if its shape is.

    Attributes:
        tiny_component: a component with fewer samples than this many times the least is tiny.
        thin_direction: a component is thin if in some direction its variance is less than this
            share of the variance within components, the weighted mean of their covariances; in
            any units of the features ...
        few_samples: ... and has fewer samples than this many times the least: many samples that
            are close together are no accident.
    """

    tiny_component: float = 1.25
    thin_direction: float = 1e-3
    few_samples: float = 5.0


def doubts(cell: Cell, rules: SpuriousRules) -> tuple[str, ...]:
    """Return why a cell's optimum is not to be trusted, a reason for each rule; none if it is.

    Args:
        cell: a cell that did not collapse.
        rules: what counts as spurious.
    """
    mixture = cell.fit.mixture
    if mixture is None:
        raise ValueError(f"cell: expected one that did not collapse, got {cell.fit.message!r}")
    least = least_samples(cell.family, mixture.n_features)
    if mixture.n_components == 1 or least == 0:
        return ()
    fewest, few = rules.tiny_component * least, rules.few_samples * least
    components = sorted(zip(cell.fit.counts.tolist(), thinness(mixture), strict=True))
    tiny = [f"{count:.1f}" for count, _ in components if count < fewest]
    thin = [
        f"{count:.1f} with {share:.1e}"
        for count, share in components
        if fewest <= count < few and share < rules.thin_direction
    ]
    found = []
    if tiny:
        found.append(f"{_components(tiny)} fewer than {fewest:g} samples ({', '.join(tiny)})")
    if thin:
        found.append(
            f"{_components(thin)} few samples and in one direction less than "
            f"{rules.thin_direction:g} of the usual variance ({', '.join(thin)})"
        )
    return tuple(found)


def least_samples(family: str, n_features: int) -> int:
    """Return how many samples at least give a component a covariance of its own.

    0 if its volume and its shape are those of all components: it cannot become singular alone.
    """
    volume, shape = family[0], family[1:2]
    if shape == "V":
        return n_features + 1
    return 2 if volume == "V" else 0


def thinness(mixture: Mixture) -> list[float]:
    """Return each component's variance in its thinnest direction, beside that within components.

    The smallest eigenvalue of W^-1 covariance_k with W the weighted mean of all covariances: it is
    the same in any units of the features.
    """
    within = np.einsum("k,kij->ij", mixture.weights, mixture.covariances)
    whitener: FloatArray = np.linalg.inv(np.linalg.cholesky(within))
    relative = whitener @ mixture.covariances @ whitener.T
    return [float(value) for value in np.linalg.eigvalsh(relative)[:, 0]]


def _components(some: list[str]) -> str:
    return "1 component has" if len(some) == 1 else f"{len(some)} components have"
