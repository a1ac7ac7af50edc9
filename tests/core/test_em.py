"""EM: its laws on random small data, scikit-learn as an oracle, and how climbs end."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gmm_cases import (
    SEVERAL_FEATURES,
    RowsOfFile,
    assert_same_mixture,
    climb_all,
    climb_one,
    climb_stack,
    moments_of,
    moments_of_mixture,
    old_faithful,
    random_responsibilities,
    random_samples,
    stack_of,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from gmm_core import (
    FAMILIES,
    Mixture,
    Moments,
    Outcome,
    SampleBlocks,
    e_step,
    m_step,
    resolve,
    start,
)
from gmm_core.engines import LARGEST_ERROR, lost_digits
from gmm_core.stack import Parameters, at
from gmm_core.stopping import collapses, remaining_gain

# What fails is a seed: there is nothing to shrink.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
law = settings(max_examples=25, deadline=None, phases=PHASES)
EIGHT_ITERATIONS = {"tolerance": 0.0, "max_iterations": 8, "accelerate": False}
PLAIN = {"accelerate": False}
seeds = st.integers(0, 2**32 - 1)
FREER = [
    (strict.name, free.name)
    for n_features in (1, 2)
    for free in resolve(["all"], n_features)
    for strict in resolve(["all"], n_features)
    if free.contains(strict)
    and not any(
        free.contains(other) and other.contains(strict)
        for other in resolve(["all"], n_features)
        if other not in (strict, free)
    )
    and strict != free
]


@st.composite
def problems(draw, n_components=(1, 4), n_features=(1, 3), least_samples=8, decimals=(1, 12)):
    random = np.random.default_rng(draw(seeds))
    d, k = draw(st.integers(*n_features)), draw(st.integers(*n_components))
    n_samples = draw(st.integers(least_samples, 60))
    samples = np.round(random_samples(random, n_samples, k, d), draw(st.sampled_from(decimals)))
    return samples, random_responsibilities(random, n_samples, k), resolve(["all"], d)


smooth_problems = problems(least_samples=30, decimals=(12,))


def nearly_equal_features(random, n_samples, share):
    """Return samples with two features; the second has `share` of its variance for itself."""
    first, own = random.normal(size=(n_samples, 2)).T
    return np.column_stack([first, first + np.sqrt(share) * own])


def sound_pairs(fits, others):
    """Return the pairs of fits without a collapse, near which rounding decides."""
    pairs = zip(fits, others, strict=True)
    return [(fit, other) for fit, other in pairs if fit.mixture and other.mixture]


def widest_ratio(mixture):
    """Return the largest ratio of variances in two directions of a component."""
    variances = np.linalg.eigvalsh(mixture.covariances)
    return (variances[:, -1] / variances[:, 0]).max()


def place_rounding(samples, mixture):
    """Return the rounding of the samples' places in units of the least width of a component."""
    least_width = np.sqrt(np.linalg.eigvalsh(mixture.covariances).min())
    return np.finfo(float).eps * np.abs(samples).max() / least_width


def assert_same_bits(one, other):
    assert (one.outcome, one.message) == (other.outcome, other.message)
    np.testing.assert_array_equal(one.trace, other.trace)
    np.testing.assert_array_equal(one.counts, other.counts)
    for name in ("log_max_responsibility", "entropy"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    if one.mixture is not None:
        assert_same_mixture(one.mixture, other.mixture, rtol=0.0)


@law
@given(problems() | problems(n_features=(5, 6), least_samples=40))
def test_the_trace_never_falls(problem):
    samples, responsibilities, families = problem
    for fit in climb_all(
        samples, moments_of(samples, responsibilities), families, max_iterations=60
    ):
        # Near a collapse, rounding errors of the covariance are errors of the log-likelihood.
        rounding = 1e-10 if fit.mixture and widest_ratio(fit.mixture) < 1e8 else 1e-3
        assert (np.diff(fit.trace) >= -rounding * (1.0 + np.abs(fit.trace[1:]))).all()


@law
@given(problems())
def test_a_fit_says_of_its_mixture_what_the_e_step_says(problem):
    samples, responsibilities, families = problem
    for fit in climb_all(
        samples, moments_of(samples, responsibilities), families, **EIGHT_ITERATIONS
    ):
        if fit.mixture is not None:
            log_likelihood, shares = e_step(samples, fit.mixture)
            # Beside the width of a component that is about to collapse, places are rounded.
            rounding = 1e-9 + len(samples) * place_rounding(samples, fit.mixture)
            assert fit.log_likelihood == pytest.approx(log_likelihood, rel=1e-9, abs=rounding)
            np.testing.assert_allclose(fit.counts, shares.sum(axis=0), rtol=1e-7, atol=rounding)
            assert fit.log_max_responsibility == pytest.approx(
                np.log(shares.max(axis=1)).sum(), rel=1e-7, abs=rounding
            )


@law
@given(smooth_problems, seeds)
def test_permuting_samples_changes_nothing(problem, seed):
    samples, responsibilities, families = problem
    order = np.random.default_rng(seed).permutation(len(samples))
    fits, permuted = (
        climb_all(rows, moments_of(rows, shares), families, **EIGHT_ITERATIONS)
        for rows, shares in ((samples, responsibilities), (samples[order], responsibilities[order]))
    )
    for fit, other in sound_pairs(fits, permuted):
        np.testing.assert_allclose(fit.trace, other.trace, rtol=1e-8, atol=1e-8)


@law
@given(smooth_problems, seeds)
def test_permuting_components_permutes_the_mixture(problem, seed):
    samples, responsibilities, families = problem
    order = np.random.default_rng(seed).permutation(responsibilities.shape[1])
    fits, permuted = (
        climb_all(samples, moments_of(samples, shares), families, **EIGHT_ITERATIONS)
        for shares in (responsibilities, responsibilities[:, order])
    )
    for fit, other in sound_pairs(fits, permuted):
        np.testing.assert_allclose(fit.trace, other.trace, rtol=1e-8, atol=1e-8)
        reordered = fit.mixture.reordered(order)
        assert_same_mixture(reordered, other.mixture, rtol=1e-6, atol=1e-8)


@law
@given(smooth_problems, seeds)
def test_new_units_shift_the_log_likelihood_by_the_log_of_the_volume(problem, seed):
    samples, responsibilities, _ = problem
    n_samples, n_features = samples.shape
    families = resolve(["VVV", "EEE", "EEI", "VVI", "VEI", "EVI", "VEE", "EVV"], n_features)
    random = np.random.default_rng(seed)
    scale = 10.0 ** random.uniform(-3.0, 3.0, size=n_features)
    shift = scale * random.uniform(-100.0, 100.0, size=n_features)
    given_, moved = moments_of(samples, responsibilities), samples * scale + shift
    start_ = Moments(
        given_.counts, given_.means * scale + shift, given_.scatters * np.outer(scale, scale)
    )
    fits = climb_all(samples, given_, families, **EIGHT_ITERATIONS)
    others = climb_all(moved, start_, families, **EIGHT_ITERATIONS)
    for fit, other in sound_pairs(fits, others):
        expected = fit.trace - n_samples * np.log(scale).sum()
        np.testing.assert_allclose(other.trace, expected, rtol=1e-7, atol=1e-7)
        means = fit.mixture.means * scale + shift
        np.testing.assert_allclose((other.mixture.means - means) / scale, 0.0, atol=1e-6)


@law
@given(problems(n_features=(2, 3), least_samples=30, decimals=(12,)), seeds)
def test_turning_the_axes_and_one_unit_for_all_turn_the_mixture_of_families_without_axes(
    problem, seed
):
    # EVE and VVE search for their axes among others from those of the features.
    samples, responsibilities, _ = problem
    n_samples, n_features = samples.shape
    names = ["EII", "VII", "EEE", "VEE", "EEV", "VEV", "EVV", "VVV"]
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.normal(size=(n_features, n_features)))[0]
    turn *= 10.0 ** random.uniform(-3.0, 3.0)
    given_, moved = moments_of(samples, responsibilities), samples @ turn.T
    start_ = Moments(given_.counts, given_.means @ turn.T, turn @ given_.scatters @ turn.T)
    families = resolve(names, n_features)
    fits = climb_all(samples, given_, families, **EIGHT_ITERATIONS)
    others = climb_all(moved, start_, families, **EIGHT_ITERATIONS)
    for fit, other in sound_pairs(fits, others):
        expected = fit.trace - n_samples * np.linalg.slogdet(turn)[1]
        np.testing.assert_allclose(other.trace, expected, rtol=1e-6, atol=1e-6)


@law
@given(problems(n_components=(1, 1), least_samples=12))
def test_one_component_is_the_closed_form(problem):
    samples, _, families = problem
    n_features = samples.shape[1]
    covariance = np.atleast_2d(np.cov(samples.T, bias=True))
    closed = {
        "I": np.eye(n_features) * np.trace(covariance) / n_features,
        "D": np.diag(np.diag(covariance)),
        "F": covariance,
    }
    shape = {name: "I" if name[1:] == "II" else "D" for name in SEVERAL_FEATURES if name[2] == "I"}
    fits = climb_all(samples, start(samples, 1, seed=0, seed_index=1).moments(samples), families)
    for family, fit in zip(families, fits, strict=True):
        assert fit.outcome is Outcome.CONVERGED
        assert fit.mixture.weights.tolist() == [1.0]
        np.testing.assert_allclose(fit.mixture.means[0], samples.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(
            fit.mixture.covariances[0],
            closed[shape.get(family.name, "F")],
            rtol=1e-9,
            atol=1e-12,
        )
        assert fit.log_max_responsibility == fit.entropy == 0.0


@law
@given(smooth_problems)
def test_every_sample_twice_doubles_the_log_likelihood_alone(problem):
    samples, responsibilities, families = problem
    once, twice = (
        climb_all(rows, moments_of(rows, shares), families, **EIGHT_ITERATIONS)
        for rows, shares in (
            (samples, responsibilities),
            (np.tile(samples, (2, 1)), np.tile(responsibilities, (2, 1))),
        )
    )
    for fit, other in sound_pairs(once, twice):
        np.testing.assert_allclose(other.trace, 2.0 * fit.trace, rtol=1e-8, atol=1e-8)
        assert_same_mixture(fit.mixture, other.mixture, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("strict", "free"), FREER)
@settings(max_examples=5, deadline=None, phases=PHASES)
@given(seeds)
def test_a_freer_family_started_at_a_stricter_fit_never_ends_lower(strict, free, seed):
    random = np.random.default_rng(seed)
    samples = random_samples(random, 50, 3, 2 if strict in SEVERAL_FEATURES else 1)
    responsibilities = random_responsibilities(random, 50, 3)
    first = moments_of(samples, responsibilities)
    fit = climb_one(samples, first, strict, max_iterations=50)
    if fit.mixture is not None:
        first = moments_of_mixture(samples, fit.mixture)
        freer = climb_one(samples, first, free, max_iterations=50)
        assert freer.trace.min() >= fit.log_likelihood - 1e-9


@pytest.mark.parametrize("name", SEVERAL_FEATURES)
def test_both_steps_leave_a_fixed_point_alone(name):
    samples = random_samples(np.random.default_rng(3), 300, 3, 2)
    family = FAMILIES[name]
    first = start(samples, 3, seed=0, seed_index=0).moments(samples)
    fit = climb_one(samples, first, name, tolerance=1e-15, max_iterations=5000)
    assert fit.outcome is Outcome.CONVERGED
    log_likelihood, responsibilities = e_step(samples, fit.mixture)
    assert_same_mixture(m_step(samples, responsibilities, family), fit.mixture, rtol=1e-5)
    again = climb_one(samples, moments_of_mixture(samples, fit.mixture), name)
    assert again.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(again.trace, log_likelihood, rtol=1e-12)


@pytest.mark.parametrize("n_features", [1, 2, 6])
def test_an_iteration_is_an_e_step_and_an_m_step(n_features):
    samples = random_samples(np.random.default_rng(4), 400, 3, n_features)
    first = random_responsibilities(np.random.default_rng(5), 400, 3)
    families = resolve(["all"], n_features)
    fits = climb_all(samples, moments_of(samples, first), families, max_iterations=5, **PLAIN)
    for family, fit in zip(families, fits, strict=True):
        responsibilities, trace = first, []
        for _ in range(6):
            mixture = m_step(samples, responsibilities, family)
            log_likelihood, responsibilities = e_step(samples, mixture)
            trace.append(log_likelihood)
        np.testing.assert_allclose(fit.trace, trace, rtol=1e-12)
        assert_same_mixture(fit.mixture, mixture, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "alias"), [("VVV", "full"), ("EEE", "tied"), ("VVI", "diag"), ("VII", "spherical")]
)
def test_scikit_learn_climbs_to_the_same_optimum(name, alias):
    samples = old_faithful()
    samples = (samples - samples.mean(axis=0)) / samples.std(axis=0)
    weights, means, variance = np.array([0.4, 0.6]), np.array([[-1.0, -1.0], [1.0, 1.0]]), 0.5
    precisions = {
        "full": np.broadcast_to(np.eye(2) / variance, (2, 2, 2)),
        "tied": np.eye(2) / variance,
        "diag": np.full((2, 2), 1.0 / variance),
        "spherical": np.full(2, 1.0 / variance),
    }
    theirs = GaussianMixture(
        n_components=2,
        covariance_type=alias,
        tol=1e-13,
        reg_covar=0.0,
        max_iter=1000,
        weights_init=weights,
        means_init=means,
        precisions_init=precisions[alias],
    ).fit(samples)
    mixture = Mixture(weights, means, np.broadcast_to(np.eye(2) * variance, (2, 2, 2)))
    ours = climb_one(samples, moments_of_mixture(samples, mixture), name, tolerance=1e-13)
    covariances = {
        "full": lambda c: c,
        "tied": lambda c: np.broadcast_to(c, (2, 2, 2)),
        "diag": lambda c: c[:, None, :] * np.eye(2),
        "spherical": lambda c: c[:, None, None] * np.eye(2),
    }[alias](theirs.covariances_)
    assert ours.log_likelihood == pytest.approx(theirs.score(samples) * len(samples), rel=1e-9)
    expected = Mixture(theirs.weights_, theirs.means_, covariances)
    assert_same_mixture(ours.mixture, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("n_samples", "n_features"), [(60, 1), (60, 2), (4500, 2), (300, 6)])
def test_a_stack_climbs_as_each_of_its_starts_does_alone(n_samples, n_features):
    random = np.random.default_rng(6)
    samples = random.normal(size=(n_samples, n_features)) + 6.0 * random.integers(
        3, size=(n_samples, 1)
    )
    pairs = [
        (family, start(samples, 3, seed, index).moments(samples))
        for family in resolve(["all"], n_features)
        for seed, index in ((0, 3), (0, 4), (1, 1))
    ]
    families, first = zip(*pairs, strict=True)
    together = climb_stack(samples, first, families, 1e-6, 120, **PLAIN)
    assert len({fit.n_iterations for fit in together}) > 2
    for family, moments, fit in zip(families, first, together, strict=True):
        alone = climb_one(samples, moments, family.name, 0.0, fit.n_iterations, **PLAIN)
        np.testing.assert_allclose(alone.trace, fit.trace, rtol=1e-10)
        np.testing.assert_allclose(alone.counts, fit.counts, rtol=1e-7)
        assert_same_mixture(alone.mixture, fit.mixture, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(("n_samples", "n_features"), [(70_001, 1), (20_001, 6)])
def test_threads_and_files_climb_with_the_same_bits(n_samples, n_features, tmp_path):
    samples = random_samples(np.random.default_rng(16), n_samples, 3, n_features)
    families = resolve(["all"], n_features)
    starts = [start(samples[:500], 3, 0, 0).moments(samples[:500])] * len(families)
    arguments = (starts, families, 1e-10, 3)
    file = SampleBlocks(RowsOfFile(tmp_path / "rows", samples))
    expected = climb_stack(samples, *arguments)
    for n_threads in (2, 4):
        with ThreadPoolExecutor(n_threads) as pool:
            for fit, other in zip(climb_stack(file, *arguments, pool=pool), expected, strict=True):
                assert_same_bits(fit, other)


@pytest.mark.parametrize("width", [1e-5, 1e-7])
@pytest.mark.parametrize(
    ("name", "n_features"),
    [(family.name, d) for d in (1, 2, 5) for family in resolve(["all"], d)],
)
def test_a_sudden_fall_in_width_is_measured_again(name, n_features, width):
    random = np.random.default_rng(17)
    means = [np.zeros(n_features), np.full(n_features, 100.0)]
    parts = [mean + width * random.normal(size=(200, n_features)) for mean in means]
    samples = np.vstack(parts)
    wide = Mixture([0.5, 0.5], means, [np.eye(n_features)] * 2)
    assert lost_digits(SampleBlocks(samples), stack_of([wide])).item() < LARGEST_ERROR
    expected = m_step(samples, labels(200, 200), FAMILIES[name])
    for max_iterations in (1, 100):
        first = moments_of_mixture(samples, wide)
        fit = climb_one(samples, first, name, max_iterations=max_iterations)
        assert fit.outcome is not Outcome.COLLAPSED
        np.testing.assert_allclose(fit.mixture.means, expected.means, atol=1e-12)
        covariances = (mixture.covariances / width**2 for mixture in (fit.mixture, expected))
        np.testing.assert_allclose(*covariances, rtol=1e-7, atol=1e-7)
        assert (np.diff(fit.trace) >= -1e-10 * np.abs(fit.trace[1:])).all()
    assert fit.outcome is Outcome.CONVERGED


def test_climbs_that_fall_while_others_end_keep_their_own_place():
    random, width, means = np.random.default_rng(18), 1e-7, np.array([[0.0], [100.0]])
    samples = np.repeat(means, 200, axis=0) + width * random.normal(size=(400, 1))
    expected = m_step(samples, labels(200, 200), FAMILIES["V"])
    orders = [np.array(order) for order in ([0, 1], [1, 0])] * 12
    # The wider a start, the later its components part, each about its own 200 samples.
    variances = np.geomspace(10.0, 2500.0, len(orders))
    starts = [
        moments_of_mixture(
            samples, Mixture([0.5, 0.5], 50.0 + 0.2 * (means[order] - 50.0), [[[v]]] * 2)
        )
        for order, v in zip(orders, variances, strict=True)
    ]
    fits = climb_stack(samples, starts, [FAMILIES["V"]] * len(starts), 1e-8, **PLAIN)
    assert len({fit.n_iterations for fit in fits}) > 5
    for order, fit in zip(orders, fits, strict=True):
        assert fit.outcome is Outcome.CONVERGED
        np.testing.assert_allclose(fit.mixture.means, expected.means[order], atol=1e-12)
        np.testing.assert_allclose(fit.mixture.covariances, expected.covariances[order], rtol=1e-7)
        assert (np.diff(fit.trace) >= -1e-10 * np.abs(fit.trace[1:])).all()


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5, 1e-8])
def test_a_climb_converges_where_three_estimates_on_end_leave_less_than_the_tolerance(tolerance):
    samples = random_samples(np.random.default_rng(7), 200, 3, 2)
    first = moments_of(samples, random_responsibilities(np.random.default_rng(8), 200, 3))
    fit = climb_one(samples, first, "VVV", tolerance=tolerance, **PLAIN)
    trace = climb_one(samples, first, "VVV", tolerance=0.0, max_iterations=600, **PLAIN).trace
    calm = [remaining_gain(trace[:end]) < 200 * tolerance for end in range(1, len(trace) + 1)]
    length = next(end for end in range(3, len(trace)) if all(calm[end - 3 : end]))
    np.testing.assert_array_equal(fit.trace, trace[:length])
    assert fit.outcome is Outcome.CONVERGED
    assert fit.n_iterations == length - 1
    assert fit.message == f"at a fixed point after {length - 1} iterations"


def test_a_smaller_tolerance_leaves_less_to_gain():
    samples = old_faithful()
    first = moments_of(samples, 0.6 * np.eye(2)[(samples[:, 1] > 67.0).astype(int)] + 0.2)
    limit = climb_one(samples, first, "VVV", tolerance=1e-14).log_likelihood
    for tolerance in (1e-4, 1e-6, 1e-8):
        left = limit - climb_one(samples, first, "VVV", tolerance=tolerance).log_likelihood
        assert -1e-9 <= left < 10.0 * tolerance * len(samples)


@pytest.mark.parametrize("share", [1e-1, 1e-2, 1e-3])
def test_a_climb_comes_to_rest_where_its_gains_are_rounding_alone(share):
    samples = nearly_equal_features(np.random.default_rng(14), 50_000, share)
    samples[25_000:] += 6.0
    blocks, first = SampleBlocks(samples), moments_of(samples, 0.8 * labels(25_000, 25_000) + 0.1)
    fit = climb_one(blocks, first, "VVV", tolerance=1e-15, max_iterations=50)
    assert lost_digits(blocks, stack_of([fit.mixture])).item() < LARGEST_ERROR
    assert fit.outcome is Outcome.CONVERGED


def test_a_climb_among_narrow_components_is_as_long_as_among_wide_ones():
    random = np.random.default_rng(19)
    near = np.concatenate([random.normal(size=600), 2.5 + random.normal(size=300)])
    far = 5.0 + random.normal(size=300)
    n_iterations = []
    for width in (1e-2, 1e-5, 1e-8):
        samples = np.concatenate([width * near, far])[:, None]
        means = np.array([[0.0], [2.5 * width], [5.0]])
        covariances = np.array([width, width, 1.0])[:, None, None] ** 2
        first = moments_of_mixture(samples, Mixture([0.5, 0.25, 0.25], means, covariances))
        fit = climb_one(samples, first, "V", tolerance=1e-8, **PLAIN)
        assert fit.outcome is Outcome.CONVERGED
        n_iterations.append(fit.n_iterations)
    assert min(n_iterations) > 200
    assert np.ptp(n_iterations) <= 2


@pytest.mark.parametrize("max_iterations", [0, 1, 3])
def test_a_climb_ends_at_the_iteration_limit_and_says_what_to_raise(max_iterations):
    samples = random_samples(np.random.default_rng(8), 50, 2, 2)
    responsibilities = random_responsibilities(np.random.default_rng(9), 50, 2)
    first = moments_of(samples, responsibilities)
    fit = climb_one(samples, first, "VVV", max_iterations=max_iterations)
    assert fit.outcome is Outcome.ITERATION_LIMIT
    assert fit.n_iterations == max_iterations
    assert fit.message == ("stopped by em: max_iterations before it came to rest; raise it")
    assert fit.log_likelihood == pytest.approx(e_step(samples, fit.mixture)[0], rel=1e-12)
    if max_iterations == 0:
        expected = m_step(samples, responsibilities, FAMILIES["VVV"])
        assert_same_mixture(fit.mixture, expected, rtol=1e-14)


def cloud_and(others):
    return np.vstack([np.random.default_rng(10).normal(size=(40, 2)), others])


def labels(*sizes):
    return np.repeat(np.eye(len(sizes)), sizes, axis=0)


COLLAPSES = {
    "empty": (
        cloud_and([[5.0, 5.0]]),
        Mixture([0.5, 0.5], [[0.0, 0.0], [900.0, 900.0]], [np.eye(2), np.eye(2)]),
        r"component 2 has lost all its samples: use fewer components or a family",
    ),
    "narrow": (
        cloud_and(np.tile([[7.3, 8.1]], (6, 1))),
        labels(40, 6),
        r"component 2 has shrunk onto a single value in some feature: use fewer",
    ),
    "narrow in one feature": (
        cloud_and([[value, 8.1] for value in range(6)]),
        labels(40, 6),
        r"component 2 has shrunk onto a single value in some feature: use fewer",
    ),
    "flat": (
        cloud_and([[10.0 + value, 0.3 * value] for value in range(6)]),
        labels(40, 6),
        r"component 2 has shrunk onto a line or plane: use fewer",
    ),
    "empty rather than narrow": (
        cloud_and(np.tile([[7.3, 8.1]], (6, 1))),
        np.hstack([labels(40, 6), np.full((46, 1), 1e-13)]),
        r"component 3 has lost all its samples",
    ),
    "first of two": (
        np.vstack([np.tile([[7.3, 8.1]], (6, 1)), np.ones((5, 2))]),
        labels(6, 5),
        r"component 1 has shrunk onto a single value",
    ),
}


@pytest.mark.parametrize("case", COLLAPSES)
def test_a_collapse_ends_the_climb_and_names_the_component(case):
    samples, unknown, words = COLLAPSES[case]
    from_mixture = isinstance(unknown, Mixture)
    first = (moments_of_mixture if from_mixture else moments_of)(samples, unknown)
    fit = climb_one(samples, first, "VVV")
    assert fit.outcome is Outcome.COLLAPSED
    assert re.match(words, fit.message)
    assert fit.mixture is None
    assert fit.counts.size == 0
    assert np.isnan([fit.log_likelihood, fit.log_max_responsibility, fit.entropy]).all()


@pytest.mark.parametrize("n_repeats", [10, 500, 5000])
@pytest.mark.parametrize("value", [7.3, 0.1, -1234.5])
def test_a_component_on_repeated_values_collapses_however_many_they_are(value, n_repeats):
    others = value + np.random.default_rng(13).normal(size=(n_repeats, 1))
    samples = np.vstack([others, np.full((n_repeats, 1), value)])
    first = moments_of(samples, labels(n_repeats, n_repeats) * 0.8 + 0.1)
    fit = climb_one(samples, first, "V", max_iterations=100)
    assert re.match("component 2 has shrunk onto a single value", fit.message)


@pytest.mark.parametrize("tilt", [0.0, 1e-13, 1e-9, 1e-3])
def test_a_component_without_width_has_collapsed_whichever_way_it_lies(tilt):
    random = np.random.default_rng(0)
    samples = SampleBlocks(random.uniform(40.0, 100.0, size=(200, 2)))
    along = np.array([1.0, tilt])
    across = np.array([-tilt, 1.0])

    def collapsed(width):
        thin = 0.2 * np.outer(along, along) + width**2 * np.outer(across, across)
        covariances = np.stack([25.0 * np.eye(2), thin])[None]
        means = np.array([[[60.0, 60.0], [80.0, 80.0]]])
        return collapses(samples, Parameters.of(np.array([[0.5, 0.5]]), means, covariances))

    assert not collapsed(1e-6)
    assert "component 2 has shrunk" in collapsed(1e-13)[0]


@pytest.mark.parametrize("n_features", [2, 3, 4, 6, 10])
def test_a_component_on_as_many_samples_as_features_collapses(n_features):
    for seed in range(100):
        samples = np.random.default_rng(seed).normal(size=(n_features, n_features))
        fit = climb_one(samples, moments_of(samples, np.ones((n_features, 1))), "VVV")
        assert re.match("component 1 has shrunk onto a line or plane", fit.message), seed


@pytest.mark.parametrize("share", [1e-8, 1e-11])
def test_features_that_nearly_agree_are_no_collapse(share):
    samples = nearly_equal_features(np.random.default_rng(14), 500, share)
    fit = climb_one(samples, moments_of(samples, np.ones((500, 1))), "VVV")
    assert fit.outcome is Outcome.CONVERGED
    covariance = np.cov(samples.T, bias=True)
    np.testing.assert_allclose(fit.mixture.covariances[0], covariance, rtol=1e-12)


def test_a_collapse_leaves_the_rest_of_the_stack_alone():
    samples, unknown, _ = COLLAPSES["narrow"]
    first = moments_of(samples, unknown)
    alone = climb_one(samples, first, "EEE")
    assert alone.outcome is Outcome.CONVERGED
    narrow, fit = climb_all(samples, first, [FAMILIES["VVV"], FAMILIES["EEE"]], max_iterations=1000)
    assert narrow.outcome is Outcome.COLLAPSED
    assert narrow.n_iterations == 0
    np.testing.assert_allclose(fit.trace, alone.trace, rtol=1e-12)


@pytest.mark.parametrize("accelerate", [True, False])
def test_a_climb_is_watched_at_the_points_of_its_trace(accelerate):
    random = np.random.default_rng(17)
    samples = old_faithful()
    seen = []
    fit = climb_one(
        samples,
        moments_of(samples, random_responsibilities(random, len(samples), 3)),
        "VVV",
        accelerate=accelerate,
        max_iterations=40,
        watch=lambda iteration, parameters: seen.append((iteration, at(parameters, 0)[:3])),
    )
    assert [iteration for iteration, _ in seen] == list(range(fit.n_iterations + 1))
    watched = [e_step(samples, Mixture(*parameters))[0] for _, parameters in seen]
    np.testing.assert_allclose(watched, fit.trace, rtol=1e-10)
    assert_same_mixture(Mixture(*seen[-1][1]), fit.mixture, rtol=0.0)


def test_a_narrow_spread_far_from_zero_is_no_collapse():
    samples = 1000.0 + 1e-9 * np.random.default_rng(15).normal(size=(200, 1))
    fit = climb_one(samples, moments_of(samples, np.ones((200, 1))), "V")
    assert fit.outcome is Outcome.CONVERGED
    assert fit.mixture.covariances.item() == pytest.approx(samples.var(), rel=1e-6)


@pytest.mark.parametrize("units", [1e-150, 1e-6, 1e6, 1e150])
def test_a_small_unit_is_not_a_collapse(units):
    samples = random_samples(np.random.default_rng(11), 100, 2, 2)
    responsibilities = random_responsibilities(np.random.default_rng(12), 100, 2)
    scale = np.array([1.0, units])
    fit = climb_one(samples * scale, moments_of(samples * scale, responsibilities), "VVV")
    same = climb_one(samples, moments_of(samples, responsibilities), "VVV")
    assert fit.outcome is same.outcome is Outcome.CONVERGED
    assert fit.log_likelihood == pytest.approx(same.log_likelihood - 100 * np.log(units), rel=1e-9)


def test_what_is_left_of_a_geometric_series_is_exact():
    for ratio in (0.1, 0.5, 0.99):
        trace = [-100.0 - 8.0 * ratio**n for n in range(3)]
        assert remaining_gain(trace) == pytest.approx(8.0 * ratio**2, rel=1e-9)


@pytest.mark.parametrize(
    ("trace", "left"),
    [
        ([], np.inf),
        ([-3.0], np.inf),
        ([-3.0, -2.0], np.inf),
        ([-4.0, -3.0, -1.0], np.inf),
        ([-4.0, -3.0, -2.0], np.inf),
        ([-2.0, -1.0, -1.5], np.inf),
        ([-2.0, -3.0, -2.5], np.inf),
        ([-2.0, -1.0, -1.0], 0.0),
        ([-1.0, -1.0, -1.0], 0.0),
    ],
)
def test_without_two_shrinking_gains_all_may_be_left(trace, left):
    assert remaining_gain(trace) == left


@pytest.mark.parametrize(
    ("rounding", "left"), [(0.0, np.inf), (0.09, np.inf), (0.11, 0.0), ([0.11], [0.0])]
)
@pytest.mark.parametrize("last", [-0.9, -1.1])
def test_nothing_is_left_where_the_last_gain_is_rounding_alone(last, rounding, left):
    trace = np.array([-1.05, -1.0, last]) if np.isscalar(rounding) else [[-1.05], [-1.0], [last]]
    assert remaining_gain(trace, rounding) == left


@pytest.mark.parametrize(
    ("responsibilities", "words"),
    [
        (np.ones(4), r"responsibilities: expected shape \(4, n_components\), got \(4,\)"),
        (np.ones((3, 1)), r"responsibilities: expected shape \(4, n_components\), got \(3, 1\)"),
        (np.eye(2)[[0, 0, 0, 0]], r"responsibilities: a component has none: \[4.0, 0.0\]"),
        (np.eye(2)[[0, 0, 0, 1]], r"covariances: component 1 is not positive definite"),
    ],
)
def test_the_m_step_refuses_responsibilities_without_a_maximum(responsibilities, words):
    samples = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [5.0, 3.0]])
    with pytest.raises(ValueError, match=words):
        m_step(samples, responsibilities, FAMILIES["VVV"])
