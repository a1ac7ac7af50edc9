"""Prepare and check: a data set of the configuration -> samples.npy, samples.json, labels.npy ->
survey.json; the surveys of all data sets -> data_checks.json -> data_checked, without which nothing is fitted.
"""


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


rule survey:
    input:
        samples="results/{dataset}/samples.npy",
        description="results/{dataset}/samples.json",
    output:
        survey=surveyed("{dataset}"),
    log:
        "logs/{dataset}/survey.log",
    conda:
        "../../environment.yml"
    params:
        code=code("survey.py"),
    script:
        "../scripts/survey.py"


rule check:
    input:
        surveys=[surveyed(dataset) for dataset in DATASETS],
    output:
        checks=DATA_CHECKS,
    log:
        "logs/check.log",
    conda:
        "../../environment.yml"
    params:
        datasets=DATASETS,
        families=canonical(CONFIG["grid"]["families"]),
        sizes=canonical(CONFIG["grid"]["n_components"]),
        code=code("check.py"),
    script:
        "../scripts/check.py"


# The barrier: what fits takes this file as ancient(), so that every data set has been read and
# checked before, and yet a data set that changes leaves the fits to the others alone. A check that
# fails loses its own output, and without a file ancient() would fit everything again: this one stays.
rule begin:
    input:
        DATA_CHECKS,
    output:
        touch(DATA_CHECKED),
    log:
        "logs/begin.log",
    conda:
        "../../environment.yml"
