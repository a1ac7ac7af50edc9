"""gmm_core: Gaussian mixtures by EM, exact and readable; numpy alone.

From samples to a chosen mixture: `fit_cells` iterates EM from many starts to its fixed points,
within each `Family`; `rank` orders the candidates by a criterion.
"""

from gmm_core.climb import climb
from gmm_core.criteria import CRITERIA, EVIDENCE, Score, aic, bic, evidence, icl
from gmm_core.em import e_step, m_step
from gmm_core.families import ALIASES, FAMILIES, Family, resolve
from gmm_core.fit import Fit, Outcome
from gmm_core.grid import Cell, fit_cells
from gmm_core.mixture import Mixture
from gmm_core.samples import SampleBlocks
from gmm_core.seeding import Purpose, generator
from gmm_core.selection import Candidate, adjusted_rand_index, rank
from gmm_core.stack import Moments, Parameters, moments
from gmm_core.starts import KINDS, Start, start, starting_samples
from gmm_core.statistics import Statistics, collect

__version__ = "0.1.0"

__all__ = [
    "ALIASES",
    "CRITERIA",
    "EVIDENCE",
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
    "SampleBlocks",
    "Score",
    "Start",
    "Statistics",
    "adjusted_rand_index",
    "aic",
    "bic",
    "climb",
    "collect",
    "e_step",
    "evidence",
    "fit_cells",
    "generator",
    "icl",
    "m_step",
    "moments",
    "rank",
    "resolve",
    "start",
    "starting_samples",
]
