"""Verify: results/ against provenance.json, the data, and a share of it computed again.

No part of a run. It takes what is there as it is - there are no inputs that it would bring up to
date first - and leaves nothing but its log.
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
