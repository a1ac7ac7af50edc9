"""Data that need not fit into memory: time and peak memory of EM from a file, and of reading a CSV.

    EM: iterations for a mixture with full covariances on samples.npy, read in blocks, in a process
    of its own for one thread and for two. The statistics of a pass have the same bits on one, two
    and four threads, from the file and from memory, or the script fails.
    CSV: the function of the rule `ingest`, from the file to samples.npy.

Peak memory is by how much the resident memory grows once everything is imported.

    make bench, or PYTHONPATH=.:workflow/scripts python benchmarks/large_data.py --quick
"""

import os

# Before NumPy is loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from implementations import draw, timed
from measured import RESULTS, cpu_name, print_records, versions, write
from peak_memory import peak_memory

from gmm_core import FAMILIES, Parameters, SampleBlocks, collect
from gmm_core.em import maximise
from gmm_core.families import Uses
from ingest import ingest
from layout import prepared
from row_threads import row_threads
from sample_files import ArrayWriter, StoredRows
from table_options import TableOptions

# (N, D, K), and rows of the CSV.
SIZES, CSV_ROWS = (20_000_000, 4, 8), 5_000_000
QUICK_SIZES, QUICK_CSV_ROWS = (500_000, 4, 8), 50_000
PIECE_ROWS = 1_000_000
N_ITERATIONS = 3
THREADS = (1, 2, 4)


def draw_file(n_samples: int, n_features: int, n_components: int, file: Path) -> None:
    """Write samples in pieces, all the same but for the last."""
    piece = draw(min(n_samples, PIECE_ROWS), n_features, n_components).samples
    with ArrayWriter(file, "float64", (n_features,)) as writer:
        for first in range(0, n_samples, PIECE_ROWS):
            writer.append(piece[: n_samples - first])


def write_csv(n_samples: int, n_features: int, n_components: int, file: Path) -> None:
    """Write samples as a table in pieces."""
    piece = draw(min(n_samples, PIECE_ROWS), n_features, n_components).samples
    lines = "".join(",".join(map(repr, row)) + "\n" for row in piece.tolist())
    with file.open("w", encoding="utf-8") as table:
        table.write(",".join(f"x{column + 1}" for column in range(n_features)) + "\n")
        for _ in range(n_samples // len(piece)):
            table.write(lines)


def first_parameters(blocks: SampleBlocks, n_components: int) -> Parameters:
    """Return a mixture to begin with: some samples as means, and unit spheres."""
    n_features = blocks.n_features
    means = blocks.take(np.arange(n_components))[None]
    weights = np.full((1, n_components), 1.0 / n_components)
    return Parameters.of(weights, means, np.tile(np.eye(n_features), (1, n_components, 1, 1)))


def iterate(file: Path, n_components: int, n_threads: int) -> dict[str, Any]:
    """Return what iterations on the samples of a file take."""
    family, uses, kinds = FAMILIES["VVV"], np.array([Uses.ALL]), np.zeros(1, dtype=np.intp)
    before = peak_memory(afresh=True)

    with row_threads(n_threads) as pool:
        blocks = SampleBlocks(StoredRows(file))
        stack = first_parameters(blocks, n_components)

        def climb() -> float:
            following = stack
            for _ in range(N_ITERATIONS):
                found = collect(blocks, following, uses, pool=pool)
                following = maximise(found.moments, following, [family], kinds)
            return float(found.log_likelihood[0])

        cpu, wall, log_likelihood = timed(climb)
    return {
        "n_samples": blocks.n_samples,
        "n_features": blocks.n_features,
        "n_components": n_components,
        "n_threads": n_threads,
        "wall_s": wall / N_ITERATIONS,
        "cpu_s": cpu / N_ITERATIONS,
        "grown_mb": 1e-6 * (peak_memory() - before),
        "log_likelihood": log_likelihood,
    }


def bits(file: Path, n_components: int) -> str:
    """Return the sha256 of a pass's statistics; end the script if threads or memory change it."""
    checksums = set()
    for rows in (StoredRows(file), np.load(file)):
        blocks = SampleBlocks(rows)
        stack = first_parameters(blocks, n_components)
        for n_threads in THREADS:
            with row_threads(n_threads) as pool:
                found = collect(blocks, stack, np.array([Uses.ALL]), pool=pool)
            arrays = (found.log_likelihood, *found.moments)
            checksums.add(hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest())
    if len(checksums) != 1:
        raise SystemExit(f"threads or files change the statistics: {sorted(checksums)}")
    return checksums.pop()


def read_csv(file: Path) -> dict[str, Any]:
    """Return what reading a table takes."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / Path(path).name for name, path in prepared("").items()}
        before = peak_memory(afresh=True)
        cpu, wall, _ = timed(lambda: ingest(file, file.name, "data", TableOptions(), files))
        n_rows = np.load(files["samples"], mmap_mode="r").shape[0]
    return {
        "n_rows": n_rows,
        "file_mb": 1e-6 * file.stat().st_size,
        "wall_s": wall,
        "cpu_s": cpu,
        "grown_mb": 1e-6 * (peak_memory() - before),
    }


def in_a_process(*arguments: Any) -> dict[str, Any]:
    """Return what a child of this script found."""
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def be_child(task: str, file: str, *sizes: str) -> None:
    """Do one task and print what it found as JSON."""
    found = read_csv(Path(file)) if task == "csv" else iterate(Path(file), *map(int, sizes))
    print(json.dumps(found))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Data that need not fit into memory.")
    parser.add_argument("--quick", action="store_true", help="small ones")
    parser.add_argument("--child", nargs="+", help="for this script itself")
    parser.add_argument("--output", type=Path, help="file of results; if quick by default none")
    chosen = parser.parse_args()
    if chosen.child:
        be_child(*chosen.child)
        return
    if chosen.output is None and not chosen.quick:
        chosen.output = RESULTS / "large_data.json"
    sizes = QUICK_SIZES if chosen.quick else SIZES
    with tempfile.TemporaryDirectory() as name:
        file, table = Path(name) / "samples.npy", Path(name) / "table.csv"
        draw_file(*sizes, file)
        iterations = [in_a_process("em", file, sizes[-1], n) for n in THREADS[:2]]
        checksum = bits(file, sizes[-1])
        file.unlink()
        write_csv(QUICK_CSV_ROWS if chosen.quick else CSV_ROWS, *sizes[1:], table)
        reading = [in_a_process("csv", table)]
    results = {
        "cpu": cpu_name(),
        "versions": versions(["numpy", "pandas"]),
        "iterations": iterations,
        "statistics_sha256": checksum,
        "reading": reading,
    }
    print("\nAn EM iteration from samples.npy\n")
    print_records(iterations)
    print(f"\nthe same bits on 1, 2 and 4 threads, from the file and from memory: {checksum}")
    print("\nReading a CSV\n")
    print_records(reading)
    print(f"\n{results['cpu']}")
    if chosen.output:
        write(chosen.output, results)


if __name__ == "__main__":
    main()
