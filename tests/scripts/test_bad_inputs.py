"""No data file goes in wrong: each of a table of bad and odd ones ends as it should."""

import json
from pathlib import Path

import numpy as np
import pytest
from bad_inputs import BAD_INPUTS, ERROR, NOTED, Input

from configuration import ConfigurationError, effective_configuration
from formats import text
from ingest import ingest
from job import InputError
from layout import prepared
from table_options import TableOptions

SHORT_TEXTS = [
    item for item in BAD_INPUTS if isinstance(item.content, str) and len(item.content) < 1000
]


def names(item: Input) -> str:
    return item.name


@pytest.fixture
def made(tmp_path: Path):
    def make(item: Input) -> tuple[Path, dict[str, Path]]:
        path = tmp_path / item.file
        if callable(item.content):
            item.content(path)
        else:
            content = item.content
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        (tmp_path / "out").mkdir()
        return path, {name: tmp_path / "out" / name for name in prepared("")}

    return make


@pytest.mark.parametrize("item", BAD_INPUTS, ids=names)
def test_an_input_ends_as_it_should(item: Input, made) -> None:
    path, files = made(item)
    options = TableOptions.of(item.keys)
    if item.outcome == ERROR:
        files["samples"].write_bytes(b"from before")
        with pytest.raises(InputError) as raised:
            ingest(path, item.file, "test", options, files)
        heading, *problems = str(raised.value).splitlines()
        assert heading == f"Data set test: {item.file} cannot be read as a table of numbers:"
        assert all(problem.startswith("  - ") for problem in problems)
        assert [word for word in item.words if word not in str(raised.value)] == []
        assert list(files["samples"].parent.iterdir()) == []
        return
    ingest(path, item.file, "test", options, files)
    assert np.load(files["samples"]).tolist() == item.values
    described = files["description"].read_text("utf-8")
    assert [word for word in item.words if word not in described] == []
    content = json.loads(described)
    assert bool(content["left_out"] or content["n_rows_dropped"]) == (item.outcome == NOTED)
    assert sorted(file.name for file in files["samples"].parent.iterdir()) == sorted(files)


@pytest.mark.parametrize("item", BAD_INPUTS, ids=names)
def test_the_configuration_takes_an_input_or_says_why_not(item: Input, made) -> None:
    path, _ = made(item)
    datasets = {"test": {"file": str(path), **item.keys}}
    told = ""
    try:
        effective_configuration({"datasets": datasets}, [Path()])
    except ConfigurationError as error:
        told = str(error)
    assert not told or item.outcome == ERROR
    assert not told or "datasets: test: " in told


@pytest.mark.parametrize("item", SHORT_TEXTS, ids=names)
def test_blocks_of_any_size_give_the_same(item: Input, made, monkeypatch) -> None:
    path, files = made(item)

    def outcome() -> str:
        try:
            ingest(path, item.file, "test", TableOptions.of(item.keys), files)
        except InputError as error:
            return str(error)
        return files["description"].read_text("utf-8")

    whole = outcome()
    for size in (1, 7):
        monkeypatch.setattr(text, "HEAD_BYTES", 16)
        monkeypatch.setattr(text, "BLOCK_BYTES", size)
        assert outcome() == whole
