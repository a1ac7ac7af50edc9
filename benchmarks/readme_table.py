"""Write what the README says of speed, from benchmarks/results.

Each part stands between markers, as <!-- speed --> and <!-- /speed -->: EM's iterations (speed),
whole selections (selection), data larger than memory (large). --check writes nothing, and exits
with 1 if the README says something else.

    PYTHONPATH=. python benchmarks/readme_table.py --check
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from measured import RESULTS, short

README = Path(__file__).parents[1] / "README.md"
PEERS = ("scikit-learn", "oneDAL")
# A difference of BIC that says something (Kass & Raftery 1995: positive evidence).
EVIDENT = 2.0


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
    return "\n".join([*table_lines(rows), "", conditions(results), ""])


def selection_table(results: Mapping[str, Any]) -> str:
    """Return the table of whole selections and a line on what was measured, as Markdown."""
    names = [run["name"].rpartition(" ")[2] for run in results["selections"][0]["runs"][1:]]
    header = ["samples x features, components", "wall", "CPU"]
    header += [f"{name}: {what}" for name in names for what in ("wall", "CPU")]
    header += ["BIC lower at", "higher at"]
    rows = [header, ["---", *["---:"] * (len(header) - 1)]]
    for selection in results["selections"]:
        ours, *peers = selection["runs"]
        name = "{n_samples} x {n_features}, {n_components}".format(
            **{**selection, "n_samples": short(selection["n_samples"])}
        )
        row = [name + (", overlapping" if selection["spread"] < 1.0 else ", apart")]
        row += [f"{ours['wall_s']:.0f} s", f"{ours['cpu_s']:.0f} s"]
        row += [times(run[key] / ours[key]) for run in peers for key in ("wall_s", "cpu_s")]
        gains = [peers[-1]["bic"][size] - bic for size, bic in ours["bic"].items()]
        row += [str(sum(gain > EVIDENT for gain in gains))]
        row += [str(sum(gain < -EVIDENT for gain in gains))]
        rows.append(row)
    words = (
        f"K = 1 to {len(gains)}, ten seeds each, full covariances, two cores, from the CSV to the "
        f"report: time of gmm-select; that of a\nscript with scikit-learn and joblib at tol "
        f"{names[0]} and {names[1]} over it; and at how many K gmm-select's BIC is lower and\n"
        f"higher than at {names[1]}, by more than {EVIDENT:g}. {results['cpu']}."
    )
    return "\n".join([*table_lines(rows), "", words, ""])


def large_sentence(results: Mapping[str, Any]) -> str:
    """Return what an iteration on data larger than memory takes."""
    record = results["iterations"][0]
    return (
        f"Samples need not fit into memory: an iteration over {short(record['n_samples'])} rows "
        f"of {record['n_features']} features from a file\n(K = {record['n_components']}, full "
        f"covariances) takes {record['wall_s']:.2g} s on one thread, and "
        f"{record['grown_mb']:.0f} MB.\n"
    )


def table_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown."""
    return [f"| {' | '.join(row)} |" for row in rows]


def replaced(text: str, name: str, table: str) -> str:
    """Return a text with another table between the markers of a name."""
    marked = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
    if len(marked.findall(text)) != 1:
        raise SystemExit(f"{README.name}: expected one <!-- {name} --> with its <!-- /{name} -->")
    return marked.sub(lambda _: table, text)


def stored(name: str) -> Any:
    """Return what a file of results holds."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"there is no {path.name} yet: run benchmarks/{name}.py")
    return json.loads(path.read_text(encoding="utf-8"))


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
    parser = argparse.ArgumentParser(description="What the README says of speed.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it differs")
    chosen = parser.parse_args()
    before = README.read_text(encoding="utf-8")
    after = replaced(before, "speed", speed_table(stored("em_iterations")))
    after = replaced(after, "selection", selection_table(stored("model_selection")))
    after = replaced(after, "large", large_sentence(stored("large_data")))
    if chosen.check:
        if after != before:
            print(f"{README.name} says something else: python benchmarks/readme_table.py")
        return int(after != before)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
