"""EM's two steps.

Each sample has an unobserved label, the component that it came from. The E-step computes the
labels' probabilities (responsibilities) from the parameters, the M-step the parameters from the
responsibilities; neither ever lowers the likelihood (Dempster, Laird & Rubin 1977). `climb`
alternates them, with the E-step's sums from `collect` and the M-step of `maximise`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.families import Family
from gmm_core.mixture import FloatArray, Mixture, as_samples
from gmm_core.stack import Moments, Parameters, moments


def e_step(
    samples: ArrayLike, mixture: Mixture, weights: ArrayLike = 1.0
) -> tuple[float, FloatArray]:
    """Return the log-likelihood and the responsibilities.

    Args:
        samples: (N, D).
        mixture: K components.
        weights: (N,) how many samples each one stands for.

    Returns:
        The sum over the samples of weight * log-density; the responsibilities (N, K), which no
        weight changes.
    """
    log_likelihood = (np.asarray(weights) * mixture.log_density(samples)).sum()
    return float(log_likelihood), mixture.responsibilities(samples)


def m_step(
    samples: ArrayLike, responsibilities: ArrayLike, family: Family, weights: ArrayLike = 1.0
) -> Mixture:
    """Return the mixture of a family that maximises the expected log-likelihood.

    Args:
        samples: (N, D).
        responsibilities: (N, K), rows that sum to 1.
        family: the constraint on the covariances.
        weights: (N,) how many samples each one stands for.

    Raises:
        ValueError: shapes that do not fit, or a component whose covariance is singular.
    """
    rows, shares = as_samples(samples), np.asarray(responsibilities, dtype=np.float64)
    if shares.ndim != 2 or len(shares) != len(rows):
        raise ValueError(
            f"responsibilities: expected shape ({len(rows)}, n_components), got {shares.shape}"
        )
    summed = moments(rows, shares.T * np.asarray(weights))
    if not (summed.counts > 0.0).all():
        raise ValueError(f"responsibilities: a component has none: {summed.counts.tolist()}")
    shape = summed.scatters.shape
    covariances = family.constrain(summed.counts[None], summed.scatters[None], None).reshape(shape)
    return Mixture(summed.counts / summed.counts.sum(), summed.means, covariances)


def maximise(
    summed: Moments,
    so_far: Parameters | None,
    families: Sequence[Family],
    kinds: NDArray[np.intp],
) -> Parameters:
    """Do the M-step of every mixture of a stack, those of one family together.

    Args:
        summed: moments of S mixtures.
        so_far: their parameters, or None at a start.
        families, kinds: families, and which of them each mixture is of, (S,).

    Returns:
        The parameters; nan in covariances for which there are no samples.
    """
    weights = summed.counts / summed.counts.sum(axis=-1, keepdims=True)
    before = None if so_far is None else so_far.covariances
    # A component without samples has no covariance, and the precision of a very narrow one may be
    # too large for a number: both are judged as collapsed.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if len(families) == 1:
            covariances = families[0].constrain(summed.counts, summed.scatters, before)
        else:
            covariances = np.empty_like(summed.scatters)
            for kind, family in enumerate(families):
                places = kinds == kind
                covariances[places] = family.constrain(
                    summed.counts[places],
                    summed.scatters[places],
                    None if before is None else before[places],
                )
        return Parameters.of(weights, summed.means, covariances)
