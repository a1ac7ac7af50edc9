"""gmm-select: how many groups are in a table of numbers, of what shape, and how sure is that?

prepare (generate | ingest) -> survey -> check -> fit -> repair -> rank -> plot -> report -> provenance

Optional, between rank and report: bootstrap -> assess, and compare. Of a finished run: verify.
"""

from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common.smk"
include: "workflow/rules/cluster.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/fit.smk"
include: "workflow/rules/select.smk"
include: "workflow/rules/confidence.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/verify.smk"


rule all:
    default_target: True
    input:
        "results/report.html",
        "results/run_config.yaml",
        "results/provenance.json",
        DATA_CHECKS,
        [dataset_results(dataset) for dataset in DATASETS],
