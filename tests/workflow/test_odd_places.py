"""Folders, files and names of any kind, and configurations from several places."""

import json
from pathlib import Path

from conftest import CONFIG, ROOT, copy_project, snakemake

FOLDER = "my grün #1 100% 'q' \"d\" $HOME & ; (x)"
NAMES = ("<b>$x^2$</b> & {dataset}", r"a_b\alpha {y}")
TITLE = "<i>{title}</i> & 100 % of $x$"


def test_odd_names_everywhere_give_the_same_results(finished: Path, tmp_path: Path) -> None:
    project = copy_project(tmp_path / FOLDER)
    place = tmp_path / "-work in {dataset} <here>"
    data = place / "-da ta" / "größe 'q' [a]*?;&$#%.csv"
    data.parent.mkdir(parents=True)
    lines = (ROOT / "data" / "old_faithful.csv").read_text("utf-8").splitlines()[1:]
    data.write_text("\n".join([",".join(NAMES), *lines, ""]), encoding="utf-8")
    wanted = CONFIG.split("  flowers:")[0] + "grid:" + CONFIG.split("\ngrid:")[1]
    wanted = wanted.replace("data/old_faithful.csv", json.dumps(f"-da ta/{data.name}"))
    wanted = wanted.replace("A small run", json.dumps(TITLE))
    config = tmp_path / "-conf ig {seed}.yaml"
    config.write_text(wanted, encoding="utf-8")
    run = snakemake(
        ROOT,
        *("--snakefile", str(project / "Snakefile"), "--directory", str(place)),
        *("--configfile", str(config)),
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for name in ("samples.npy", "restarts.csv", "candidates.csv", "assignments.csv"):
        ours, theirs = (folder / "results" / "geyser" / name for folder in (place, finished))
        assert ours.read_bytes() == theirs.read_bytes(), name
    page = (place / "results" / "report.html").read_text(encoding="utf-8")
    assert "&lt;i&gt;{title}&lt;/i&gt; &amp; 100 % of $x$" in page
    assert "&lt;b&gt;$x^2$&lt;/b&gt; &amp; {dataset}" in page
    assert NAMES[0] not in page
    assert TITLE not in page
    assert {path.stat().st_size for path in (place / "logs").rglob("*.log")} == {0}


def test_a_checkout_in_braces_is_refused(tmp_path: Path) -> None:
    run = snakemake(copy_project(tmp_path / "a {x}"))
    text = run.stdout + run.stderr
    assert run.returncode != 0
    assert "Move it to a folder without them." in text
    assert "Traceback" not in text


def test_files_and_values_of_the_command_line_are_checked_together(fresh: Path) -> None:
    (fresh / "more.yaml").write_text("seed: 5\nseed: 6\n", encoding="utf-8")
    files = ("--configfile", "small.yaml", "more.yaml")
    run = snakemake(fresh, *files, "--config", "seed=1", "grid={n_seeds: 3}")
    text = run.stdout + run.stderr
    assert run.returncode != 0
    assert "The configuration has 2 problem(s):" in text
    assert "seed: given 2 times, in lines 1, 2 of more.yaml" in text
    assert "grid: n_seeds: expected a whole number, found '3'" in text
    assert "Traceback" not in text
    assert not (fresh / "results").exists()
