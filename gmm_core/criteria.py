"""Criteria for the choice among fits: lower is better, for every one of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np


class Score(NamedTuple):
    """What the criteria need to know of a fit.

    log_likelihood: total over the samples.
    n_parameters: free parameters of the mixture.
    n_samples: N.
    log_max_responsibility: sum over the samples of log max_k r_nk; 0 if all are certain.
    """

    log_likelihood: float
    n_parameters: int
    n_samples: int
    log_max_responsibility: float


def bic(score: Score) -> float:
    """Bayesian information criterion, -2 log L + p log N (Schwarz 1978); mclust's, negated."""
    penalty = score.n_parameters * float(np.log(score.n_samples))
    return -2.0 * score.log_likelihood + penalty


def aic(score: Score) -> float:
    """Akaike's information criterion, -2 log L + 2 p (Akaike 1974)."""
    return -2.0 * score.log_likelihood + 2.0 * score.n_parameters


def icl(score: Score) -> float:
    """Integrated completed likelihood: the BIC, and twice what the best labels leave uncertain.

    BIC - 2 sum_n log max_k r_nk (Biernacki, Celeux & Govaert 2000): it asks for components that
    are apart.
    """
    return bic(score) - 2.0 * score.log_max_responsibility


CRITERIA: Mapping[str, Callable[[Score], float]] = MappingProxyType(
    {"bic": bic, "aic": aic, "icl": icl}
)
"""Every criterion by its name in the configuration and the files."""

EVIDENCE: tuple[tuple[float, str], ...] = (
    (0.0, "hardly any"),
    (2.0, "positive"),
    (6.0, "strong"),
    (10.0, "very strong"),
)
"""From which difference of BIC on how strong the evidence is (Kass & Raftery 1995, section 3.2)."""


def evidence(bic_difference: float) -> str:
    """Return how strongly a difference of BIC speaks for the candidate with the lower one.

    Raises:
        ValueError: the difference is negative or nan.
    """
    if not bic_difference >= 0.0:
        raise ValueError(f"bic_difference: expected a number >= 0, got {bic_difference}")
    return next(word for least, word in reversed(EVIDENCE) if bic_difference >= least)
