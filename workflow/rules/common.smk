"""The configuration in force, the grid, and the fingerprints of code that decide what runs again.

All that a job depends on, beside its input files, stands in its params: the part of the
configuration that it uses, as JSON with sorted keys, and a fingerprint of its code.
"""

import json
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)
SCRIPTS = ROOT / "workflow" / "scripts"
sys.path[:0] = [str(ROOT), str(SCRIPTS)]

from configuration import ConfigurationError, data_file, effective_configuration
from fingerprint import fingerprint
from fit_jobs import fit_jobs
from layout import (
    DATA_CHECKED,
    DATA_CHECKS,
    assessed,
    bootstraps,
    compared,
    confidence,
    figures,
    prepared,
    ranked,
    repairs,
    surveyed,
)

DATA_FOLDERS = [
    Path(),
    *(Path(name).parent for name in workflow.overwrite_configfiles),
    ROOT,
]
try:
    CONFIG = effective_configuration(config, DATA_FOLDERS)
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None

DATASETS = list(CONFIG["datasets"])
FIT_JOBS = fit_jobs(CONFIG["grid"]["n_components"], CONFIG["grid"]["n_seeds"])
# Bytes of a data file from which on a fit job is worth all cores.
LARGE = 500_000_000
TEMPLATE = "workflow/report/report.html.j2"
RULES = [
    "generate",
    "ingest",
    "survey",
    "check",
    "fit",
    "repair",
    "rank",
    "plot",
    "report",
    "record",
]
N_BOOTSTRAPS = CONFIG["selection"]["bootstrap"]
N_REPLICATES = CONFIG["selection"]["likelihood_ratio"]
RULES += ["bootstrap", "assess"] if N_BOOTSTRAPS else []
RULES += ["compare"] if N_REPLICATES else []
# What ranks: of the configuration's selection, all that is not about further samples.
RANKING = {
    key: value
    for key, value in CONFIG["selection"].items()
    if key not in ("bootstrap", "likelihood_ratio")
}
DATA_FILES = {
    dataset["file"]: str(data_file(dataset["file"], DATA_FOLDERS))
    for dataset in CONFIG["datasets"].values()
    if "file" in dataset
}


wildcard_constraints:
    dataset="[A-Za-z0-9_][A-Za-z0-9_-]*",
    n_components=r"\d+",
    first_seed=r"\d+",
    last_seed=r"\d+",
    index=r"\d+",


def canonical(part):
    """Return a part of the configuration as text that is the same for every order of its keys."""
    return json.dumps(part, sort_keys=True)


def code(script, *others):
    """Return the fingerprint of a script, of what it imports, and of other files that it uses."""
    return fingerprint(SCRIPTS / script, [ROOT, SCRIPTS], [ROOT / other for other in others])


def fits(dataset):
    """Return the files of all fit jobs of a data set."""
    return [f"results/{dataset}/fits/{job.stem}.npz" for job in FIT_JOBS]


def all_fits(dataset):
    """Return the files of all fits of a data set, the repairs last."""
    return [*fits(dataset), repairs(dataset)]


def dataset_results(dataset):
    """Return every file of a data set."""
    named = {
        **prepared(dataset),
        **ranked(dataset),
        **confidence(dataset, CONFIG["selection"]),
        **figures(dataset),
    }
    named["survey"] = surveyed(dataset)
    return [*named.values(), *all_fits(dataset), *bootstraps(dataset, N_BOOTSTRAPS)]


def fits_of_dataset(wildcards):
    """Return the files of all fit jobs of the wildcards' data set."""
    return fits(wildcards.dataset)


def all_fits_of_dataset(wildcards):
    """Return the files of all fits of the wildcards' data set, the repairs last."""
    return all_fits(wildcards.dataset)


def bootstraps_of_dataset(wildcards):
    """Return the files of all bootstrap samples of the wildcards' data set."""
    return bootstraps(wildcards.dataset, N_BOOTSTRAPS)


def threads_of_one(n_jobs):
    """Return a function from a job's wildcards to its threads, given how many like it there are.

    One while jobs outnumber cores, all cores for a large data set.
    """

    def threads(wildcards):
        cores = workflow.cores or 1
        dataset = CONFIG["datasets"][wildcards.dataset]
        if "file" in dataset and Path(source_file(wildcards)).stat().st_size >= LARGE:
            return cores
        return max(1, cores // n_jobs)

    return threads


def names_with(key):
    """Return a pattern of the data sets that have a key; of none, one that matches nothing."""
    names = [name for name, dataset in CONFIG["datasets"].items() if key in dataset]
    return "|".join(names) or "(?!)"


def source_file(wildcards):
    """Return the path of a data set's file."""
    return DATA_FILES[CONFIG["datasets"][wildcards.dataset]["file"]]


def dataset_option(key, default):
    """Return a function from a job's wildcards to an option of its data set."""
    return lambda wildcards: CONFIG["datasets"][wildcards.dataset].get(key, default)


def synthetic_mixture(wildcards):
    """Return the mixture of a synthetic data set as text."""
    return canonical(CONFIG["datasets"][wildcards.dataset]["synthetic"])


def data_files(wildcards):
    """Return the paths of all data files."""
    return list(DATA_FILES.values())
