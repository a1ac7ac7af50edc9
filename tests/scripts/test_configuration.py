"""The configuration: defaults, one form for all spellings, and every problem with its repair."""

import copy
import datetime
import math
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from bad_configurations import DATA, MIXTURE_DATA, RIGHT, WRONG, Odd, Wrong
from snakemake.cli import parse_config
from snakemake.settings.types import ConfigSettings

from configuration import SCHEMA, ConfigurationError, effective_configuration
from configuration_files import file_problems, unreadable
from gmm_core import CRITERIA, SpuriousRules
from gmm_core.starts import KINDS
from schema_problems import OWN_FORM, WORDS, schema_problems

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"datasets": {"geyser": {"file": "data/old_faithful.csv"}}}


def effective(config: dict[str, Any], *files: Path) -> dict[str, Any]:
    return effective_configuration(config, [ROOT], files)


def problems(config: dict[str, Any], *files: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        effective(config, *files)
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


def read(path: Path, text: str, *others: Path, config: tuple[str, ...] = ()) -> dict[str, Any]:
    """Write a configuration and read it, and others over it, as Snakemake does."""
    path.write_text(text.replace("@data", DATA), encoding="utf-8")
    settings = ConfigSettings(configfiles=[path, *others], config=parse_config(config))
    return settings.overwrite_config


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.text[:60])
def test_what_is_wrong_is_told_all_at_once(tmp_path: Path, wrong: Wrong) -> None:
    path = tmp_path / "c.yaml"
    found = problems(read(path, wrong.text), path)
    assert len(found) == len(wrong.words), found
    for problem, words in zip(found, wrong.words, strict=True):
        assert words in problem
        # Not a word of jsonschema's: theirs begin with the value.
        assert re.match(r"[\w.-]+: ", problem) or problem.startswith("datasets: ")


@pytest.mark.parametrize("odd", RIGHT, ids=lambda odd: odd.text[:60])
def test_what_is_odd_but_right_is_read_right(tmp_path: Path, odd: Odd) -> None:
    path = tmp_path / "c.yaml"
    value: Any = effective(read(path, odd.text), path)
    for key in odd.path.split(": "):
        value = value[key]
    assert value == odd.value
    assert type(value) is type(odd.value)


def paths(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield the path of every part of a configuration."""
    yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value[:2]):
        yield from paths(part if isinstance(part, dict | list) else {}, (*path, key))


EVERY_KEY = {
    **effective(SMALL),
    "datasets": {
        "a": {"file": "data/iris.csv", "columns": ["petal_width"], "label": "species"},
        "b": yaml.safe_load(MIXTURE_DATA),
    },
}
STRANGE = [
    *(None, True, 0, -1, 3, 2.5, 1e300, 10**400, math.nan, -math.inf),
    *("", "x", "1e-6", "\0", "a\nb", "é{x}<y>", 5000 * "z", datetime.date(2024, 1, 1), b"x"),
    *([], [[]], [None], [True, 1], ["x", "x"], {}, {"x": None}, {None: 1, True: {}, 2.5: []}),
]


@pytest.mark.parametrize("path", list(paths(EVERY_KEY))[1:], ids=str)
def test_nothing_strange_ends_otherwise_than_in_words(path: tuple) -> None:
    for strange in STRANGE:
        config: Any = copy.deepcopy(EVERY_KEY)
        part = config
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = strange
        with suppress(ConfigurationError):
            effective(effective(config))


def test_there_are_many_of_them() -> None:
    texts = [case.text for case in (*WRONG, *RIGHT)]
    assert len(set(texts)) == len(texts) >= 100


def limits(schema: Any) -> set[str]:
    """Return the kinds of limit that a schema sets anywhere."""
    if not isinstance(schema, dict):
        return set()
    inner = [*schema.get("properties", {}).values(), *schema.get("oneOf", ())]
    inner += [schema.get(key) for key in ("items", "additionalProperties", "propertyNames")]
    return schema.keys() | set().union(
        *(limits(part) for part in [*inner, *schema.get("anyOf", ())])
    )


def test_every_limit_of_the_schema_has_words_of_its_own() -> None:
    annotations = {"$schema", "title", "description", "default", "x-reruns"}
    annotations |= {"properties", "items"}
    assert (
        limits(yaml.safe_load(SCHEMA.read_text("utf-8"))) - annotations <= WORDS.keys() | OWN_FORM
    )


@pytest.mark.parametrize(
    ("limit", "found", "words"),
    [
        ({"type": ["string", "null"]}, 3, "expected text or nothing, found 3"),
        ({"enum": ["a", "b"]}, "c", "expected one of a, b, found 'c'"),
        ({"const": "a"}, "c", "expected a, found 'c'"),
        ({"minimum": 2}, 1, "expected at least 2, found 1"),
        ({"maximum": 2}, 3, "expected at most 2, found 3"),
        ({"exclusiveMinimum": 2}, 2, "expected more than 2, found 2"),
        ({"exclusiveMaximum": 2}, 2, "expected less than 2, found 2"),
        ({"minItems": 1}, [], "expected 1 or more items, found []"),
        ({"maxItems": 1}, [1, 2], "expected at most 1 items, found [1, 2]"),
        ({"uniqueItems": True}, [1, 2, 1], "expected each item once (several times: 1), found [1"),
        ({"minLength": 1}, "", "expected 1 or more characters, found ''"),
        ({"maxLength": 1}, "ab", "expected at most 1 characters, found 'ab'"),
        ({"pattern": "^a$"}, "b", "expected text like ^a$, found 'b'"),
        ({"minProperties": 1}, {}, "expected 1 or more keys with values, found {}"),
        ({"maxProperties": 0}, {"a": 1}, "expected at most 0 keys with values, found {'a': 1}"),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer", "minimum": 3}]},
            2,
            "expected at least 3, found 2",
        ),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, 2, "expected text, or expected a li"),
        ({"not": {}}, 2, "not allowed here (see config/README.md), found 2"),
    ],
    ids=str,
)
def test_the_words_of_every_limit(limit: dict, found: Any, words: str) -> None:
    (problem,) = schema_problems({"key": found}, {"properties": {"key": limit}})
    assert problem.text.startswith(f"key: {words}")
    assert WORDS.keys() >= limit.keys() - {"not"}


def test_configurations_are_merged_as_snakemake_does_and_then_checked(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("grid: {n_seeds: 5}\nseed: 2\n", encoding="utf-8")
    path = tmp_path / "c.yaml"
    text = "@data\nseed: 1\ngrid: {n_components: [1]}"
    config = effective(read(path, text, other, config=("seed=7",)), path, other)
    assert (config["seed"], config["grid"]["n_seeds"]) == (7, 5)
    assert config["grid"]["n_components"] == [1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            "grid={n_seeds: 3}",
            "n_seeds: expected a whole number, found '3'; write it without quotes",
        ),
        ("grid=3", "grid: expected keys with values, found 3"),
        ("seed=", "seed: is empty"),
        (
            "selection={trusted: false}",
            "trusted: expected true or false, found 'false'; write it w",
        ),
        ("em={tolerance: 1e-6}", "found '1e-6'; YAML reads this as text: write 1.0e-06"),
    ],
)
def test_values_of_the_command_line_are_checked(tmp_path: Path, given: str, words: str) -> None:
    (problem,) = problems(read(tmp_path / "c.yaml", "@data", config=(given,)))
    assert words in problem


@pytest.mark.parametrize(
    "name",
    ["-a b.csv", "größe.csv", "a'b\"c.csv", "$a&b;c%d#e.csv", "[a]*?.csv", "a{.csv", "<A>.csv"],
)
def test_data_files_of_any_name_are_found(tmp_path: Path, name: str) -> None:
    place = tmp_path / "-a folder"
    place.mkdir()
    (place / name).write_text("x\n1\n2\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(place / name)
    names = [f"-a folder/{name}", str(place / name), "link.csv", f"../{tmp_path.name}/link.csv"]
    datasets = {f"d{index}": {"file": path} for index, path in enumerate(names)}
    assert len(effective_configuration({"datasets": datasets}, [tmp_path])["datasets"]) == 4


@pytest.mark.parametrize("name", ["{dataset}.csv", "a{1,2}.csv", "<results>.csv"])
def test_names_that_snakemake_would_replace_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x\n1\n2\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="rename the file or folder, or make a link"):
        effective_configuration({"datasets": {"a": {"file": name}}}, [tmp_path])


def test_a_dangling_link_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "gone.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    datasets = {name: {"file": f"{name}.csv"} for name in ("link", "pipe")}
    with pytest.raises(ConfigurationError) as raised:
        effective_configuration({"datasets": datasets}, [tmp_path])
    assert "no file 'link.csv'" in str(raised.value)
    assert "it is no regular file" in str(raised.value)


UNREADABLE = {
    b"a:\n\tb: 1": "line 2, column 1: not YAML (found character '\\t' that cannot start any token)",
    b"a:\n  b: 1\n c: 2": "line 3, column 2: not YAML",
    b"a: b: c": "line 1, column 5: not YAML (mapping values are not allowed here)",
    b"a: caf\xe9": "byte 7 is not UTF-8; save the file as UTF-8",
    b"a: \x00": "not YAML",
    b"": "expected keys with values, found nothing",
    b"- a": "expected keys with values, found ['a']",
}


@pytest.mark.parametrize("content", UNREADABLE, ids=repr)
def test_a_file_that_is_no_configuration_is_told_with_its_place(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    assert UNREADABLE[content] in unreadable(path)
    assert file_problems([path, tmp_path, tmp_path / "none.yaml"]) == []


def test_a_configuration_can_be_read(tmp_path: Path) -> None:
    assert unreadable(ROOT / "config" / "config.yaml") == ""
    assert unreadable(tmp_path / "none.yaml").endswith("cannot be read: No such file or directory")
    assert unreadable(tmp_path).endswith("cannot be read: Is a directory")
