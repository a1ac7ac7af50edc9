"""What the project says in two places is the same in both."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import ROOT

import gmm_core
from reruns_column import README, SCHEMA, described_keys, with_column

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))


def test_environment_has_the_versions_of_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = dict(re.split(r" =", item) for item in environment["dependencies"] if " =" in item)
    run = dict(item.split("==") for item in PYPROJECT["dependency-groups"]["run"])
    assert conda == run


@pytest.mark.parametrize(
    ("group", "lock"),
    [
        ("run", "requirements.lock"),
        ("dev", "requirements-dev.lock"),
        ("bench", "requirements-bench.lock"),
        ("cluster", "requirements-cluster.lock"),
        ("crate", "requirements-crate.lock"),
    ],
)
def test_lock_pins_what_pyproject_asks_for(group: str, lock: str) -> None:
    asked = [item for item in PYPROJECT["dependency-groups"][group] if isinstance(item, str)]
    assert dict(item.split(";")[0].split("==") for item in asked).items() <= pins(lock).items()


def test_the_locks_agree() -> None:
    run, dev, bench = (pins(f"requirements{part}.lock").items() for part in ("", "-dev", "-bench"))
    assert run <= dev <= bench
    assert run <= pins("requirements-cluster.lock").items()
    crate = pins("requirements-crate.lock")
    assert run <= crate.items()
    assert all(crate[name] == version for name, version in dev if name in crate)


@pytest.mark.parametrize(
    "name",
    [f"requirements{part}.lock" for part in ("", "-dev", "-bench", "-cluster", "-crate")],
)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    blocks = re.split(r"\n(?=[a-z0-9-]+==)", text)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_version_is_one() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == gmm_core.__version__


def test_data_are_those_of_the_sources() -> None:
    sources = (ROOT / "data" / "SOURCES.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "data").glob("*.csv")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"`{path.name}`" in sources
        assert digest in sources


def test_configuration_readme_has_every_key_with_its_default() -> None:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    text = README.read_text(encoding="utf-8")
    rows = {
        cells[1].strip(" `"): cells[3].strip(" `")
        for line in text.splitlines()
        if len(cells := line.split("|")) == 7
    }
    keys = dict(described_keys(schema))
    sections = {"grid", "em", "selection", "figures", "report"}
    assert set(rows) - {"key", "---"} == set(keys) - sections
    for key, part in keys.items():
        if key not in sections and "default" in part:
            assert yaml.safe_load(rows[key].strip("`")) == part["default"], key


def test_configuration_readme_says_what_the_schema_says_runs_again() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_column(text), "run python workflow/schemas/reruns_column.py"


def test_default_configuration_states_the_defaults() -> None:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    for section in ("grid", "em", "selection", "figures", "report"):
        described = schema["properties"][section]["properties"]
        assert config[section] == {key: part["default"] for key, part in described.items()}


def test_readme_says_what_was_measured() -> None:
    command = [sys.executable, "benchmarks/readme_table.py", "--check"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def test_no_registry_address_in_the_repository() -> None:
    address = re.compile("py" r"pi\.org|python" r"hosted\.org|ana" r"conda\.org")
    made = {".git", ".venv", ".snakemake", "results", "logs"}
    read = {".py", ".md", ".toml", ".yml", ".yaml", ".lock", ".smk", ""}
    for path in ROOT.rglob("*"):
        ours = path.is_file() and not made & set(path.relative_to(ROOT).parts)
        if ours and path.suffix in read:
            assert not address.search(path.read_text(encoding="utf-8", errors="ignore")), path
