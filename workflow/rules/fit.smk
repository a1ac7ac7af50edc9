"""Fit and repair: samples.npy, weights.npy -> fits/K{n_components}_seeds{first}-{last}.npz,
fits/repairs.npz.

A file for each fit job, then one for all that repairs what their searches missed.
"""


rule fit:
    input:
        samples="results/{dataset}/samples.npy",
        weights="results/{dataset}/weights.npy",
        checksums="results/{dataset}/samples.sha256",
        checked=ancient(DATA_CHECKED),
    output:
        fits="results/{dataset}/fits/K{n_components}_seeds{first_seed}-{last_seed}.npz",
    log:
        "logs/{dataset}/fit_K{n_components}_seeds{first_seed}-{last_seed}.log",
    priority: length_of_fit
    conda:
        "../../environment.yml"
    threads: threads_of_one(len(DATASETS) * len(FIT_JOBS))
    resources:
        **asked(climbs_of_fit),
    params:
        settings=FIT_SETTINGS,
        code=code("fit.py"),
    script:
        "../scripts/fit.py"


rule repair:
    input:
        samples="results/{dataset}/samples.npy",
        weights="results/{dataset}/weights.npy",
        checksums="results/{dataset}/samples.sha256",
        fits=fits_of_dataset,
    output:
        repairs=repairs("{dataset}"),
    log:
        "logs/{dataset}/repair.log",
    conda:
        "../../environment.yml"
    threads: threads_of_one(len(DATASETS))
    resources:
        **asked(climbs_of_repair),
    params:
        settings=FIT_SETTINGS,
        code=code("repair.py"),
    script:
        "../scripts/repair.py"
