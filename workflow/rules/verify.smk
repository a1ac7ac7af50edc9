"""Of a finished run: verify it against provenance.json, the data, and a share of it computed again;
export it as an RO-Crate, results.crate.zip.

Neither is part of a run. Both take what is there as it is - there are no inputs that they would bring
up to date first, and no outputs, so that they always run - and write nothing into results/.
"""


rule verify:
    log:
        "logs/verify.log",
    retries: 0
    localrule: True
    conda:
        "../../environment.yml"
    threads: all_cores
    params:
        folders=data_folders,
        config=configuration_in_force,
        fingerprints=fingerprints,
    script:
        "../scripts/verify.py"


rule crate:
    log:
        "logs/crate.log",
    retries: 0
    localrule: True
    conda:
        "../../environment.yml"
    params:
        root=workflow_folder,
        folders=data_folders,
        fingerprints=fingerprints,
        crate="results.crate.zip",
    script:
        "../scripts/crate.py"
