"""Who climbs: gmm_core and its peers, each from the same parameters for the same iterations."""

import gc
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.mixture import GaussianMixture

from gmm_core import FAMILIES, Mixture, Moments, SampleBlocks, Start, climb

try:
    import daal4py
except ImportError:
    daal4py = None

# n is what keeps N K D n near this number, within bounds. Few climbs have fewer iterations, and for
# those their start and end count for more.
WORK, FEWEST_ITERATIONS, MOST_ITERATIONS = 8e7, 20, 60

# With this one no component collapses on any workload.
SEED = 0
# The deviation of the means, where that of the components is 1.
FAR_APART = 3.0
# Threads of an earlier task may still be spinning: let them go to sleep.
REST = 0.05

SKLEARN_TYPES = {"VVV": "full", "EEE": "tied", "VVI": "diag", "VII": "spherical"}
DAAL_STORAGES = {"VVV": "full", "VVI": "diagonal"}
MCLUST = Path(__file__).with_name("mclust_em.R")


@dataclass(frozen=True, eq=False)
class Problem:
    """Samples (N, D), and parameters to begin with."""

    samples: np.ndarray
    n_components: int

    @property
    def sizes(self) -> dict[str, int]:
        """N, D, K by name."""
        n_samples, n_features = self.samples.shape
        return {
            "n_samples": n_samples,
            "n_features": n_features,
            "n_components": self.n_components,
        }

    @property
    def label(self) -> str:
        """The same as text."""
        return "N = {n_samples}, D = {n_features}, K = {n_components}".format(**self.sizes)

    @property
    def n_iterations(self) -> int:
        """How many iterations everyone does."""
        wanted = round(WORK / (self.samples.size * self.n_components))
        return min(max(wanted, FEWEST_ITERATIONS), MOST_ITERATIONS)

    @property
    def weights(self) -> np.ndarray:
        """Equal ones."""
        return np.full(self.n_components, 1.0 / self.n_components)

    @property
    def means(self) -> np.ndarray:
        """The first K samples."""
        return self.samples[: self.n_components].copy()

    @property
    def covariances(self) -> np.ndarray:
        """Identities."""
        n_features = self.samples.shape[1]
        return np.tile(np.eye(n_features), (self.n_components, 1, 1))

    @property
    def moments(self) -> Moments:
        """The moments whose M-step gives these parameters."""
        mixture = Mixture(self.weights, self.means, self.covariances)
        return Start("given", mixture).moments(self.samples)


def draw(n_samples: int, n_features: int, n_components: int, spread: float = FAR_APART) -> Problem:
    """Return samples of unit Gaussians, whose means are drawn from one of a deviation."""
    random = np.random.default_rng(SEED)
    means = spread * random.normal(size=(n_components, n_features))
    samples = means[random.integers(n_components, size=n_samples)]
    samples += random.normal(size=samples.shape)
    return Problem(samples, n_components)


class Timing(NamedTuple):
    """What n iterations took, and what finds the log-likelihood after them."""

    cpu: float
    wall: float
    n_iterations: int
    log_likelihood: Callable[[], float]


@dataclass(frozen=True)
class Implementation:
    """One way to iterate.

    Attributes:
        name: of the library.
        families: that it offers.
        run: does n iterations of a family.
        n_starts, n_threads: how many at once.
        missing: why it cannot be measured here; empty if it can.
    """

    name: str
    families: Sequence[str]
    run: Callable[[Problem, str, int], Timing]
    n_starts: int = 1
    n_threads: int = 1
    missing: str = ""

    @property
    def names(self) -> dict[str, Any]:
        """What tells it from others in a file of results."""
        return {
            "implementation": self.name,
            "n_starts": self.n_starts,
            "n_threads": self.n_threads,
        }

    @property
    def label(self) -> str:
        """The same as text."""
        return f"{self.name} ({self.n_starts} starts, {self.n_threads} threads)"


def timed(task: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the CPU and wall seconds of a task, and its result."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = task()
    return time.process_time() - cpu, time.perf_counter() - wall, result


def repeated(task: Callable[[], Timing], seconds: float) -> list[Timing]:
    """Return the timings of a task that was repeated for so many seconds."""
    gc.collect()
    time.sleep(REST)
    timings = [task()]
    while sum(timing.wall for timing in timings) < seconds:
        timings.append(task())
    return timings


def run_sklearn(problem: Problem, family: str, n_iterations: int) -> Timing:
    """Alternate scikit-learn's own steps."""
    n_samples, n_features, n_components = problem.sizes.values()
    kind = SKLEARN_TYPES[family]
    model = GaussianMixture(n_components, covariance_type=kind, reg_covar=0.0)
    model.weights_, model.means_ = problem.weights, problem.means
    # The Cholesky factors of the precisions: of identities.
    model.precisions_cholesky_ = {
        "full": problem.covariances,
        "tied": np.eye(n_features),
        "diag": np.ones((n_components, n_features)),
        "spherical": np.ones(n_components),
    }[kind]

    def iterate() -> None:
        for _ in range(n_iterations):
            _, log_responsibilities = model._e_step(problem.samples)
            model._m_step(problem.samples, log_responsibilities)

    cpu, wall, _ = timed(iterate)
    return Timing(
        cpu, wall, n_iterations, lambda: float(model._e_step(problem.samples)[0] * n_samples)
    )


def run_daal(problem: Problem, family: str, n_iterations: int, *, n_threads: int) -> Timing:
    """Call oneDAL, whose result says the log-likelihood before the last M-step only."""
    storage = DAAL_STORAGES[family]
    daal4py.daalinit(n_threads)
    algorithm = daal4py.em_gmm(
        nComponents=problem.n_components,
        maxIterations=n_iterations,
        accuracyThreshold=0.0,
        covarianceStorage=storage,
    )
    covariances = list(problem.covariances)
    if storage == "diagonal":
        covariances = [np.diag(covariance)[None].copy() for covariance in covariances]
    arguments = problem.samples, problem.weights[None], problem.means, covariances
    cpu, wall, found = timed(lambda: algorithm.compute(*arguments))

    def log_likelihood() -> float:
        dense = [np.diag(a[0]) if storage == "diagonal" else a for a in found.covariances]
        mixture = Mixture(found.weights[0], found.means, np.array(dense))
        return float(mixture.log_density(problem.samples).sum())

    return Timing(cpu, wall, int(found.nIterations[0, 0]), log_likelihood)


def run_mclust(problem: Problem, _family: str, n_iterations: int) -> Timing:
    """Run the script in R, which times itself."""
    _, cpu, wall, done, log_likelihood, _ = ask_mclust(problem, n_iterations)
    return Timing(float(cpu), float(wall), abs(int(done)), lambda: float(log_likelihood))


def ask_mclust(problem: Problem, n_iterations: int) -> list[str]:
    """Return what the script in R writes."""
    sizes = [str(number) for number in (*problem.sizes.values(), n_iterations)]
    command = ["Rscript", str(MCLUST), *sizes]
    written = subprocess.run(
        command, input=problem.samples.tobytes(), stdout=subprocess.PIPE, check=True
    )
    return written.stdout.decode().splitlines()[-1].split()


def run_ours(
    problem: Problem, family: str, n_iterations: int, *, n_starts: int, n_threads: int
) -> Timing:
    """Climb, from an array of samples on."""
    starts = Moments(*(np.stack([array] * n_starts) for array in problem.moments))

    def iterate() -> Any:
        with ThreadPoolExecutor(n_threads) as pool:
            return climb(
                SampleBlocks(problem.samples),
                starts,
                [FAMILIES[family]] * n_starts,
                tolerance=0.0,  # never at rest
                max_iterations=n_iterations,
                accelerate=False,
                pool=pool if n_threads > 1 else None,
            )

    cpu, wall, fits = timed(iterate)
    if any(fit.n_iterations != n_iterations for fit in fits):
        raise SystemExit(f"gmm_core: {problem.label}, {family}: {fits[0].message}")
    return Timing(cpu, wall, n_iterations, lambda: fits[0].log_likelihood)


def implementations() -> list[Implementation]:
    """Return all of them, peers and ours in turns."""
    ours = [
        Implementation(
            "gmm_core",
            tuple(SKLEARN_TYPES) if n_threads == 1 else ("VVV",),
            partial(run_ours, n_starts=n_starts, n_threads=n_threads),
            n_starts,
            n_threads,
        )
        for n_starts, n_threads in ((1, 1), (10, 1), (1, 2), (10, 2))
    ]
    no_daal = "" if daal4py else "scikit-learn-intelex (daal4py) cannot be imported"
    peers = [
        Implementation("scikit-learn", tuple(SKLEARN_TYPES), run_sklearn),
        Implementation(
            "oneDAL", tuple(DAAL_STORAGES), partial(run_daal, n_threads=1), missing=no_daal
        ),
        Implementation(
            "oneDAL", ("VVV",), partial(run_daal, n_threads=2), n_threads=2, missing=no_daal
        ),
        Implementation("mclust", ("VVV",), run_mclust, missing=why_no_mclust()),
    ]
    return [each for pair in zip(peers, ours, strict=True) for each in pair]


def why_no_mclust() -> str:
    """Return why mclust cannot be measured; empty if it can."""
    if shutil.which("Rscript") is None:
        return "there is no Rscript"
    answer = subprocess.run(
        ["Rscript", "-e", "library(mclust)"], capture_output=True, check=False
    ).returncode
    return "R is without the package mclust" if answer else ""
