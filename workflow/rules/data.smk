"""Prepare: a data set of the configuration -> samples.npy, samples.json, labels.npy."""


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


rule generate:
    output:
        **prepared("{dataset}"),
    log:
        "logs/{dataset}/generate.log",
    wildcard_constraints:
        dataset=names_with("synthetic"),
    conda:
        "../../environment.yml"
    params:
        synthetic=synthetic_mixture,
        seed=CONFIG["seed"],
        code=code("generate.py"),
    script:
        "../scripts/generate.py"


rule ingest:
    input:
        file=source_file,
    output:
        **prepared("{dataset}"),
    log:
        "logs/{dataset}/ingest.log",
    wildcard_constraints:
        dataset=names_with("file"),
    conda:
        "../../environment.yml"
    params:
        file=dataset_option("file", None),
        columns=dataset_option("columns", []),
        label=dataset_option("label", ""),
        code=code("ingest.py"),
    script:
        "../scripts/ingest.py"
