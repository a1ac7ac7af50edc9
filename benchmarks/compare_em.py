"""One EM iteration of gmm_core and of scikit-learn side by side: ratios of CPU time.

Both climb from the same parameters for the same number of iterations, in turns, in one process; the
log-likelihoods must agree. Run it as `make bench`.
"""

import statistics
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from gmm_core import FAMILIES, Mixture, Moments, climb

# (samples, features, components, iterations)
WORKLOADS = (
    (2_000, 5, 3, 50),
    (10_000, 2, 5, 30),
    (100_000, 2, 10, 5),
    (100_000, 10, 10, 3),
)
COVARIANCE_TYPES = {"VVV": "full", "EEE": "tied", "VVI": "diag", "VII": "spherical"}
ROUNDS = 5


def main() -> None:
    """Print a table: a line for each workload and family."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("scikit-learn's CPU time over gmm_core's: one start, and ten together, per start")
    print("       N   D   K  family     one     ten   difference of log L")
    for n_samples, n_features, n_components, n_iterations in WORKLOADS:
        samples, start = problem(n_samples, n_features, n_components)
        for family in COVARIANCE_TYPES:
            one, ten, difference = compare(samples, start, family, n_iterations)
            print(
                f"{n_samples:>8} {n_features:>3} {n_components:>3} {family:>7} "
                f"{one:>7.2f} {ten:>7.2f} {difference:>20.1e}"
            )


def problem(n_samples: int, n_features: int, n_components: int) -> tuple[np.ndarray, Mixture]:
    """Return samples (N, D) of overlapping components, and parameters to begin with."""
    random = np.random.default_rng(n_samples + n_features)
    means = 3.0 * random.normal(size=(n_components, n_features))
    labels = random.integers(n_components, size=n_samples)
    samples = means[labels] + random.normal(size=(n_samples, n_features))
    unit = np.broadcast_to(np.eye(n_features), (n_components, n_features, n_features))
    weights = np.full(n_components, 1.0 / n_components)
    return samples, Mixture(weights, samples[:n_components], unit)


def compare(
    samples: np.ndarray, start: Mixture, family: str, n_iterations: int
) -> tuple[float, float, float]:
    """Return the ratios of CPU time for one start and for ten, and the relative difference."""
    counts = len(samples) * start.weights
    moments = Moments(counts, start.means, counts[:, None, None] * start.covariances)
    peer, one, ten = [], [], []
    for _ in range(ROUNDS):
        seconds, theirs = timed(lambda: peer_log_likelihood(samples, start, family, n_iterations))
        peer.append(seconds)
        for n_starts, times in ((1, one), (10, ten)):
            stack = Moments(*(np.stack([array] * n_starts) for array in moments))
            seconds, fits = timed(
                lambda stack=stack, n=n_starts: climb(
                    samples,
                    stack,
                    [FAMILIES[family]] * n,
                    tolerance=1e-300,
                    max_iterations=n_iterations,
                )
            )
            times.append(seconds / n_starts)
    difference = abs(fits[0].log_likelihood / theirs - 1.0)
    base = statistics.median(peer)
    return base / statistics.median(one), base / statistics.median(ten), difference


def peer_log_likelihood(
    samples: np.ndarray, start: Mixture, family: str, n_iterations: int
) -> float:
    """Return the log-likelihood that scikit-learn reaches from the same parameters."""
    kind = COVARIANCE_TYPES[family]
    identity = {
        "full": np.broadcast_to(np.eye(start.n_features), start.covariances.shape),
        "tied": np.eye(start.n_features),
        "diag": np.ones_like(start.means),
        "spherical": np.ones(start.n_components),
    }
    model = GaussianMixture(
        start.n_components,
        covariance_type=kind,
        reg_covar=0.0,
        tol=0.0,
        max_iter=n_iterations,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=identity[kind],
    )
    return float(model.fit(samples).score(samples) * len(samples))


def timed(task):
    """Return the CPU seconds of a task, and its result."""
    begin = time.process_time()
    result = task()
    return time.process_time() - begin, result


if __name__ == "__main__":
    main()
