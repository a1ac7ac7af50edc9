"""Select: all fits of a data set -> restarts.csv, candidates.csv, model.json, assignments.csv."""


def fits_of_dataset(wildcards):
    """Return the files of all fit jobs of the wildcards' data set."""
    return fits(wildcards.dataset)


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
