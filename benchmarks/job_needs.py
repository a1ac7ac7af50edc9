"""What fit jobs use of memory and CPU time, beside what is asked for them.

Other sizes than those to which workflow/scripts/resources.py was fitted. The samples are hard to
cluster: heavy tails, groups that overlap, and another number of them than is fitted. Each job has a
process of its own and one thread.

    PYTHONPATH=.:workflow/scripts python benchmarks/job_needs.py
"""

import os

# Before NumPy is loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measured import RESULTS, cpu_name, print_records, versions, write

from fit import fit_block
from fit_files import write_fits
from fit_jobs import FitJob
from gmm_core import KINDS
from gmm_core.families import resolve
from resources import Climbs, Table, need
from sample_files import read_rows

# N, D, K, families, seeds.
SIZES = (
    (300000, 3, 5, ["EEE", "VVV"], 2),
    (500, 3, 12, ["all"], 10),
    (1000, 60, 4, ["EEE", "VVV"], 10),
    (200000, 1, 6, ["E", "V"], 3),
    (50000, 20, 7, ["VVI"], 3),
    (30000, 5, 8, ["EEE", "VVI", "VVV"], 3),
    (100000, 30, 3, ["VVV"], 2),
    (5000, 8, 6, ["all"], 5),
    (1500, 15, 10, ["all"], 3),
    (7000, 2, 12, ["all"], 4),
)
MAX_ITERATIONS = 1000
# MB of the two Snakemakes that a node of a Slurm cluster runs beside the script.
SNAKEMAKE_MB = 350


def draw(n_samples: int, n_features: int, path: Path) -> None:
    """Write samples of seven groups of Student's t with six degrees of freedom."""
    random = np.random.default_rng(n_samples + n_features)
    means = 2.0 * random.normal(size=(7, n_features))
    group = random.integers(7, size=n_samples)
    samples = random.standard_t(6, size=(n_samples, n_features))
    np.save(path, means[group] + samples * (1.0 + 0.3 * group[:, np.newaxis]))


def fit(path: Path, n_components: int, families: list[str], n_seeds: int) -> dict[str, float]:
    """Do what a fit job does; return its CPU seconds, its peak memory (MB) and iterations."""
    em = {"tolerance": 1e-8, "max_iterations": MAX_ITERATIONS, "accelerate": True}
    options = {"seed": 1, "families": families, "starts": [*KINDS], "em": em}
    job = FitJob(n_components, 0, n_seeds - 1)
    cells = fit_block(read_rows(path), None, job, options, None)
    write_fits(cells, path.with_suffix(".npz"), {})
    return {
        "seconds": time.process_time(),
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "iterations": float(np.mean([cell.fit.n_iterations for cell in cells])),
    }


def measured(size: tuple[Any, ...], folder: Path) -> dict[str, Any]:
    """Return what a job of a size used and what would be asked for it."""
    n_samples, n_features, n_components, families, n_seeds = size
    path = folder / "samples.npy"
    draw(n_samples, n_features, path)
    command = [sys.executable, __file__, str(path), json.dumps(size[2:])]
    used = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    n_climbs = n_seeds * len(resolve(families, n_features))
    climbs = [Climbs(n_components, n_climbs)]
    asked = need(Table(n_samples, n_features), climbs, MAX_ITERATIONS)
    # A thousand such jobs take more than the least that is asked for.
    thousand = need(Table(n_samples, n_features), 1000 * climbs, MAX_ITERATIONS)
    seconds = 60 * thousand.minutes / 1000
    return {
        "N": n_samples,
        "D": n_features,
        "K": n_components,
        "climbs": n_climbs,
        **used,
        "estimated seconds": seconds,
        "asked minutes": asked.minutes,
        "asked mb": asked.mem_mb,
        "time ratio": seconds / used["seconds"],
        "memory ratio": asked.mem_mb / (SNAKEMAKE_MB + used["mb"]),
    }


def main() -> None:
    """Measure, print each, and write."""
    with tempfile.TemporaryDirectory() as folder:
        records = []
        for size in SIZES:
            records.append(measured(size, Path(folder)))
            print_records(records[-1:])
    machine = {"cpu": cpu_name(), "versions": versions(["numpy"])}
    write(RESULTS / "job_needs.json", {**machine, "jobs": records})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(fit(Path(sys.argv[1]), *json.loads(sys.argv[2]))))
    else:
        main()
