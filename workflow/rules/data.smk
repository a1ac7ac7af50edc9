"""Prepare and check: a data set of the configuration -> samples.npy, samples.json and what goes with
them -> survey.json; the surveys of all data sets -> data_checks.json -> data_checked, without which
nothing is fitted.

What is wrong with a file or a table stays wrong: it is not tried again.
"""


rule generate:
    output:
        **prepared("{dataset}"),
    log:
        "logs/{dataset}/generate.log",
    wildcard_constraints:
        dataset=names_with("synthetic"),
    retries: 0
    localrule: BESIDE_SNAKEMAKE
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
    retries: 0
    localrule: BESIDE_SNAKEMAKE
    conda:
        "../../environment.yml"
    params:
        file=data_file_name,
        content=data_file_content,
        options=table_options,
        code=code("ingest.py"),
    script:
        "../scripts/ingest.py"


rule survey:
    input:
        samples="results/{dataset}/samples.npy",
        weights="results/{dataset}/weights.npy",
        description="results/{dataset}/samples.json",
        checksums="results/{dataset}/samples.sha256",
    output:
        **surveyed("{dataset}"),
    log:
        "logs/{dataset}/survey.log",
    localrule: BESIDE_SNAKEMAKE
    conda:
        "../../environment.yml"
    params:
        code=code("survey.py"),
    script:
        "../scripts/survey.py"


rule check:
    input:
        surveys=[surveyed(dataset)["survey"] for dataset in DATASETS],
        checksums=[surveyed(dataset)["survey_checksums"] for dataset in DATASETS],
    output:
        checks=DATA_CHECKS,
        checksums=DATA_CHECKS_CHECKSUMS,
    log:
        "logs/check.log",
    retries: 0
    localrule: True
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
    localrule: True
    conda:
        "../../environment.yml"
