"""Verification of a finished run: it passes as it is, and one changed byte anywhere is named."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import snakemake

from fit_jobs import fit_jobs
from job import InputError
from provenance_file import changed_inputs, read_provenance, write_provenance
from recompute import share_of
from sample_files import sha256
from verify import verify


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the results of a finished run in the working directory, to damage."""
    monkeypatch.chdir(project)
    return Path("results")


def check() -> str:
    recorded = yaml.safe_load(Path("results/run_config.yaml").read_text(encoding="utf-8"))
    return verify([Path()], recorded, {}, 1)


def refusal() -> str:
    with pytest.raises(InputError) as refused:
        check()
    return str(refused.value)


def flip(path: Path, place: int | None = None) -> None:
    """Change one byte; to an empty file add one."""
    content = bytearray(path.read_bytes())
    place = len(content) // 2 if place is None else place
    content[place : place + 1] = bytes([content[place] ^ 1 if content else 1])
    path.write_bytes(content)


def record_again(results: Path) -> None:
    """Make provenance.json vouch for the files as they are, as somebody might who forges them."""
    provenance = read_provenance(results / "provenance.json")
    names = provenance["results"]
    provenance["results"] = {name: sha256(results / name) for name in names}
    write_provenance(provenance, results / "provenance.json")


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def test_a_good_run_is_verified_and_left_as_it_is(run: Path) -> None:
    before = times(run)
    assert "3 of 6 files of fits (12 cells)" in check()
    assert times(run) == before


def test_a_changed_byte_in_any_kind_of_result_is_named(run: Path) -> None:
    recorded = read_provenance(run / "provenance.json")["results"]
    names = [name for name in recorded if name.split("/")[0] in ("geyser", name)]
    assert len({Path(name).name for name in names}) == len(names) > 20
    for name in names:
        content = (run / name).read_bytes()
        flip(run / name)
        text = refusal()
        assert "1 file(s) do not agree" in text
        assert f"results/{name}: has changed: sha256 {recorded[name]} recorded" in text
        (run / name).write_bytes(content)


def test_a_changed_byte_anywhere_in_provenance_is_named(run: Path) -> None:
    path = run / "provenance.json"
    size = path.stat().st_size
    for place in range(0, size, 7):
        flip(path, place)
        with pytest.raises(InputError, match=r"provenance\.json is not as it was written"):
            read_provenance(path)
        flip(path, place)
    assert read_provenance(path)


def test_missing_and_foreign_results_are_named(run: Path) -> None:
    (run / "geyser" / "model.json").unlink()
    (run / "old" / "fits").mkdir(parents=True)
    (run / "old" / "fits" / "K9.npz").touch()
    text = refusal()
    assert "2 file(s) do not agree" in text
    assert "results/geyser/model.json: is missing" in text
    assert "results/old/fits/K9.npz: is not of this run" in text


def test_data_files_are_compared_too(run: Path) -> None:
    flip(run.parent / "data" / "iris.csv", 200)
    (run.parent / "data" / "old_faithful.csv").unlink()
    recorded = read_provenance(run / "provenance.json")["inputs"]
    changed = changed_inputs(recorded, [Path()])
    assert "has changed: sha256" in changed["data/iris.csv"]
    assert "is missing" in changed["data/old_faithful.csv"]
    text = refusal()
    assert "2 file(s) do not agree" in text
    assert "Not computed again: what comes from data/iris.csv" in text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("samples.npy", "computed again: differs"),
        ("samples.json", "computed again: line"),
        ("labels.npy", "computed again: differs"),
        ("fits/repairs.npz", "computed again: "),
        ("restarts.csv", "computed again: line"),
        ("candidates.csv", "computed again: line"),
        ("selection.json", "computed again: line"),
        ("model.json", "computed again: line"),
        ("assignments.csv", "computed again: line"),
    ],
)
def test_a_forged_result_is_found_by_computing_it_again(run: Path, name: str, told: str) -> None:
    flip(run / "drawn" / name)
    record_again(run)
    text = refusal()
    assert "1 file(s) do not agree" in text
    assert f"results/drawn/{name}: {told}" in text


def test_a_forged_fit_is_named_with_its_cell(run: Path) -> None:
    (job,) = share_of(fit_jobs([1, 2], 2), "geyser", 1)
    path = run / "geyser" / "fits" / f"{job.stem}.npz"
    with np.load(path) as file:
        arrays = dict(file)
    arrays["trace"][arrays["trace_length"][0] - 1] += 1e-9
    np.savez(path, **arrays)
    record_again(run)
    text = refusal()
    cell = f"cell of family EEE, n_components {job.n_components}, seed 0"
    assert (
        f"results/geyser/fits/{job.stem}.npz: computed again: {cell}: log_likelihood: expected "
        in text
    )


def test_what_cannot_be_computed_again_is_told(run: Path) -> None:
    flip(run / "geyser" / "fits" / "K1_seeds0-1.npz")
    text = refusal()
    assert "results/geyser/fits/K1_seeds0-1.npz: has changed" in text
    assert "Not computed again: repairs and ranking of geyser" in text
    flip(run / "run_config.yaml")
    assert "Nothing was computed again: results/run_config.yaml" in refusal()


def test_other_versions_are_told_with_what_differs(run: Path) -> None:
    provenance = read_provenance(run / "provenance.json")
    provenance["versions"]["numpy"] = "1.0"
    provenance["code"]["fit"] = "another"
    write_provenance(provenance, run / "provenance.json")
    assert "Verified" in check()
    flip(run / "drawn" / "model.json")
    with pytest.raises(InputError, match=r"numpy 1\.0 then") as refused:
        verify([Path()], {}, {"fit": "this"}, 1)
    assert "the code of fit is another now" in str(refused.value)


def test_the_share_is_the_same_for_a_seed_and_at_least_one() -> None:
    jobs = fit_jobs(range(1, 31), 20)
    assert share_of(jobs, "a", 1) == share_of(jobs[::-1], "a", 1)
    assert len(share_of(jobs, "a", 1)) == 3
    assert len(share_of(jobs[:1], "a", 1)) == 1
    assert len({tuple(share_of(jobs, "a", seed)) for seed in range(9)}) > 5


def test_verify_from_the_command_line(project: Path) -> None:
    results = project / "results"
    for name in ("small.yaml", ".snakemake"):
        (project / name).rename(project / f"{name}.old")
    own = ("--configfile", "config/config.yaml")
    good = snakemake(project, "verify", *own)
    assert good.returncode == 0, good.stderr
    assert "Verified" in good.stdout
    assert "The configuration in force is another" in good.stdout
    flip(results / "geyser" / "figures" / "mixture.svg")
    bad = snakemake(project, "verify", *own)
    assert bad.returncode != 0
    assert "results/geyser/figures/mixture.svg: has changed" in bad.stderr
    assert "Traceback" not in bad.stdout + bad.stderr


def test_a_run_with_weights_is_verified(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    table = np.column_stack([random.normal(size=(40, 2)), random.uniform(1, 3, 40)])
    np.savetxt(fresh / "weighted.csv", table, delimiter=",", header="x,y,w", comments="")
    (fresh / "small.yaml").write_text(
        "datasets: {weighted: {file: weighted.csv, weights: w}}\n"
        "grid: {n_components: [1, 2], families: [EEE, VVV], n_seeds: 2}\n",
        encoding="utf-8",
    )
    run = snakemake(fresh)
    assert run.returncode == 0, run.stderr
    monkeypatch.chdir(fresh)
    assert "1 of 2 files of fits (4 cells)" in check()
