"""What an edit runs again: exactly what it touches, by the jobs that a dry run names."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
import yaml
from conftest import snakemake
from dry_runs import DryRuns, jobs_of
from rerun_edits import EDITS, ON_REQUEST, OTHER_VALUES, Edit, configure, jobs

from reruns_column import SCHEMA, described_keys


@pytest.fixture(scope="module")
def planned(
    finished: Path, dry_runs: DryRuns, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[frozenset[str]]]]:
    """Begin a dry run after each edit whose test is to run, several at a time."""
    items = [item for item in request.session.items if item.path == request.path]
    wanted = {item.callspec.params["edit"] for item in items if hasattr(item, "callspec")}
    return {edit.name: dry_runs.begin(finished, edit.make) for edit in EDITS if edit in wanted}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_runs_what_it_touches(
    edit: Edit, planned: dict[str, Future[frozenset[str]]]
) -> None:
    assert planned[edit.name].result() == edit.jobs


def test_every_key_is_edited_and_no_word_is_idle() -> None:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    keys = {name: part for name, part in described_keys(schema) if "x-reruns" in part}
    sections = {"grid", "em", "selection", "figures", "report", "datasets: *"}
    assert keys.keys() == dict(described_keys(schema)).keys() - sections
    assert keys.keys() - {"datasets"} == OTHER_VALUES.keys() | ON_REQUEST
    assert {part["x-reruns"] for part in keys.values()} == schema["x-reruns"].keys()


def test_a_check_that_failed_fits_nothing_again(project: Path, dry_runs: DryRuns) -> None:
    (project / "results" / "data_checks.json").unlink()
    (project / "constant.csv").write_text("x,y\n" + "1,2\n" * 9, encoding="utf-8")
    configure({"datasets: bad": {"file": "constant.csv"}}, project)
    # A second run must not take what the first left for a passed check.
    for _ in range(2):
        run = snakemake(project)
        assert run.returncode != 0
        assert "column x is constant (1)" in run.stdout + run.stderr
        assert not (project / "results" / "bad" / "fits").exists()
    configure({}, project)
    assert dry_runs.begin(project).result() == jobs(["check"])


def test_more_seeds_leave_full_blocks_alone(project: Path) -> None:
    configure({"grid: n_seeds": 20}, project)
    # As if the run with 20 seeds had been done: its files, under the names of full blocks.
    run = snakemake(project, "results/drawn/fits/K1_seeds0-19.npz")
    assert run.returncode == 0, run.stderr
    configure({"grid: n_seeds": 25}, project)
    planned = jobs_of(snakemake(project, "--dry-run", "results/drawn/model.json").stdout)
    fits = {job for job in planned if job.startswith("fit ")}
    assert fits == {"fit drawn 1 20 24", "fit drawn 2 0 19", "fit drawn 2 20 24"}
