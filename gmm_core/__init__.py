"""gmm_core: Gaussian mixtures by EM, exact and readable; numpy alone.

From samples to a chosen mixture: `start` gives a starting point, `climb` iterates EM to a fixed
point within a `Family`, `rank` orders the candidates by a criterion.
"""

from gmm_core.criteria import CRITERIA, Score, aic, bic, icl
from gmm_core.em import Fit, Outcome, climb, e_step, m_step
from gmm_core.families import ALIASES, FAMILIES, Family, resolve
from gmm_core.mixture import Mixture
from gmm_core.seeding import Purpose, generator
from gmm_core.selection import Candidate, Cell, adjusted_rand_index, rank
from gmm_core.starts import KINDS, Start, start
from gmm_core.statistics import Moments, Parameters, Statistics, collect, moments

__all__ = [
    "ALIASES",
    "CRITERIA",
    "FAMILIES",
    "KINDS",
    "Candidate",
    "Cell",
    "Family",
    "Fit",
    "Mixture",
    "Moments",
    "Outcome",
    "Parameters",
    "Purpose",
    "Score",
    "Start",
    "Statistics",
    "adjusted_rand_index",
    "aic",
    "bic",
    "climb",
    "collect",
    "e_step",
    "generator",
    "icl",
    "m_step",
    "moments",
    "rank",
    "resolve",
    "start",
]
