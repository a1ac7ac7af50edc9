"""Criteria for the choice among fits: lower is better, for every one of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from gmm_core.mixture import FloatArray

_NAN = float("nan")
# log log N has to be above 0, or parameters would be a gain.
_FEWEST_FOR_HQC = 3


class Score(NamedTuple):
    """What the criteria need to know of a fit.

    log_likelihood: total over the samples.
    n_parameters: free parameters of the mixture.
    n_samples: N, the total weight of the samples: their number if each stands for itself.
    log_max_responsibility: weighted sum over the samples of log max_k r_nk; 0 if all are certain.
    entropy: - weighted sum over samples and components of r_nk log r_nk; 0 if all are certain.
    n_components: K.
    log_likelihood_of_one: that of one component of the same family; nan if it is not known.
    """

    log_likelihood: float
    n_parameters: int
    n_samples: float
    log_max_responsibility: float = 0.0
    entropy: float = 0.0
    n_components: int = 1
    log_likelihood_of_one: float = _NAN


def bic(score: Score) -> float:
    """Bayesian information criterion, -2 log L + p log N (Schwarz 1978); mclust's, negated."""
    return _penalised(score, math.log(score.n_samples))


def aic(score: Score) -> float:
    """Akaike's information criterion, -2 log L + 2 p (Akaike 1974)."""
    return _penalised(score, 2.0)


def icl(score: Score) -> float:
    """Integrated completed likelihood: the BIC, and twice what the best labels leave uncertain.

    BIC - 2 sum_n log max_k r_nk (Biernacki, Celeux & Govaert 2000): it asks for components that
    are apart.
    """
    return bic(score) - 2.0 * score.log_max_responsibility


def aicc(score: Score) -> float:
    """AIC corrected for few samples, AIC + 2 p (p + 1) / (N - p - 1) (Hurvich & Tsai 1989).

    nan without more samples than p + 1.
    """
    p, left = score.n_parameters, score.n_samples - score.n_parameters - 1
    return aic(score) + 2.0 * p * (p + 1) / left if left > 0 else _NAN


def hqc(score: Score) -> float:
    """Hannan and Quinn's criterion, -2 log L + 2 p log log N (1979); nan for N < 3."""
    if score.n_samples < _FEWEST_FOR_HQC:
        return _NAN
    return _penalised(score, 2.0 * math.log(math.log(score.n_samples)))


def caic(score: Score) -> float:
    """Consistent AIC, -2 log L + p (log N + 1) (Bozdogan 1987)."""
    return _penalised(score, math.log(score.n_samples) + 1.0)


def sabic(score: Score) -> float:
    """BIC adjusted for the sample size, -2 log L + p log((N + 2) / 24) (Sclove 1987)."""
    return _penalised(score, math.log((score.n_samples + 2.0) / 24.0))


def clc(score: Score) -> float:
    """Classification likelihood criterion, -2 log L + 2 E with E the labels' entropy.

    Biernacki & Govaert (1997); it does not count parameters.
    """
    return -2.0 * score.log_likelihood + 2.0 * score.entropy


def nec(score: Score) -> float:
    """Normalised entropy criterion, E / (log L - log L of one component); 1 for one component.

    Celeux & Soromenho (1996), and for one component Biernacki, Celeux & Govaert (1999): several
    components are better than one if it is below 1. nan where log L is no higher than that of one
    component, or that is not known.
    """
    if score.n_components == 1:
        return 1.0
    gain = score.log_likelihood - score.log_likelihood_of_one
    return score.entropy / gain if gain > 0.0 else _NAN


CRITERIA: Mapping[str, Callable[[Score], float]] = MappingProxyType(
    {
        "bic": bic,
        "aic": aic,
        "icl": icl,
        "aicc": aicc,
        "hqc": hqc,
        "caic": caic,
        "sabic": sabic,
        "clc": clc,
        "nec": nec,
    }
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


def bic_weights(bics: Sequence[float]) -> FloatArray:
    """Return each candidate's share of exp(-BIC / 2), (M,): they sum to 1.

    With equal prior weights they approximate the candidates' posterior probabilities (Kass &
    Raftery 1995). Taken relative to the lowest BIC, so that nothing overflows.

    Args:
        bics: M finite values of the BIC, at least one.
    """
    differences = np.asarray(bics, dtype=np.float64)
    shares = np.exp(-0.5 * (differences - differences.min()))
    return np.asarray(shares / shares.sum())


def _penalised(score: Score, penalty: float) -> float:
    """Return -2 log L + p * penalty."""
    return -2.0 * score.log_likelihood + score.n_parameters * penalty
