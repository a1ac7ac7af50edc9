"""One pass over the samples: what the E-step sums up for the M-step, for a stack of mixtures.

The only code whose cost grows with the number of samples. Which engine serves a mixture depends on
the mixture, the number of features and the number of components that share the pass; sums are
formed in an order that depends on the samples alone, whatever the number of threads.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, wait
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.engine import LOG2_E, Engine
from gmm_core.engines import engines_for, lost_digits
from gmm_core.mixture import EPSILON, TINY, FloatArray
from gmm_core.precision import Precision
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters

# So many totals from this one on, and up to K, have a product that is a floating-point number; with
# fewer totals their logs are as fast.
_FACTORS = 8
_MANY_TOTALS = 4096
# Numbers in the log-densities of a block for the mixtures that share a product, two megabytes.
_LOG_DENSITIES = 262144
_ROUNDINGS = 4.0


class Statistics(NamedTuple):
    """What one pass says of each mixture of a stack.

    log_likelihood: (S,) total over the samples, each times its weight.
    moments: counts (S, K), means (S, K, D) and scatters (S, K, D, D); of the scatters only what
        the mixture's family uses.
    """

    log_likelihood: FloatArray
    moments: Moments


class LabelUncertainty(NamedTuple):
    """How uncertain a mixture leaves the samples' labels; 0 where every label is certain.

    log_max_responsibility: (S,) sum over the samples of log max_k r_nk, the term of the ICL.
    entropy: (S,) - sum over samples and components of r_nk log r_nk.
    """

    log_max_responsibility: FloatArray
    entropy: FloatArray


def collect(
    samples: SampleBlocks,
    stack: Parameters,
    uses: NDArray[np.intp],
    *,
    errors: FloatArray | None = None,
    single: NDArray[np.bool_] | None = None,
    pool: Executor | None = None,
) -> Statistics:
    """Return each mixture's log-likelihood and the moments of the samples it is responsible for.

    Args:
        samples: N samples of D features, with their weights if they have any.
        stack: parameters of S mixtures with positive definite covariances.
        uses: what the family of each mixture uses of the scatters, S of them. A mixture of a
            family that uses them pooled must have equal covariances, one that uses the variances
            diagonal ones.
        errors: (S,) what `lost_digits` says of the stack, if it is known; the centred engine serves
            a mixture for which it is too large or infinite.
        single: (S,) which mixtures to serve in single precision, which is faster; none by default.
            Their errors must be at most `LARGEST_SINGLE_ERROR`, the samples unweighted.
        pool: threads that share the blocks, with the same result bit for bit as without.
    """
    errors = lost_digits(samples, stack) if errors is None else errors
    engines = engines_for(samples, stack, uses, errors, single)
    totals = _totals(samples, engines, pool)
    parts: list[tuple[FloatArray, ...]] = [
        (engine.constant + log_totals, *engine.moments(sums))
        for (_, engine), (log_totals, sums) in zip(engines, totals, strict=True)
    ]
    if len(parts) > 1:
        order = np.argsort(np.concatenate([places for places, _ in engines]))
        parts = [tuple(np.concatenate(arrays)[order] for arrays in zip(*parts, strict=True))]
    log_likelihood, *summed = parts[0]
    return Statistics(log_likelihood, Moments(*summed))


def rounding(
    n_samples: float, log_likelihood: FloatArray, errors: FloatArray, collinear: FloatArray
) -> FloatArray:
    """Return how much log-likelihoods of mixtures at rest differ by, (S,).

    By the sum's own rounding; by that of the fast engines' coefficients, which is the same for all
    samples but of any sign for each coefficient (the factor is measured); and by that of the
    covariances' factors, which grows with how nearly collinear the features are.

    Args:
        n_samples: N, the total weight of the samples.
        log_likelihood: (S,).
        errors: (S,) what `rounding_errors` says of the mixtures.
        collinear: (S,) the largest `inflation` of each.
    """
    inflated = EPSILON * collinear
    factors = np.sqrt(EPSILON / n_samples * inflated) + np.square(inflated)
    sums = (2.0 * EPSILON / n_samples) * np.abs(log_likelihood)
    return np.asarray(_ROUNDINGS * n_samples * (sums + 0.025 * errors + factors))


def label_uncertainty(
    samples: SampleBlocks,
    stack: Parameters,
    uses: NDArray[np.intp],
    *,
    pool: Executor | None = None,
) -> LabelUncertainty:
    """Return how uncertain each mixture leaves the samples' labels; arguments as of `collect`."""
    engines = engines_for(samples, stack, uses, lost_digits(samples, stack))
    runs = _map(partial(_uncertainty_of_run, samples, engines), samples.runs, pool)
    found = np.empty((2, len(uses)))
    found[:, np.concatenate([places for places, _ in engines])] = sum(runs)
    return LabelUncertainty(*found)


@cache
def _portions(n_mixtures: int, n_log_densities: int) -> list[slice]:
    """Return mixtures of so many log-densities each in portions whose own stay in a cache."""
    portion = max(1, _LOG_DENSITIES // n_log_densities)
    return [slice(first, first + portion) for first in range(0, n_mixtures, portion)]


def _totals(
    samples: SampleBlocks, engines: list[tuple[NDArray[np.intp], Engine]], pool: Executor | None
) -> list[tuple[FloatArray, Any]]:
    """Return the log totals and the sums of each engine over all samples, added up in order."""
    runs = iter(_map(partial(_sum_run, samples, engines), samples.runs, pool))
    totals: list[tuple[FloatArray, Any]] = next(runs)
    for run in runs:
        totals = [
            (log_totals + other_log_totals, engine.join(sums, other_sums))
            for (_, engine), (log_totals, sums), (other_log_totals, other_sums) in zip(
                engines, totals, run, strict=True
            )
        ]
    return totals


def _map(
    function: Callable[[range], Any], runs: list[range], pool: Executor | None
) -> Iterable[Any]:
    if pool is None or len(runs) == 1:
        return map(function, runs)
    futures = [pool.submit(function, run) for run in runs]
    # All at once: a thread that waits for each in turn takes the lock from those that compute.
    wait(futures)
    return [future.result() for future in futures]


def _sum_run(
    samples: SampleBlocks, engines: list[tuple[NDArray[np.intp], Engine]], run: range
) -> list[tuple[FloatArray, Any]]:
    totals = [(np.zeros(len(places)), engine.sums()) for places, engine in engines]
    for index, part, terms, weights in _parts(samples, engines, run):
        (log_totals, sums), (_, engine) = totals[index], engines[index]
        shares, block_log_totals = _colour(samples, engine, part, terms, weights)
        log_totals[part] += block_log_totals
        engine.add(sums, terms, part, shares)
    return totals


def _parts(
    samples: SampleBlocks, engines: list[tuple[NDArray[np.intp], Engine]], run: range
) -> Iterator[tuple[int, slice, FloatArray, FloatArray | None]]:
    """Yield the index of an engine, a part of its mixtures, and the terms and weights of a block.

    The blocks in turn, and for each the engines in turn.
    """
    n_terms = max(engine.n_terms for _, engine in engines)
    for block in run:
        weights, precision = samples.weights(block), None
        for index, (_, engine) in enumerate(engines):
            if precision is not engine.precision:
                precision = engine.precision
                terms = samples.terms(block, n_terms, precision)
            n_log_densities = engine.n_components * terms.shape[1]
            for part in _portions(len(engine.constant), n_log_densities):
                yield index, part, terms, weights


def _uncertainty_of_run(
    samples: SampleBlocks, engines: list[tuple[NDArray[np.intp], Engine]], run: range
) -> FloatArray:
    totals = [np.zeros((2, len(places))) for places, _ in engines]
    for index, part, terms, weights in _parts(samples, engines, run):
        shares, _ = _colour(samples, engines[index][1], part, terms, None)
        log_max, entropy = totals[index][:, part]
        log_max += _total(np.log(shares.max(axis=1)), weights)
        logs = samples.workspace("logs", *shares.shape)
        # 0 log 0 is 0.
        np.log(np.maximum(shares, TINY, out=logs), out=logs)
        if weights is not None:
            logs *= weights
        entropy -= np.einsum("skb,skb->s", shares, logs)
    return np.concatenate(totals, axis=1)


def _colour(
    samples: SampleBlocks,
    engine: Engine,
    part: slice,
    terms: FloatArray,
    weights: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    """Do the E-step of a block for a part of the mixtures that an engine serves.

    The largest log-density of a row need not be subtracted before the exponential if none is far
    above 0 and the total is not too small: two passes fewer over the largest array. Weights
    multiply what the row is divided by, which costs no pass over that array.

    Returns:
        The responsibilities (S, K, B) times the weights (B,), if there are any, and the weighted
        sum over the rows of the log of their totals before they were divided (S,).
    """
    shape = (len(engine.constant[part]), engine.n_components, terms.shape[1])
    precision = engine.precision
    shares = samples.workspace("responsibilities", *shape, precision=precision)
    engine.log_densities(terms, part, shares)
    if engine.n_components == 1:
        log_totals = _total(shares[:, 0], weights) / LOG2_E
        shares[...] = 1.0 if weights is None else weights
        return shares, log_totals
    log_totals = np.zeros(shape[0])
    totals = _powers(shares, precision) if engine.bounded else np.zeros(1)
    least = totals.min()
    if least < precision.smallest_total:
        if engine.bounded:
            engine.log_densities(terms, part, shares)
        highest = shares.max(axis=1)
        log_totals = _total(highest, weights) / LOG2_E
        shares -= highest[:, None]
        totals = _powers(shares, precision)
        least = 1.0
    if weights is None:
        log_totals += _sums_of_logs(totals, least, precision)
        factors = np.reciprocal(totals, out=totals)
    else:
        logs = np.log(totals, out=samples.workspace("logs", *totals.shape))
        log_totals += _total(logs, weights)
        factors = np.divide(weights, totals, out=totals)
    shares *= factors[:, None]
    return shares, log_totals


def _total(values: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Return the sums over B of values (S, B), each times its weight (B,) if there are any."""
    return np.asarray(
        values.sum(axis=1, dtype=np.float64)
        if weights is None
        else np.einsum("sb,b->s", values, weights)
    )


def _powers(exponents: FloatArray, precision: Precision) -> FloatArray:
    """Replace exponents (S, K, B) by the powers of 2; return the sums over K, (S, B)."""
    if exponents.min() < precision.lowest_exponent:
        np.maximum(exponents, precision.lowest_exponent, out=exponents)
    np.exp2(exponents, out=exponents)
    return np.asarray(exponents.sum(axis=1))


def _sums_of_logs(totals: FloatArray, least: float, precision: Precision) -> FloatArray:
    """Return the sums over B of the logs of totals (S, B), none of which is below the least.

    Of many by the logs of products of a few, where these are floating-point numbers.
    """
    if totals.size < _MANY_TOTALS or least < precision.smallest_factor:
        return np.asarray(np.log(totals).sum(axis=1, dtype=np.float64))
    n_products = totals.shape[1] // _FACTORS
    split = _FACTORS * n_products
    factors = totals[:, :split].reshape(len(totals), _FACTORS, n_products)
    products, rest = factors.prod(axis=1), totals[:, split:]
    logs = np.concatenate([np.log(products), np.log(rest)], axis=1)
    return np.asarray(logs.sum(axis=1, dtype=np.float64))
