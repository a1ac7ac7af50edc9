"""What an edit runs again: exactly what it touches, by the jobs that a dry run names."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from dry_runs import DryRuns
from rerun_edits import EDITS, Edit


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
