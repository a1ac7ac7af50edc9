"""Degenerate samples: which are refused before any fit, which are warned of, and in what words."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from check import check
from job import InputError
from survey import write_survey_of

DATA = Path(__file__).parents[2] / "data"
random = np.random.default_rng(20261122)
TWO = np.concatenate([random.normal(size=(60, 2)), random.normal(4.0, 1.0, size=(60, 2))])
A, B = TWO.T
ROWS = np.arange(120.0)
MANY = random.normal(size=(300, 12))


def of(*columns):
    return np.column_stack(columns)


def printed(table, digits):
    """Return a table as it is read from text with so many digits."""
    return np.array([[float(f"{value:.{digits}g}") for value in row] for row in table])


def with_values(column, places, value):
    column = column.copy()
    column[places] = value
    return column


class Case(NamedTuple):
    """Samples with columns x1, x2, ..., and what comes of them.

    kind: "error", the kinds of all warnings in their order, or "" for nothing at all.
    words: parts of the text.
    """

    samples: np.ndarray
    kind: str
    words: tuple[str, ...] = ()
    families: tuple[str, ...] = ("all",)
    sizes: tuple[int, ...] = (1, 2, 3, 4, 5)


CASES = {
    # No honest fit.
    "one sample": Case(TWO[:1], "error", ("there is only 1 sample; a mixture needs 2",)),
    "one row, repeated": Case(
        np.repeat(TWO[:1], 9, axis=0), "error", ("column x1 is constant", "column x2 is constant")
    ),
    "a constant column": Case(
        of(A, np.full(120, 7.0), B), "error", ("column x2 is constant (7): ", "under columns")
    ),
    "a column of zeros": Case(of(A, 0.0 * A), "error", ("column x2 is constant (0): ",)),
    "constant but for rounding": Case(
        of(A, 1e8 + 1e-8 * np.sign(B - 2.0)),
        "error",
        ("x2 is constant (1e+08 but for rounding)",),
    ),
    "constant, very large": Case(of(A, np.full(120, 1e299)), "error", ("constant (1e+299)",)),
    "collinear, and none but families with correlations": Case(
        of(A, B, 2 * A + 1),
        "error",
        ("no candidate of the grid can be fitted", "x3 = 2 x1 + 1 (exactly)", "Leave x3 out"),
        ("EEE", "full"),
    ),
    "a copy, and none but families with correlations": Case(
        of(A, B, A), "error", ("column x3 repeats x1. Families with correlations (VVV)",), ("VVV",)
    ),
    "fewer distinct rows than any number of components": Case(
        np.repeat(TWO[:4], 30, axis=0),
        "error",
        ("4 distinct rows of 2 columns are too few for EII with 4 components or more",),
        ("EII",),
        (4, 5, 6),
    ),
    "as few samples as features": Case(
        MANY[:12],
        "error",
        ("12 distinct rows of 12 columns are too few for VVV with 1 component or more",),
        ("VVV",),
    ),
    "an extent whose square overflows": Case(
        of(A, 1e155 * B), "error", ("column x2 extends from", "change its unit")
    ),
    "an extent whose square underflows": Case(
        of(1e-160 * A, B), "error", ("column x1 extends from", "change its unit")
    ),
    # Fits that stay possible, with a warning.
    "collinear, with other families": Case(
        of(A, B, 2 * A + 1),
        "collinear columns",
        (
            "Column x3 is a linear function of others: x3 = 2 x1 + 1 (exactly). ",
            "(EEE, VEE, EVE, VVE, EEV, VEV, EVV, VVV) collapse. ",
            "Families without (EII, VII, EEI, VEI, EVI, VVI) count the same twice. ",
        ),
    ),
    "collinear, offset 1e8": Case(
        of(A + 1e8, B, 2 * (A + 1e8) + 1), "collinear columns", ("x3 = 2 x1 + 1 (exactly)",)
    ),
    "collinear, unit 1e-150": Case(
        1e-150 * of(A, B, A + 2 * B), "collinear columns", ("x3 = x1 + 2 x2 (exactly)",)
    ),
    "collinear, unit 1e150": Case(
        1e150 * of(A, B, A + 2 * B), "collinear columns", ("x3 = x1 + 2 x2 (exactly)",)
    ),
    "shares of a whole": Case(
        of(A, B, 100 - A - B), "collinear columns", ("x3 = -x1 - x2 + 100 (exactly)",)
    ),
    "a copied column": Case(of(A, B, B), "collinear columns", ("Column x3 repeats x2. ",)),
    "a column with its sign turned": Case(of(A, B, -B), "collinear columns", ("x3 = -x2 (exac",)),
    "a column in another unit": Case(
        printed(of(A, B, 2.54 * B), 4), "collinear columns", ("x3 = 2.54", " x2", "(R^2 = 1 - ")
    ),
    "two relations at once": Case(
        of(A, B, B, 3 * A), "collinear columns", ("x3 repeats x2; column x4 is a", "Leave x3, x4")
    ),
    "more features than samples": Case(
        MANY[:11],
        "few distinct rows, few samples",
        ("EEE, VEE, EVE, VVE, EEV, VEV, EVV, VVV with 1 component or more", "has 13 parameters"),
    ),
    "few samples for many components": Case(
        TWO[:8],
        "few distinct rows",
        ("EVE, VVE, EVV, VVV with 3 components or more; VEV with 4 components or more; ",),
    ),
    "few distinct rows": Case(
        np.repeat(TWO[:4], 30, axis=0),
        "few distinct rows, few distinct values, few distinct values, repeated rows",
        ("EII, EEI with 4 components or more",),
    ),
    "a category of two": Case(
        of(A, B, ROWS % 2 + 1),
        "few distinct values",
        ("Column x3 has only 2 distinct values (1, 2): from 2 components on", "EEI, VEI"),
    ),
    "marks out of five": Case(
        random.integers(1, 6, (200, 1)).astype(float), "few distinct values, few distinct rows", ()
    ),
    "many zeros": Case(
        of(A, with_values(np.exp(B), np.arange(40), 0.0)),
        "heavy ties",
        ("Column x2 is 0 in 40 of 120 samples",),
    ),
    "a table twice over": Case(
        np.concatenate([TWO, TWO]),
        "repeated rows",
        ("Only 120 of 240 rows are distinct, and none stands alone",),
    ),
    "one feature twice over": Case(np.tile(A, 2)[:, None], "repeated rows", ("none stands alone",)),
    "a row number": Case(
        of(ROWS + 1, A, B), "row number", ("Column x1 changes by the same step from each row",)
    ),
    "even time steps": Case(of(A, B, 0.1 * ROWS), "row number", ("Column x3 changes by the same",)),
    "row numbers in disorder, some left out": Case(
        of(A, B, random.permutation(np.arange(1000.0, 1180.0))[:120]),
        "row number",
        ("Column x3 has 120 distinct whole numbers between 1",),
    ),
    "very different scales": Case(
        of(A, 1e6 * B), "different scales", ("In EII, VII, EVE, VVE, EEV, VEV the columns' units",)
    ),
    "a code for missing values": Case(
        of(A, with_values(B, [3, 50, 90], -999.0)),
        "missing values as numbers",
        ("Column x2 is -999 in 3 samples, and all others lie between",),
    ),
    "two codes for missing values": Case(
        of(with_values(with_values(A, [1, 2, 3], 9999.0), [4, 5, 6], -9999.0), B),
        "missing values as numbers",
        ("is -9999 in 3 samples and 9999 in 3 samples, and all others",),
    ),
    "one value mistyped": Case(
        of(A, with_values(B, 7, 1e9)),
        "extreme values, different scales",
        ("has 1e+09 more than 1e+06 interquartile ranges away",),
    ),
    "many marks": Case(
        np.concatenate([TWO, random.integers(0, 3, (120, 5))], axis=1),
        "few distinct values, few distinct values, few distinct values, few distinct values",
        ("Column x5 has only 3", "The like is true of 2 more columns: x6, x7"),
    ),
    # Right as they are.
    "two groups": Case(TWO, ""),
    "offset 1e8": Case(TWO + 1e8, ""),
    "unit 1e-150": Case(1e-150 * TWO, ""),
    "unit 1e150": Case(1e150 * TWO, ""),
    "whole numbers": Case(np.rint(10 * TWO), ""),
    "sorted whole numbers": Case(np.sort(np.rint(5000 * A))[:, None], ""),
    "strongly correlated": Case(of(A, A + 0.1 * (B - A)), ""),
    "categories and scales, where the families don't mind": Case(
        of(A, 1e6 * B), "", families=("EEI", "VVV")
    ),
    "one outlier": Case(with_values(A, 7, 100.0)[:, None], ""),
}


def outcome(tables, families, sizes, folder: Path, weights=()):
    surveys = {}
    for name, table in tables.items():
        values, description = folder / f"{name}.npy", folder / f"{name}.json"
        np.save(values, np.ascontiguousarray(table))
        np.save(folder / "weights.npy", np.array(weights, dtype=float))
        features = [f"x{j + 1}" for j in range(table.shape[1])]
        described = {"features": features, "weighted_by": "w"}
        description.write_text(json.dumps(described), encoding="utf-8")
        surveys[name] = folder / f"{name}_survey.json"
        write_survey_of(values, folder / "weights.npy", description, surveys[name])
    return check(surveys, families, sizes)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_degenerate_samples_have_their_outcome(case: Case, tmp_path: Path) -> None:
    mine = {"mine": case.samples}
    if case.kind == "error":
        with pytest.raises(InputError, match="Data set mine: no mixture can be fitted") as error:
            outcome(mine, case.families, case.sizes, tmp_path)
        text = str(error.value)
    else:
        found = outcome(mine, case.families, case.sizes, tmp_path)["mine"]["warnings"]
        expected = case.kind.split(", ") if case.kind else []
        assert sorted(warning["kind"] for warning in found) == sorted(expected)
        text = " ".join(warning["text"] for warning in found)
    for words in case.words:
        assert words in text


# Of these it is the rows of the table that matter, whatever they count for.
OF_ROWS = ("repeated rows", "row number")


def told(case: Case, folder: Path, samples, weights=()) -> list[tuple[str, str]]:
    """Return what is said of samples, but for what is said of their rows."""
    try:
        found = outcome({"mine": samples}, case.families, case.sizes, folder, weights)["mine"]
    except InputError as error:
        return [("error", str(error))]
    return [
        (warning["kind"], warning["text"].replace(" (the sum of the weights)", ""))
        for warning in found["warnings"]
        if warning["kind"] not in OF_ROWS
    ]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_whole_weights_are_repeated_rows(case: Case, tmp_path: Path) -> None:
    times = np.random.default_rng(3).integers(0, 4, len(case.samples)) + (len(case.samples) == 1)
    weighted = told(case, tmp_path, case.samples, times)
    assert weighted == told(case, tmp_path, np.repeat(case.samples, times, axis=0))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1] + 119 * [0], "there is only 1 sample; a mixture needs 2 at least"),
        (120 * [1 / 120], "the weights sum to 1: the rows count as so many samples, and"),
        (60 * [0, 1 / 40], "the weights sum to 1.5: the rows"),
        (120 * [1e-110], "column w: the weights sum to 1.2e-108; scale them"),
        (120 * [1e120], "column w: the weights sum to 1.2e+122; scale them"),
    ],
)
def test_weights_that_count_for_too_little_or_too_much(weights, words, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        outcome({"mine": TWO}, ["all"], [1, 2], tmp_path, weights)


def test_few_samples_are_those_of_the_weights(tmp_path: Path) -> None:
    (found,) = outcome({"mine": TWO}, ["all"], [1, 2], tmp_path, 120 * [2.5 / 120])["mine"][
        "warnings"
    ]
    assert found["kind"] == "few samples"
    assert "3 parameters or more, for 2.5 samples (the sum of the weights): the" in found["text"]


def test_a_table_of_counts_repeats_no_rows(tmp_path: Path) -> None:
    for weights in (120 * [5], 60 * [5, 0]):
        assert outcome({"mine": TWO}, ["all"], [1, 2], tmp_path, weights)["mine"]["warnings"] == []


def test_what_is_wrong_with_several_data_sets_is_in_one_message(tmp_path: Path) -> None:
    tables = {"right": TWO, "constant": of(A, 0 * A + 7), "single": TWO[:1], "large": 1e200 * TWO}
    with pytest.raises(InputError) as error:
        outcome(tables, ["all"], [1, 2], tmp_path)
    lines = str(error.value).splitlines()
    assert [line.split(":")[0] for line in lines if not line.startswith("  - ")] == [
        "Data set constant",
        "Data set single",
        "Data set large",
    ]
    assert "Data set right" not in str(error.value)


@pytest.mark.parametrize("name", ["old_faithful", "iris"])
def test_the_default_run_has_no_warning(name: str, tmp_path: Path) -> None:
    rows = np.genfromtxt(DATA / f"{name}.csv", delimiter=",", skip_header=1)
    table = rows[:, ~np.isnan(rows).any(axis=0)]
    sizes = range(1, 10)
    assert outcome({name: table}, ["all"], sizes, tmp_path)[name]["warnings"] == []
    last = {name: table[:, -1:]}
    assert outcome(last, ["all"], sizes, tmp_path)[name]["warnings"] == []
