"""One pass of gmm_core in both precisions, beside the machine's speed in matrix products."""

from collections.abc import Callable
from functools import partial
from itertools import product
from statistics import mean, median
from typing import Any

import numpy as np
from implementations import FEWEST_ITERATIONS, Problem, Timing, repeated, timed

from gmm_core import FAMILIES, Moments, Parameters, SampleBlocks, climb, collect
from gmm_core.engines import is_faster_factored
from gmm_core.families import Uses

# The name of what is no pass.
PRODUCT = (0, False)


def measure_passes(problem: Problem, n_rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Return how fast a pass is for one start and for ten, beside a product of large matrices.

    A pass of the expanded engine is two products of 2 N S K P operations each, with P = 1 + D +
    D (D + 1) / 2; the factored engine's is something else, and has no share. Climbs of many samples
    begin with passes in single precision.
    """
    blocks = SampleBlocks(problem.samples)
    stacks = {n_starts: some_stack(problem, blocks, n_starts) for n_starts in (1, 10)}
    square = np.random.default_rng(0).normal(size=(1000, 1000))

    def large_product() -> Timing:
        cpu, wall, _ = timed(lambda: square @ square)
        return Timing(cpu, wall, 1, float)

    def one_pass(n_starts: int, single: bool) -> Timing:
        stack, uses = stacks[n_starts], np.full(n_starts, Uses.ALL)
        singles = np.full(n_starts, single)
        cpu, wall, _ = timed(lambda: collect(blocks, stack, uses, single=singles))
        return Timing(cpu, wall, 1, float)

    tasks: dict[tuple[int, bool], Callable[[], Timing]] = {PRODUCT: large_product}
    for name in product(stacks, (False, True)):
        tasks[name] = partial(one_pass, *name)
    rounds: dict[tuple[int, bool], list[float]] = {name: [] for name in tasks}
    for _ in range(n_rounds):
        for name, task in tasks.items():
            rounds[name].append(mean(timing.cpu for timing in repeated(task, seconds)))
    spent = {name: median(seconds) for name, seconds in rounds.items()}
    peak = 2.0 * len(square) ** 3 / spent[PRODUCT]
    records = []
    for n_starts in stacks:
        n_lines = n_starts * problem.n_components
        factored = is_faster_factored(blocks, n_lines, Uses.ALL)
        in_double, in_single = spent[n_starts, False], spent[n_starts, True]
        speed = 4.0 * blocks.n_samples * n_lines * blocks.n_terms / in_double
        records.append(
            {
                **problem.sizes,
                "n_starts": n_starts,
                "engine": "factored" if factored else "expanded",
                "double_ms": 1e3 * in_double / n_starts,
                "single_ms": 1e3 * in_single / n_starts,
                "pass_gflops": None if factored else 1e-9 * speed,
                "product_gflops": 1e-9 * peak,
                "share": None if factored else speed / peak,
            }
        )
    return records


def some_stack(problem: Problem, blocks: SampleBlocks, n_starts: int) -> Parameters:
    """Return parameters on the way, as often as there are starts."""
    start = Moments(*(array[None] for array in problem.moments))
    (fit,) = climb(
        blocks, start, [FAMILIES["VVV"]], tolerance=0.0, max_iterations=FEWEST_ITERATIONS
    )
    mixture = fit.mixture
    parameters = (mixture.weights, mixture.means, mixture.covariances)
    return Parameters.of(*(np.stack([array] * n_starts) for array in parameters))
