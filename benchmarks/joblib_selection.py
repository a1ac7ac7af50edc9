"""What a scikit-learn user would write: the BIC of full-covariance mixtures, best of some seeds.

    python joblib_selection.py data.csv TOL MOST_COMPONENTS N_SEEDS

prints a JSON object: the number of components to the best BIC.
"""

import json
import sys
import warnings

import numpy as np
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture


def fit(samples: np.ndarray, n_components: int, seed: int, tol: float) -> float:
    """Return the BIC of one fit."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    model = GaussianMixture(
        n_components, covariance_type="full", random_state=seed, tol=tol, max_iter=1000
    )
    return float(model.fit(samples).bic(samples))


if __name__ == "__main__":
    samples = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
    tol, most_components, n_seeds = float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    jobs = [(k, seed) for k in range(1, most_components + 1) for seed in range(n_seeds)]
    found = Parallel(n_jobs=2)(delayed(fit)(samples, k, seed, tol) for k, seed in jobs)
    best: dict[int, float] = {}
    for (k, _), bic in zip(jobs, found, strict=True):
        best[k] = min(best.get(k, np.inf), bic)
    print(json.dumps(best))
