"""Dry runs in processes that have Snakemake loaded already: most of one's cost is loading it."""

import contextlib
import io
import multiprocessing
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

# The workflow's own modules are not among them: each project brings its own.
_LOADED = ["snakemake.cli", "pandas", "jsonschema", "yaml", "pytest", "smart_open"]
_JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", re.MULTILINE)
_WILDCARDS = re.compile(r"^    wildcards: (.*)$", re.MULTILINE)


class DryRuns:
    """Runs `snakemake --dry-run`, two at a time, and tells the jobs that it names."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_LOADED)
        self._pool = ProcessPoolExecutor(2, mp_context=context, max_tasks_per_child=1)

    def begin(
        self, project: Path, edit: Callable[[Path], None] | None = None
    ) -> Future[frozenset[str]]:
        """Begin a dry run; its result are the names of the jobs, as of `jobs_of`.

        Args:
            project: a project with small.yaml.
            edit: what to do before to a copy of it; a function that a process can be sent.
        """
        return self._pool.submit(_dry_run, project, edit)

    def close(self) -> None:
        """End all processes."""
        self._pool.shutdown(cancel_futures=True)


def jobs_of(listing: str) -> frozenset[str]:
    """Return the jobs that a dry run lists: rule and wildcards, with a blank between."""
    jobs = set()
    for rule, details in _JOB.findall(listing):
        wildcards = _WILDCARDS.search(details)
        pairs = wildcards[1].split(", ") if wildcards else []
        jobs.add(" ".join([rule, *(pair.partition("=")[2] for pair in pairs)]))
    return frozenset(jobs - {"all"})


def _dry_run(project: Path, edit: Callable[[Path], None] | None) -> frozenset[str]:
    with tempfile.TemporaryDirectory() as folder:
        if edit:
            project = shutil.copytree(project, Path(folder, "project"), symlinks=True)
            edit(project)
        return _jobs(project)


def _jobs(project: Path) -> frozenset[str]:
    from snakemake.cli import main

    os.chdir(project)
    out, err, code = io.StringIO(), io.StringIO(), None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(["--configfile", "small.yaml", "--cores", "2", "--dry-run"])
        except SystemExit as ended:
            code = ended.code
    listing = out.getvalue() + err.getvalue()
    if code or not re.search(r"^all +1$|Nothing to be done", listing, re.MULTILINE):
        raise AssertionError(listing)
    return jobs_of(listing)
