"""Prepare: a data set of the configuration -> samples.npy, samples.json, labels.npy,
weights.npy."""


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
