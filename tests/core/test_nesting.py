"""Which candidate contains which: by the letters, and by what the M-steps can express."""

import numpy as np
import pytest
from gmm_cases import SEVERAL_FEATURES, random_mixture

from gmm_core import FAMILIES, Key, contains
from gmm_core.nesting import includes

FOURTEEN = [volume + rest for rest in ("II", "EI", "VI", "EE", "VE", "EV", "VV") for volume in "EV"]


@pytest.mark.parametrize("freer", SEVERAL_FEATURES)
@pytest.mark.parametrize("stricter", SEVERAL_FEATURES)
def test_a_family_includes_another_if_its_m_step_leaves_the_others_covariances(freer, stricter):
    random = np.random.default_rng(3)
    mixture = random_mixture(random, 3, 2)
    counts = 100.0 * mixture.weights[None]
    scatters = counts[..., None, None] * mixture.covariances
    strict = FAMILIES[stricter].constrain(counts, scatters, None)
    again = FAMILIES[freer].constrain(counts, counts[..., None, None] * strict, None)
    assert includes(freer, stricter) == np.allclose(again, strict, rtol=1e-6)


def test_the_fourteen_families_have_the_bounds_that_their_letters_say():
    inside = {name: {other for other in FOURTEEN if includes(name, other)} for name in FOURTEEN}
    assert inside["VVV"] == set(FOURTEEN)
    assert inside["EII"] == {"EII"}
    assert inside["EEE"] == {"EII", "EEI", "EEE"}
    assert inside["VVI"] == {"EII", "VII", "EEI", "VEI", "EVI", "VVI"}
    assert inside["EEV"] == {"EII", "EEI", "EEE", "EEV"}
    assert includes("V", "E")
    assert not includes("E", "V")
    assert not includes("VVV", "E")


@pytest.mark.parametrize(
    ("larger", "smaller", "expected"),
    [
        (("VVV", 2), ("EEE", 2), True),
        (("EEE", 2), ("VVV", 2), False),
        (("VVV", 3), ("VVV", 2), True),
        (("VVV", 3), ("EII", 1), True),
        (("EEE", 3), ("VVV", 2), False),
        (("VVV", 2), ("EEE", 3), False),
        (("VVV", 2), ("VVV", 2), False),
    ],
)
def test_more_components_and_a_freer_family_contain_fewer_and_a_stricter_one(
    larger, smaller, expected
):
    assert contains(Key(*larger), Key(*smaller)) is expected
