"""What the schedulers of clusters need to know: memory and run time of jobs, which ones are too
small for them, and the jobs that a killed run left behind.
"""

from gmm_core.families import resolve
from orphans import orphans_here, what_to_do
from resources import Climbs, need, stored_table

# Bytes of data up to which all that does not fit is done beside Snakemake, not on a node.
SMALL = 20_000_000
BESIDE_SNAKEMAKE = sum(map(data_bytes, DATASETS)) <= SMALL
LARGEST = max(CONFIG["grid"]["n_components"])
# MB that drawing takes.
FIGURES_MB = 300


def asked(climbs, extra_mb=0):
    """Return the resources of jobs that do climbs, as functions of a job: they are known once its
    samples are there.

    Args:
        climbs: function from wildcards and the number of families to the climbs done at a time.
        extra_mb: as in `need`.
    """

    def needed(wildcards, input, attempt):
        table = stored_table(input.samples)
        n_families = len(resolve(CONFIG["grid"]["families"], table.n_features))
        wanted = climbs(wildcards, n_families)
        return need(table, wanted, CONFIG["em"]["max_iterations"], extra_mb).again(attempt)

    def mem_mb(wildcards, input, attempt):
        return needed(wildcards, input, attempt).mem_mb

    def runtime(wildcards, input, attempt):
        return needed(wildcards, input, attempt).minutes

    return {"mem_mb": mem_mb, "runtime": runtime}


def climbs_of_fit(wildcards, n_families):
    """Return the climbs of a fit job."""
    n_seeds = int(wildcards.last_seed) - int(wildcards.first_seed) + 1
    return [Climbs(int(wildcards.n_components), n_families * n_seeds)]


def climbs_of_repair(wildcards, n_families):
    """Return the climbs of repairs: of each candidate a few."""
    return [Climbs(n_components, 3 * n_families) for n_components in CONFIG["grid"]["n_components"]]


def climbs_of_grid(wildcards, n_families):
    """Return the climbs of a whole grid and its repairs."""
    n_seeds = CONFIG["grid"]["n_seeds"] + 3
    return [
        Climbs(n_components, n_families * n_seeds)
        for n_components in CONFIG["grid"]["n_components"]
    ]


def climbs_of_tests(wildcards, n_families):
    """Return the climbs of likelihood-ratio tests: two models for each replicate."""
    n_climbs = 2 * CONFIG["grid"]["n_seeds"]
    return [
        Climbs(n_components, n_climbs)
        for n_components in CONFIG["grid"]["n_components"]
        for _ in range(N_REPLICATES + 1)
    ]


def one_climb(wildcards, n_families):
    """Return the climb of a job that looks at the selected mixture."""
    return [Climbs(LARGEST, 1)]


def one_climb_of_each_bootstrap(wildcards, n_families):
    """Return the climbs of a job that looks at the mixture of each bootstrap sample."""
    return [Climbs(LARGEST, 1)] * max(1, N_BOOTSTRAPS)


# The one handler that there may be: the last one wins.
onstart:
    problem = unwritable(
        {
            Path(file).parent
            for job in workflow.dag.needrun_jobs()
            for file in (*job.output, *job.log)
        }
    )
    if problem:
        raise WorkflowError(problem)
    orphans = orphans_here()
    if orphans:
        raise WorkflowError(what_to_do(orphans))
