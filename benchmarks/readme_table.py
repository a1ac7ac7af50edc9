"""Write the README's table of speed from benchmarks/results/em_iterations.json.

It stands between the markers <!-- speed --> and <!-- /speed -->; --check writes nothing, and exits
with 1 if the README has another one.

    PYTHONPATH=. python benchmarks/readme_table.py --check
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measured import RESULTS, short

README = Path(__file__).parents[1] / "README.md"
MARKED = re.compile(r"(?<=<!-- speed -->\n).*?(?=<!-- /speed -->)", re.DOTALL)
PEERS = ("scikit-learn", "oneDAL")


def speed_table(results: Mapping[str, Any]) -> str:
    """Return the table and a line on what was measured, as Markdown."""
    cells: dict[tuple[int, int, int], dict[tuple[str, int], float]] = {}
    for record in results["iterations"]:
        if record["family"] == "VVV" and record["n_threads"] == 1:
            sizes = tuple(record[f"n_{name}"] for name in ("samples", "features", "components"))
            cell = cells.setdefault(sizes, {})
            cell[record["implementation"], record["n_starts"]] = record["cpu_ms"]
    header = ["samples x features, components"]
    header += [f"{peer}, {starts}" for peer in PEERS for starts in ("one start", "ten starts")]
    rows = [header, ["---", *["---:"] * (len(header) - 1)]]
    for (n_samples, n_features, n_components), cell in cells.items():
        ratios = [
            times(cell[peer, 1] / cell["gmm_core", n_starts]) if (peer, 1) in cell else "-"
            for peer in PEERS
            for n_starts in (1, 10)
        ]
        rows.append([f"{short(n_samples)} x {n_features}, {n_components}", *ratios])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, "", conditions(results), ""])


def times(ratio: float) -> str:
    """Return a ratio with two digits."""
    digits = 2 if ratio < 0.995 else 1 if ratio < 9.95 else 0
    return f"x{ratio:.{digits}f}"


def conditions(results: Mapping[str, Any]) -> str:
    """Return with what it was measured, and how."""
    versions = results["versions"]
    packages = [
        f"NumPy {versions['numpy']}",
        f"scikit-learn {versions['scikit-learn']}",
        f"scikit-learn-intelex (oneDAL) {versions['scikit-learn-intelex']}",
    ]
    return (
        "CPU time of an EM iteration over gmm_core's (full covariances, one thread, the same start "
        "and number of\niterations, the same log-likelihood; ten starts: together, per start; "
        f"medians of {results['n_rounds']} rounds).\n{', '.join(packages)};\n{results['cpu']}. "
        "`make bench` measures it all again."
    )


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description="The README's table of speed.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it differs")
    chosen = parser.parse_args()
    measured = RESULTS / "em_iterations.json"
    if not measured.exists():
        raise SystemExit(f"there is no {measured.name} yet: run benchmarks/em_iterations.py")
    results = json.loads(measured.read_text(encoding="utf-8"))
    before = README.read_text(encoding="utf-8")
    if len(MARKED.findall(before)) != 1:
        raise SystemExit(f"{README.name}: expected one <!-- speed --> with its <!-- /speed -->")
    after = MARKED.sub(lambda _: speed_table(results), before)
    if chosen.check:
        if after != before:
            print(f"{README.name} has another table: python benchmarks/readme_table.py")
        return int(after != before)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
