"""Report: figures of each data set, one page of the whole run, and what went into it."""


rule plot:
    input:
        **prepared("{dataset}"),
        candidates="results/{dataset}/candidates.csv",
        restarts="results/{dataset}/restarts.csv",
        selection="results/{dataset}/selection.json",
        model="results/{dataset}/model.json",
        selection_checksums="results/{dataset}/selection.sha256",
        fits=all_fits_of_dataset,
    output:
        **figures("{dataset}"),
    log:
        "logs/{dataset}/plot.log",
    localrule: BESIDE_SNAKEMAKE
    conda:
        "../../environment.yml"
    resources:
        **asked(one_climb, FIGURES_MB),
    params:
        **CONFIG["figures"],
        settings=FIT_SETTINGS,
        code=code("plot.py"),
    script:
        "../scripts/plot.py"


rule report:
    input:
        DATA_CHECKS,
        DATA_CHECKS_CHECKSUMS,
        [
            file
            for dataset in DATASETS
            for files in (
                prepared(dataset),
                ranked(dataset),
                confidence(dataset, CONFIG["selection"]),
                figures(dataset),
            )
            for file in files.values()
        ],
    output:
        report=REPORT,
        config="results/run_config.yaml",
    log:
        "logs/report.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        config=configuration_in_force,
        code=code("report.py", TEMPLATE),
    script:
        "../scripts/report.py"


rule record:
    input:
        data=data_files,
        results=[
            REPORT,
            "results/run_config.yaml",
            DATA_CHECKS,
            DATA_CHECKED,
            DATA_CHECKS_CHECKSUMS,
            [dataset_results(dataset) for dataset in DATASETS],
        ],
    output:
        provenance="results/provenance.json",
    log:
        "logs/record.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        names=data_file_names,
        fingerprints=fingerprints,
        code=code("record.py"),
    script:
        "../scripts/record.py"
