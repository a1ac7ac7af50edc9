"""The covariance families, by mclust's names: the constraint of each M-step and its parameters.

A name's letters say what the components share (E, equal) or have of their own (V, variable; I,
identity), in the order volume, shape, orientation (Celeux & Govaert 1995). With one feature there
is only a variance, and the families reduce to E and V.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from gmm_core.constraints import (
    Constraint,
    eee,
    eei,
    eev,
    eii,
    eve,
    evi,
    evv,
    vee,
    vei,
    vev,
    vii,
    vve,
    vvi,
    vvv,
)

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
    constrain: Constraint
    uses: Uses
    n_covariance_parameters: Callable[[int, int], int]

    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Return the free parameters of a whole mixture: covariances, means and weights."""
        n_covariance = self.n_covariance_parameters(n_components, n_features)
        return n_covariance + n_components * n_features + n_components - 1

    def contains(self, other: "Family") -> bool:
        """Return whether every mixture of the other family is one of this family too.

        So it is where no letter of this name is stricter, by the order I, E, V.
        """
        letters = zip(self.name, other.name, strict=False)
        freer = all("IEV".index(own) >= "IEV".index(others) for own, others in letters)
        return freer and len(self.name) == len(other.name)


def _triangle(n_features: int) -> int:
    return n_features * (n_features + 1) // 2


def _turns(n_features: int) -> int:
    return n_features * (n_features - 1) // 2


_ONE_FEATURE = (
    Family("E", "all of one variance", eee, Uses.POOLED, lambda k, d: 1),
    Family("V", "each of its own variance", vvv, Uses.ALL, lambda k, d: k),
)
_MORE_FEATURES = (
    Family(
        "EII",
        "spheres of one size",
        eii,
        Uses.POOLED,
        lambda k, d: 1,
    ),
    Family(
        "VII",
        "spheres, each of its own size",
        vii,
        Uses.VARIANCES,
        lambda k, d: k,
    ),
    Family(
        "EEI",
        "ellipsoids along the axes, of one size and shape",
        eei,
        Uses.POOLED,
        lambda k, d: d,
    ),
    Family(
        "VEI",
        "ellipsoids along the axes, of one shape, each of its own size",
        vei,
        Uses.VARIANCES,
        lambda k, d: k + d - 1,
    ),
    Family(
        "EVI",
        "ellipsoids along the axes, of one size, each of its own shape",
        evi,
        Uses.VARIANCES,
        lambda k, d: 1 + k * (d - 1),
    ),
    Family(
        "VVI",
        "ellipsoids along the axes, each of its own size and shape",
        vvi,
        Uses.VARIANCES,
        lambda k, d: k * d,
    ),
    Family(
        "EEE",
        "ellipsoids of one size, shape and direction",
        eee,
        Uses.POOLED,
        lambda k, d: _triangle(d),
    ),
    Family(
        "VEE",
        "ellipsoids of one shape and direction, each of its own size",
        vee,
        Uses.ALL,
        lambda k, d: k + d - 1 + _turns(d),
    ),
    Family(
        "EVE",
        "ellipsoids of one size and direction, each of its own shape",
        eve,
        Uses.ALL,
        lambda k, d: 1 + k * (d - 1) + _turns(d),
    ),
    Family(
        "VVE",
        "ellipsoids of one direction, each of its own size and shape",
        vve,
        Uses.ALL,
        lambda k, d: k * d + _turns(d),
    ),
    Family(
        "EEV",
        "ellipsoids of one size and shape, each of its own direction",
        eev,
        Uses.ALL,
        lambda k, d: d + k * _turns(d),
    ),
    Family(
        "VEV",
        "ellipsoids of one shape, each of its own size and direction",
        vev,
        Uses.ALL,
        lambda k, d: k + d - 1 + k * _turns(d),
    ),
    Family(
        "EVV",
        "ellipsoids of one size, each of its own shape and direction",
        evv,
        Uses.ALL,
        lambda k, d: 1 + k * (_triangle(d) - 1),
    ),
    Family(
        "VVV",
        "ellipsoids, each of its own size, shape and direction",
        vvv,
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
