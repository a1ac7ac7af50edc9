"""Write the summary of the run: one page that needs nothing but itself."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import yaml
from numpy.typing import NDArray

from bootstrap_files import read_bootstrap
from colours import colours_of_components
from comparison_file import read_comparison
from confidence import agreement, conclusion, reading, recurrence
from gmm_core.candidates import Replication
from gmm_core.samples import Rows
from gmm_core.selection import adjusted_rand_index
from job import logged
from layout import DATA_CHECKS, confidence, figures, prepared, ranked
from result_files import read_assignments, read_candidates
from sample_files import read_json, read_weights
from selection_file import read_selection
from verdict import alarms, cautions, disagreement, remarks, verdict
from versions import versions
from whole_files import check_files, complete_files

_CANDIDATES_SHOWN = 10


def render(template: Path, config: Mapping[str, Any], place: Path) -> str:
    """Return the page.

    Args:
        template: the Jinja2 template.
        config: the configuration in force.
        place: the folder in which results lie.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"fixed": _fixed, "number": _number, "image": _image}
    criterion = config["selection"]["criterion"]
    checks = read_json(place / DATA_CHECKS)
    return environment.from_string(template.read_text(encoding="utf-8")).render(
        title=config["report"]["title"],
        criterion=criterion,
        trusted=config["selection"]["trusted"],
        accelerate=config["em"]["accelerate"],
        columns=list(dict.fromkeys([criterion, "bic"])),
        datasets=[
            dataset_view(name, config["selection"], checks[name]["warnings"], place)
            for name in config["datasets"]
        ],
        config=as_yaml(config),
        versions=versions(),
    )


def as_yaml(config: Mapping[str, Any]) -> str:
    """Return the configuration in force as a configuration file."""
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True, default_flow_style=None)


def dataset_view(
    name: str, asked: Mapping[str, Any], warnings: Sequence[Mapping[str, str]], place: Path
) -> dict[str, Any]:
    """Return what the page says of one data set.

    Args:
        name: its name.
        asked: the configuration's selection.
        warnings: what data_checks.json holds of it.
        place: as in `render`.
    """
    files = {key: place / path for key, path in {**prepared(name), **ranked(name)}.items()}
    candidates = read_candidates(files["candidates"])
    model = read_json(files["model"])
    described = read_json(files["description"])
    weights = read_weights(files["weights"])
    table, n_unsure = _tabulated(files["assignments"], files["labels"], weights, model, described)
    selection = read_selection(files["selection"])
    best = candidates[0][model["criterion"]]
    for row in candidates:
        value = row[model["criterion"]]
        # Rounded, as candidates that are equal but for rounding stand by their parameters.
        row["difference"] = None if value is None else round(value - best, 6) + 0.0
        row["remarks"] = remarks(row)
    usable = [row for row in candidates if row["outcome"] != "collapsed"]
    n_replicated = sum(row["replication"] == Replication.REPLICATED for row in usable)
    cautioned = cautions(candidates, selection, model["total_weight"])
    return {
        "name": name,
        "model": model,
        "described": described,
        "weighted": weights is not None,
        "winner": candidates[0],
        "selection": selection,
        "verdict": verdict(candidates, selection),
        "alarms": alarms(selection),
        "cautions": cautioned,
        "warnings": warnings,
        "doubts": list(dict.fromkeys([*cautioned, *(warning["kind"] for warning in warnings)])),
        "disagreement": disagreement(selection),
        "candidates": usable[:_CANDIDATES_SHOWN],
        "n_candidates": len(candidates),
        "n_usable": len(usable),
        "n_replicated": n_replicated,
        "doubted": n_replicated < len(usable) or any(row["spurious"] for row in usable),
        "components": _components(model, table.sum(axis=0)),
        "unsure": n_unsure,
        "agreement": _agreement(table, described),
        **confidence_view({k: place / path for k, path in confidence(name, asked).items()}, model),
        "figures": {key: place / path for key, path in figures(name).items()},
    }


def confidence_view(files: Mapping[str, Path], model: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page says of the confidence in a choice; None for what was not asked for.

    Args:
        files: the files on it, by name.
        model: what model.json holds.
    """
    view: dict[str, Any] = {"bootstrap": None, "comparison": None}
    if "bootstrap" in files:
        content = read_bootstrap(files["bootstrap"])
        groups = [{**row, "reading": reading(row["stability"])} for row in content["components"]]
        words = {"recurrence": recurrence(content), "agreement": agreement(content)}
        view["bootstrap"] = {**content, **words, "components": groups}
    if "comparison" in files:
        content = read_comparison(files["comparison"])
        words = {"conclusion": conclusion(content, model["n_components"])}
        view["comparison"] = {**content, **words}
    return view


def _tabulated(
    assignments: Path,
    labels: Path,
    weights: Rows | None,
    model: Mapping[str, Any],
    described: Mapping[str, Any],
) -> tuple[NDArray[np.float64], int]:
    """Add up the samples' weights by known class and component, (classes, K); count the unsure."""
    codes = np.load(labels, mmap_mode="r")
    n_classes = max(1, len(described["classes"]))
    table, n_unsure = np.zeros((n_classes, model["n_components"])), 0
    first = 0
    for components, uncertainty in read_assignments(assignments, described["n_samples"]):
        last = first + len(components)
        classes = codes[first:last] if described["label"] else np.zeros_like(components)
        sizes = 1.0 if weights is None else weights[first:last]
        first = last
        np.add.at(table, (classes, components), sizes)
        n_unsure += int((uncertainty > 0.1).sum())
    return table, n_unsure


def _components(model: Mapping[str, Any], counts: NDArray[np.float64]) -> list[dict[str, Any]]:
    colours = colours_of_components(model["n_components"])
    rows = zip(model["weights"], model["means"], model["covariances"], colours, strict=True)
    components = []
    for number, (weight, mean, covariance, colour) in enumerate(rows, start=1):
        spread = np.sqrt(np.diagonal(covariance))
        components.append(
            {
                "number": number,
                "colour": colour,
                "weight": weight,
                "count": float(counts[number - 1]),
                "features": [_measured(*pair) for pair in zip(mean, spread.tolist(), strict=True)],
                "correlations": (np.array(covariance) / np.outer(spread, spread)).tolist(),
            }
        )
    return components


def _agreement(table: NDArray[np.float64], described: Mapping[str, Any]) -> dict[str, Any] | None:
    if not described["label"]:
        return None
    used = np.flatnonzero(table.sum(axis=0))
    return {
        "label": described["label"],
        "index": adjusted_rand_index(table),
        "components": (used + 1).tolist(),
        "rows": list(zip(described["classes"], table[:, used].tolist(), strict=True)),
    }


def _fixed(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}".replace("-", "\u2212")


def _number(value: float) -> str:
    """Return a number of samples, with a decimal where weights make it no whole number."""
    return _fixed(value, 0 if float(value).is_integer() else 1)


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
    with logged(snakemake.log[0]), complete_files(snakemake.output) as parts:
        check_files(snakemake.input)
        config = json.loads(snakemake.params.config)
        template = Path(snakemake.scriptdir).parent / "report" / "report.html.j2"
        page = render(template, config, Path(snakemake.output.report).parents[1])
        parts["report"].write_text(page, encoding="utf-8")
        parts["config"].write_text(as_yaml(config), encoding="utf-8")
