"""Select: all fits of a data set -> restarts.csv, candidates.csv, selection.json, model.json,
assignments.csv.
"""


rule rank:
    input:
        **prepared("{dataset}"),
        fits=all_fits_of_dataset,
    output:
        **ranked("{dataset}"),
    log:
        "logs/{dataset}/rank.log",
    retries: 0
    localrule: BESIDE_SNAKEMAKE
    conda:
        "../../environment.yml"
    resources:
        **asked(one_climb),
    params:
        selection=canonical(RANKING),
        settings=FIT_SETTINGS,
        code=code("rank.py"),
    script:
        "../scripts/rank.py"
