"""The results of a data set as files: restarts, candidates, the selected model, assignments."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmm_core.candidates import Candidate
from gmm_core.criteria import CRITERIA
from gmm_core.fit import Outcome
from gmm_core.grid import Cell
from gmm_core.mixture import Mixture
from gmm_core.samples import Rows, total_weight
from gmm_core.spurious import SpuriousRules, doubts
from sample_files import Samples, kept_rows, write_json

_NAN = float("nan")
_PIECE_ROWS = 1 << 13


def write_restarts(cells: Iterable[Cell], rules: SpuriousRules, path: Path) -> None:
    """Write one row per cell; the log-likelihood of a collapsed one stays empty."""
    rows = (
        {
            "family": cell.family,
            "n_components": cell.n_components,
            "seed": cell.seed,
            "start": cell.start,
            "log_likelihood": cell.fit.log_likelihood,
            "n_iterations": cell.fit.n_iterations,
            "outcome": cell.fit.outcome,
            "spurious": _text(doubts(cell, rules)) if cell.fit.mixture else "",
            "message": cell.fit.message,
        }
        for cell in cells
    )
    write_table(rows, path)


def spurious_seeds(path: Path, family: str, n_components: int) -> set[int]:
    """Read from what `write_restarts` wrote which cells of a candidate are not to be trusted."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            int(row["seed"])
            for row in csv.DictReader(file)
            if (row["family"], int(row["n_components"])) == (family, n_components)
            and row["spurious"]
        }


def write_candidates(candidates: Iterable[Candidate], path: Path) -> None:
    """Write one row per candidate, best first; what an unusable one lacks stays empty."""
    write_table((_candidate_row(candidate) for candidate in candidates), path)


def read_candidates(path: Path) -> list[dict[str, Any]]:
    """Read what `write_candidates` wrote; what an unusable candidate lacks is None."""
    texts = ("family", "outcome", "replication", "repaired_from", "spurious", "set_aside", "note")
    whole = ("n_components", "n_parameters", "n_restarts", "n_reached_best", "n_optima")
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = {
                key: (int(text) if key in whole else float(text)) if text else None
                for key, text in row.items()
                if key not in (*texts, "selected")
            }
            rows.append({**row, **numbers, "selected": row["selected"] == "true"})
    return rows


def write_model(
    dataset: str,
    candidate: Candidate,
    mixture: Mixture,
    samples: Samples,
    criterion: str,
    path: Path,
) -> None:
    """Write the selected mixture."""
    fit = candidate.best.fit
    model = {
        "format": "gmm-core-model",
        "version": 1,
        "dataset": dataset,
        "family": candidate.family,
        "n_components": candidate.n_components,
        "features": list(samples.features),
        **mixture.to_dict(),
        "n_samples": samples.values.shape[0],
        "total_weight": total_weight(samples.values, samples.weights),
        "n_parameters": candidate.n_parameters,
        "log_likelihood": fit.log_likelihood,
        **{name: None if value != value else value for name, value in candidate.criteria.items()},
        "criterion": criterion,
        "outcome": fit.outcome,
        "seed": candidate.best.seed,
        "start": candidate.best.start,
        "spurious": list(candidate.optimum.doubts),
    }
    write_json(model, path)


def write_assignments(mixture: Mixture, samples: Samples, path: Path) -> None:
    """Write one row per sample: its likeliest component, how unsure that is, all its weights.

    Args:
        mixture: K components.
        samples: N samples of D features; their names, if they have any, are the last column.
        path: where to.
    """
    rows = _assignment_rows(mixture, samples.values, samples.dropped)
    if samples.row_names is not None:
        named = zip(rows, samples.row_names, strict=True)
        rows = ({**row, "row_name": name} for row, name in named)
    write_table(rows, path)


def read_assignments(
    path: Path, n_samples: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """Yield the samples' components, counted from 0, and how unsure they are, in pieces."""
    with path.open(encoding="utf-8", newline="") as file:
        next(file)
        for first in range(0, n_samples, _PIECE_ROWS):
            # pandas would read it sooner, but takes longer to be loaded than most files to be read.
            component, uncertainty = np.loadtxt(
                file,
                delimiter=",",
                comments=None,
                quotechar='"',
                usecols=(1, 2),
                max_rows=min(_PIECE_ROWS, n_samples - first),
                ndmin=2,
            ).T
            yield component.astype(np.intp) - 1, uncertainty


def _assignment_rows(
    mixture: Mixture, values: Rows, dropped: NDArray[np.int64]
) -> Iterator[Mapping[str, Any]]:
    names = [f"responsibility_{k + 1}" for k in range(mixture.n_components)]
    for first in range(0, values.shape[0], _PIECE_ROWS):
        responsibilities = mixture.responsibilities(values[first : first + _PIECE_ROWS])
        likeliest = responsibilities.argmax(axis=1) + 1
        uncertainty = 1.0 - responsibilities.max(axis=1)
        numbers = kept_rows(dropped, first, first + len(likeliest))
        columns = (numbers, likeliest, uncertainty, responsibilities)
        for row, component, unsure, shares in zip(*(c.tolist() for c in columns), strict=True):
            yield {
                "row": row,
                "component": component,
                "uncertainty": unsure,
                **dict(zip(names, shares, strict=True)),
            }


def _candidate_row(candidate: Candidate) -> dict[str, Any]:
    best, optimum = candidate.best, candidate.optimum
    higher = candidate.optima[0] if candidate.place else None
    return {
        "family": candidate.family,
        "n_components": candidate.n_components,
        "n_parameters": candidate.n_parameters,
        "log_likelihood": best.fit.log_likelihood if best else _NAN,
        **{name: candidate.criteria.get(name, _NAN) for name in CRITERIA},
        "bic_weight": candidate.bic_weight if best else _NAN,
        "outcome": best.fit.outcome if best else Outcome.COLLAPSED,
        "n_restarts": candidate.n_restarts,
        "n_reached_best": candidate.n_reached_best,
        "n_optima": candidate.n_optima,
        "gap_to_next": candidate.gap_to_next,
        "replication": candidate.replication,
        "repaired_from": str(candidate.repaired_from or ""),
        "smallest_count": float(best.fit.counts.min()) if best else _NAN,
        "spurious": _text(optimum.doubts) if optimum else "",
        "set_aside": _text(higher.doubts) if higher else "",
        "set_aside_log_likelihood": higher.log_likelihood if higher else _NAN,
        "selected": str(candidate.selected).lower(),
        "note": candidate.note,
    }


def _text(doubts: Iterable[str]) -> str:
    return "; ".join(doubts)


def write_table(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows that all have the keys of the first; nan becomes an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, row in enumerate(rows):
            if number == 0:
                writer.writerow(row)
            writer.writerow("" if value != value else value for value in row.values())
