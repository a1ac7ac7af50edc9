"""How far from their fixed point climbs end, and what it takes to get there, on overlapping data.

Ten mixtures of full covariances whose components overlap ever more, and samples of each. Everyone
begins from the parameters behind the samples.

    gmm_core: plain EM and with acceleration. Iterations and CPU time to come within 1e-8 a sample
        of the higher of the two ends; and what each had left when it called itself converged.
    scikit-learn: what it has left where it stops, at its default tolerance and at 1e-6.

    make bench, or PYTHONPATH=. python benchmarks/fixed_points.py
"""

import os

# Before NumPy is loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from implementations import timed
from measured import RESULTS, cpu_name, print_records, versions, write
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from gmm_core import FAMILIES, Fit, Mixture, Moments, SampleBlocks, Start, climb

N_SAMPLES = 5000
# (D, K, standard deviation of the means; that of a component is about 1)
PROBLEMS = (
    (1, 2, 2.0),
    (1, 3, 2.5),
    (2, 3, 2.0),
    (2, 4, 1.5),
    (2, 6, 2.0),
    (3, 3, 1.2),
    (3, 5, 1.5),
    (4, 4, 1.0),
    (5, 3, 0.8),
    (8, 4, 0.7),
)
# A climb ends within this much of its fixed point, per sample.
TOLERANCE = 1e-8
MOST_ITERATIONS = 200_000
FAMILY = FAMILIES["VVV"]


def draw(seed: int, n_features: int, n_components: int, spread: float) -> tuple[Mixture, Any]:
    """Return a mixture and samples (N, D) of it."""
    random = np.random.default_rng(seed)
    roots = random.normal(size=(n_components, n_features, n_features)) / np.sqrt(n_features)
    mixture = Mixture(
        random.dirichlet(np.full(n_components, 5.0)),
        spread * random.normal(size=(n_components, n_features)),
        roots @ np.swapaxes(roots, -1, -2) + 0.3 * np.eye(n_features),
    )
    return mixture, mixture.draw(N_SAMPLES, random)[0]


def run(samples: SampleBlocks, start: Moments, **options: Any) -> Fit:
    """Climb from one start."""
    limits = {"tolerance": TOLERANCE, "max_iterations": MOST_ITERATIONS} | options
    return climb(samples, start, [FAMILY], **limits)[0]


def measure(number: int, n_features: int, n_components: int, spread: float) -> dict[str, Any]:
    """Return what both ways took on one problem, and what each had left at its end."""
    mixture, rows = draw(number, n_features, n_components, spread)
    samples = SampleBlocks(rows)
    start = Moments(*(array[None] for array in Start("", mixture).moments(rows)))
    ends = {accelerate: run(samples, start, accelerate=accelerate) for accelerate in (False, True)}
    # The limit itself: plain EM on from wherever it is higher.
    highest = max(ends.values(), key=lambda fit: fit.log_likelihood)
    begin = Moments(*(array[None] for array in Start("", highest.mixture).moments(rows)))
    limit = run(samples, begin, tolerance=1e-12).log_likelihood
    found: dict[str, Any] = {"D": n_features, "K": n_components, "spread": spread}
    for accelerate, name in ((False, "plain"), (True, "accelerated")):
        n_iterations, cpu = reach(samples, start, limit, accelerate=accelerate)
        found[f"{name} iterations"], found[f"{name} CPU s"] = n_iterations, cpu
        found[f"{name} left"] = (limit - ends[accelerate].log_likelihood) / N_SAMPLES
    for tolerance in (1e-3, 1e-6):
        found[f"scikit-learn {tolerance:g} left"] = limit / N_SAMPLES - scikit_learn(
            mixture, rows, tolerance
        )
    return found


def reach(
    samples: SampleBlocks, start: Moments, limit: float, *, accelerate: bool
) -> tuple[int | None, float | None]:
    """Return the iterations and CPU seconds to come close to a limit; None if never close."""
    # A climb may have to go on beyond its end to come so close.
    fit = run(samples, start, accelerate=accelerate, tolerance=TOLERANCE / 100.0)
    near = np.flatnonzero(fit.trace >= limit - TOLERANCE * N_SAMPLES)
    if not near.size:
        return None, None
    options = {"tolerance": 0.0, "max_iterations": int(near[0]), "accelerate": accelerate}
    cpu = min(timed(lambda: run(samples, start, **options))[0] for _ in range(3))
    return int(near[0]), cpu


def scikit_learn(mixture: Mixture, rows: Any, tolerance: float) -> float:
    """Return the mean log-likelihood at which scikit-learn stops."""
    model = GaussianMixture(
        mixture.n_components,
        tol=tolerance,
        max_iter=MOST_ITERATIONS,
        reg_covar=0.0,
        weights_init=mixture.weights / mixture.weights.sum(),
        means_init=mixture.means,
        precisions_init=np.linalg.inv(mixture.covariances),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return float(model.fit(rows).score(rows))


def ratios(records: list[dict[str, Any]], unit: str) -> tuple[float, float]:
    """Return the geometric mean and the largest of accelerated over plain."""
    logs = [
        np.log(record[f"accelerated {unit}"] / record[f"plain {unit}"])
        for record in records
        if record[f"plain {unit}"] and record[f"accelerated {unit}"]
    ]
    return float(np.exp(np.mean(logs))), float(np.exp(max(logs)))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="What it takes to reach a fixed point.")
    parser.add_argument("--output", type=Path, default=RESULTS / "fixed_points.json")
    chosen = parser.parse_args()
    records = [measure(number, *problem) for number, problem in enumerate(PROBLEMS)]
    print(f"\n{N_SAMPLES} samples each; left: log-likelihood per sample below the fixed point\n")
    print_records(records)
    for unit in ("iterations", "CPU s"):
        mean, worst = ratios(records, unit)
        print(f"{unit}, accelerated over plain: geometric mean {mean:.3f}, worst {worst:.2f}")
    packages = versions(["numpy", "scikit-learn"])
    write(chosen.output, {"cpu": cpu_name(), "versions": packages, "problems": records})


if __name__ == "__main__":
    main()
