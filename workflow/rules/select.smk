"""Select: all fits of a data set -> restarts.csv, candidates.csv, model.json, assignments.csv."""


rule rank:
    input:
        **prepared("{dataset}"),
        fits=fits_of_dataset,
    output:
        **ranked("{dataset}"),
    log:
        "logs/{dataset}/rank.log",
    conda:
        "../../environment.yml"
    params:
        criterion=CONFIG["selection"]["criterion"],
        code=code("rank.py"),
    script:
        "../scripts/rank.py"
