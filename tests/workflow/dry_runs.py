"""Dry runs in processes that have Snakemake loaded already: most of one's cost is loading it."""

import contextlib
import io
import multiprocessing
import os
import re
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

# The workflow's own modules are not among them: each project brings its own.
_LOADED = ["snakemake.cli", "pandas", "jsonschema", "yaml", "pytest"]
_JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", re.MULTILINE)
_WILDCARDS = re.compile(r"^    wildcards: (.*)$", re.MULTILINE)


class DryRuns:
    """Runs `snakemake --dry-run`, two at a time, and tells the jobs that it names."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_LOADED)
        self._pool = ProcessPoolExecutor(2, mp_context=context, max_tasks_per_child=1)

    def begin(self, project: Path, *arguments: str) -> Future[frozenset[str]]:
        """Begin a dry run of a project; the result are the names of its jobs, as `jobs_of`."""
        return self._pool.submit(_dry_run, project, arguments)

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


def _dry_run(project: Path, arguments: tuple[str, ...]) -> frozenset[str]:
    from snakemake.cli import main

    os.chdir(project)
    out, err = io.StringIO(), io.StringIO()
    common = ["--configfile", "small.yaml", "--cores", "2", "--dry-run", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(common)
        except SystemExit as ended:
            code = ended.code
    listing = out.getvalue()
    whole = "Nothing to be done" in listing + err.getvalue() or "\nall " in listing
    if code or not whole:
        raise AssertionError(listing + err.getvalue())
    return jobs_of(listing)
