"""Where the files of a run lie, relative to the working directory."""

from collections.abc import Mapping
from typing import Any

FIGURES = ("criterion", "mixture", "log_likelihood", "em_at_work")


def prepared(dataset: str) -> dict[str, str]:
    """Return the files that the prepare step makes of a data set, by name."""
    return {
        "samples": f"results/{dataset}/samples.npy",
        "description": f"results/{dataset}/samples.json",
        "labels": f"results/{dataset}/labels.npy",
        "weights": f"results/{dataset}/weights.npy",
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
    }


def bootstraps(dataset: str, n_bootstraps: int) -> list[str]:
    """Return the files of the fits to each bootstrap sample of a data set."""
    return [f"results/{dataset}/bootstrap/{index}.npz" for index in range(n_bootstraps)]


def assessed(dataset: str) -> dict[str, str]:
    """Return the files that sum up the bootstrap samples of a data set, by name."""
    return {
        "bootstrap": f"results/{dataset}/bootstrap.json",
        "stability": f"results/{dataset}/stability.csv",
    }


def compared(dataset: str) -> str:
    """Return the file of the likelihood-ratio tests of a data set."""
    return f"results/{dataset}/likelihood_ratio.json"


def confidence(dataset: str, selection: Mapping[str, Any]) -> dict[str, str]:
    """Return the files on the confidence in a choice, by name, that a configuration asks for.

    Args:
        dataset: the data set's name.
        selection: the configuration's selection.
    """
    files = assessed(dataset) if selection["bootstrap"] else {}
    return files | ({"comparison": compared(dataset)} if selection["likelihood_ratio"] else {})


def figures(dataset: str) -> dict[str, str]:
    """Return the figures of a data set, by name."""
    return {name: f"results/{dataset}/figures/{name}.svg" for name in FIGURES}
