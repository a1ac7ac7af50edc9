"""Configurations as people write them: what is wrong or odd in each, and what has to be said of it.

In the texts, @data stands for a sound data set. The words are of every problem, in their order; a
text without words is right, and is read as the values beside it.
"""

from typing import Any, NamedTuple

DATA = "datasets: {geyser: {file: data/old_faithful.csv}}\n"
MIXTURE = "weights: [0.5, 0.5], means: [[0.0], [4.0]], covariances: [[[1.0]], [[1.0]]]"

MIXTURE_DATA = f"{{synthetic: {{n_samples: 50, {MIXTURE}}}}}"


class Wrong(NamedTuple):
    """A configuration that is refused, and words of each message."""

    text: str
    words: tuple[str, ...]


class Odd(NamedTuple):
    """A configuration that is right, and a value in force, by its path of keys."""

    text: str
    path: str
    value: Any


def _drawn(mixture: str, n_samples: str = "50") -> str:
    return f"datasets: {{a: {{synthetic: {{n_samples: {n_samples}, {mixture}}}}}}}"


def _file(name: str) -> str:
    return f"datasets: {{a: {{file: {name}}}}}"


KEYS = [
    Wrong("@data\nsede: 1", ("configuration: unknown key 'sede'; did you mean seed?",)),
    Wrong("@data\ntolerance: 1.0e-6", ("unknown key 'tolerance'; it belongs to em",)),
    Wrong("@data\ngrid: {criterion: aic}", ("grid: unknown key 'criterion'; it belongs to sele",)),
    Wrong("datasets: {a: {grid: {}}}", ("a: unknown key 'grid'; it belongs to the top level",)),
    Wrong(
        "datasets: {a: {file: data/old_faithful.csv}, grid: {n_seeds: 3}}",
        ("datasets: grid: unknown key 'n_seeds'; it belongs to grid",),
    ),
    Wrong("@data\nmax_iteration: 9", ("did you mean em: max_iterations?",)),
    Wrong("@data\ngrid: {N-Seeds: 3}", ("grid: unknown key 'N-Seeds'; did you mean n_seeds?",)),
    Wrong("@data\nthreads: 8", ("unknown key 'threads'; known keys: seed, datasets, grid",)),
    Wrong("@data\non: 3", ("unknown key true; YAML reads yes, no, on and off as true",)),
    Wrong("@data\n7: 3", ("unknown key 7; known keys: seed",)),
    Wrong("@data\n'': 3", ("unknown key ''; known keys: seed",)),
    Wrong("@data\npathvars: {results: x}", ("unknown key 'pathvars'",)),
    Wrong("file: data/iris.csv\n@data", ("unknown key 'file'; it belongs to datasets: NAME",)),
    Wrong(
        "datasets: {file: data/old_faithful.csv}",
        ("datasets: file: expected keys with values, found 'data/old_faithful.csv'; a data set ",),
    ),
    Wrong("datsets: {a: {file: x}}", ("'datsets'; did you mean datasets?", "missing key(s) data")),
    Wrong("datasets: {a: {flie: data/iris.csv}}", ("a: unknown key 'flie'; did you mean file?",)),
    Wrong("datasets: {a: {file: no.csv, lable: x}}", ("did you mean label?", "no file 'no.csv'")),
    Wrong("seed: 1", ("configuration: missing key(s) datasets",)),
]

VALUES = [
    Wrong("@data\nseed: -1", ("seed: expected at least 0, found -1",)),
    Wrong("@data\nseed: true", ("seed: expected a whole number, found true",)),
    Wrong("@data\nseed: 2.5", ("seed: expected a whole number, found 2.5",)),
    Wrong("@data\nseed: 1.0e+20", ("found 1e+20; write out its digits",)),
    Wrong("@data\nseed: .nan", ("seed: expected a finite number, found nan",)),
    Wrong("@data\nseed: '7'", ("found '7'; write it without quotes",)),
    Wrong("@data\nseed: 1e3", ("found '1e3'; YAML reads this as text: write 1000",)),
    Wrong("@data\nseed: [7]", ("seed: expected a whole number, found [7]; write 7",)),
    Wrong("@data\nseed: 2024-01-01", ("seed: expected a whole number, found 2024-01-01",)),
    Wrong("@data\nseed:", ("seed: is empty; fill it in or remove it",)),
    Wrong("@data\nseed: 1" + 320 * "0", ("a finite number, found a number of more than 300",)),
    Wrong("@data\nem:", ("em: is empty; fill it in or remove it",)),
    Wrong("@data\nem: []", ("em: expected keys with values, found []",)),
    Wrong("@data\nem: [tolerance: 1.0e-6]", ("em: expected keys with values, found [{",)),
    Wrong("@data\nem: {tolerance: 1e-6}", ("YAML reads this as text: write 1.0e-06",)),
    Wrong("@data\nem: {tolerance: 1.25e-6x}", ("expected a number, found '1.25e-6x'",)),
    Wrong("@data\nem: {tolerance: '0,001'}", ("found '0,001'; write 0.001, with a point",)),
    Wrong("@data\nem: {tolerance: 0}", ("em: tolerance: expected more than 0, found 0",)),
    Wrong("@data\nem: {tolerance: 2}", ("em: tolerance: expected at most 1, found 2",)),
    Wrong("@data\nem: {tolerance: .inf}", ("em: tolerance: expected a finite number, found inf",)),
    Wrong("@data\nem: {accelerate: 1}", ("accelerate: expected true or false, found 1",)),
    Wrong("@data\nem: {accelerate: 'true'}", ("true or false, found 'true'; write it without q",)),
    Wrong("@data\nem: {max_iterations: -5}", ("max_iterations: expected at least 0, found -5",)),
    Wrong("@data\nreport: {title: yes}", ("title: expected text, found true; YAML reads yes",)),
    Wrong(
        "@data\nreport: {title: 2024}", ("title: expected text, found 2024; write it in quotes",)
    ),
    Wrong("@data\nreport: {title: 2024-01-01}", ("found 2024-01-01; write it in quotes",)),
    Wrong("@data\nreport: {title: ''}", ("report: title: expected 1 or more characters",)),
    Wrong("@data\nreport: A title", ("report: expected keys with values, found 'A title'",)),
    Wrong("@data\nfigures: {max_points: 0}", ("figures: max_points: expected at least 1",)),
]

GRID = [
    Wrong("@data\ngrid: 3", ("grid: expected keys with values, found 3",)),
    Wrong("@data\ngrid: {n_components: 3}", ("n_components: expected keys with values or a list",)),
    Wrong("@data\ngrid: {n_components: []}", ("n_components: expected 1 or more items, found []",)),
    Wrong("@data\ngrid: {n_components: [1, 2.5]}", ("n_components: item 2: expected a whole",)),
    Wrong("@data\ngrid: {n_components: [0, 1]}", ("item 1: expected at least 1, found 0",)),
    Wrong("@data\ngrid: {n_components: [2, 2]}", ("each item once (several times: 2), found [2",)),
    Wrong("@data\ngrid: {n_components: {min: 1}}", ("n_components: missing key(s) max",)),
    Wrong("@data\ngrid: {n_components: {min: 3, max: 2}}", ("min 3 is above max 2",)),
    Wrong("@data\ngrid: {n_seeds: 0}", ("grid: n_seeds: expected at least 1, found 0",)),
    Wrong("@data\ngrid: {n_seeds: 1000000000}", ("make 450000000 jobs for 1 data set(s)",)),
    Wrong(
        "@data\ngrid: {n_components: {min: 1, max: 1000000000000000}}", ("expected at most 200000",)
    ),
    Wrong("@data\ngrid: {families: VVV}", ("families: expected a list, found 'VVV'; write [VVV]",)),
    Wrong("@data\ngrid: {families: [VVW]}", ("unknown family 'VVW'; did you mean VVV?",)),
    Wrong("@data\ngrid: {families: [Full]}", ("unknown family 'Full'; did you mean full?",)),
    Wrong("@data\ngrid: {families: [E, VVV]}", ("geyser: families: E unknown for 2 feature(s)",)),
    Wrong("@data\ngrid: {families: [no]}", ("families: item 1: expected text, found false",)),
    Wrong("@data\ngrid: {starts: [kmeans]}", ("found 'kmeans'; did you mean k-means?",)),
    Wrong("@data\nselection: {criterion: bci}", ("found 'bci'; did you mean bic?",)),
    Wrong("@data\nselection: {criterion: BIC}", ("found 'BIC'; did you mean bic?",)),
    Wrong("@data\nselection: {criterion: [bic]}", ("selection: criterion: expected one of bic",)),
    Wrong("@data\nselection: {criterion: }", ("selection: criterion: is empty",)),
    Wrong("@data\nselection: {thin_direction: .nan}", ("thin_direction: expected a finite",)),
    Wrong("@data\nselection: {tiny_component: .inf}", ("tiny_component: expected a finite",)),
    Wrong("@data\nselection: {likelihood_ratio: 18}", ("18 samples give no p-value",)),
    Wrong(
        "@data\nselection: {criterion: nec}\ngrid: {n_components: [2, 3]}",
        ("nec compares with one component; add 1 to grid: n_components",),
    ),
]

NAMES = [
    Wrong("datasets: {}", ("datasets: expected 1 or more keys with values, found {}",)),
    Wrong("datasets:", ("datasets: is empty; fill it in or remove it",)),
    Wrong(
        "datasets: [data/iris.csv]",
        ("datasets: expected keys with values, found ['data/iris.csv']; write keys with",),
    ),
    Wrong("datasets: {a: }", ("datasets: a: is empty; fill it in or remove it",)),
    Wrong("datasets: {a: data/iris.csv}", ("found 'data/iris.csv'; write {file: data/iris.csv}",)),
    *(
        Wrong(f"datasets: {{{name}: {{file: data/old_faithful.csv}}}}", (f"{shown} cannot name a",))
        for name, shown in [
            ("a b", "'a b'"),
            ("../up", "'../up'"),
            ("a.b", "'a.b'"),
            ("-a", "'-a'"),
            ("'a\\b'", r"'a\\b'"),
            ('"a\\n"', r"'a\n'"),
            ("größe", "'größe'"),
            ("'{dataset}'", "'{dataset}'"),
            ("''", "''"),
            ("1.5", "'1.5'"),
            (101 * "a", "aaa'"),
        ]
    ),
    *(
        Wrong(f"datasets: {{{name}: {{file: data/old_faithful.csv}}}}", ("device on Windows",))
        for name in ("con", "NUL", "Com1", "lpt9")
    ),
    Wrong("datasets: {NO: {file: data/old_faithful.csv}}", ("YAML reads a name as false, as",)),
    Wrong("datasets: {null: {file: data/old_faithful.csv}}", ("YAML reads a name as nothing",)),
    Wrong(
        "datasets: {A: {file: data/old_faithful.csv}, a: {file: data/old_faithful.csv}}",
        ("datasets: a: differs from 'A' only in upper and lower case",),
    ),
    Wrong(
        "datasets: {7: {file: data/old_faithful.csv}, '7': {file: data/old_faithful.csv}}",
        ("datasets: 7: given twice, once in quotes; keep one",),
    ),
    Wrong(
        "datasets: {007: {file: data/old_faithful.csv}}",
        ("datasets: YAML reads the key 007 in line 1 of c.yaml as 7; write it in quotes",),
    ),
]

FILES = [
    Wrong("datasets: {a: {}}", ("a: expected either file or synthetic, found {}",)),
    Wrong(_file("''"), ("a: file: expected 1 or more characters, found ''",)),
    Wrong(_file("no.csv"), ("a: file: no file 'no.csv' in",)),
    Wrong(_file("data/irsi.csv"), ("; did you mean data/iris.csv?",)),
    Wrong(_file("data/Iris.CSV"), ("; did you mean data/iris.csv?",)),
    Wrong(_file(r"data\iris.csv"), ("; write data/iris.csv",)),
    Wrong(_file("~/iris.csv"), ("~ and $ stand for themselves here: write the whole path",)),
    Wrong(_file("$HOME/iris.csv"), ("~ and $ stand for themselves here: write the whole path",)),
    Wrong(_file("'https://a.b/c.csv'"), ("; download it, and name the file here",)),
    Wrong(_file("data"), ("; it is a folder: name a file in it",)),
    Wrong(_file("/dev/null"), ("; it is no regular file: write its contents to one",)),
    Wrong(_file(300 * "a"), ("; it may not be looked for there: see to its length",)),
    Wrong(_file(r'"a\0b"'), (r"no file 'a\x00b' in",)),
    Wrong(_file("[data/iris.csv]"), ("file: expected text, found ['data/iris.csv']; write data/",)),
    Wrong(_file("2024"), ("file: expected text, found 2024; write it in quotes",)),
    Wrong(
        "datasets: {a: {file: data/iris.csv, columns: species, label: species}}",
        ("a: columns: expected a list, found 'species'; write [species]",),
    ),
    Wrong(
        "datasets: {a: {file: data/iris.csv, columns: [petal]}}",
        ("data/iris.csv: columns: no column 'petal'; the file has sepal_length",),
    ),
    Wrong(
        "datasets: {a: {file: data/iris.csv, columns: [NO]}}",
        ("columns: item 1: expected text, found false; YAML reads yes, no, on and off",),
    ),
    Wrong(
        "datasets: {a: {file: data/iris.csv, columns: [petal_width, petal_width]}}",
        ("each item once (several times: 'petal_width')",),
    ),
    Wrong("datasets: {a: {file: data/iris.csv, label: kind}}", ("label: no column 'kind'",)),
    Wrong("datasets: {a: {file: data/iris.csv, label: ''}}", ("label: expected 1 or more char",)),
    Wrong(
        "datasets: {a: {file: data/iris.csv, columns: [species], label: species}}",
        ("a: label: column 'species' stands under columns too",),
    ),
]

MIXTURES = [
    Wrong(_drawn(MIXTURE, "5"), ("n_samples: 5 samples for up to 9 components",)),
    Wrong(_drawn(MIXTURE, "1"), ("synthetic: n_samples: expected at least 2, found 1",)),
    Wrong(_drawn("means: [[0.0]]"), ("synthetic: missing key(s) weights, covariances",)),
    Wrong(_drawn(MIXTURE.replace("[0.5, 0.5]", "[1.0]")), ("weights: expected shape (2,), got",)),
    Wrong(_drawn(MIXTURE.replace("[0.5, 0.5]", "[50 %, 50 %]")), ("item 1: exp", "item 2: exp")),
    Wrong(_drawn(MIXTURE.replace("[4.0]", "[4.0, 1.0]")), ("means: expected rows of one length",)),
    Wrong(_drawn(MIXTURE.replace("[4.0]", "4.0")), ("means: item 2: expected a list, found 4.0",)),
    Wrong(_drawn(MIXTURE.replace("4.0", ".inf")), ("means: item 2: item 1: expected a finite",)),
    Wrong(
        _drawn("weights: [0.5, 0.6], means: [[0.0], [4.0]], covariances: [[[-1.0]], [[0.0]]]"),
        ("expected positive numbers that sum to 1", "component 0 is not pos", "component 1 is not"),
    ),
    Wrong(
        _drawn("weights: [1.0], means: [[0, 0]], covariances: [[[1, 0.5], [0.4, 1]]]"),
        ("covariances: component 0 is not symmetric",),
    ),
    Wrong(
        f"datasets: {{a: {{synthetic: {{n_samples: 50, {MIXTURE}}}, label: x}}}}",
        ("a: label belongs to a file, not to synthetic data; remove it",),
    ),
    Wrong(
        f"datasets: {{a: {{synthetic: {{n_samples: 50, {MIXTURE}}}, file: data/iris.csv}}}}",
        ("a: expected either file or synthetic, found file, synthetic",),
    ),
]

YAML = [
    Wrong("seed: 1\nseed: 2\n@data", ("seed: given 2 times, in lines 1, 2 of c.yaml",)),
    Wrong(
        "datasets:\n  a: {file: data/old_faithful.csv}\n  b: {file: data/old_faithful.csv}\n"
        "  a: {file: data/old_faithful.csv}",
        ("datasets: a: given 2 times, in lines 2, 4 of c.yaml; YAML keeps the last alone",),
    ),
    Wrong('{"seed": 1,\n\t"seed": 2, "datasets": {}}', ("seed: given 2 times", "datasets: exp")),
    Wrong("@data\ngrid: {n_seeds: 010}", ("n_seeds: YAML reads 010 in line 3 of c.yaml as 8;",)),
    Wrong("@data\nseed: 1:30", ("seed: YAML reads 1:30 in line 3 of c.yaml as 90; write 90 or",)),
    Wrong("a: &a [*a]\n@data", ("unknown key 'a'",)),
    Wrong(
        "sede: 1\ndatasets: {a: {file: no.csv}}\ngrid: {n_seeds: two, families: [VVW]}\n"
        "selection: {likelihood_ratio: 3}",
        ("'sede'", "n_seeds: expected a whole", "family 'VVW'", "3 samples give", "'no.csv'"),
    ),
]

RIGHT = [
    Odd("@data\nseed: 7.0", "seed", 7),
    Odd("@data\nseed: 1_000", "seed", 1000),
    Odd("@data\nseed: 0x10", "seed", 16),
    Odd("@data\nseed: 123456789012345678901234567890", "seed", 123456789012345678901234567890),
    Odd("@data\nem: {}", "em: max_iterations", 1000),
    Odd("@data\nem: {max_iterations: 0}", "em: max_iterations", 0),
    Odd("@data\nem: {accelerate: off}", "em: accelerate", False),
    Odd("@data\nem: {tolerance: 1}", "em: tolerance", 1),
    Odd("@data\nreport: {title: '{x} <b> $y$ & 100 %'}", "report: title", "{x} <b> $y$ & 100 %"),
    Odd("@data\ngrid: {families: [full, VVV]}", "grid: families", ["VVV"]),
    Odd("@data\ngrid: {n_components: {max: 2, min: 2}}", "grid: n_components", [2]),
    Odd("\ufeff@data", "seed", 20261122),
    Odd(
        "datasets:\n  a: &a {file: data/old_faithful.csv}\n  b: {<<: *a, columns: [waiting]}\n"
        "  c: {<<: *a, file: data/iris.csv, label: species}",
        "datasets: c: file",
        "data/iris.csv",
    ),
    Odd(
        '{"em": {"tolerance": 1e-6}, "datasets": {"a": {"file": "data/old_faithful.csv"}}}',
        "em: tolerance",
        1e-6,
    ),
    Odd("__use_yte__: true\n@data\nseed: ?3 + 4", "seed", 7),
    Odd(
        "datasets: {2024-01-01: {file: data/old_faithful.csv}}",
        "datasets: 2024-01-01: file",
        "data/old_faithful.csv",
    ),
    Odd(
        "datasets: {2024: {file: data/old_faithful.csv}}",
        "datasets: 2024: file",
        "data/old_faithful.csv",
    ),
    Odd(
        "datasets: {'NO': {file: data/old_faithful.csv}}",
        "datasets: NO: file",
        "data/old_faithful.csv",
    ),
    Odd(
        _file("./data/../data/old_faithful.csv"),
        "datasets: a: file",
        "./data/../data/old_faithful.csv",
    ),
    Odd(f"datasets: {{{100 * 'a'}: {{file: data/old_faithful.csv}}}}", "em: tolerance", 1e-8),
    Odd(_drawn(MIXTURE, "9"), "datasets: a: synthetic: n_samples", 9),
]

WRONG = [*KEYS, *VALUES, *GRID, *NAMES, *FILES, *MIXTURES, *YAML]
