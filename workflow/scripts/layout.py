"""Where the files of a run lie, relative to the working directory."""

FIGURES = ("criterion", "mixture", "log_likelihood", "em_at_work")


def prepared(dataset: str) -> dict[str, str]:
    """Return the files that the prepare step makes of a data set, by name."""
    return {
        "samples": f"results/{dataset}/samples.npy",
        "description": f"results/{dataset}/samples.json",
        "labels": f"results/{dataset}/labels.npy",
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


def figures(dataset: str) -> dict[str, str]:
    """Return the figures of a data set, by name."""
    return {name: f"results/{dataset}/figures/{name}.svg" for name in FIGURES}
