"""Edits of a project with a finished small run, and what each of them has to run again."""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from conftest import CONFIG

from reruns_column import SCHEMA, described_keys

# What reads what a rule makes. Rules of one job for all data sets stand in ONCE.
FOLLOWING = {
    "generate": ("survey", "fit", "repair", "rank", "plot", "report"),
    "ingest": ("survey", "fit", "repair", "rank", "plot", "report"),
    "survey": ("check",),
    "check": ("begin", "report"),
    "begin": (),
    "fit": ("repair",),
    "repair": ("rank",),
    "rank": ("plot",),
    "plot": ("report",),
    "report": ("record",),
    "record": (),
}
ONCE = ("check", "begin", "report", "record")
FROM_FILES = ("geyser", "flowers")
DATASETS = (*FROM_FILES, "drawn")
BLOCK = "0 1"


class Edit(NamedTuple):
    """An edit of a project, by its name, and the jobs that a run then starts."""

    name: str
    make: Callable[[Path], None]
    jobs: frozenset[str]


def jobs(
    rules: Iterable[str], of: Iterable[str] = DATASETS, sizes: Iterable[int] = (1, 2)
) -> frozenset[str]:
    """Return the jobs of rules and of all that follows from them.

    Args:
        rules: some rules.
        of: the data sets whose jobs they are.
        sizes: the numbers of components of the fits.
    """
    affected: set[str] = set()
    waiting = list(rules)
    while waiting:
        rule = waiting.pop()
        if rule not in affected:
            affected.add(rule)
            waiting += FOLLOWING[rule]
    found = affected.intersection(ONCE)
    for dataset in of:
        prepare = "ingest" if dataset != "drawn" else "generate"
        for rule in affected - set(ONCE) - ({"ingest", "generate"} - {prepare}):
            blocks = [f" {size} {BLOCK}" for size in sizes] if rule == "fit" else [""]
            found |= {f"{rule} {dataset}{block}" for block in blocks}
    return frozenset(found)


def replace(file: str, old: str, new: str, project: Path) -> None:
    """Replace text in a file and leave its time as it was: the hardest case to notice."""
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text, (file, old)
    rewrite(path, text.replace(old, new))


def rewrite(path: Path, text: str) -> None:
    """Write a file anew, with its old time."""
    before = path.stat()
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def configure(changes: Mapping[str, Any], project: Path) -> None:
    """Set keys of the configuration, given by their paths with ": " between; None takes away."""
    config = yaml.safe_load(CONFIG)
    for name, value in changes.items():
        *sections, key = name.split(": ")
        part = config
        for section in sections:
            part = part.setdefault(section, {})
        part.pop(key, None)
        if value is not None:
            part[key] = value
    rewrite(project / "small.yaml", yaml.safe_dump(config, sort_keys=False))


def both(first: Callable[[Path], None], second: Callable[[Path], None], project: Path) -> None:
    """Make two edits."""
    first(project)
    second(project)


def nothing(project: Path) -> None:
    """Leave all as it is."""


def forget(project: Path) -> None:
    """Delete what Snakemake remembers."""
    shutil.rmtree(project / ".snakemake")


def touch_all(project: Path) -> None:
    """Give every file of the project and of its results a new time, last first."""
    paths = [path for path in project.rglob("*") if ".snakemake" not in path.parts]
    for path in sorted(paths, reverse=True):
        os.utime(path)


def remark_everywhere(project: Path) -> None:
    """Add comments and blank lines to every module and rule."""
    for path in [*project.rglob("*.py"), *project.rglob("*.smk"), project / "Snakefile"]:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^(def |class |rule |import )", r"\n# A remark.\n\1", text, flags=re.M)
        rewrite(path, f"{text}\n# Another.\n")


def reword_docstrings(project: Path) -> None:
    """Change the docstring of every module, and every function's and class's."""
    for path in project.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        rewrite(path, re.sub(r'^( *)"""(?=\w)', r'\1"""In other words: ', text, flags=re.M))


def reorder_all(project: Path) -> None:
    """Write the configuration in another order, with other spellings of the same."""
    text = """\
report: {title: A small run}
em: {max_iterations: 50.0, tolerance: 0.000001}
figures: {max_features: 6, max_points: 5000}
grid: {n_seeds: 2.0, families: [full, tied], n_components: {max: 2, min: 1}}
datasets:
  drawn:
    synthetic:
      {covariances: [[[1]], [[1]]], means: [[0], [4]], weights: [0.5, 0.5], n_samples: 80.0}
  flowers: {label: species, columns: [petal_width, sepal_width, petal_length], file: data/iris.csv}
  geyser: {file: data/old_faithful.csv}
seed: 1.0
"""
    rewrite(project / "small.yaml", text)


def delete(file: str, project: Path) -> None:
    """Delete a result."""
    (project / file).unlink()


# Of every key of the configuration another value; of `datasets: *` for the data set flowers.
OTHER_VALUES: dict[str, Any] = {
    "seed": 2,
    "datasets: *: file": "data/flowers.csv",
    "datasets: *: columns": ["petal_length", "sepal_width"],
    "datasets: *: label": None,
    "datasets: *: row_names": "species",
    "datasets: *: weights": "sepal_length",
    "datasets: *: missing": "drop",
    "datasets: *: header": True,
    "datasets: *: delimiter": ",",
    "datasets: *: decimal": ".",
    "datasets: *: comment": "#",
    "datasets: *: encoding": "latin-1",
    "datasets: *: synthetic": {"n_samples": 90},
    "grid: n_components": [1, 2, 3],
    "grid: families": ["EEE"],
    "grid: n_seeds": 3,
    "grid: starts": ["k-means"],
    "em: tolerance": 1e-7,
    "em: max_iterations": 60,
    "em: accelerate": False,
    "selection: criterion": "icl",
    "selection: trusted": False,
    "selection: tiny_component": 2,
    "selection: thin_direction": 0.01,
    "selection: few_samples": 6,
    "figures: max_points": 40,
    "figures: max_features": 2,
    "report: title": "Another title",
}
# With other files to make, and rules of their own: in test_bootstrap_run.py.
ON_REQUEST = {"selection: bootstrap", "selection: likelihood_ratio"}
RULES_ON_REQUEST = {"bootstrap", "assess", "compare"}


def edits_of_keys() -> Iterable[Edit]:
    """Yield an edit of every key; the schema says what it runs again."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    keys = dict(described_keys(schema))
    for name, value in OTHER_VALUES.items():
        rules = set(schema["x-reruns"][keys[name]["x-reruns"]]["rules"]) - RULES_ON_REQUEST
        of_one = "drawn" if name.endswith("synthetic") else "flowers"
        changes = {name.replace("*", of_one): value}
        if name.endswith("synthetic"):
            mixture = yaml.safe_load(CONFIG)["datasets"]["drawn"]["synthetic"]
            changes = {name.replace("*", of_one): {**mixture, **value}}
        make = partial(configure, changes)
        if name.endswith("row_names"):
            make = partial(configure, {**changes, "datasets: flowers: label": None})
        if name.endswith("file"):
            make = partial(both, copy_of_flowers, make)
        expected = jobs({*rules, "report"})
        if name.startswith("datasets"):
            expected = jobs({*rules, "report"}, [of_one])
        elif name == "seed":
            # Files are read as before: of theirs, no survey.
            expected -= {f"{rule} {of}" for rule in ("ingest", "survey") for of in FROM_FILES}
        elif name == "grid: n_components":
            expected |= jobs(["fit"], sizes=[3])
        elif name == "grid: n_seeds":
            expected = frozenset(job.replace(" 0 1", " 0 2") for job in jobs(["fit"]))
        yield Edit(name, make, expected)


def copy_of_flowers(project: Path) -> None:
    """Copy a data file."""
    (project / "data" / "flowers.csv").write_bytes((project / "data" / "iris.csv").read_bytes())


def edits_without_effect() -> Iterable[Edit]:
    """Yield edits that run nothing."""
    for make in (nothing, touch_all, remark_everywhere, reword_docstrings, reorder_all, forget):
        yield Edit(make.__name__, make, frozenset())


def edits_of_code() -> Iterable[Edit]:
    """Yield edits of code and template, each of something that one rule or several use."""
    scripts = "workflow/scripts"
    for file, old, new, rules in (
        ("workflow/report/report.html.j2", "What was read", "What we read", ["report"]),
        (f"{scripts}/report.py", "_CANDIDATES_SHOWN = 10", "_CANDIDATES_SHOWN = 9", ["report"]),
        (f"{scripts}/record.py", '"inputs":', '"data":', ["record"]),
        (f"{scripts}/plot_mixture.py", "_CURVE_POINTS = 500", "_CURVE_POINTS = 400", ["plot"]),
        (f"{scripts}/result_files.py", "_PIECE_ROWS = 1 << 13", "_PIECE_ROWS = 99", ["rank"]),
        (f"{scripts}/column_words.py", "If so, ", "If it is, ", ["check"]),
        ("gmm_core/selection.py", "_DECIMALS = 6", "_DECIMALS = 5", ["rank"]),
        ("gmm_core/spurious.py", "few_samples: float = 5.0", "few_samples: float = 6", ["rank"]),
        ("gmm_core/nesting.py", "SAME_OPTIMUM = 1e-6", "SAME_OPTIMUM = 2e-6", ["repair"]),
        ("gmm_core/collinear.py", "= 1e-4", "= 1e-5", ["survey"]),
        ("gmm_core/statistics.py", "_TOTALS = 4096", "_TOTALS = 4095", ["fit"]),
        (f"{scripts}/ingest.py", "import numpy as np", "import os, numpy as np", ["ingest"]),
    ):
        of = FROM_FILES if rules == ["ingest"] else DATASETS
        yield Edit(f"code {file}", partial(replace, file, old, new), jobs(rules, of))


def edits_of_the_grid() -> Iterable[Edit]:
    """Yield what is taken from the grid, or has another name in it."""
    fewer = jobs(["check", "repair"])
    yield Edit("a number less", partial(configure, {"grid: n_components": [1]}), fewer)
    less = partial(configure, {"datasets: drawn": None})
    yield Edit("a data set less", less, jobs(["check"]))
    more = partial(configure, {"datasets: more": {"file": "data/iris.csv"}})
    yield Edit("a data set more", more, jobs(["ingest"], ["more"]))
    renamed = {"datasets: flowers": None, "datasets: more": {"file": "data/iris.csv"}}
    yield Edit("a data set renamed", partial(configure, renamed), jobs(["ingest"], ["more"]))
    change = partial(replace, "data/iris.csv", "5.1,3.5,1.4,0.2,setosa", "5.2,3.5,1.4,0.2,setosa")
    yield Edit("a cell of a file", change, jobs(["ingest"], ["flowers"]))


def edits_of_results() -> Iterable[Edit]:
    """Yield the deletion of a file of every kind."""
    for file, rules in (
        ("flowers/samples.npy", ["ingest"]),
        ("flowers/labels.npy", ["ingest"]),
        ("flowers/dropped_rows.npy", ["ingest"]),
        ("flowers/survey.json", ["survey"]),
        ("data_checks.json", ["check"]),
        # A mark that only jobs which fit look for.
        ("data_checked", []),
        ("flowers/fits/repairs.npz", ["repair"]),
        ("flowers/restarts.csv", ["rank"]),
        ("flowers/model.json", ["rank"]),
        ("flowers/figures/mixture.svg", ["plot"]),
        ("report.html", ["report"]),
        ("run_config.yaml", ["report"]),
        ("provenance.json", ["record"]),
    ):
        make = partial(delete, f"results/{file}")
        yield Edit(f"deleted {file}", make, jobs(rules, ["flowers"]))
    expected = jobs(["fit"], ["flowers"], sizes=[2])
    yield Edit("deleted fit", partial(delete, "results/flowers/fits/K2_seeds0-1.npz"), expected)


def edits_after_a_loss() -> Iterable[Edit]:
    """Yield edits of a project whose .snakemake is gone: what cannot be known is made again."""
    everything = jobs(["generate", "ingest", "fit"])
    change = partial(replace, "data/iris.csv", "5.1,3.5,1.4,0.2,setosa", "5.2,3.5,1.4,0.2,setosa")
    code = partial(replace, "gmm_core/selection.py", "_DECIMALS = 6", "_DECIMALS = 5")
    for name, make, expected in (
        ("em", partial(configure, {"em: tolerance": 1e-7}), everything),
        ("a cell of a file", change, everything),
        ("code", code, everything),
        ("an interrupted run", partial(delete, "results/provenance.json"), everything),
        ("keys in another order", reorder_all, frozenset()),
    ):
        yield Edit(f".snakemake lost, {name}", partial(both, forget, make), expected)


EDITS = [
    *edits_after_a_loss(),
    *edits_without_effect(),
    *edits_of_keys(),
    *edits_of_code(),
    *edits_of_the_grid(),
    *edits_of_results(),
]
