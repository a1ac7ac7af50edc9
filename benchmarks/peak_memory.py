"""By how much the peak of resident memory grows in two EM iterations, in a process of its own."""

import gc
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from implementations import Implementation, Problem, ask_mclust, draw, implementations


def measure_memory(
    sizes: tuple[int, int, int], available: Sequence[Implementation]
) -> list[dict[str, Any]]:
    """Return by how much each implementation grows, in processes of their own."""
    records = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "samples.npy"
        child = [sys.executable, __file__, str(file), *map(str, sizes)]
        subprocess.run([*child, "draw"], check=True)
        problem = Problem(np.load(file, mmap_mode="r"), sizes[-1])
        for each in available:
            command = [*child, each.label]
            written = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            grown = written.stdout.split()[-1]
            records.append(
                {
                    **problem.sizes,
                    **each.names,
                    "samples_mb": 1e-6 * problem.samples.nbytes,
                    "grown_mb": None if grown == "NA" else 1e-6 * float(grown),
                }
            )
    return records


def be_child(file: str, n_samples: str, n_features: str, n_components: str, label: str) -> None:
    """Write the samples to a file, or print by how many bytes one implementation grows."""
    if label == "draw":
        np.save(file, draw(int(n_samples), int(n_features), int(n_components)).samples)
        return
    chosen = next(each for each in implementations() if each.label == label)
    problem = Problem(np.load(file), int(n_components))
    if chosen.name == "mclust":
        print(ask_mclust(problem, 2)[-1])
        return
    gc.collect()
    before = peak_memory(afresh=True)
    chosen.run(problem, "VVV", 2)
    print(peak_memory() - before)


def peak_memory(*, afresh: bool = False) -> int:
    """Return the peak resident memory of this process in bytes.

    Args:
        afresh: on Linux, set the peak back to what is resident now.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        unit = 1 if sys.platform == "darwin" else 1024
        return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux's getrusage begins with the peak of the parent.
    if afresh:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    lines = status.read_text(encoding="ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    be_child(*sys.argv[1:])
