"""gmm_core: Gaussian mixtures by EM, exact and readable; numpy alone.

From samples to a chosen mixture: `fit_cells` iterates EM from many starts to its fixed points,
within each `Family`; `repair` starts again where a search stopped short; `rank` orders the
candidates by a criterion and audits the choice. `resample`, `group_stability` and `compare_sizes`
say how far the choice depends on the samples at hand.
"""

from gmm_core.bootstrap import Effort, SizeTest, compare_sizes, fit_grid
from gmm_core.candidates import Candidate, Optimum, Replication
from gmm_core.climb import climb
from gmm_core.criteria import (
    CRITERIA,
    EVIDENCE,
    Score,
    aic,
    aicc,
    bic,
    bic_weights,
    caic,
    clc,
    evidence,
    hqc,
    icl,
    nec,
    sabic,
)
from gmm_core.em import e_step, m_step
from gmm_core.families import ALIASES, FAMILIES, Family, resolve
from gmm_core.fit import Fit, Outcome
from gmm_core.grid import Cell, fit_cells
from gmm_core.mixture import Mixture
from gmm_core.nesting import Key, Violation, contains, violations
from gmm_core.repair import repair
from gmm_core.resampling import resample, resample_weights
from gmm_core.samples import SampleBlocks, total_weight
from gmm_core.seeding import Purpose, generator
from gmm_core.selection import Choice, Edge, Repair, Selection, adjusted_rand_index, rank
from gmm_core.spurious import SpuriousRules
from gmm_core.stability import (
    contingencies,
    group_stability,
    sample_stability,
    similarities,
)
from gmm_core.stack import Moments, Parameters, moments
from gmm_core.starting_samples import starting_samples
from gmm_core.starts import KINDS, Start, start
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
    "Choice",
    "Edge",
    "Effort",
    "Family",
    "Fit",
    "Key",
    "Mixture",
    "Moments",
    "Optimum",
    "Outcome",
    "Parameters",
    "Purpose",
    "Repair",
    "Replication",
    "SampleBlocks",
    "Score",
    "Selection",
    "SizeTest",
    "SpuriousRules",
    "Start",
    "Statistics",
    "Violation",
    "adjusted_rand_index",
    "aic",
    "aicc",
    "bic",
    "bic_weights",
    "caic",
    "clc",
    "climb",
    "collect",
    "compare_sizes",
    "contains",
    "contingencies",
    "e_step",
    "evidence",
    "fit_cells",
    "fit_grid",
    "generator",
    "group_stability",
    "hqc",
    "icl",
    "m_step",
    "moments",
    "nec",
    "rank",
    "repair",
    "resample",
    "resample_weights",
    "resolve",
    "sabic",
    "sample_stability",
    "similarities",
    "start",
    "starting_samples",
    "total_weight",
    "violations",
]
