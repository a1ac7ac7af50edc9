"""The package's shape: its public names, its one dependency, and its floors."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gmm_core

PACKAGE = Path(gmm_core.__file__).parent
FLOORS = (
    "seeding",
    "mixture",
    "precision",
    "workspace",
    "extents",
    "matrices",
    "searches",
    "volumes",
    "axes",
    "constraints",
    "families",
    "samples",
    "collinear",
    "distinct",
    "degeneracy",
    "stack",
    "engine",
    "expanded",
    "factored",
    "centred",
    "engines",
    "statistics",
    "em",
    "coordinates",
    "quasi_newton",
    "stopping",
    "fit",
    "endings",
    "passes",
    "climb",
    "starting_samples",
    "starts",
    "grid",
    "nesting",
    "split_merge",
    "repair",
    "resampling",
    "bootstrap",
    "spurious",
    "criteria",
    "candidates",
    "selection",
    "stability",
)
PUBLIC = [
    "ALIASES",
    "CRITERIA",
    "EVIDENCE",
    "FAMILIES",
    "KINDS",
    "Candidate",
    "Cell",
    "Choice",
    "Edge",
    "Effort",
    "Family",
    "Fit",
    "Key",
    "Mixture",
    "Moments",
    "Optimum",
    "Outcome",
    "Parameters",
    "Purpose",
    "Repair",
    "Replication",
    "SampleBlocks",
    "Score",
    "Selection",
    "SizeTest",
    "SpuriousRules",
    "Start",
    "Statistics",
    "Violation",
    "adjusted_rand_index",
    "aic",
    "aicc",
    "bic",
    "bic_weights",
    "caic",
    "clc",
    "climb",
    "collect",
    "compare_sizes",
    "contains",
    "contingencies",
    "e_step",
    "evidence",
    "fit_cells",
    "fit_grid",
    "generator",
    "group_stability",
    "hqc",
    "icl",
    "m_step",
    "moments",
    "nec",
    "rank",
    "repair",
    "resample",
    "resample_weights",
    "resolve",
    "sabic",
    "sample_stability",
    "similarities",
    "start",
    "starting_samples",
    "total_weight",
    "violations",
]
NEW_MODULES = """
import sys
before = set(sys.modules)
import gmm_core
print(*{name.partition(".")[0] for name, module in sys.modules.items()
        if name not in before and getattr(module, "__spec__", None)})
"""


def test_the_public_names_are_these():
    assert gmm_core.__all__ == PUBLIC
    assert all(hasattr(gmm_core, name) for name in PUBLIC)


def test_importing_the_package_imports_nothing_foreign_but_numpy():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", NEW_MODULES],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(run.stdout.split()) - set(sys.stdlib_module_names) == {"gmm_core", "numpy"}


def test_every_module_has_its_floor():
    assert {path.stem for path in PACKAGE.glob("*.py")} == {"__init__", *FLOORS}


@pytest.mark.parametrize("module", FLOORS)
def test_a_module_imports_from_the_floors_below_it_alone(module):
    imported = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(node.module)
        elif isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
    own = {name for name in imported if name.partition(".")[0] == "gmm_core"}
    below = FLOORS[: FLOORS.index(module)]
    assert own <= {f"gmm_core.{name}" for name in below}
