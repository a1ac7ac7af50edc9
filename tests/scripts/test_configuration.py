"""The configuration: defaults, one form for all spellings, and every problem with its repair."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from configuration import ConfigurationError, effective_configuration
from gmm_core import CRITERIA, SpuriousRules
from gmm_core.starts import KINDS

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"datasets": {"geyser": {"file": "data/old_faithful.csv"}}}


def effective(config: dict[str, Any]) -> dict[str, Any]:
    return effective_configuration(config, [ROOT])


def problems(config: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        effective(config)
    heading, *lines = str(raised.value).splitlines()
    assert heading == f"The configuration has {len(lines)} problem(s):"
    return [line.removeprefix("  - ") for line in lines]


def with_grid(**grid: Any) -> dict[str, Any]:
    return {**SMALL, "grid": grid}


def test_defaults_are_filled_in() -> None:
    config = effective(SMALL)
    assert config["seed"] == 20261122
    assert config["grid"]["n_components"] == list(range(1, 10))
    assert config["grid"]["families"] == ["all"]
    rules = {name: config["selection"].pop(name) for name in vars(SpuriousRules())}
    assert SpuriousRules(**rules) == SpuriousRules()
    off = {"bootstrap": 0, "likelihood_ratio": 0}
    assert config["selection"] == {"criterion": "bic", "trusted": True, **off}
    assert config["em"] == {"tolerance": 1e-8, "max_iterations": 1000, "accelerate": True}


def test_all_kinds_of_start_are_known_and_the_default() -> None:
    assert effective(SMALL)["grid"]["starts"] == list(KINDS)
    assert effective(with_grid(starts=list(KINDS)))["grid"]["starts"] == list(KINDS)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_criterion_can_be_chosen(criterion: str) -> None:
    assert effective({**SMALL, "selection": {"criterion": criterion}})


def test_the_effective_configuration_is_its_own_effective_configuration() -> None:
    config = effective(yaml.safe_load((ROOT / "config" / "config.yaml").read_text("utf-8")))
    assert effective(yaml.safe_load(yaml.safe_dump(config))) == config


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"n_components": [3, 1, 2]}, {"n_components": {"max": 3, "min": 1}}),
        ({"families": ["full", "VII"]}, {"families": ["VII", "VVV"]}),
        ({"n_seeds": 5}, {"n_seeds": 5.0}),
        ({"starts": ["random samples", "k-means"]}, {"starts": ["k-means", "random samples"]}),
    ],
)
def test_spellings_of_one_meaning_have_one_form(one: dict, other: dict) -> None:
    assert effective(with_grid(**one)) == effective(with_grid(**other))


def test_keys_come_in_one_order() -> None:
    config = {**SMALL, "em": {"max_iterations": 9, "tolerance": 0.1}, "seed": 3}
    reordered = {"seed": 3, "em": {"tolerance": 0.1, "max_iterations": 9}, **SMALL}
    assert yaml.safe_dump(effective(config), sort_keys=False) == yaml.safe_dump(
        effective(reordered), sort_keys=False
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sede": 1}, "configuration: unknown key 'sede'; did you mean seed?"),
        ({"seed": -1}, "seed: -1 is less than the minimum of 0"),
        ({"seed": True}, "seed: expected a whole number, found True"),
        ({"em": {"tolerance": "1e-6"}}, "em: tolerance: expected a number, found '1e-6'; YAML"),
        ({"em": {"max_iterations": "9"}}, "found '9'; write it without quotes"),
        ({"em": None}, "em: is empty; fill it in or remove it"),
        (
            {"selection": {"criterion": "nec"}, "grid": {"n_components": [2, 3]}},
            "nec compares with one component; add 1 to grid: n_components",
        ),
        ({"selection": {"thin_direction": float("nan")}}, "selection: thin_direction: expected a"),
        (
            {"selection": {"bootstrap": -1}},
            "selection: bootstrap: -1 is less than the minimum of 0",
        ),
        (
            {"selection": {"likelihood_ratio": 18}},
            "selection: likelihood_ratio: 18 samples give no",
        ),
        ({"selection": {"criterion": "bik"}}, "selection: criterion: 'bik' is not one of"),
        ({"grid": {"n_components": []}}, "grid: n_components: []"),
        ({"grid": {"n_components": {"min": 1}}}, "grid: n_components: missing key(s) max"),
        ({"grid": {"n_components": {"min": 3, "max": 2}}}, "min 3 is above max 2"),
        ({"grid": {"families": ["VVW"]}}, "unknown family 'VVW'; did you mean VVV?"),
        ({"datasets": {}}, "datasets: {}"),
        ({"datasets": None}, "datasets: is empty; fill it in or remove it"),
        ({"em": {"tolerance": float("nan")}}, "em: tolerance: expected a finite number"),
        ({"grid": {"families": ["Full"]}}, "unknown family 'Full'; did you mean full?"),
        ({"datasets": {"a b": {"file": "x"}}}, "datasets: 'a b' cannot name a data set"),
        ({"datasets": {"../up": {"file": "x"}}}, "datasets: '../up' cannot name a data set"),
        ({"datasets": {"a": {}}}, "datasets: a: expected either file or synthetic, found {}"),
        ({"datasets": {"a": {"file": "no.csv"}}}, "datasets: a: file: no file 'no.csv' in"),
        (
            {"datasets": {"a": {"file": "data/iris.csv", "columns": ["petal"]}}},
            "datasets: a: data/iris.csv: columns: no column 'petal'; the file has sepal_length",
        ),
        (
            {"datasets": {"a": {"file": "data/iris.csv", "label": "kind"}}},
            "datasets: a: data/iris.csv: label: no column 'kind'",
        ),
        (
            {
                "datasets": {
                    "a": {"file": "data/iris.csv", "columns": ["species"], "label": "species"}
                }
            },
            "datasets: a: label: column 'species' stands under columns too",
        ),
        (
            {**SMALL, "grid": {"families": ["E", "VVV"]}},
            "datasets: geyser: families: E unknown for 2 feature(s)",
        ),
    ],
)
def test_a_problem_says_where_what_and_the_repair(change: dict, expected: str) -> None:
    (problem,) = problems({**SMALL, **change})
    assert expected in problem


def test_a_year_can_name_a_data_set() -> None:
    assert list(
        effective({"datasets": {2024: {"file": "data/iris.csv", "label": "species"}}})["datasets"]
    ) == ["2024"]


def test_names_that_differ_only_in_case_are_refused() -> None:
    dataset = {"file": "data/old_faithful.csv"}
    (problem,) = problems({"datasets": {"geyser": dataset, "Geyser": dataset}})
    assert problem == "datasets: Geyser: differs from 'geyser' only in upper and lower case"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"weights": [0.5, 0.4]}, "weights: expected positive numbers that sum to 1"),
        ({"means": [[0.0]]}, "weights: expected shape (1,)"),
        ({"covariances": [[[1.0]], [[-1.0]]]}, "component 1 is not positive definite"),
        ({"means": [[0.0], [1.0, 2.0]]}, "means: expected rows of one length"),
    ],
)
def test_a_synthetic_mixture_is_checked(change: dict, expected: str) -> None:
    mixture = {"weights": [0.5, 0.5], "means": [[0.0], [1.0]], "covariances": [[[1.0]], [[1.0]]]}
    synthetic = {"n_samples": 10, **mixture, **change}
    (problem,) = problems({"datasets": {"a": {"synthetic": synthetic}}})
    assert problem.startswith("datasets: a: synthetic: ")
    assert expected in problem


def test_all_problems_are_told_at_once() -> None:
    wrong = {"sede": 1, "datasets": {"a": {"flie": "x"}}, "grid": {"n_seeds": 0}}
    assert len(problems(wrong)) == 3
