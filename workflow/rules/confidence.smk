"""Confidence in the choice, where it is asked for: samples.npy, weights.npy -> bootstrap/{index}.npz
(bootstrap) -> bootstrap.json, stability.csv (assess); samples.npy, weights.npy, model.json ->
likelihood_ratio.json (compare).
"""

# What decides on the fits to a bootstrap sample, beside the data and its index.
BOOTSTRAP_SETTINGS = canonical({key: CONFIG[key] for key in ("seed", "grid", "em")})


rule bootstrap:
    input:
        samples="results/{dataset}/samples.npy",
        weights="results/{dataset}/weights.npy",
        checksums="results/{dataset}/samples.sha256",
        checked=ancient(DATA_CHECKED),
    output:
        fits="results/{dataset}/bootstrap/{index}.npz",
    log:
        "logs/{dataset}/bootstrap_{index}.log",
    conda:
        "../../environment.yml"
    threads: threads_of_one(len(DATASETS) * max(1, N_BOOTSTRAPS))
    resources:
        **asked(climbs_of_grid),
    params:
        settings=BOOTSTRAP_SETTINGS,
        code=code("bootstrap.py"),
    script:
        "../scripts/bootstrap.py"


rule assess:
    input:
        **prepared("{dataset}"),
        model="results/{dataset}/model.json",
        checksums="results/{dataset}/samples.sha256",
        selection_checksums="results/{dataset}/selection.sha256",
        fits=bootstraps_of_dataset,
    output:
        **assessed("{dataset}"),
    log:
        "logs/{dataset}/assess.log",
    localrule: BESIDE_SNAKEMAKE
    conda:
        "../../environment.yml"
    resources:
        **asked(one_climb_of_each_bootstrap),
    params:
        selection=canonical(RANKING),
        settings=BOOTSTRAP_SETTINGS,
        code=code("assess.py"),
    script:
        "../scripts/assess.py"


rule compare:
    input:
        samples="results/{dataset}/samples.npy",
        weights="results/{dataset}/weights.npy",
        model="results/{dataset}/model.json",
        checksums="results/{dataset}/samples.sha256",
        selection_checksums="results/{dataset}/selection.sha256",
        checked=ancient(DATA_CHECKED),
    output:
        **compared("{dataset}"),
    log:
        "logs/{dataset}/compare.log",
    conda:
        "../../environment.yml"
    threads: threads_of_one(len(DATASETS))
    resources:
        **asked(climbs_of_tests),
    params:
        n_replicates=N_REPLICATES,
        grid=canonical({k: v for k, v in CONFIG["grid"].items() if k != "families"}),
        em=canonical(CONFIG["em"]),
        seed=CONFIG["seed"],
        code=code("compare.py"),
    script:
        "../scripts/compare.py"
