"""Which kinds of start find the best optimum: the share of the seeds of each kind that do.

The shipped data sets, and five drawn from mixtures whose components overlap ever more. The best is
the highest log-likelihood of all kinds together whose components all have more samples than
features; a seed found it if it came within the tolerance of "the same optimum". The mean over
candidates (families, and numbers of components about the likely one), and in brackets the share
of the candidates for which the kind found it at all.

    PYTHONPATH=. python benchmarks/start_kinds.py
"""

import os

# Before NumPy is loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import csv
from pathlib import Path

import numpy as np
from measured import RESULTS, print_table, versions, write

from gmm_core import KINDS, Mixture, fit_cells, resolve
from gmm_core.candidates import same_optimum
from gmm_core.repair import is_sound

DATA = Path(__file__).parents[1] / "data"
# name: (file, columns, numbers of components)
SHIPPED = {
    "old_faithful": ("old_faithful.csv", slice(0, 2), (2, 3, 4)),
    "old_faithful_waiting": ("old_faithful.csv", slice(1, 2), (2, 3, 4)),
    "iris": ("iris.csv", slice(0, 4), (2, 3, 4)),
}
# (D, standard deviation of the six means; that of a component is about 1)
DRAWN = ((2, 5.0), (3, 3.0), (4, 2.0), (2, 1.5), (3, 1.0))
FAMILIES = {1: ("E", "V"), 2: ("VII", "VVI", "EEE", "VVV")}


def read(file: str, columns: slice) -> np.ndarray:
    """Return columns of a shipped table."""
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    return np.array([[float(text) for text in row[columns]] for row in rows])


def draw(n_features: int, spread: float, seed: int) -> np.ndarray:
    """Return 1,000 samples of six components."""
    random = np.random.default_rng(seed)
    roots = random.normal(size=(6, n_features, n_features)) / np.sqrt(n_features)
    mixture = Mixture(
        random.dirichlet(np.full(6, 5.0)),
        spread * random.normal(size=(6, n_features)),
        roots @ np.swapaxes(roots, -1, -2) + 0.1 * np.eye(n_features),
    )
    return mixture.draw(1000, random)[0]


def shares(samples: np.ndarray, sizes: tuple[int, ...], n_seeds: int) -> dict[str, list[float]]:
    """Return for each kind the share of its seeds that found the best, per candidate."""
    n_features = samples.shape[1]
    families = resolve(FAMILIES[min(n_features, 2)], n_features)
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for size in sizes:
        cells = [
            cell
            for kind in KINDS
            for cell in fit_cells(
                samples,
                size,
                families,
                range(n_seeds),
                seed=1,
                tolerance=1e-8,
                max_iterations=3000,
                start_kinds=[kind],
            )
        ]
        for family in families:
            sound = [cell for cell in cells if cell.family == family.name and is_sound(cell)]
            best = max(cell.fit.log_likelihood for cell in sound)
            for kind in KINDS:
                reached = [c.fit.log_likelihood for c in sound if c.start == kind]
                found[kind].append(sum(same_optimum(reached, best, len(samples))) / n_seeds)
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Which kinds of start find the best optimum.")
    parser.add_argument("--seeds", type=int, default=12, help="seeds of each kind (12)")
    parser.add_argument("--output", type=Path, default=RESULTS / "start_kinds.json")
    chosen = parser.parse_args()
    tables = {name: (read(*table[:2]), table[2]) for name, table in SHIPPED.items()}
    for number, (n_features, spread) in enumerate(DRAWN):
        tables[f"D = {n_features}, spread {spread:g}"] = (draw(n_features, spread, number), (5, 6))
    found = {name: shares(*table, chosen.seeds) for name, table in tables.items()}
    rows = [[name, *(summary(kinds[kind]) for kind in KINDS)] for name, kinds in found.items()]
    together = {
        kind: [share for kinds in found.values() for share in kinds[kind]] for kind in KINDS
    }
    rows.append(["all", *(summary(together[kind]) for kind in KINDS)])
    print_table(["", *KINDS], rows)
    results = {"versions": versions(["numpy"]), "n_seeds": chosen.seeds, "shares": found}
    write(chosen.output, results)


def summary(shares: list[float]) -> str:
    """Return the mean share, and the share of those that are not 0."""
    return f"{np.mean(shares):.2f} ({np.mean(np.array(shares) > 0.0):.2f})"


if __name__ == "__main__":
    main()
