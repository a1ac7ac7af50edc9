"""What a user reads when the configuration or the data cannot be run."""

from pathlib import Path

from conftest import CONFIG, snakemake


def message(project: Path, config: str) -> str:
    (project / "small.yaml").write_text(config, encoding="utf-8")
    run = snakemake(project)
    assert run.returncode != 0
    assert "Traceback" not in run.stdout + run.stderr
    # The other data sets' jobs may have begun meanwhile.
    assert not list((project / "results" / "flowers").rglob("fits/*"))
    return run.stdout + run.stderr


def test_all_problems_of_a_configuration_in_one_message(fresh: Path) -> None:
    wrong = CONFIG.replace("seed: 1", "sede: 1").replace("data/iris", "data/irises")
    wrong = wrong.replace("n_seeds: 2", "n_seeds: two")
    text = message(fresh, wrong)
    assert "unknown key 'sede'; did you mean seed?" in text
    assert "grid: n_seeds: expected a whole number, found 'two'" in text
    assert "datasets: flowers: file: no file 'data/irises.csv' in" in text
    assert "Job stats" not in text
    assert not (fresh / "results").exists()


def test_a_wrong_cell_stops_in_the_prepare_step_with_its_place(fresh: Path) -> None:
    data = fresh / "data" / "iris.csv"
    text = data.read_text(encoding="utf-8").replace("4.7,3.2,1.3,0.2", '4.7,3.2,"1,3",0.2')
    data.write_text(text, encoding="utf-8")
    text = message(fresh, CONFIG)
    assert "Data set flowers: data/iris.csv" in text
    assert "column petal_length: comma in a number in line 4 ('1,3')" in text


def test_a_missing_column_names_those_there_are(fresh: Path) -> None:
    text = message(fresh, CONFIG.replace("sepal_width", "sepal_widht"))
    assert "columns: no column 'sepal_widht'; the file has sepal_length, sepal_width" in text


def test_families_for_one_feature_are_refused_for_more(fresh: Path) -> None:
    text = message(fresh, CONFIG.replace("[EEE, VVV]", "[E]"))
    assert "families: E unknown for 2 feature(s); expected EII, VII" in text
