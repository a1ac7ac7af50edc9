"""Fit: samples.npy -> fits/K{n_components}_seeds{first}-{last}.npz, a file for each fit job."""


rule fit:
    input:
        samples="results/{dataset}/samples.npy",
    output:
        fits="results/{dataset}/fits/K{n_components}_seeds{first_seed}-{last_seed}.npz",
    log:
        "logs/{dataset}/fit_K{n_components}_seeds{first_seed}-{last_seed}.log",
    conda:
        "../../environment.yml"
    threads: fit_threads
    params:
        families=canonical(CONFIG["grid"]["families"]),
        starts=canonical(CONFIG["grid"]["starts"]),
        em=canonical(CONFIG["em"]),
        seed=CONFIG["seed"],
        code=code("fit.py"),
    script:
        "../scripts/fit.py"
