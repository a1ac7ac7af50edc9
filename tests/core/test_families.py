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
SHARED = ("E", "EII", "EEI", "EEE")
SPHERICAL = ("E", "V", "EII", "VII")
DIAGONAL = (*SPHERICAL, "EEI", "VVI")


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


def random_change(random, name, n_components, n_features, size):
    """Return matrices F such that F C F' stays in the family when C is in it, (K, D, D)."""
    n_changes = 1 if name in SHARED else n_components
    if name in DIAGONAL:
        n_scales = 1 if name in SPHERICAL else n_features
        scales = np.exp(size * random.normal(size=(n_changes, 1, n_scales)))
        changes = scales * np.eye(n_features)
    else:
        changes = np.eye(n_features) + size * random.normal(
            size=(n_changes, n_features, n_features)
        )
    return np.broadcast_to(changes, (n_components, n_features, n_features))


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
    changes = random_change(random, name, n_components, n_features, size)
    changed = changes @ best @ np.swapaxes(changes, -1, -2)
    highest = expected_log_likelihood(counts, scatters, best)
    other = expected_log_likelihood(counts, scatters, changed)
    assert other <= highest + 1e-12 * abs(highest)


@pytest.mark.parametrize("name", FAMILIES)
def test_covariances_have_the_structure_of_their_family(name):
    n_features = 3 if name in SEVERAL_FEATURES else 1
    counts, scatters = random_moments(np.random.default_rng(1), 3, n_features)
    covariances = FAMILIES[name].constrain(counts, scatters, None)
    assert covariances.shape == scatters.shape
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    equal = bool((covariances == covariances[0]).all())
    diagonal = bool((covariances == variances[..., None] * np.eye(n_features)).all())
    spherical = diagonal and bool((variances == variances[:, :1]).all())
    assert (equal, diagonal, spherical) == (name in SHARED, name in DIAGONAL, name in SPHERICAL)


@pytest.mark.parametrize(("one", "other"), [("EII", "VII"), ("EEI", "VVI"), ("EEE", "VVV")])
def test_with_one_component_equal_and_variable_are_the_same(one, other):
    counts, scatters = random_moments(np.random.default_rng(2), 1, 3)
    np.testing.assert_allclose(
        FAMILIES[one].constrain(counts, scatters, None),
        FAMILIES[other].constrain(counts, scatters, None),
        rtol=1e-15,
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_a_stack_is_constrained_as_its_members_are(name):
    n_features = 3 if name in SEVERAL_FEATURES else 1
    random = np.random.default_rng(3)
    members = [random_moments(random, 4, n_features) for _ in range(5)]
    counts, scatters = (np.stack(arrays) for arrays in zip(*members, strict=True))
    alone = [FAMILIES[name].constrain(*member, None) for member in members]
    np.testing.assert_array_equal(FAMILIES[name].constrain(counts, scatters, None), alone)


@pytest.mark.parametrize(
    ("names", "n_features", "expected"),
    [
        (["spherical"], 2, ["VII"]),
        (["diagonal"], 2, ["VVI"]),
        (["tied"], 2, ["EEE"]),
        (["full"], 2, ["VVV"]),
        (["all"], 2, ["EII", "VII", "EEI", "VVI", "EEE", "VVV"]),
        (["VVV", "EII", "EEE"], 5, ["EII", "EEE", "VVV"]),
        (["full", "VVV", "all", "full"], 2, ["EII", "VII", "EEI", "VVI", "EEE", "VVV"]),
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
