"""As a part of a larger workflow: with its own configuration, data, folder and names of rules."""

from pathlib import Path

from conftest import CONFIG, copy_project, snakemake

SNAKEFILE = """
configfile: "larger.yaml"


module gmm_select:
    snakefile:
        "gmm select/Snakefile"
    config:
        config["gmm"]
    prefix:
        "mixtures"


use rule * from gmm_select as gmm_*


rule count:
    input:
        "mixtures/results/geyser/model.json",
        rules.gmm_report.output,
    output:
        "components.txt",
    shell:
        "grep n_components {input[0]:q} > {output}"


rule everything:
    default_target: True
    input:
        "components.txt",
        rules.gmm_all.input,
"""


def test_it_runs_as_a_module_of_another_workflow(finished: Path, tmp_path: Path) -> None:
    copy_project(tmp_path / "gmm select")
    (tmp_path / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    data = tmp_path / "tables" / "geyser.csv"
    data.parent.mkdir()
    data.write_bytes((finished / "data" / "old_faithful.csv").read_bytes())
    ours = CONFIG.split("  flowers:")[0] + "grid:" + CONFIG.split("\ngrid:")[1]
    ours = ours.replace("data/old_faithful.csv", "tables/geyser.csv")
    indented = "".join(f"  {line}\n" for line in ours.splitlines())
    (tmp_path / "larger.yaml").write_text(f"theirs: 1\ngmm:\n{indented}", encoding="utf-8")
    run = snakemake(tmp_path, "--configfile", "larger.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "n_components" in (tmp_path / "components.txt").read_text(encoding="utf-8")
    results = tmp_path / "mixtures" / "results"
    for name in ("samples.npy", "model.json", "candidates.csv", "assignments.csv"):
        theirs = finished / "results" / "geyser" / name
        assert (results / "geyser" / name).read_bytes() == theirs.read_bytes(), name
    assert "verdict" in (results / "report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "results").exists()
    again = snakemake(tmp_path, "--configfile", "larger.yaml", "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr
