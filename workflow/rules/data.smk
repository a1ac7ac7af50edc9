"""Prepare: a data set of the configuration -> samples.npy, samples.json and what goes with them.

Neither is tried again: what is wrong with a file stays wrong.
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
        options=table_options,
        code=code("ingest.py"),
    script:
        "../scripts/ingest.py"
