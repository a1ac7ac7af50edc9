"""One EM iteration side by side: gmm_core, scikit-learn, scikit-learn-intelex (oneDAL), mclust.

Everyone climbs the same samples from the same parameters for the same number of iterations n, on
one BLAS thread. All take turns within a round, and what counts is the median of the rounds. A
timing repeats the n iterations until it has lasted `SECONDS`; the log-likelihoods after them must
agree to 1e-9, or the script fails.

What is charged for n iterations:
    scikit-learn: n of its own E- and M-steps and nothing else.
    oneDAL: one call of `daal4py.em_gmm`.
    mclust: one call of its `em` in R, without the start of R and the reading of the samples.
    gmm_core: everything that it does with an array of samples: `SampleBlocks`, the start's M-step,
        n + 1 passes (its trace ends with the log-likelihood that the last M-step reached) and the
        pass for the ICL at the end. Ten starts are ten times the same one, for the time of one.

The peers' functions need none of the last pass, so that the ratios are a little too low where n is
small. oneDAL and mclust end early at a numerical fixed point; they are charged for the iterations
that they did.

Beside the time: by how much the peak of the resident memory grows once the samples are there and
the modules imported, each in a process of its own; and how much of the machine's speed in matrix
products a pass reaches.

    make bench, or PYTHONPATH=. python benchmarks/em_iterations.py --quick
"""

import os

# Before NumPy is loaded: everyone computes on one BLAS thread.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from implementations import (
    SKLEARN_TYPES,
    Implementation,
    Problem,
    ask_mclust,
    draw,
    implementations,
    repeated,
)
from measured import RESULTS, cpu_name, print_records, print_table, short, versions, write
from passes import measure_passes
from peak_memory import measure_memory
from threadpoolctl import threadpool_info

# (N, D, K)
WORKLOADS = "2k,5,3; 10k,2,5; 100k,2,10; 100k,10,10; 1M,4,8; 20k,50,10"
MEMORY_WORKLOAD = "1M,4,8"
QUICK_WORKLOADS = "2k,5,3; 10k,2,5"
QUICK_MEMORY_WORKLOAD = "200k,4,8"
# A timing lasts at least so long.
SECONDS, QUICK_SECONDS = 0.3, 0.05
# Relative, between log-likelihoods.
AGREEMENT = 1e-9


def parsed_workloads(text: str) -> list[tuple[int, int, int]]:
    """Return the (N, D, K) of a text like "10k,2,5; 1M,4,8"."""
    units = {"k": 1_000, "M": 1_000_000}
    sizes = []
    for workload in text.split(";"):
        n_samples, n_features, n_components = (part.strip() for part in workload.split(","))
        unit = units.get(n_samples[-1], 1)
        count = int(n_samples.rstrip("kM")) * unit
        sizes.append((count, int(n_features), int(n_components)))
    return sizes


def compare(
    problem: Problem,
    family: str,
    available: Sequence[Implementation],
    n_rounds: int,
    seconds: float,
) -> list[dict[str, Any]]:
    """Return a record for each implementation that offers the family: medians of the rounds."""
    available = [each for each in available if family in each.families]
    cpu: dict[Implementation, list[float]] = {each: [] for each in available}
    wall: dict[Implementation, list[float]] = {each: [] for each in available}
    reached: dict[Implementation, float] = {}
    for _ in range(n_rounds):
        for each in available:
            timings = repeated(partial(each.run, problem, family, problem.n_iterations), seconds)
            n_done = sum(timing.n_iterations for timing in timings) * each.n_starts
            cpu[each].append(1e3 * sum(timing.cpu for timing in timings) / n_done)
            wall[each].append(1e3 * sum(timing.wall for timing in timings) / n_done)
            if each not in reached:
                reached[each] = timings[0].log_likelihood()
    check_agreement(problem, family, reached)
    return [
        {
            **problem.sizes,
            "family": family,
            **each.names,
            "n_iterations": problem.n_iterations,
            "cpu_ms": median(cpu[each]),
            "wall_ms": median(wall[each]),
            "cpu_ms_of_rounds": cpu[each],
            "log_likelihood": reached[each],
        }
        for each in available
    ]


def check_agreement(problem: Problem, family: str, reached: dict[Implementation, float]) -> None:
    """End the script if log-likelihoods differ."""
    own = next(value for each, value in reached.items() if each.name == "gmm_core")
    for each, log_likelihood in reached.items():
        if not abs(log_likelihood / own - 1.0) <= AGREEMENT:
            raise SystemExit(
                f"{problem.label}, {family}: after {problem.n_iterations} iterations {each.label} "
                f"is at the log-likelihood {log_likelihood!r}, gmm_core at {own!r}"
            )


def blas_libraries() -> list[str]:
    """Return the BLAS libraries that are loaded; end the script if one has several threads."""
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    if any(library["num_threads"] != 1 for library in libraries):
        raise SystemExit("BLAS has more than one thread")
    parts = ("internal_api", "version", "architecture")
    return sorted({" ".join(str(library.get(part, "")) for part in parts) for library in libraries})


def print_times(
    records: Sequence[dict[str, Any]], n_threads: int, unit: str, peers: Sequence[str]
) -> None:
    """Print a line for each workload and family: what an iteration takes, and ratios."""
    cells: dict[tuple[Any, ...], dict[tuple[str, int], float]] = {}
    for record in records:
        if record["n_threads"] == n_threads:
            names = ("n_features", "n_components", "family", "n_iterations")
            key = (short(record["n_samples"]), *(record[name] for name in names))
            cell = cells.setdefault(key, {})
            cell[record["implementation"], record["n_starts"]] = record[unit]
    header = ["N", "D", "K", "family", "n", "one", "ten"]
    for peer in peers:
        header += [peer, "/one", "/ten"]
    rows = []
    for key, cell in cells.items():
        ours = [cell["gmm_core", 1], cell["gmm_core", 10]]
        row = [*key, *ours]
        for peer in peers:
            spent = cell.get((peer, 1))
            row += [spent, *(spent and spent / own for own in ours)]
        rows.append(row)
    print_table(header, rows)


def print_results(results: dict[str, Any]) -> None:
    """Print everything that was measured."""
    records = results["iterations"]
    print(
        "\nOne EM iteration on one thread: CPU time in ms. Of gmm_core for one start, and for ten"
    )
    print("together, per start; of each peer, and that over gmm_core's; n: iterations\n")
    print_times(records, 1, "cpu_ms", ["scikit-learn", "oneDAL", "mclust"])
    print("\nTwo threads: wall time in ms\n")
    print_times(records, 2, "wall_ms", ["oneDAL"])
    print("\nTwo threads: CPU time in ms\n")
    print_times(records, 2, "cpu_ms", ["oneDAL"])
    print("\nOne pass of gmm_core, CPU time per start in double and single precision, beside the")
    print("product of two 1000 x 1000 matrices\n")
    print_records(results["passes"])
    print("\nGrowth of the peak resident memory beyond the samples\n")
    print_records(results["memory"])
    print(f"\n{results['cpu']}; {', '.join(results['blas'])}, one thread")
    print(", ".join(f"{name} {number}" for name, number in results["versions"].items()))
    for name, reason in results["not_measured"].items():
        print(f"not measured: {name}: {reason}")


def options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description="One EM iteration side by side.")
    parser.add_argument("--rounds", type=int, help="rounds of which the median counts (5)")
    parser.add_argument("--workloads", help=f'N,D,K of each ("{WORKLOADS}")')
    parser.add_argument("--quick", action="store_true", help="two small ones, one short round")
    parser.add_argument(
        "--output", type=Path, help="file of results; with other options by default none"
    )
    chosen = parser.parse_args()
    if chosen.output is None and not (chosen.quick or chosen.workloads or chosen.rounds):
        chosen.output = RESULTS / "em_iterations.json"
    chosen.rounds = chosen.rounds or (1 if chosen.quick else 5)
    chosen.workloads = chosen.workloads or (QUICK_WORKLOADS if chosen.quick else WORKLOADS)
    return chosen


def main() -> None:
    """Measure, print, write."""
    chosen = options()
    blas = blas_libraries()
    everyone = implementations()
    available = [each for each in everyone if not each.missing]
    seconds = QUICK_SECONDS if chosen.quick else SECONDS
    (memory_sizes,) = parsed_workloads(QUICK_MEMORY_WORKLOAD if chosen.quick else MEMORY_WORKLOAD)
    memory = measure_memory(memory_sizes, available)
    iterations, passes = [], []
    for sizes in parsed_workloads(chosen.workloads):
        problem = draw(*sizes)
        for family in SKLEARN_TYPES:
            print(f"{problem.label}, {family} ...", file=sys.stderr, flush=True)
            iterations += compare(problem, family, available, chosen.rounds, seconds)
        passes += measure_passes(problem, chosen.rounds, seconds)
    known = versions(["numpy", "scipy", "scikit-learn", "scikit-learn-intelex"])
    if any(each.name == "mclust" for each in available):
        known["mclust"] = ask_mclust(draw(100, 2, 1), 1)[0]
    results = {
        "cpu": cpu_name(),
        "versions": known,
        "blas": blas,
        "n_rounds": chosen.rounds,
        "not_measured": {each.name: each.missing for each in everyone if each.missing},
        "iterations": iterations,
        "passes": passes,
        "memory": memory,
    }
    print_results(results)
    if chosen.output:
        write(chosen.output, results)


if __name__ == "__main__":
    main()
