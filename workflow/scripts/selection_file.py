"""selection.json: what was chosen among the candidates of a data set, and the audits of that."""

from pathlib import Path
from typing import Any

from gmm_core.candidates import Optimum
from gmm_core.nesting import Key
from gmm_core.selection import Choice, Selection
from sample_files import read_json, write_json


def write_selection(selection: Selection, path: Path) -> None:
    """Write the choices, what was set aside, what was repaired, and what is left to doubt."""
    criterion = selection.selected.criterion
    content = {
        "criterion": criterion,
        "selected": _choice(selection.selected),
        "trusted": _choice(selection.trusted) if selection.trusted else None,
        "unrestricted": _choice(selection.unrestricted),
        "choices": [_choice(choice) for choice in selection.choices],
        "set_aside": [_optimum(optimum, criterion) for optimum in selection.set_aside],
        "repairs": [
            {
                **_key(repair.key),
                "from": _key(repair.source),
                "log_likelihood_before": repair.before,
                "log_likelihood_after": repair.after,
            }
            for repair in selection.repairs
        ],
        "violations": [
            {
                **_key(violation.candidate),
                "contained": _key(violation.contained),
                "shortfall": violation.shortfall,
            }
            for violation in selection.violations
        ],
        "edge": selection.edge,
    }
    write_json(content, path)


def read_selection(path: Path) -> dict[str, Any]:
    """Read what `write_selection` wrote."""
    return read_json(path)


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "criterion": choice.criterion,
        **_optimum(choice.winner, choice.criterion),
        "runner_up": _key(choice.runner_up.key) if choice.runner_up else None,
        "margin": choice.margin if choice.runner_up else None,
    }


def _optimum(optimum: Optimum, criterion: str) -> dict[str, Any]:
    return {
        **_key(optimum.key),
        "log_likelihood": optimum.log_likelihood,
        "value": optimum.criteria[criterion],
        "n_reached": optimum.n_reached,
        "spurious": list(optimum.doubts),
    }


def _key(key: Key) -> dict[str, Any]:
    return {"family": key.family, "n_components": key.n_components}
