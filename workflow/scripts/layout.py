"""Where the files of a run lie, relative to the working directory.

A file *.sha256 lists the checksums of what the same job wrote beside it.
"""

from collections.abc import Mapping
from typing import Any

DATA_CHECKS = "results/data_checks.json"
DATA_CHECKS_CHECKSUMS = "results/data_checks.sha256"
# Empty: that it is there says that all data sets may be fitted.
DATA_CHECKED = "results/data_checked"
REPORT = "results/report.html"
FIGURES = ("criterion", "mixture", "log_likelihood", "em_at_work")


def prepared(dataset: str) -> dict[str, str]:
    """Return the files that the prepare step makes of a data set, by name."""
    return {
        "samples": f"results/{dataset}/samples.npy",
        "description": f"results/{dataset}/samples.json",
        "labels": f"results/{dataset}/labels.npy",
        "weights": f"results/{dataset}/weights.npy",
        "row_names": f"results/{dataset}/row_names.csv",
        "dropped": f"results/{dataset}/dropped_rows.npy",
        "samples_checksums": f"results/{dataset}/samples.sha256",
    }


def surveyed(dataset: str) -> dict[str, str]:
    """Return the file that says what the samples of a data set are like, and its checksum."""
    return {
        "survey": f"results/{dataset}/survey.json",
        "survey_checksums": f"results/{dataset}/survey.sha256",
    }


def repairs(dataset: str) -> str:
    """Return the file of the fits that repaired what searches of a data set missed."""
    return f"results/{dataset}/fits/repairs.npz"


def ranked(dataset: str) -> dict[str, str]:
    """Return the files that the ranking makes of a data set, by name."""
    return {
        "restarts": f"results/{dataset}/restarts.csv",
        "candidates": f"results/{dataset}/candidates.csv",
        "selection": f"results/{dataset}/selection.json",
        "model": f"results/{dataset}/model.json",
        "assignments": f"results/{dataset}/assignments.csv",
        "selection_checksums": f"results/{dataset}/selection.sha256",
    }


def bootstraps(dataset: str, n_bootstraps: int) -> list[str]:
    """Return the files of the fits to each bootstrap sample of a data set."""
    return [f"results/{dataset}/bootstrap/{index}.npz" for index in range(n_bootstraps)]


def assessed(dataset: str) -> dict[str, str]:
    """Return the files that sum up the bootstrap samples of a data set, by name."""
    return {
        "bootstrap": f"results/{dataset}/bootstrap.json",
        "stability": f"results/{dataset}/stability.csv",
        "bootstrap_checksums": f"results/{dataset}/bootstrap.sha256",
    }


def compared(dataset: str) -> dict[str, str]:
    """Return the file of the likelihood-ratio tests of a data set, and its checksum."""
    return {
        "comparison": f"results/{dataset}/likelihood_ratio.json",
        "comparison_checksums": f"results/{dataset}/likelihood_ratio.sha256",
    }


def confidence(dataset: str, selection: Mapping[str, Any]) -> dict[str, str]:
    """Return the files on the confidence in a choice, by name, that a configuration asks for.

    Args:
        dataset: the data set's name.
        selection: the configuration's selection.
    """
    files = assessed(dataset) if selection["bootstrap"] else {}
    return files | (compared(dataset) if selection["likelihood_ratio"] else {})


def figures(dataset: str) -> dict[str, str]:
    """Return the figures of a data set, by name."""
    drawn = {name: f"results/{dataset}/figures/{name}.svg" for name in FIGURES}
    return drawn | {"figures_checksums": f"results/{dataset}/figures.sha256"}


def answers(dataset: str) -> list[str]:
    """Return the files that say what was found in a data set, those on request among them."""
    named = {**ranked(dataset), **assessed(dataset), **compared(dataset), **figures(dataset)}
    return list(named.values())
