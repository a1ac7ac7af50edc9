"""What counts as a run of Snakemake that is alive: the run itself, none of its jobs."""

import pytest

from other_runs import is_snakemake


@pytest.mark.parametrize(
    ("command", "is_run"),
    [
        ("/usr/bin/python3 /home/a/.venv/bin/snakemake --cores 2", True),
        ("snakemake --cores 2", True),
        ("python3 -m snakemake --cores 2", True),
        ("python3 -m snakemake --target-jobs fit:dataset=a --cores 1 --mode remote", False),
        ("python3 .snakemake/scripts/tmp1.fit.py", False),
        ("tail -f snakemake.log", False),
        ("", False),
    ],
)
def test_a_run_is_told_from_its_jobs(command: str, is_run: bool) -> None:
    assert is_snakemake(command.split()) is is_run
