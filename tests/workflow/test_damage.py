"""Runs that are killed, and results that are damaged, are finished with the same bytes."""

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import snakemake
from interruptions import Kill, finish, killed, kills, results, slow_project, trial, undisturbed

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
        {
            "geyser/candidates.csv": (change, NOT_AS_WRITTEN),
            "flowers/fits/K2_seeds0-1.npz": (
                put_in_place("../geyser/fits/K2_seeds0-1.npz"),
                "it holds fits to other data",
            ),
            "drawn/model.json": (put_in_place("geyser/model.json"), NOT_AS_WRITTEN),
        },
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


def test_a_folder_in_which_a_run_is_alive_is_not_unlocked(tmp_path: Path) -> None:
    project = slow_project(tmp_path / "slow")
    expected = undisturbed(slow_project(tmp_path / "undisturbed"))
    refused: list[str] = []
    kill = Kill(signal.SIGKILL, "the process group", 0.4)
    killed(project, kill, expected.seconds, lambda: refused.append(finish(project)))
    assert "Snakemake is running in this folder" in refused[0]
    assert finish(project) == ""
    assert results(project) == expected.files


@pytest.mark.slow
def test_killed_runs_are_finished_with_the_same_bytes(tmp_path: Path) -> None:
    expected = undisturbed(slow_project(tmp_path / "undisturbed"))
    for number, kill in enumerate(random.Random(1).sample(kills(30, 1), N_KILLS)):
        wrong = trial(slow_project(tmp_path / str(number)), kill, expected)
        assert not wrong, f"{kill}: {wrong}"
