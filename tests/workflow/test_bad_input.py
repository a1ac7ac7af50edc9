"""What a user reads when the configuration or the data cannot be run."""

from pathlib import Path

from conftest import CONFIG, snakemake
from interruptions import results


def message(project: Path, config: str) -> str:
    (project / "small.yaml").write_text(config, encoding="utf-8")
    run = snakemake(project)
    assert run.returncode != 0
    assert "Traceback" not in run.stdout + run.stderr
    assert not list((project / "results").rglob("fits/*"))
    assert not list((project / "results").glob("*.*"))
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


def test_all_data_sets_are_read_and_checked_before_any_fit(fresh: Path) -> None:
    (fresh / "words.csv").write_text("x,y\n1,one\n2,3\n", encoding="utf-8")
    (fresh / "more_words.csv").write_text("x,y\n1,2\n2,two\n", encoding="utf-8")
    constant = "".join(f"{row % 7},{row % 5},3\n" for row in range(40))
    (fresh / "constant.csv").write_text(f"x,y,z\n{constant}", encoding="utf-8")
    (fresh / "single.csv").write_text("x,y\n1,2\n", encoding="utf-8")

    def also(*names: str) -> str:
        lines = "".join(f"  {name}: {{file: {name}.csv}}\n" for name in names)
        return CONFIG.replace("datasets:\n", f"datasets:\n{lines}")

    text = message(fresh, also("words", "more_words", "constant", "single"))
    assert "Data set words: words.csv cannot be read" in text
    assert "Data set more_words: more_words.csv cannot be read" in text
    text = message(fresh, also("constant", "single"))
    assert "Data set constant: no mixture can be fitted to its samples:" in text
    assert "column z is constant (3)" in text
    assert "Data set single: no mixture can be fitted to its samples:" in text


def test_a_data_set_that_goes_wrong_leaves_no_answer_of_before(project: Path) -> None:
    data, expected = project / "data" / "iris.csv", results(project)
    right = data.read_text(encoding="utf-8")
    data.write_text(right.replace("4.7,3.2,1.3,0.2", "4.7,3.2,?,0.2"), encoding="utf-8")
    run = snakemake(project)
    assert run.returncode != 0
    assert "column petal_length: not a number in line 4 ('?')" in run.stdout + run.stderr
    assert "What an earlier run found is removed: results/report.html" in run.stdout + run.stderr
    left = results(project)
    of_flowers = {name for name in left if name.startswith("flowers/")}
    assert of_flowers == {name for name in of_flowers if "/fits/" in name or "/survey." in name}
    assert "report.html" not in left
    assert {name for name in expected if name.startswith(("geyser/", "drawn/"))} <= left.keys()
    data.write_text(right, encoding="utf-8")
    assert snakemake(project).returncode == 0
    assert results(project) == expected


def test_a_warning_stands_in_the_report_beside_the_verdict(fresh: Path) -> None:
    data = fresh / "data" / "old_faithful.csv"
    header, *lines = data.read_text(encoding="utf-8").splitlines()
    numbered = [f"{row},{line}" for row, line in enumerate(lines, start=1)]
    data.write_text("\n".join([f"number,{header}", *numbered, ""]), encoding="utf-8")
    (fresh / "small.yaml").write_text(CONFIG, encoding="utf-8")
    run = snakemake(fresh)
    assert run.returncode == 0, run.stdout + run.stderr
    page = (fresh / "results" / "report.html").read_text(encoding="utf-8")
    section = page.split('id="geyser"')[1]
    assert page.count("it looks like a row number") == 1
    assert section.index("it looks like a row number") < section.index("The selected mixture")
    assert "row number" in page.split('href="#geyser"')[1].split("</tr>")[0]
