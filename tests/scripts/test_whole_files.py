"""Files are there whole or not at all, and what is damaged is named and never read."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from fit_files import read_fits, write_fits
from gmm_core import FAMILIES, fit_cells
from job import InputError, logged
from whole_files import check_files, complete_files

MADE_OF = {"data": {"samples.npy": "0" * 64}, "settings": {"seed": 1}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drawn").mkdir()
    return tmp_path / "drawn"


@pytest.fixture
def written(folder: Path) -> dict[str, Path]:
    files = {
        "values": folder / "a.npy",
        "table": folder / "b.csv",
        "checksums": folder / "a.sha256",
    }
    with complete_files(files) as parts:
        parts["values"].write_bytes(b"0123456789")
        parts["table"].write_text("x,y\n1,2\n", encoding="utf-8")
    return files


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples = np.random.default_rng(4).normal(size=(20, 1))
    cells = fit_cells(samples, 1, [FAMILIES["V"]], [0], seed=1, tolerance=1e-6, max_iterations=50)
    path = tmp_path_factory.mktemp("fits") / "K1_seeds0-0.npz"
    write_fits(cells, path, MADE_OF)
    return path


def test_files_appear_together_at_the_end(folder: Path, written: dict[str, Path]) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["a.npy", "a.sha256", "b.csv"]
    assert set(check_files(written.values())) == {written["values"], written["table"]}


def test_a_job_that_fails_leaves_nothing(folder: Path, written: dict[str, Path]) -> None:
    with suppress(ZeroDivisionError), complete_files(written) as parts:
        parts["values"].write_bytes(b"new")
        raise ZeroDivisionError
    assert list(folder.iterdir()) == []


def test_what_a_killed_job_left_beside_goes_with_the_next(folder: Path) -> None:
    program = """
import sys, time
from contextlib import suppress
from pathlib import Path
from whole_files import complete_files
with complete_files({"values": Path(sys.argv[1], "a.npy")}) as parts:
    parts["values"].write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""
    command = [sys.executable, "-c", program, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as job:
        assert job.stdout is not None
        assert job.stdout.readline() == b"writing\n"
        job.send_signal(signal.SIGKILL)
    assert [path.is_dir() for path in folder.iterdir()] == [True]
    with complete_files({"values": folder / "a.npy"}) as parts:
        parts["values"].write_bytes(b"whole")
    assert [path.read_bytes() for path in folder.iterdir()] == [b"whole"]


def test_a_job_that_outlives_snakemake_gives_up_its_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        pytest.raises(InputError, match="ended before"),
        complete_files({"a": folder / "a"}),
    ):
        monkeypatch.setattr(os, "getppid", lambda: 1)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["values", "table", "checksums"])
@pytest.mark.parametrize("harm", ["cut", "empty", "changed", "longer", "not text"])
def test_damage_is_named_and_set_aside(written: dict[str, Path], name: str, harm: str) -> None:
    path = written[name]
    content = path.read_bytes()
    path.write_bytes(
        {
            "cut": content[:-1],
            "empty": b"",
            "changed": content[:3] + b"~" + content[4:],
            "longer": content + b"\n",
            "not text": b"\xff" + content[1:],
        }[harm]
    )
    with pytest.raises(InputError, match=f"{path}: .*It is now {path.name}.damaged; run the same"):
        check_files(written.values())
    assert not path.exists()


def test_all_damaged_files_are_named_at_once(written: dict[str, Path]) -> None:
    written["values"].write_bytes(b"")
    written["table"].unlink()
    with pytest.raises(
        InputError, match=r"a\.npy: not as it was written.*\n.*b\.csv: it went away"
    ):
        check_files(written.values())


def test_the_files_of_another_folder_are_not_taken_for_these(
    tmp_path: Path, written: dict[str, Path]
) -> None:
    (tmp_path / "other").mkdir()
    others = [path.replace(tmp_path / "other" / path.name) for path in written.values()]
    with pytest.raises(InputError, match="no list of checksums of this folder"):
        check_files(others)


def test_a_file_of_fits_is_read_right_or_not_at_all(fits: Path, tmp_path: Path) -> None:
    whole = fits.read_bytes()
    expected = read_fits([fits], MADE_OF)[0].fit
    copy = tmp_path / fits.name
    random = np.random.default_rng(7)
    n_refused = 0
    for place in random.integers(len(whole), size=200):
        for broken in (
            whole[:place],
            whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :],
        ):
            copy.write_bytes(broken)
            try:
                (cell,) = read_fits([copy], MADE_OF)
            except InputError:
                n_refused += 1
            else:
                # What no reader looks at may change: dates and permissions in the archive.
                assert cell.fit.trace.tobytes() == expected.trace.tobytes()
                assert cell.fit.mixture.to_dict() == expected.mixture.to_dict()
    assert n_refused > 300


@pytest.mark.parametrize(
    ("name", "made_of", "words"),
    [
        ("K2_seeds0-0.npz", MADE_OF, "holds the fits of the job K1_seeds0-0"),
        ("K1_seeds0-0.npz", {**MADE_OF, "data": {"samples.npy": "1" * 64}}, "fits to other data"),
        ("K1_seeds0-0.npz", {**MADE_OF, "settings": {"seed": 2}}, "made with other settings"),
    ],
)
def test_fits_in_the_place_of_others_are_not_read(
    fits: Path, tmp_path: Path, name: str, made_of: dict, words: str
) -> None:
    copy = tmp_path / name
    copy.write_bytes(fits.read_bytes())
    with pytest.raises(InputError, match=words):
        read_fits([copy], made_of)


def test_a_file_that_cannot_grow_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with (
            pytest.raises(SystemExit),
            logged(str(folder / "job.log")),
            complete_files({"values": folder / "a.npy"}) as parts,
        ):
            np.save(parts["values"], np.zeros(1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said = capsys.readouterr().err
    assert f"{folder} (writing a.npy): " in said
    assert "there is room, and run the same command again" in said
    assert "Traceback" not in said
    assert [path.name for path in folder.iterdir()] == ["job.log"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.chmod(0o500)
    with (
        pytest.raises(SystemExit),
        logged(str(tmp_path / "job.log")),
        complete_files({"values": folder / "a.npy"}),
    ):
        pass
    with pytest.raises(SystemExit), logged(str(folder / "job.log")):
        pass
    folder.chmod(0o700)
    said = capsys.readouterr().err
    assert f"{folder} (writing a.npy): Permission denied; make it" in said
    assert f"{folder / 'job.log'}: Permission denied; make it" in said
