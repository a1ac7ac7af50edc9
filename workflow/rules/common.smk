"""The configuration in force, the grid, and the fingerprints of code that decide what runs again.

All that a job depends on, beside its input files, stands in its params: the part of the
configuration that it uses, as JSON with sorted keys, and a fingerprint of its code.
"""

import json
import sys
from os.path import abspath as absolute
from pathlib import Path

from snakemake.exceptions import WorkflowError

# Not workflow.basedir: that is of the workflow of which this one may be a module.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
if "{" in str(ROOT) or "}" in str(ROOT):
    raise WorkflowError(
        f"The workflow is in the folder {str(ROOT)!r}: Snakemake takes what stands in braces for "
        "names of its own. Move it to a folder without them."
    )
SCRIPTS = ROOT / "workflow" / "scripts"
sys.path[:0] = [str(ROOT), str(SCRIPTS)]

from configuration import ConfigurationError, effective_configuration
from configuration_files import unreadable
from dataset_checks import data_file
from fingerprint import fingerprint
from fit_jobs import fit_jobs
from layout import (
    DATA_CHECKED,
    DATA_CHECKS,
    DATA_CHECKS_CHECKSUMS,
    REPORT,
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
from other_runs import refusal, runs_here
from run_folder import unwritable
from sample_files import sha256
from up_to_date import is_same_run, repair_snakemake

# Snakemake itself would end with a traceback.
if problem := unwritable([Path(".snakemake")]):
    raise WorkflowError(problem)
# Snakemake itself would take the lock from a run that is alive.
if "--unlock" in sys.argv and (others := runs_here()):
    raise WorkflowError(refusal(others))

DEFAULT_RUN = ROOT / "config" / "config.yaml"

# A configuration that names data sets stands alone; else the default run is its base.
if "datasets" not in config:
    if unreadable(DEFAULT_RUN):
        raise WorkflowError(unreadable(DEFAULT_RUN))

    configfile: str(DEFAULT_RUN)


DATA_FOLDERS = [
    Path(),
    *(Path(name).parent for name in workflow.overwrite_configfiles),
    ROOT,
]
try:
    CONFIG = effective_configuration(config, DATA_FOLDERS, map(Path, workflow.configfiles))
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None

DATASETS = list(CONFIG["datasets"])
FIT_JOBS = fit_jobs(CONFIG["grid"]["n_components"], CONFIG["grid"]["n_seeds"])
# Bytes of a data set from which on a fit job is worth all cores, and that a thread is worth.
LARGE = 500_000_000
BYTES_OF_A_THREAD = 1_000_000
# Bytes of a data file from which on a change that keeps time and size goes unnoticed.
LONG_TO_READ = 100_000_000
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
# What decides on a fit beside the data, its number of components and its seeds.
FIT_SETTINGS = json.dumps(
    {
        "seed": CONFIG["seed"],
        "families": CONFIG["grid"]["families"],
        "starts": CONFIG["grid"]["starts"],
        "em": CONFIG["em"],
    },
    sort_keys=True,
)
# In a module Snakemake would look for a relative path in the module's prefix.
IN_MODULE = not workflow.modifier.is_main_snakefile()
DATA_FILES = {
    dataset["file"]: (absolute if IN_MODULE else str)(data_file(dataset["file"], DATA_FOLDERS))
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


def code_of_rules():
    """Return the fingerprint of the code of every rule that has a script."""
    of_rules = {name: code(f"{name}.py") for name in RULES}
    return of_rules | {"report": code("report.py", TEMPLATE)}


def last_run_is_the_same():
    """Return whether the last run that ended here was of what is in force now.

    In a module it is taken to be: others' results are there too, and not to be judged.
    """
    if IN_MODULE:
        return True
    inputs = {name: Path(path) for name, path in DATA_FILES.items()}
    return is_same_run(Path("results"), CONFIG, code_of_rules(), inputs)


repair_snakemake(last_run_is_the_same)


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
        **surveyed(dataset),
        **ranked(dataset),
        **confidence(dataset, CONFIG["selection"]),
        **figures(dataset),
    }
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

    One while jobs outnumber cores or for a small data set, all cores for a large one.
    """

    def threads(wildcards):
        size = data_bytes(wildcards.dataset)
        if size >= LARGE:
            return workflow.cores
        return max(1, min(workflow.cores // n_jobs, size // BYTES_OF_A_THREAD))

    return threads


def names_with(key):
    """Return a pattern of the data sets that have a key; of none, one that matches nothing."""
    names = [name for name, dataset in CONFIG["datasets"].items() if key in dataset]
    return "|".join(names) or "(?!)"


def data_bytes(dataset):
    """Return the size of a data set: of its file, or of the samples to draw."""
    described = CONFIG["datasets"][dataset]
    if "file" in described:
        return Path(DATA_FILES[described["file"]]).stat().st_size
    synthetic = described["synthetic"]
    return 8 * synthetic["n_samples"] * len(synthetic["means"][0])


def length_of_fit(wildcards):
    """Return about how long a fit takes, in no unit: the longest begin first, and end with others."""
    return int(wildcards.n_components) * data_bytes(wildcards.dataset)


def source_file(wildcards):
    """Return the path of a data set's file."""
    return DATA_FILES[data_file_name(wildcards)]


def data_file_content(wildcards):
    """Return a checksum of a data set's file, or of one that takes long to read only its size."""
    path = Path(source_file(wildcards))
    return str(path.stat().st_size) if path.stat().st_size > LONG_TO_READ else sha256(path)


def data_file_name(wildcards):
    """Return the name of a data set's file as the configuration gives it."""
    return CONFIG["datasets"][wildcards.dataset]["file"]


def table_options(wildcards):
    """Return how a data set's file is to be read, as text."""
    dataset = CONFIG["datasets"][wildcards.dataset]
    return canonical({key: value for key, value in dataset.items() if key != "file"})


def synthetic_mixture(wildcards):
    """Return the mixture of a synthetic data set as text."""
    return canonical(CONFIG["datasets"][wildcards.dataset]["synthetic"])


def data_files(wildcards):
    """Return the paths of all data files."""
    return list(DATA_FILES.values())


# Functions, as Snakemake takes {x} in a parameter that is plain text for a wildcard.
def configuration_in_force(wildcards):
    """Return the configuration in force as text."""
    return json.dumps(CONFIG)


def data_file_names(wildcards):
    """Return the names of all data files, as the configuration gives them."""
    return list(DATA_FILES)


def data_folders(wildcards):
    """Return the folders in which data files are looked for."""
    return [str(folder) for folder in DATA_FOLDERS]


def workflow_folder(wildcards):
    """Return the folder of the workflow."""
    return str(ROOT)


def all_cores(wildcards):
    """Return the number of cores that there are."""
    return workflow.cores


def fingerprints(wildcards):
    """Return the fingerprint of each rule's code as text."""
    return canonical(code_of_rules())
