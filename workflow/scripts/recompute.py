"""Compute some results of a data set again, from the recorded configuration and the data."""

import hashlib
import json
import math
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from differences import difference, unreadable_fits
from fit import fit_block
from fit_files import made_of, read_fits, write_fits
from fit_jobs import FitJob, fit_jobs
from generate import generate
from gmm_core.repair import repair
from ingest import ingest
from job import InputError
from layout import prepared, ranked, repairs
from rank import write_ranking
from sample_files import read_rows, read_samples, read_weights, sha256
from table_options import TableOptions
from whole_files import complete_files

# Of each data set's files of fits, the share that is computed again: at least one.
SHARE = 0.1


@dataclass(frozen=True)
class Recorded:
    """A data set of a finished run in this folder.

    Attributes:
        name: its name.
        config: the recorded configuration, complete.
        source: its file; None if it is synthetic.
        changed: paths of results that are not as they were recorded: nothing is made from them.
    """

    name: str
    config: Mapping[str, Any]
    source: Path | None
    changed: Collection[str]

    @property
    def settings(self) -> dict[str, Any]:
        """What of the configuration fits depend on."""
        grid = {key: self.config["grid"][key] for key in ("families", "starts")}
        return {"seed": self.config["seed"], "em": self.config["em"], **grid}

    def ingredients(self, scratch: Path) -> dict[str, Any]:
        """Return what fits are made of, given the folder with the samples."""
        names = prepared(self.name)
        data = [scratch / names[key] for key in ("samples", "weights")]
        return made_of({path: sha256(path) for path in data}, self.settings)

    @property
    def jobs(self) -> list[FitJob]:
        """All its fit jobs."""
        return fit_jobs(self.config["grid"]["n_components"], self.config["grid"]["n_seeds"])

    def fits(self, job: FitJob) -> str:
        """Return the file of a fit job."""
        return f"results/{self.name}/fits/{job.stem}.npz"


@dataclass
class Again:
    """What computing a data set's results again has shown.

    Attributes:
        n_files, n_cells: files of fits computed again, and the cells in them.
        differences: by the path of a result, where it differs.
        left_out: what could not be computed again, and why.
    """

    n_files: int = 0
    n_cells: int = 0
    differences: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def compare(self, files: Iterable[str], scratch: Path) -> None:
        """Compare results with what has come out in another folder; missing ones are left out."""
        for file in files:
            text = difference(Path(file), scratch / file) if Path(file).is_file() else ""
            if text:
                self.differences[file] = text


def recompute(recorded: Recorded, scratch: Path, pool: Executor | None) -> Again:
    """Compute samples, a share of the fits, repairs and ranking again, and compare.

    Args:
        recorded: the data set.
        scratch: a folder for what comes out, in which there is nothing of this data set.
        pool: threads that share the samples, or None.
    """
    again = Again()
    try:
        _prepare(recorded, scratch, again)
        _fit(recorded, scratch, pool, again)
        _rank(recorded, scratch, pool, again)
    except InputError as error:
        again.left_out.append(f"data set {recorded.name}: {error}")
    return again


def share_of(jobs: Sequence[FitJob], dataset: str, seed: int) -> list[FitJob]:
    """Return the fit jobs that are computed again: the same ones whenever the seed is the same.

    Args:
        jobs: those of the data set.
        dataset: its name.
        seed: the configuration's seed.
    """

    def order(job: FitJob) -> bytes:
        return hashlib.sha256(f"{seed} {dataset} {job.stem}".encode()).digest()

    return sorted(sorted(jobs, key=order)[: math.ceil(SHARE * len(jobs))])


def _prepare(recorded: Recorded, scratch: Path, again: Again) -> None:
    files = {name: scratch / path for name, path in prepared(recorded.name).items()}
    (scratch / repairs(recorded.name)).parent.mkdir(parents=True)
    described = recorded.config["datasets"][recorded.name]
    if recorded.source is None:
        # As the rule hands it over.
        mixture = json.loads(json.dumps(described["synthetic"], sort_keys=True))
        with complete_files(files) as parts:
            generate(mixture, recorded.config["seed"], parts)
    else:
        options = TableOptions.of(described)
        ingest(recorded.source, described["file"], recorded.name, options, files)
    again.compare(prepared(recorded.name).values(), scratch)


def _fit(recorded: Recorded, scratch: Path, pool: Executor | None, again: Again) -> None:
    config = recorded.config
    files = {name: scratch / path for name, path in prepared(recorded.name).items()}
    samples, weights = read_rows(files["samples"]), read_weights(files["weights"])
    ingredients = recorded.ingredients(scratch)
    for job in share_of(recorded.jobs, recorded.name, config["seed"]):
        cells = fit_block(samples, weights, job, recorded.settings, pool)
        write_fits(cells, scratch / recorded.fits(job), ingredients)
        again.n_files += 1
        again.n_cells += len(cells)
        again.compare([recorded.fits(job)], scratch)


def _rank(recorded: Recorded, scratch: Path, pool: Executor | None, again: Again) -> None:
    """Compute repairs and the ranking again, from the recorded fits."""
    config, fits = recorded.config, [recorded.fits(job) for job in recorded.jobs]
    ingredients = recorded.ingredients(scratch)
    unreadable = {
        file: unreadable_fits(Path(file)) for file in fits if file not in recorded.changed
    }
    again.differences |= {file: text for file, text in unreadable.items() if text}
    wrong = [file for file in fits if unreadable.get(file, "changed")]
    if wrong:
        again.left_out.append(f"repairs and ranking of {recorded.name}, for want of {wrong[0]}")
        return
    files = {name: scratch / path for name, path in prepared(recorded.name).items()}
    # From copies, as what is of something else is renamed where it is read.
    copies = scratch / recorded.name
    copies.mkdir()
    cells = read_fits([Path(shutil.copy(file, copies)) for file in fits], ingredients)
    repaired = repair(
        read_rows(files["samples"]),
        cells,
        weights=read_weights(files["weights"]),
        **config["em"],
        pool=pool,
    )
    write_fits(repaired, scratch / repairs(recorded.name), ingredients)
    again.compare([repairs(recorded.name)], scratch)
    ranking = {name: scratch / path for name, path in ranked(recorded.name).items()}
    with complete_files(ranking) as parts:
        write_ranking(
            recorded.name,
            read_samples(files),
            [*cells, *repaired],
            config["selection"],
            parts,
        )
    again.compare(ranked(recorded.name).values(), scratch)
