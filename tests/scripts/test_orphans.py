"""What a killed run left behind on a Slurm: found by its folder, named with what cancels it."""

from pathlib import Path

from orphans import Orphan, orphans_here, orphans_in, what_to_do

FIT = Orphan("7", "gmm-select_ab", "RUNNING", "fit_wildcards_iris_3_0_19")


def test_jobs_of_snakemake_in_this_folder_count(tmp_path: Path) -> None:
    other = tmp_path / "other"
    listing = (
        f"7|gmm-select_ab|RUNNING|rule_fit_wildcards_iris_3_0_19|{tmp_path}\n"
        f"8|gmm-select_cd|RUNNING|rule_fit_wildcards_iris_3_0_19|{other}\n"
        f"9|shell|RUNNING||{tmp_path}\n"
    )
    assert orphans_in(listing, tmp_path) == [FIT]
    assert orphans_in("", tmp_path) == []


def test_a_folder_is_the_same_by_every_name(tmp_path: Path) -> None:
    folder, link = tmp_path / "a|b", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    line = f"7|gmm-select_ab|RUNNING|rule_fit_wildcards_iris_3_0_19|{folder}\n"
    assert orphans_in(line, link) == [FIT]


def test_the_user_is_told_which_jobs_and_how_to_cancel_their_runs() -> None:
    text = what_to_do([FIT, FIT._replace(job_id="8", state="PENDING")])
    assert "7 RUNNING fit_wildcards_iris_3_0_19" in text
    assert "8 PENDING" in text
    assert text.count("scancel --me --name=gmm-select_ab") == 1


def test_without_slurm_there_are_none(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert orphans_here() == []


def test_a_silent_controller_is_told_of_and_stops_nothing(monkeypatch, tmp_path, capsys) -> None:
    squeue = tmp_path / "squeue"
    squeue.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    squeue.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert orphans_here() == []
    assert "not known" in capsys.readouterr().err
