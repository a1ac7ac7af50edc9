"""Write the summary of the run: one page that needs nothing but itself."""

import base64
import json
import math
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
import yaml
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from figure_style import component_colours
from gmm_core import __version__
from gmm_core.criteria import evidence
from gmm_core.families import FAMILIES
from gmm_core.selection import adjusted_rand_index
from job import logged
from layout import figures, prepared, ranked
from result_files import read_candidates
from sample_files import read_json

PACKAGES = ("numpy", "pandas", "matplotlib", "snakemake", "pyyaml", "jinja2", "jsonschema")
_CANDIDATES_SHOWN = 10
_PIECE_ROWS = 1 << 18


def render(template: Path, config: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        template: the Jinja2 template.
        config: the configuration in force.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"fixed": _fixed, "image": _image}
    return environment.from_string(template.read_text(encoding="utf-8")).render(
        title=config["report"]["title"],
        criterion=config["selection"]["criterion"],
        datasets=[dataset_view(name, config) for name in config["datasets"]],
        config=as_yaml(config),
        versions=versions(),
    )


def as_yaml(config: Mapping[str, Any]) -> str:
    """Return the configuration in force as a configuration file."""
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True, default_flow_style=None)


def versions() -> dict[str, str]:
    """Return the versions of all that has a say in the results."""
    packages = {name: version(name) for name in PACKAGES}
    return {"gmm-select": __version__, "Python": platform.python_version(), **packages}


def dataset_view(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page says of one data set."""
    files = {key: Path(path) for key, path in {**prepared(name), **ranked(name)}.items()}
    candidates = read_candidates(files["candidates"])
    model = read_json(files["model"])
    described = read_json(files["description"])
    table, n_unsure = _tabulated(files["assignments"], files["labels"], model, described)
    criterion = model["criterion"]
    best = candidates[0][criterion]
    for row in candidates:
        # Not below 0, as candidates that are equal but for rounding stand by their parameters.
        value = row[criterion]
        row["difference"] = None if value is None else max(0.0, value - best)
    return {
        "name": name,
        "model": model,
        "described": described,
        "winner": candidates[0],
        "margin": next((row["difference"] for row in rivals(candidates)), None),
        "verdict": verdict(candidates, criterion),
        "cautions": cautions(candidates, model, config["grid"]["n_components"]),
        "candidates": [row for row in candidates if row["outcome"] != "collapsed"][
            :_CANDIDATES_SHOWN
        ],
        "n_candidates": len(candidates),
        "components": _components(model, table.sum(axis=0)),
        "unsure": n_unsure,
        "agreement": _agreement(table, described),
        "figures": {key: Path(path) for key, path in figures(name).items()},
    }


def rivals(candidates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the usable candidates other than the winner and, at K = 1, other than its equals.

    With one component, families that differ only in what components share are the same model.
    """
    winner, *others = [row for row in candidates if row["difference"] is not None]
    return [
        row
        for row in others
        if not (row["n_components"] == winner["n_components"] == 1 and row["difference"] < 1e-6)
    ]


def verdict(candidates: Sequence[Mapping[str, Any]], criterion: str) -> str:
    """Return how many components, of which family, by what margin, and how well replicated.

    Args:
        candidates: rows of candidates.csv with their difference to the first.
        criterion: the criterion that chose.
    """
    winner, others = candidates[0], rivals(candidates)
    name = criterion.upper()
    parts = [
        f"{_count(winner['n_components'], 'component')} of family {winner['family']} "
        f"({FAMILIES[winner['family']].description})."
    ]
    if others:
        parts.append(
            f"{name} puts it {_margin(others[0], criterion)} ahead of the runner-up, "
            f"{_named(others[0])}."
        )
        rival = next(
            (row for row in others if row["n_components"] != winner["n_components"]), others[0]
        )
        if rival is not others[0]:
            parts.append(
                f"The best with another number of components is {_named(rival)}, "
                f"{_margin(rival, criterion)} behind."
            )
    restarts = f"{winner['n_reached_best']} of {_count(winner['n_restarts'], 'restart')}"
    if winner["outcome"] == "converged":
        parts.append(f"{restarts} reached this optimum.")
    else:
        parts.append(f"{restarts} came this far, and the best of them is not at rest.")
    return " ".join(parts)


def cautions(
    candidates: Sequence[Mapping[str, Any]], model: Mapping[str, Any], sizes: Sequence[int]
) -> list[str]:
    """Return what a reader should know before trusting the verdict.

    Args:
        candidates: rows of candidates.csv.
        model: what model.json holds.
        sizes: the numbers of components of the grid.
    """
    winner = candidates[0]
    found = []
    if winner["outcome"] != "converged":
        found.append(f"The winner has not reached a fixed point: {winner['note']}.")
    elif winner["n_reached_best"] == 1:
        found.append(
            "Only one restart found the selected optimum: a better one may exist. Raise "
            "grid: n_seeds."
        )
    if winner["n_components"] == max(sizes) > min(sizes):
        found.append(
            "The winner has the largest number of components of the grid. Widen grid: n_components."
        )
    has_own_volume = winner["family"].startswith("V") and winner["n_components"] > 1
    if has_own_volume and winner["smallest_count"] < len(model["features"]) + 1:
        found.append(
            f"Its smallest component has {winner['smallest_count']:.1f} samples, fewer than "
            "features + 1: the optimum may be spurious."
        )
    if winner["n_parameters"] >= model["n_samples"]:
        found.append(
            f"It has {winner['n_parameters']} parameters for {model['n_samples']} samples: the "
            "criteria say little about so small a data set."
        )
    return found


def _tabulated(
    assignments: Path, labels: Path, model: Mapping[str, Any], described: Mapping[str, Any]
) -> tuple[NDArray[np.int64], int]:
    """Count the samples by known class and component, (classes, K), and the unsure ones."""
    codes = np.load(labels, mmap_mode="r")
    n_classes = max(1, len(described["classes"]))
    table, n_unsure = np.zeros((n_classes, model["n_components"]), dtype=np.int64), 0
    columns = ["row", "component", "uncertainty"]
    with pd.read_csv(assignments, usecols=columns, chunksize=_PIECE_ROWS) as pieces:
        for piece in pieces:
            rows = piece["row"].to_numpy() - 1
            classes = codes[rows] if described["label"] else np.zeros(len(rows), dtype=np.int64)
            np.add.at(table, (classes, piece["component"].to_numpy() - 1), 1)
            n_unsure += int((piece["uncertainty"] > 0.1).sum())
    return table, n_unsure


def _components(model: Mapping[str, Any], counts: NDArray[np.int64]) -> list[dict[str, Any]]:
    colours = [to_hex(colour) for colour in component_colours(model["n_components"])]
    rows = zip(model["weights"], model["means"], model["covariances"], colours, strict=True)
    components = []
    for number, (weight, mean, covariance, colour) in enumerate(rows, start=1):
        spread = np.sqrt(np.diagonal(covariance))
        components.append(
            {
                "number": number,
                "colour": colour,
                "weight": weight,
                "count": int(counts[number - 1]),
                "features": [_measured(*pair) for pair in zip(mean, spread.tolist(), strict=True)],
                "correlations": (np.array(covariance) / np.outer(spread, spread)).tolist(),
            }
        )
    return components


def _agreement(table: NDArray[np.int64], described: Mapping[str, Any]) -> dict[str, Any] | None:
    if not described["label"]:
        return None
    used = np.flatnonzero(table.sum(axis=0))
    return {
        "label": described["label"],
        "index": adjusted_rand_index(table),
        "components": (used + 1).tolist(),
        "rows": list(zip(described["classes"], table[:, used].tolist(), strict=True)),
    }


def _margin(row: Mapping[str, Any], criterion: str) -> str:
    margin = f"{row['difference']:.2f}"
    if criterion != "bic":
        return margin
    return f"{margin} ({evidence(row['difference'])} evidence)"


def _named(row: Mapping[str, Any]) -> str:
    return f"{row['family']} with {_count(row['n_components'], 'component')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _fixed(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}".replace("-", "\u2212")


def _measured(mean: float, spread: float) -> str:
    """Return mean and standard deviation to three digits of the latter."""
    magnitude = math.floor(math.log10(spread))
    decimals = 2 - magnitude
    if 0 <= decimals <= 6:
        return f"{_fixed(mean, decimals)} ± {_fixed(spread, decimals)}"
    digits = 3 + math.floor(math.log10(max(abs(mean), spread))) - magnitude
    return f"{mean:.{digits}g} ± {spread:.3g}".replace("-", "\u2212")


def _image(path: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        config = json.loads(snakemake.params.config)
        template = Path(snakemake.scriptdir).parent / "report" / "report.html.j2"
        page = render(template, config)
        Path(snakemake.output.report).write_text(page, encoding="utf-8")
        Path(snakemake.output.config).write_text(as_yaml(config), encoding="utf-8")
