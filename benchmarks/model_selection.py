"""A whole model selection, end to end: gmm-select beside scikit-learn with joblib, on two cores.

Mixtures with full covariances, K = 1 to 10, ten seeds for each, on tables from unit Gaussians: two
whose components lie apart, so that EM takes few steps where it begins well, and one where they
overlap.

    gmm-select: `snakemake --cores 2` on the CSV, from the start of Snakemake to the report.
    scikit-learn: joblib_selection.py on the CSV, at its default tolerance and at 1e-6.

Wall time, and the CPU time of the process and all its descendants; one BLAS thread each; on a
small table of three rounds in turn, the run with the median wall time. What of
gmm-select's CPU time is not EM: all of it less that of the same calls of `fit_cells` (starts
included), which are repeated in this process afterwards on the run's own samples.npy.

    make bench, or PYTHONPATH=. python benchmarks/model_selection.py --quick
"""

import os

# Before NumPy is loaded, and for all processes that this one starts.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import csv
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from implementations import FAR_APART, draw
from measured import RESULTS, cpu_name, print_table, versions, write

from gmm_core import fit_cells, resolve

ROOT = Path(__file__).parents[1]
# The deviation of the means with which components overlap.
OVERLAPPING = 0.6
# (N, D, components drawn from, deviation of their means)
DATASETS = (
    (10_000, 2, 5, FAR_APART),
    (100_000, 10, 10, FAR_APART),
    (100_000, 10, 10, OVERLAPPING),
)
QUICK_DATASETS = ((2_000, 2, 3, FAR_APART),)
TOLERANCES = ("1e-3", "1e-6")
# From this N on there is one round, and fewer seeds may stand for all at the last tolerance.
LARGE = 100_000
ROUNDS = 3
# Relative: a BIC that is higher by more is worse.
WORSE = 1e-6


def spend(command: Sequence[str | Path], folder: Path) -> tuple[dict[str, float], str]:
    """Run a command in a folder; return the seconds it took, and what it wrote."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu}, done.stdout


def write_csv(samples: np.ndarray, path: Path) -> None:
    """Write samples as a table that gives back the same numbers."""
    header = ",".join(f"x{column + 1}" for column in range(samples.shape[1]))
    np.savetxt(path, samples, fmt="%.17g", delimiter=",", header=header, comments="")


def run_all(
    folder: Path, most_components: int, n_seeds: int, n_seeds_last: int | None
) -> list[dict[str, Any]]:
    """Run everyone; at the last of the tolerances with so many seeds, if not with all."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    shutil.rmtree(folder / ".snakemake", ignore_errors=True)
    runs = [run_ours(folder, most_components, n_seeds)]
    for tolerance in TOLERANCES:
        n_run = (tolerance == TOLERANCES[-1] and n_seeds_last) or n_seeds
        runs.append(run_peer(folder, tolerance, most_components, n_seeds, n_run))
    return runs


def median_run(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the run with the median wall time."""
    return sorted(runs, key=lambda run: run["wall_s"])[len(runs) // 2]


def run_ours(folder: Path, most_components: int, n_seeds: int) -> dict[str, Any]:
    """Run the workflow on data.csv in a folder."""
    config = {
        "datasets": {"data": {"file": "data.csv"}},
        "grid": {
            "n_components": {"min": 1, "max": most_components},
            "families": ["VVV"],
            "n_seeds": n_seeds,
        },
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    command += ["--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += ["--configfile", folder / "config.yaml"]
    spent, _ = spend(command, folder)
    results = folder / "results"
    with (results / "data" / "candidates.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["n_components"]))
    em_cpu = repeat_em(results, most_components, n_seeds)
    return {
        "name": "gmm-select",
        "n_seeds": n_seeds,
        "scaled_by": 1.0,
        **spent,
        "em_cpu_s": em_cpu,
        "share_not_em": 1.0 - em_cpu / spent["cpu_s"],
        "log_likelihood": {int(row["n_components"]): float(row["log_likelihood"]) for row in rows},
        "bic": {int(row["n_components"]): float(row["bic"]) for row in rows},
    }


def repeat_em(results: Path, most_components: int, n_seeds: int) -> float:
    """Return the CPU seconds of the fit jobs' calls of `fit_cells`."""
    config = yaml.safe_load((results / "run_config.yaml").read_text(encoding="utf-8"))
    samples = np.load(results / "data" / "samples.npy")
    begin = time.process_time()
    for n_components in range(1, most_components + 1):
        fit_cells(
            samples,
            n_components,
            resolve(["VVV"], samples.shape[1]),
            range(n_seeds),
            seed=config["seed"],
            **config["em"],
        )
    return time.process_time() - begin


def run_peer(
    folder: Path, tolerance: str, most_components: int, n_seeds: int, n_seeds_run: int
) -> dict[str, Any]:
    """Run the joblib script on data.csv in a folder; scale what fewer seeds took to all of them."""
    script = Path(__file__).with_name("joblib_selection.py")
    command = [sys.executable, script, "data.csv", tolerance, str(most_components)]
    spent, written = spend([*command, str(n_seeds_run)], folder)
    scale = n_seeds / n_seeds_run
    return {
        "name": f"scikit-learn, tol {tolerance}",
        "n_seeds": n_seeds_run,
        "scaled_by": scale,
        **{key: scale * seconds for key, seconds in spent.items()},
        "bic": {int(size): bic for size, bic in json.loads(written).items()},
    }


def print_selection(described: dict[str, Any], runs: Sequence[dict[str, Any]]) -> None:
    """Print what the runs on one data set took, and what they found."""
    print(
        "\n{n_samples} x {n_features}, drawn from {n_components} components, "
        "means of deviation {spread}\n".format(**described)
    )
    ours = runs[0]
    print_table(
        ["", "seeds", "wall s", "CPU s", "wall / ours", "CPU / ours"],
        [
            [
                run["name"],
                run["n_seeds"],
                run["wall_s"],
                run["cpu_s"],
                run["wall_s"] / ours["wall_s"],
                run["cpu_s"] / ours["cpu_s"],
            ]
            for run in runs
        ],
    )
    for run in runs:
        if run["scaled_by"] != 1.0:
            print(f"{run['name']}: seconds of {run['n_seeds']} seeds times {run['scaled_by']:g}")
    print(
        f"gmm-select: {ours['em_cpu_s']:.3g} s of its CPU time are EM, "
        f"{100.0 * ours['share_not_em']:.0f} % are not"
    )
    print("\nBIC, lower is better\n")
    print_table(
        ["K", *(run["name"] for run in runs), ""],
        [
            [size, *(f"{run['bic'][size]:.2f}" for run in runs), remark(runs, size)]
            for size in ours["bic"]
        ],
    )


def remark(runs: Sequence[dict[str, Any]], size: int) -> str:
    """Return "worse" if a peer has a lower BIC than the first run."""
    own, *others = (run["bic"][size] for run in runs)
    return "worse" if own - min(others) > WORSE * abs(own) else ""


def options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description="A whole model selection, end to end.")
    parser.add_argument("--quick", action="store_true", help="a small one")
    parser.add_argument(
        "--seeds-at-1e-6",
        type=int,
        metavar="SEEDS",
        help="seeds of scikit-learn at tol 1e-6 on the large data set, scaled to ten (10)",
    )
    parser.add_argument("--output", type=Path, help="file of results; if quick by default none")
    chosen = parser.parse_args()
    if chosen.output is None and not chosen.quick:
        chosen.output = RESULTS / "model_selection.json"
    return chosen


def main() -> None:
    """Measure, print, write."""
    chosen = options()
    most_components, n_seeds = (4, 3) if chosen.quick else (10, 10)
    selections = []
    for sizes in QUICK_DATASETS if chosen.quick else DATASETS:
        problem = draw(*sizes)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_csv(problem.samples, folder / "data.csv")
            large = sizes[0] >= LARGE
            rounds = [
                run_all(folder, most_components, n_seeds, large and chosen.seeds_at_1e_6)
                for _ in range(1 if large or chosen.quick else ROUNDS)
            ]
            runs = [median_run(each) for each in zip(*rounds, strict=True)]
        described = {**problem.sizes, "spread": sizes[-1]}
        print_selection(described, runs)
        selections.append({**described, "runs": runs})
    results = {
        "cpu": cpu_name(),
        "versions": versions(["numpy", "scipy", "scikit-learn", "joblib", "snakemake"]),
        "selections": selections,
    }
    print(f"\n{results['cpu']}")
    print(", ".join(f"{name} {number}" for name, number in results["versions"].items()))
    if chosen.output:
        write(chosen.output, results)


if __name__ == "__main__":
    main()
