"""Runs that are killed, and results that are damaged, are finished with the same bytes."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import snakemake
from interruptions import (
    SLOW,
    finish,
    killed_as_soon_as,
    kills,
    results,
    slow_project,
    trial,
    undisturbed,
)

N_KILLS = int(os.environ.get("GMM_SELECT_KILLS", "6"))
NOT_AS_WRITTEN = "not as it was written: changed, cut short, or another file in its place"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def put_in_place(other: str) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.write_bytes(path.parents[1].joinpath(other).read_bytes())

    return replace


@pytest.mark.parametrize(
    "harms",
    [
        {
            "geyser/fits/K1_seeds0-1.npz": (cut, "no whole file of fits: changed or cut short"),
            "flowers/selection.json": (cut, NOT_AS_WRITTEN),
            "drawn/fits/K1_seeds0-1.npz": (
                put_in_place("fits/K2_seeds0-1.npz"),
                "it holds the fits of the job K2_seeds0-1",
            ),
        },
        pytest.param(
            {
                "geyser/candidates.csv": (change, NOT_AS_WRITTEN),
                "flowers/fits/K2_seeds0-1.npz": (
                    put_in_place("../geyser/fits/K2_seeds0-1.npz"),
                    "it holds fits to other data",
                ),
                "drawn/model.json": (put_in_place("geyser/model.json"), NOT_AS_WRITTEN),
            },
            marks=pytest.mark.slow,
        ),
    ],
)
def test_damage_is_named_and_the_next_run_makes_it_good(
    project: Path, harms: dict[str, tuple[Callable[[Path], None], str]]
) -> None:
    expected = results(project)
    for name, (harm, _) in harms.items():
        harm(project / "results" / name)
    run = snakemake(project)
    said = run.stdout + run.stderr
    assert run.returncode != 0
    for name, (_, cause) in harms.items():
        assert f"results/{name}: {cause}. It is now " in said
    assert "Traceback" not in said
    again = snakemake(project)
    assert again.returncode == 0, again.stdout + again.stderr
    made = results(project)
    set_aside = {f"{name}.damaged" for name in harms}
    assert made.keys() == expected.keys() | set_aside
    assert {name: made[name] for name in expected} == expected


def is_another(path: Path, than: bytes) -> bool:
    return path.exists() and path.read_bytes() != than


# What follows ingest is survey, and what follows that is the check of all data sets.
@pytest.mark.parametrize("last", ["samples.sha256", "survey.sha256"])
def test_an_edited_run_that_is_killed_between_two_jobs_is_finished_with_the_same_bytes(
    project: Path, edited: dict[str, bytes], last: str
) -> None:
    edit(project)
    file = project / "results" / "geyser" / last
    before = file.read_bytes()
    killed_as_soon_as(project, lambda: is_another(file, before))
    made = results(project)
    assert made["geyser/samples.sha256"] == edited["geyser/samples.sha256"]
    assert made["data_checks.json"] != edited["data_checks.json"]
    assert finish(project) == ""
    assert results(project) == edited


def edit(project: Path) -> None:
    config = project / "small.yaml"
    text = config.read_text(encoding="utf-8")
    file = "file: data/old_faithful.csv"
    assert file in text
    config.write_text(text.replace(file, f"{file}, columns: [waiting]"), encoding="utf-8")


@pytest.fixture(scope="module")
def edited(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the results of an edited run that nobody kills."""
    folder = tmp_path_factory.mktemp("edited") / "project"
    project = Path(shutil.copytree(finished, folder, symlinks=True))
    edit(project)
    return undisturbed(project).files


def test_a_folder_in_which_a_run_is_alive_is_not_unlocked(project: Path) -> None:
    refused: list[str] = []

    def tried() -> bool:
        if any((project / "logs" / "drawn").glob("fit_*_seeds20-24.log")):
            refused.append(finish(project))
        return bool(refused)

    (project / "small.yaml").write_text(SLOW, encoding="utf-8")
    killed_as_soon_as(project, tried)
    assert "Snakemake is running in this folder" in refused[0]
    assert snakemake(project, "--unlock").returncode == 0


def run_with_read_only(folder: Path, project: Path) -> subprocess.CompletedProcess[str]:
    """Run in a project of which a folder cannot be written to, not even by root."""
    script = (
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$1" && shift && exec "$@"'
    )
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(folder)]
    run = [sys.executable, "-m", "snakemake", "--configfile", "small.yaml", "--cores", "2"]
    return subprocess.run(
        [*command, str(project), *run], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("folder", "named"), [("", ".snakemake"), ("logs", "logs"), ("results", "results")]
)
def test_a_folder_that_is_read_only_is_named(project: Path, folder: str, named: str) -> None:
    if not shutil.which("unshare") or run_with_read_only(project / "data", project).returncode:
        pytest.skip("no folder can be made read-only here, not even for root")
    (project / "results" / "provenance.json").unlink()
    run = run_with_read_only(project / folder, project)
    assert run.returncode != 0
    said = run.stdout + run.stderr
    assert f"{project / named}: nothing can be written there. Make it writable" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_killed_runs_are_finished_with_the_same_bytes(tmp_path: Path) -> None:
    expected = undisturbed(slow_project(tmp_path / "undisturbed"))
    for number, kill in enumerate(random.Random(1).sample(kills(30, 1), N_KILLS)):
        wrong = trial(slow_project(tmp_path / str(number)), kill, expected)
        assert not wrong, f"{kill}: {wrong}"
