"""Random mixtures, samples and starts that the tests of gmm_core share."""

import csv
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy.special import entr, logsumexp
from scipy.stats import multivariate_normal

import gmm_core as gmm
from gmm_core.engine import LOG2_E
from gmm_core.families import Uses

DATA = Path(__file__).parents[2] / "data"
SEVERAL_FEATURES = tuple(family.name for family in gmm.resolve(["all"], n_features=2))

extended = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="no extended precision on this machine"
)


def old_faithful():
    with (DATA / "old_faithful.csv").open() as lines:
        return np.array([[float(value) for value in row] for row in list(csv.reader(lines))[1:]])


def random_covariance(random, n_features):
    root = random.normal(size=(n_features, n_features))
    return root @ root.T + 0.3 * np.eye(n_features)


def random_mixture(random, n_components, n_features):
    return gmm.Mixture(
        weights=random.dirichlet(np.full(n_components, 5.0)),
        means=2.0 * random.normal(size=(n_components, n_features)),
        covariances=[random_covariance(random, n_features) for _ in range(n_components)],
    )


def random_samples(random, n_samples, n_components, n_features):
    return random_mixture(random, n_components, n_features).draw(n_samples, random)[0]


def random_responsibilities(random, n_samples, n_components):
    return random.dirichlet(np.full(n_components, 0.5), size=n_samples)


def stacked(records):
    """Return several records of arrays, such as moments, as one stack of them."""
    records = list(records)
    return type(records[0])(*(np.stack(arrays) for arrays in zip(*records, strict=True)))


def stack_of(mixtures):
    """Return the parameters of several mixtures as a stack."""
    arrays = [(m.weights, m.means, m.covariances) for m in mixtures]
    return stacked(gmm.Parameters.of(*three) for three in arrays)


def random_stack(random, uses, n_components, n_features):
    """Return a random mixture for each of the uses, its covariances as such families have them."""
    mixtures = [random_mixture(random, n_components, n_features) for _ in uses]
    for place, use in enumerate(uses):
        covariances = {
            Uses.POOLED: np.repeat(mixtures[place].covariances[:1], n_components, axis=0),
            Uses.VARIANCES: mixtures[place].covariances * np.eye(n_features),
            Uses.ALL: mixtures[place].covariances,
        }[use]
        mixtures[place] = replace(mixtures[place], covariances=covariances)
    return stack_of(mixtures)


def used(scatters, use):
    """Return what a family uses of scatters (..., K, D, D)."""
    if use == Uses.POOLED:
        return scatters.sum(axis=-3)
    return np.diagonal(scatters, axis1=-2, axis2=-1) if use == Uses.VARIANCES else scatters


def assert_same_mixture(one, other, rtol=1e-9, atol=0.0):
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=atol)


def assert_same_moments(found, expected, use):
    """Compare moments of samples of about unit size, in what a family uses of them."""
    n_samples = expected.counts.sum()
    np.testing.assert_allclose(found.counts, expected.counts, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.means, expected.means, rtol=1e-9, atol=1e-9)
    scatters = (used(moments.scatters, use) for moments in (found, expected))
    np.testing.assert_allclose(*scatters, rtol=1e-8, atol=1e-11 * n_samples)


def plain_moments(samples, responsibilities):
    """Return counts, means and scatters as their formulas say; responsibilities are (K, N)."""
    counts = responsibilities.sum(axis=1)
    means = np.array([r @ samples / r.sum() for r in responsibilities])
    scatters = [
        (r[:, None] * (samples - mean)).T @ (samples - mean)
        for r, mean in zip(responsibilities, means, strict=True)
    ]
    return gmm.Moments(counts, means, np.array(scatters))


def plain_statistics(samples, parameters):
    """Return log-likelihood, the labels' uncertainty and moments by scipy's densities.

    The uncertainty: the sum of log max_k r_nk, and the entropy.
    """
    parts = zip(*parameters[:3], strict=True)
    log_joint = np.array(
        [np.log(w) + np.atleast_1d(multivariate_normal(m, c).logpdf(samples)) for w, m, c in parts]
    )
    log_density = logsumexp(log_joint, axis=0)
    log_responsibilities = log_joint - log_density
    log_max = log_responsibilities.max(axis=0).sum()
    responsibilities = np.exp(log_responsibilities)
    uncertainty = log_max, entr(responsibilities).sum()
    return log_density.sum(), uncertainty, plain_moments(samples, responsibilities)


def wide_and_narrow(n_features, width, offset=0.0, units=1.0):
    """Return samples of two components, one of them `width` times as wide as the other."""
    random = np.random.default_rng(n_features)
    covariances = [random_covariance(random, n_features) for _ in range(2)]
    mixture = gmm.Mixture(
        [0.5, 0.5],
        units * (random.normal(size=(2, n_features)) + offset),
        units**2 * np.array(covariances) * np.array([1.0, width**2])[:, None, None],
    )
    return mixture.draw(2000, random)[0], mixture


def precise_statistics(samples, parameters):
    """Return log-densities (K, N), log-likelihood and moments in extended precision."""
    samples, (weights, means, covariances) = samples.astype(np.longdouble), parameters[:3]
    log_joint = []
    for weight, mean, covariance in zip(weights, means, covariances, strict=True):
        factor = cholesky_factor(covariance.astype(np.longdouble))
        whitened = solve_lower(factor, (samples - mean).T)
        log_scale = np.log(2.0 * np.longdouble(np.pi)) / 2.0 + np.log(np.diag(factor))
        log_joint.append(np.log(weight) - log_scale.sum() - (whitened**2).sum(axis=0) / 2.0)
    log_joint = np.array(log_joint)
    highest = log_joint.max(axis=0)
    log_density = highest + np.log(np.exp(log_joint - highest).sum(axis=0))
    # Near the means no digits of the samples are lost.
    shares = np.exp(log_joint - log_density)
    near = [plain_moments(samples - m, r[None]) for m, r in zip(means, shares, strict=True)]
    counts, shifts, scatters = (np.concatenate(arrays) for arrays in zip(*near, strict=True))
    return log_joint, log_density.sum(), gmm.Moments(counts, means + shifts, scatters)


def log_densities_of(engine, blocks):
    """Return what an engine makes of all samples, per unit of the data, (S, K, N)."""
    shape, precision = (len(engine.constant), engine.n_components), engine.precision
    parts = []
    for run in blocks.runs:
        for index in run:
            terms = blocks.terms(index, engine.n_terms, precision)
            out = np.empty((*shape, terms.shape[1]), dtype=precision.dtype)
            engine.log_densities(terms, slice(None), out)
            parts.append(out.astype(np.float64))
    constants = engine.constant[:, None, None] / blocks.n_samples
    return np.concatenate(parts, axis=-1) / LOG2_E + constants


def cholesky_factor(matrix):
    """Return the lower factor in the precision of the matrix."""
    factor = np.zeros_like(matrix)
    for j in range(len(matrix)):
        column = matrix[j:, j] - factor[j:, :j] @ factor[j, :j]
        factor[j:, j] = column / np.sqrt(column[0])
    return factor


def solve_lower(factor, right):
    """Return factor^-1 right for a lower triangular factor."""
    solution = np.zeros_like(right)
    for i, line in enumerate(factor):
        solution[i] = (right[i] - line[:i] @ solution[:i]) / line[i]
    return solution


def exact_moments(samples, responsibilities):
    """Return count, mean and scatter of a component, rounded once, from lists of floats."""
    rows = [[Fraction(value) for value in row] for row in samples.tolist()]
    shares = [Fraction(value) for value in responsibilities.tolist()]
    features = range(samples.shape[1])
    count = sum(shares)
    mean = [sum(r * x[i] for r, x in zip(shares, rows, strict=True)) / count for i in features]
    scatter = [
        [
            float(
                sum(
                    r * (x[i] - mean[i]) * (x[j] - mean[j])
                    for r, x in zip(shares, rows, strict=True)
                )
            )
            for j in features
        ]
        for i in features
    ]
    return float(count), [float(value) for value in mean], scatter


def scatter_error(found, expected):
    """Return the largest error of scatters in units of the component's own widths and count."""
    widths = np.sqrt(np.diagonal(expected.scatters, axis1=-2, axis2=-1))
    return (abs(found.scatters - expected.scatters) / (widths[:, None] * widths[..., None])).max()


def far_samples(n_samples, n_features=2):
    """Return samples of standard deviation 1 about 0 to which 2^20 can be added exactly."""
    random = np.random.default_rng(1)
    return np.round(random.normal(size=(n_samples, n_features)) * 2.0**30) / 2.0**30


class RowsOfFile:
    """Samples in a file of raw numbers, of which only slices are read."""

    def __init__(self, path, samples):
        self.path, self.shape = path, samples.shape
        samples.tofile(path)

    def __getitem__(self, rows):
        first, last, _ = rows.indices(self.shape[0])
        row_size = math.prod(self.shape[1:])
        numbers = np.fromfile(
            self.path, count=(last - first) * row_size, offset=8 * first * row_size
        )
        return numbers.reshape(-1, *self.shape[1:])


def blocks_of(samples):
    return samples if isinstance(samples, gmm.SampleBlocks) else gmm.SampleBlocks(samples)


def climb_stack(samples, starts, families, tolerance=1e-10, max_iterations=200, **options):
    """Climb from several starts, each in its own family."""
    return gmm.climb(
        blocks_of(samples),
        stacked(starts),
        families,
        tolerance=tolerance,
        max_iterations=max_iterations,
        **options,
    )


def climb_all(samples, moments, families, tolerance=1e-10, max_iterations=200, **options):
    """Climb from one start in every one of the families."""
    starts = [moments] * len(families)
    return climb_stack(samples, starts, families, tolerance, max_iterations, **options)


def climb_one(samples, moments, name, tolerance=1e-10, max_iterations=1000, **options):
    families = [gmm.FAMILIES[name]]
    (fit,) = climb_all(samples, moments, families, tolerance, max_iterations, **options)
    return fit


def moments_of(samples, responsibilities):
    return gmm.Start("given", responsibilities).moments(samples)


def moments_of_mixture(samples, mixture):
    return gmm.Start("given", mixture).moments(samples)
