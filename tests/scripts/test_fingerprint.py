"""Code fingerprints: they follow what code does, and only the code that a script uses."""

import subprocess
import sys
from pathlib import Path

import pytest

from fingerprint import fingerprint, imported_files

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"
SCRIPT = '"""Do."""\nimport part\n\n\ndef run(x):\n    """Run."""\n    return part.twice(x)\n'
PART = '"""Part."""\n\n\ndef twice(x):\n    return 2 * x\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "part.py").write_text(PART)
    return tmp_path


def of(folder: Path) -> str:
    return fingerprint(folder / "script.py", [folder])


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("script.py", '"""Run."""', '"""Run it."""'),
        ("script.py", "import part\n", "import part\n# a remark\n"),
        ("part.py", "2 * x", "(2 *\n    x)"),
        ("part.py", '"""Part."""\n', ""),
    ],
)
def test_words_and_layout_do_not_count(folder: Path, file: str, old: str, new: str) -> None:
    before = of(folder)
    path = folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert of(folder) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("script.py", "twice(x)", "twice(1)"), ("part.py", "2 * x", "3 * x")],
)
def test_code_counts_in_the_script_and_in_its_imports(
    folder: Path, file: str, old: str, new: str
) -> None:
    before = of(folder)
    path = folder / file
    path.write_text(path.read_text().replace(old, new))
    assert of(folder) != before


def test_the_place_of_a_project_does_not_count(folder: Path, tmp_path_factory) -> None:
    other = tmp_path_factory.mktemp("other")
    for name in ("script.py", "part.py"):
        (other / name).write_text((folder / name).read_text())
    assert of(other) == of(folder)


@pytest.mark.parametrize(
    ("script", "not_used"),
    [
        ("fit.py", {"selection.py", "criteria.py", "plot.py", "report.py", "ingest.py"}),
        (
            "repair.py",
            {"selection.py", "candidates.py", "spurious.py", "criteria.py"},
        ),
        ("ingest.py", {"em.py", "statistics.py", "selection.py"}),
        ("generate.py", {"em.py", "statistics.py", "selection.py"}),
        ("rank.py", {"plot.py", "report.py", "ingest.py"}),
    ],
)
def test_a_rule_depends_on_no_code_of_later_steps(script: str, not_used: set[str]) -> None:
    names = {path.name for path in imported_files(SCRIPTS / script, [ROOT, SCRIPTS])}
    assert script in names
    assert not names & not_used


@pytest.mark.parametrize(
    ("script", "known"),
    [
        ("fit", {"em.py", "statistics.py", "starts.py", "families.py"}),
        ("repair", {"em.py", "nesting.py"}),
        ("rank", {"selection.py", "spurious.py", "criteria.py"}),
    ],
)
def test_a_rule_depends_on_the_code_that_it_calls(script: str, known: set[str]) -> None:
    names = {path.name for path in imported_files(SCRIPTS / f"{script}.py", [ROOT, SCRIPTS])}
    assert known <= names


def test_the_fit_script_imports_what_it_needs_alone() -> None:
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(SCRIPTS)!r}]; "
        "before = set(sys.modules); import fit; "
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {path.stem for path in SCRIPTS.glob("*.py")} | {"gmm_core"}
    third_party = set(run.stdout.split()) - ours - set(sys.stdlib_module_names)
    # numpy's random streams bring the name cython_runtime along.
    assert {name for name in third_party if name[0] != "_"} == {
        "numpy",
        "cython_runtime",
        "threadpoolctl",
    }
