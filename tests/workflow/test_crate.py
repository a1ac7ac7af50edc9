"""The export as an RO-Crate: what is in it, the same bytes every time, and a valid one."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from conftest import snakemake

from crate import export
from job import InputError

HAS_ROCRATE = importlib.util.find_spec("rocrate") is not None
needs_rocrate = pytest.mark.skipif(not HAS_ROCRATE, reason="needs rocrate: make crate")
PROFILE = "https://w3id.org/ro/wfrun/workflow/0.5"


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a finished project, which is the working directory."""
    monkeypatch.chdir(project)
    return project


def crate_of(project: Path, name: str = "results.crate.zip") -> Path:
    path = project / name
    export(project, [Path()], {}, path)
    return path


def entities(path: Path) -> dict[str, dict[str, Any]]:
    with ZipFile(path) as archive:
        graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
    found = {entity["@id"]: entity for entity in graph}
    assert len(found) == len(graph)
    return found


def ids(references: Any) -> set[str]:
    return {one["@id"] for one in ([references] if isinstance(references, dict) else references)}


def references(value: Any) -> Iterator[str]:
    """Yield every identifier that a value refers to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        yield value["@id"]


@needs_rocrate
def test_the_crate_ties_results_to_workflow_data_and_configuration(run: Path) -> None:
    path = crate_of(run)
    found = entities(path)
    root = found["./"]
    assert PROFILE in ids(root["conformsTo"])
    action = found[root["mentions"]["@id"]]
    assert ids(action["instrument"]) == ids(root["mainEntity"]) == {"Snakefile"}
    data = {"data/iris.csv", "data/old_faithful.csv"}
    assert ids(action["object"]) == {*data, "results/run_config.yaml"}
    results = {p.relative_to(run).as_posix() for p in run.rglob("results/**/*") if p.is_file()}
    assert ids(action["result"]) == results - {"results/run_config.yaml"}
    outside = {
        one for entity in found.values() for key in entity for one in references(entity[key])
    }
    unknown = {one for one in outside - set(found) if not one.startswith("https://")}
    assert unknown == set()


@needs_rocrate
def test_every_file_of_the_crate_is_described_with_its_checksum(run: Path) -> None:
    path = crate_of(run)
    found = entities(path)
    files = {unquote(one["@id"]): one for one in found.values() if "File" in one["@type"]}
    with ZipFile(path) as archive:
        assert set(archive.namelist()) == {*files, "ro-crate-metadata.json"}
        for name, file in files.items():
            content = archive.read(name)
            assert file["sha256"] == hashlib.sha256(content).hexdigest(), name
            assert file["contentSize"] == str(len(content)), name


@needs_rocrate
def test_the_same_run_gives_the_same_bytes(run: Path) -> None:
    one = crate_of(run).read_bytes()
    for path in run.rglob("*.csv"):
        path.chmod(0o600)
        os.utime(path, (1e9, 1e9))
    assert crate_of(run).read_bytes() == one


@needs_rocrate
def test_data_from_elsewhere_get_a_place_of_their_own(run: Path) -> None:
    """As if the run had read a file by its absolute path."""
    from provenance_file import read_provenance, write_provenance

    provenance = read_provenance(run / "results" / "provenance.json")
    name = str(shutil.copy(run / "data" / "iris.csv", run.parent / "my größe.csv"))
    provenance["inputs"][name] = provenance["inputs"].pop("data/iris.csv")
    write_provenance(provenance, run / "results" / "provenance.json")
    placed = [e for e in entities(crate_of(run)).values() if e.get("alternateName") == name]
    (file,) = placed
    assert unquote(file["@id"]) == f"inputs/{file['sha256'][:8]}/my größe.csv"


@needs_rocrate
def test_a_run_that_does_not_agree_is_not_exported(run: Path) -> None:
    path = crate_of(run)
    path.unlink()
    (run / "results" / "geyser" / "model.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"results/geyser/model\.json: has changed"):
        export(run, [Path()], {}, path)
    assert not path.exists()


@pytest.mark.skipif(HAS_ROCRATE, reason="rocrate is installed")
def test_without_rocrate_the_user_is_told_what_to_install(run: Path) -> None:
    with pytest.raises(InputError, match="make crate"):
        crate_of(run)


def test_crate_from_the_command_line(run: Path) -> None:
    made = snakemake(run, "crate")
    assert (made.returncode == 0) is HAS_ROCRATE
    assert "Traceback" not in made.stdout + made.stderr
    told = "Exported: results.crate.zip" if HAS_ROCRATE else "make crate"
    assert told in made.stdout + made.stderr


@needs_rocrate
@pytest.mark.skipif(
    importlib.util.find_spec("rocrate_validator") is None,
    reason="needs the package roc-validator",
)
def test_the_validator_accepts_the_crate(run: Path) -> None:
    command = ["-c", "from rocrate_validator.cli import cli; cli()", "validate", "--no-paging"]
    options = ["--profile-identifier", "workflow-run-crate-0.5", str(crate_of(run))]
    validated = subprocess.run(
        [sys.executable, *command, *options], capture_output=True, text=True, check=False
    )
    if "urlopen error" in validated.stdout + validated.stderr:
        pytest.skip("the validator fetches the vocabularies: needs a network")
    assert validated.returncode == 0, validated.stdout + validated.stderr
