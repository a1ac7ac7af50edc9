"""What the benchmarks share: the machine's name, versions, plain tables, and the files of results.

A file of results says what was measured and with what, never when, where or by whom.
"""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import gmm_core

RESULTS = Path(__file__).parent / "results"


def cpu_name() -> str:
    """Return the model name of the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.processor() or platform.machine()


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of Python, gmm_core and the packages; "not installed" without one."""
    found = {"python": platform.python_version(), "gmm_core": gmm_core.__version__}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def write(path: Path, results: Mapping[str, Any]) -> None:
    """Write results as JSON, a measured number with six digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(results), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"\nwritten: {path}")


def print_table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table in columns, flush right; numbers with three digits, None as a dash."""
    cells = [list(header), *([_text(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    for line in cells:
        print("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)))


def print_records(records: Sequence[Mapping[str, Any]]) -> None:
    """Print records that have the same keys, a line for each."""
    print_table(list(records[0]), [list(record.values()) for record in records])


def short(number: int) -> str:
    """Return 2000 as 2k and 1000000 as 1M."""
    for unit, suffix in ((1_000_000, "M"), (1_000, "k")):
        if number % unit == 0:
            return f"{number // unit}{suffix}"
    return str(number)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100.0 else f"{value:#.3g}".rstrip(".")
    return str(value)


def _rounded(part: Any) -> Any:
    """Return results with six digits of each measured number; log-likelihoods and BIC in full."""
    if isinstance(part, Mapping):
        return {
            key: value if key in ("log_likelihood", "bic") else _rounded(value)
            for key, value in part.items()
        }
    if isinstance(part, list | tuple):
        return [_rounded(value) for value in part]
    return float(f"{part:.6g}") if isinstance(part, float) else part
