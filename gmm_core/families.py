"""The covariance families, by mclust's names: the constraint of each M-step and its parameters.

A name's letters say what the components share (E, equal) or have of their own (V, variable; I,
identity), in the order volume, shape, orientation (Celeux & Govaert 1995). With one feature there
is only a variance, and the families reduce to E and V.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

import numpy as np

from gmm_core.mixture import FloatArray

ALIASES: Mapping[str, str] = MappingProxyType(
    {"spherical": "VII", "diagonal": "VVI", "tied": "EEE", "full": "VVV"}
)
ALL = "all"


class Uses(IntEnum):
    """What a family's constraint uses of the components' scatters."""

    POOLED = 0  # their sum; all components have one covariance
    VARIANCES = 1  # their diagonals; covariances are diagonal
    ALL = 2


@dataclass(frozen=True)
class Family:
    """One covariance family.

    Attributes:
        name: mclust's name.
        description: what the family says of the components, for a reader.
        constrain: the family's M-step: from counts (..., K), scatters about the component means
            (..., K, D, D) and the covariances so far, or None at a start, to the covariances
            (..., K, D, D) that maximise the expected log-likelihood within the family. An
            iterative one begins from the covariances so far.
        uses: what of the scatters it uses.
        n_covariance_parameters: free parameters of all covariances, from (K, D).
    """

    name: str
    description: str
    constrain: Callable[[FloatArray, FloatArray, FloatArray | None], FloatArray]
    uses: Uses
    n_covariance_parameters: Callable[[int, int], int]

    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Return the free parameters of a whole mixture: covariances, means and weights."""
        n_covariance = self.n_covariance_parameters(n_components, n_features)
        return n_covariance + n_components * n_features + n_components - 1


def _own(counts: FloatArray, scatters: FloatArray, _so_far: FloatArray | None) -> FloatArray:
    """W_k / n_k: each component keeps its own covariance."""
    return scatters / counts[..., None, None]


def _pooled(counts: FloatArray, scatters: FloatArray, _so_far: FloatArray | None) -> FloatArray:
    """W / n for every component: one covariance for all."""
    total = counts.sum(axis=-1)[..., None, None, None]
    pooled = scatters.sum(axis=-3, keepdims=True) / total
    return np.broadcast_to(pooled, scatters.shape)


def _diagonal(covariances: FloatArray) -> FloatArray:
    """Keep the variances alone."""
    return np.asarray(covariances * np.eye(covariances.shape[-1]))


def _spherical(covariances: FloatArray) -> FloatArray:
    """Give every direction the mean variance, trace / D."""
    n_features = covariances.shape[-1]
    variances = np.trace(covariances, axis1=-2, axis2=-1) / n_features
    return np.asarray(variances[..., None, None] * np.eye(n_features))


def _triangle(n_features: int) -> int:
    return n_features * (n_features + 1) // 2


_ONE_FEATURE = (
    Family("E", "all of one variance", _pooled, Uses.POOLED, lambda k, d: 1),
    Family("V", "each of its own variance", _own, Uses.ALL, lambda k, d: k),
)
_MORE_FEATURES = (
    Family(
        "EII",
        "spheres of one size",
        lambda n, w, s: _spherical(_pooled(n, w, s)),
        Uses.POOLED,
        lambda k, d: 1,
    ),
    Family(
        "VII",
        "spheres, each of its own size",
        lambda n, w, s: _spherical(_own(n, w, s)),
        Uses.VARIANCES,
        lambda k, d: k,
    ),
    Family(
        "EEI",
        "ellipsoids along the axes, of one size and shape",
        lambda n, w, s: _diagonal(_pooled(n, w, s)),
        Uses.POOLED,
        lambda k, d: d,
    ),
    Family(
        "VVI",
        "ellipsoids along the axes, each of its own size and shape",
        lambda n, w, s: _diagonal(_own(n, w, s)),
        Uses.VARIANCES,
        lambda k, d: k * d,
    ),
    Family(
        "EEE",
        "ellipsoids of one size, shape and direction",
        _pooled,
        Uses.POOLED,
        lambda k, d: _triangle(d),
    ),
    Family(
        "VVV",
        "ellipsoids, each of its own size, shape and direction",
        _own,
        Uses.ALL,
        lambda k, d: k * _triangle(d),
    ),
)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.name: family for family in (*_ONE_FEATURE, *_MORE_FEATURES)}
)
"""Every family by name, from the strictest to the freest; E and V are for one feature."""


def resolve(names: Iterable[str], n_features: int) -> tuple[Family, ...]:
    """Return the families that names stand for, each once, in the order of `FAMILIES`.

    Args:
        names: mclust's names, the aliases, or "all".
        n_features: D; for one feature every name reduces to E or V by its first letter.

    Raises:
        ValueError: a name is none of these, or E or V is asked for with several features.
    """
    wanted: set[str] = set()
    for name in names:
        if name == ALL:
            wanted.update(family.name for family in _MORE_FEATURES)
        else:
            wanted.add(ALIASES.get(name, name))
    if n_features == 1:
        wanted = {name[0] if name in FAMILIES else name for name in wanted}
    known = _ONE_FEATURE if n_features == 1 else _MORE_FEATURES
    unknown = sorted(wanted - {family.name for family in known})
    if unknown:
        raise ValueError(
            f"families: {', '.join(unknown)} unknown for {n_features} feature(s); expected "
            f"{', '.join(family.name for family in known)}, {', '.join(ALIASES)} or {ALL}"
        )
    return tuple(family for family in known if family.name in wanted)
