"""Which engine serves a mixture: the fastest that is exact enough.

Three engines make the same sums: two of them fast, the third exact.
"""

import numpy as np
from numpy.typing import NDArray

from gmm_core.centred import CentredEngine
from gmm_core.engine import Engine
from gmm_core.expanded import ExpandedEngine, count_terms
from gmm_core.factored import FactoredEngine
from gmm_core.families import Uses
from gmm_core.matrices import diagonals
from gmm_core.mixture import EPSILON, FloatArray
from gmm_core.precision import DOUBLE, SINGLE
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Parameters, at

LARGEST_ERROR = 1e-11
"""What `lost_digits` may say of a mixture that the expanded engine serves."""
# Roundings in single precision are so many times those in double.
_COARSER = float(np.finfo(np.float32).eps) / EPSILON
LARGEST_SINGLE_ERROR = 1e-4 / _COARSER
"""What `lost_digits` may say of a mixture that is served in single precision."""
# Beside what a family uses, what asks for the centred engine.
_CENTRED = len(Uses)
# With fewer features, all terms for every family are cheaper than a pass for each kind of family.
_FEW_FEATURES = 4
# The expanded engine's terms of a block take no more than 32 MB.
_MOST_TERM_NUMBERS = 1 << 22


def engines_for(
    samples: SampleBlocks,
    stack: Parameters,
    uses: NDArray[np.intp],
    errors: FloatArray,
    single: NDArray[np.bool_] | None = None,
) -> list[tuple[NDArray[np.intp], Engine]]:
    """Return engines, and the places in the stack of the mixtures that each one serves.

    Those in double precision come first.

    Args:
        samples: the samples.
        stack: parameters of S mixtures.
        uses: (S,) what the family of each mixture uses of the scatters.
        errors: (S,) what `lost_digits` says of them.
        single: (S,) which are served in single precision; none by default.
    """
    least = Uses.POOLED if samples.n_features > _FEW_FEATURES else Uses.ALL
    singles = [False] * len(uses) if single is None else single.tolist()
    wanted = [
        (one, max(kind, least) if error <= LARGEST_ERROR else _CENTRED)
        for kind, error, one in zip(uses.tolist(), errors.tolist(), singles, strict=True)
    ]
    kinds = sorted(set(wanted))
    if len(kinds) == 1:
        return [(np.arange(len(uses)), _engine(samples, stack, *kinds[0]))]
    everywhere = [
        np.array([place for place, own in enumerate(wanted) if own == kind]) for kind in kinds
    ]
    return [
        (places, _engine(samples, at(stack, places), *kind))
        for places, kind in zip(everywhere, kinds, strict=True)
    ]


def _engine(samples: SampleBlocks, stack: Parameters, single: bool, kind: int) -> Engine:
    precision = SINGLE if single else DOUBLE
    if kind == _CENTRED:
        return CentredEngine(samples, stack)
    if is_faster_factored(samples, stack.weights.size, Uses(kind)):
        return FactoredEngine(samples, stack, precision)
    return ExpandedEngine(samples, stack, Uses(kind), precision)


def lost_digits(samples: SampleBlocks, stack: Parameters) -> FloatArray:
    """Return how large the rounding errors of the expanded engine's log-densities are, (S,).

    The parts that cancel in a log-density are about sum_i P_ii x_i^2 large, P being the precision
    matrix; here over all samples, and at the component's own, for the component for which it is
    largest. nan where a covariance is not positive definite.
    """
    squares = np.square(stack.means - samples.centre) + samples.variances
    parts = np.vecdot(diagonals(stack.precisions), squares)
    return np.asarray(EPSILON * parts.max(axis=-1))


def rounding_errors(errors: FloatArray, single: NDArray[np.bool_]) -> FloatArray:
    """Return how large the rounding errors of log-densities were in a pass, (S,).

    0 of the centred engine.

    Args:
        errors: (S,) what `lost_digits` said.
        single: (S,) which mixtures were served in single precision.
    """
    in_double = np.where(errors <= LARGEST_ERROR, errors, 0.0)
    return np.where(single, _COARSER * errors, in_double)


def is_faster_factored(samples: SampleBlocks, n_lines: int, uses: Uses) -> bool:
    """Return whether the factored engine is faster than the expanded one for so many components.

    By nanoseconds for a row, measured for D = 5 to 100 and 1 to 40 components: the expanded engine
    makes the terms and multiplies each with every component, the factored one multiplies the
    features with a matrix for every component.
    """
    n_terms, n_features = count_terms(samples, uses), samples.n_features
    expanded = 2.6 * n_terms + (5.0 + 0.1 * n_terms) * n_lines
    factored = 12.0 * n_features + (20.0 + 2.0 * n_features + 0.04 * n_features**2) * n_lines
    return factored < expanded or n_terms * samples.n_block_rows > _MOST_TERM_NUMBERS
