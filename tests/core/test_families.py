"""The families: their parameter counts, their M-steps as maxima, and the names that resolve."""

import csv
from pathlib import Path

import numpy as np
import pytest
from gmm_cases import SEVERAL_FEATURES, random_covariance
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import ALIASES, FAMILIES, resolve

PARAM_COUNTS = Path(__file__).parents[1] / "published" / "param_counts.csv"
ALL = [
    *("EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE"),
    *("VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"),
]


def mclust_counts():
    with PARAM_COUNTS.open() as lines:
        return [
            (row["model"], *(int(row[n]) for n in ("d", "G", "nVar", "nAll")))
            for row in csv.DictReader(lines)
        ]


def random_moments(random, n_components, n_features):
    counts = random.uniform(0.5, 30.0, size=n_components)
    covariances = [random_covariance(random, n_features) for _ in range(n_components)]
    return counts, counts[:, None, None] * np.array(covariances)


def expected_log_likelihood(counts, scatters, covariances):
    """Return the part of the M-step's objective that depends on the covariances."""
    log_determinants = np.linalg.slogdet(covariances).logabsdet
    distances = np.trace(np.linalg.solve(covariances, scatters), axis1=-2, axis2=-1)
    return -0.5 * (counts * log_determinants + distances).sum()


def letters(name):
    """Return what components share by volume, shape and orientation; one feature has but volume."""
    return name if len(name) == 3 else name + "II"


def random_neighbours(random, name, covariances, size):
    """Return covariances of the same family about as far away as `size`, (K, D, D)."""
    volume, shape, orientation = letters(name)
    n_components, n_features = covariances.shape[:2]

    def change(letter, *shape):
        own = size * random.normal(size=(n_components, *shape))
        return {"I": np.zeros_like(own), "E": np.broadcast_to(own[:1], own.shape), "V": own}[letter]

    axes = np.eye(n_features) if orientation == "I" else np.linalg.eigh(covariances)[1]
    stretch = change(shape, n_features)
    stretch = np.exp(change(volume, 1) + stretch - stretch.mean(axis=1, keepdims=True))
    skew = change(orientation, n_features, n_features)
    skew, identity = skew - np.swapaxes(skew, -1, -2), np.eye(n_features)
    turn = np.linalg.solve(identity - skew, identity + skew)
    changes = turn @ (axes * np.sqrt(stretch)[:, None, :]) @ np.swapaxes(axes, -1, -2)
    # Along its own axes a covariance is stretched as its axes are.
    return changes @ covariances @ np.swapaxes(changes, -1, -2)


def test_every_family_is_in_the_published_counts():
    assert {name for name, *_ in mclust_counts()} == set(FAMILIES)


@pytest.mark.parametrize(
    ("name", "n_features", "n_components", "covariance", "all_"), mclust_counts()
)
def test_parameter_counts_are_those_of_mclust(name, n_features, n_components, covariance, all_):
    family = FAMILIES[name]
    assert family.n_covariance_parameters(n_components, n_features) == covariance
    assert family.n_parameters(n_components, n_features) == all_


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(list(FAMILIES)),
    n_components=st.integers(1, 4),
    several=st.integers(2, 4),
    seed=st.integers(0, 2**32 - 1),
    size=st.sampled_from([1e-4, 1e-2, 0.3]),
)
def test_no_other_covariances_of_the_family_have_a_higher_expected_log_likelihood(
    name, n_components, several, seed, size
):
    n_features = several if name in SEVERAL_FEATURES else 1
    random = np.random.default_rng(seed)
    counts, scatters = random_moments(random, n_components, n_features)
    best = FAMILIES[name].constrain(counts, scatters, None)
    highest = expected_log_likelihood(counts, scatters, best)
    others = random_neighbours(random, name, best, size)
    other = expected_log_likelihood(counts, scatters, others)
    assert other <= highest + 1e-12 * abs(highest)


@pytest.mark.parametrize("n_features", [2, 3, 8])
@pytest.mark.parametrize("name", ["VEI", "VEE"])
def test_volumes_and_shape_are_each_the_best_for_the_other(name, n_features):
    counts, scatters = random_moments(np.random.default_rng(n_features), 4, n_features)
    scatters = scatters * np.eye(n_features) if name == "VEI" else scatters
    covariances = FAMILIES[name].constrain(counts, scatters, None)
    relative = np.linalg.solve(covariances, scatters)
    traces = np.trace(relative, axis1=-2, axis2=-1)
    np.testing.assert_allclose(traces, n_features * counts, rtol=1e-12)
    np.testing.assert_allclose(
        relative.sum(axis=0), counts.sum() * np.eye(n_features), atol=1e-11 * counts.sum()
    )


@pytest.mark.parametrize("n_features", [2, 3, 8])
@pytest.mark.parametrize("name", ["EVE", "VVE"])
def test_no_turn_of_the_common_axes_gains_at_first_order(name, n_features):
    counts, scatters = random_moments(np.random.default_rng(n_features), 4, n_features)
    covariances = FAMILIES[name].constrain(counts, scatters, None)
    pull = np.linalg.solve(covariances, scatters).sum(axis=0)
    np.testing.assert_allclose(pull, pull.T, atol=1e-11 * abs(pull).max())


@pytest.mark.parametrize("name", SEVERAL_FEATURES)
def test_components_share_what_the_letters_say(name):
    counts, scatters = random_moments(np.random.default_rng(1), 3, 3)
    covariances = FAMILIES[name].constrain(counts, scatters, None)
    np.testing.assert_array_equal(covariances, np.swapaxes(covariances, -1, -2))
    diagonal = np.array_equal(covariances, covariances * np.eye(3))
    sizes = np.linalg.det(covariances)[:, None] ** (1.0 / 3.0)
    shapes = np.linalg.eigvalsh(covariances / sizes[..., None])
    products = covariances[:, None] @ covariances
    commute = np.allclose(products, np.swapaxes(products, 0, 1), rtol=1e-10)
    found = (
        "E" if np.allclose(sizes, sizes[0], rtol=1e-12) else "V",
        "I" if np.allclose(shapes, 1.0) else "E" if np.allclose(shapes, shapes[0]) else "V",
        "I" if diagonal else "E" if commute else "V",
    )
    assert "".join(found) == name


@pytest.mark.parametrize("name", SEVERAL_FEATURES)
def test_a_family_contains_another_where_it_leaves_its_covariances_alone(name):
    counts, scatters = random_moments(np.random.default_rng(4), 3, 3)
    for other in SEVERAL_FEATURES:
        stricter = FAMILIES[other].constrain(counts, scatters, None)
        again = FAMILIES[name].constrain(counts, counts[:, None, None] * stricter, None)
        alone = np.allclose(again, stricter, rtol=1e-10, atol=1e-10)
        assert FAMILIES[name].contains(FAMILIES[other]) == alone


def test_families_of_one_feature_and_of_several_contain_none_of_the_others():
    assert FAMILIES["V"].contains(FAMILIES["E"])
    assert not FAMILIES["E"].contains(FAMILIES["V"])
    assert not FAMILIES["VVV"].contains(FAMILIES["E"])
    assert not FAMILIES["V"].contains(FAMILIES["EII"])


@pytest.mark.parametrize("name", SEVERAL_FEATURES)
def test_with_one_component_equal_and_variable_are_the_same(name):
    counts, scatters = random_moments(np.random.default_rng(2), 1, 3)
    np.testing.assert_allclose(
        FAMILIES[name].constrain(counts, scatters, None),
        FAMILIES[name.replace("V", "E")].constrain(counts, scatters, None),
        rtol=1e-12,
        atol=1e-14,
    )


def stack_of_moments(random, n_mixtures, n_components, n_features):
    members = [random_moments(random, n_components, n_features) for _ in range(n_mixtures)]
    return (np.stack(arrays) for arrays in zip(*members, strict=True))


@pytest.mark.parametrize("n_features", [2, 3, 7])
@pytest.mark.parametrize("name", FAMILIES)
def test_a_stack_is_constrained_as_its_members_are(name, n_features):
    n_features = n_features if name in SEVERAL_FEATURES else 1
    counts, scatters = stack_of_moments(np.random.default_rng(3), 5, 4, n_features)
    constrain = FAMILIES[name].constrain
    so_far = constrain(*stack_of_moments(np.random.default_rng(5), 5, 4, n_features), None)
    for before in ([None] * 5, so_far):
        alone = [constrain(*member) for member in zip(counts, scatters, before, strict=True)]
        together = constrain(counts, scatters, before if before is so_far else None)
        np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("most_steps", [1, 2, 50])
@pytest.mark.parametrize("name", ["VEI", "VEE", "VEV", "EVE", "VVE"])
def test_a_search_never_ends_below_the_covariances_so_far(name, most_steps, monkeypatch):
    monkeypatch.setattr("gmm_core.searches.MOST_STEPS", most_steps)
    random = np.random.default_rng(6)
    for n_components, n_features in ((2, 2), (5, 3), (3, 6)):
        for size in (1e-6, 1e-2, 1.0):
            counts, scatters = random_moments(random, n_components, n_features)
            start = FAMILIES[name].constrain(counts, scatters, None)
            so_far = random_neighbours(random, name, start, size)
            found = FAMILIES[name].constrain(counts, scatters, so_far)
            before, after = (expected_log_likelihood(counts, scatters, c) for c in (so_far, found))
            assert after >= before - 1e-12 * abs(before)
            if most_steps == 50 and size < 1.0:
                np.testing.assert_allclose(found, start, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["EVE", "VVE"])
def test_mirrored_components_are_not_taken_for_spheres(name):
    ellipse = np.array([[1.0, 0.9], [0.9, 1.0]])
    scatters = 10.0 * np.array([ellipse, ellipse * [[1.0, -1.0], [-1.0, 1.0]]])
    counts = np.full(2, 10.0)
    for so_far in (None, scatters / 10.0):
        found = FAMILIES[name].constrain(counts, scatters, so_far)
        np.testing.assert_allclose(found, scatters / 10.0, rtol=1e-14)


@pytest.mark.parametrize("n_features", [2, 50])
@pytest.mark.parametrize("name", SEVERAL_FEATURES)
def test_units_change_covariances_alone(name, n_features):
    counts, scatters = random_moments(np.random.default_rng(7), 2, n_features)
    constrain = FAMILIES[name].constrain
    first = constrain(counts, scatters, None)
    second = constrain(counts, scatters, first)
    tolerance = 1e-11 * np.trace(first, axis1=-2, axis2=-1).max()
    units = [np.full(n_features, 1e-150), np.full(n_features, 1e150)]
    if name not in ("EII", "VII", "EVE", "VVE", "EEV", "VEV"):
        # No directions but the features', or all of them: each feature has a unit of its own.
        units.append(np.geomspace(1e-150, 1e150, n_features))
    for unit in units:
        changed = unit[:, None] * scatters * unit
        for so_far, expected in (
            (None, first),
            (unit[:, None] * first * unit, second),
        ):
            found = constrain(counts, changed, so_far) / unit[:, None] / unit
            np.testing.assert_allclose(found, expected, rtol=1e-11, atol=tolerance)
    found = constrain(counts, 2.0**60 * scatters, None)
    np.testing.assert_array_equal(found, 2.0**60 * first)


DEGENERATE = {
    "no samples": lambda n, w: (n * [1.0, 0.0, 1.0], w * [[[1.0]], [[0.0]], [[1.0]]]),
    "one point": lambda n, w: (n, w * [[[1.0]], [[0.0]], [[1.0]]]),
    "points alone": lambda n, w: (n, 0.0 * w),
    "a line": lambda n, w: (n, np.array([w[0], np.ones((3, 3)), w[2]])),
    "lines alone": lambda n, w: (n, np.ones_like(w)),
    "a constant feature": lambda n, w: (n, w * np.outer([1.0, 1.0, 0.0], [1.0, 1.0, 0.0])),
    "apart": lambda n, w: (n, np.eye(3)[:, :, None] * np.eye(3)[:, None]),
    "nan": lambda n, w: (n, np.array([w[0], np.full((3, 3), np.nan), w[2]])),
    "infinite": lambda n, w: (n, np.array([w[0], np.full((3, 3), np.inf), w[2]])),
}


@pytest.mark.parametrize("kind", DEGENERATE)
@pytest.mark.parametrize("name", SEVERAL_FEATURES)
def test_a_degenerate_mixture_is_nobody_elses_trouble(name, kind):
    counts, scatters = stack_of_moments(np.random.default_rng(8), 3, 3, 3)
    constrain = FAMILIES[name].constrain
    so_far = constrain(counts, scatters, None)
    for before in (None, so_far):
        expected = constrain(counts, scatters, before)
        bad_counts, bad_scatters = counts.copy(), scatters.copy()
        bad_counts[1], bad_scatters[1] = DEGENERATE[kind](counts[1], scatters[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            found = constrain(bad_counts, bad_scatters, before)
        np.testing.assert_array_equal(found[[0, 2]], expected[[0, 2]])


@pytest.mark.parametrize(
    ("names", "n_features", "expected"),
    [
        (["spherical"], 2, ["VII"]),
        (["diagonal"], 2, ["VVI"]),
        (["tied"], 2, ["EEE"]),
        (["full"], 2, ["VVV"]),
        (["all"], 2, ALL),
        (["VVV", "EII", "EEE"], 5, ["EII", "EEE", "VVV"]),
        (["full", "VVV", "all", "full"], 2, ALL),
        ([], 2, []),
        (["E", "V"], 1, ["E", "V"]),
        (["all"], 1, ["E", "V"]),
        (["full", "diagonal", "VII"], 1, ["V"]),
        (["VVV", "EEI", "tied"], 1, ["E", "V"]),
    ],
)
def test_names_resolve_each_once_and_in_order(names, n_features, expected):
    assert [family.name for family in resolve(names, n_features)] == expected


@pytest.mark.parametrize(
    ("names", "n_features", "words"),
    [
        (
            ["VVV", "oblate"],
            2,
            r"families: oblate unknown for 2 feature\(s\); expected EII, .* VVV",
        ),
        (["V", "E"], 3, r"families: E, V unknown for 3"),
        (["oblate"], 1, r"families: oblate unknown for 1 feature\(s\); expected E, V, spherical"),
        (["vvv"], 2, r"families: vvv unknown .*full or all"),
    ],
)
def test_unknown_names_are_refused_with_those_expected(names, n_features, words):
    with pytest.raises(ValueError, match=words):
        resolve(names, n_features)


def test_aliases_and_families_are_read_only():
    with pytest.raises(TypeError):
        ALIASES["ball"] = "EII"
    with pytest.raises(TypeError):
        FAMILIES["XXX"] = FAMILIES["VVV"]
