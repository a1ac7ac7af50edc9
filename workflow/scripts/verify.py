"""Verify a finished run: every file against its checksum, and a share of it computed again."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from configuration import ConfigurationError, effective_configuration
from dataset_checks import data_file
from job import InputError, logged
from provenance_file import changed_code, changed_inputs, changed_results, read_provenance
from recompute import Again, Recorded, recompute
from record import matrix_products
from row_threads import row_threads
from versions import versions

RESULTS = Path("results")
CONFIGURATION = RESULTS / "run_config.yaml"


def verify(
    folders: Sequence[Path], in_force: Mapping[str, Any], code: Mapping[str, str], n_threads: int
) -> str:
    """Return in words what was found to agree; nothing is written beside the results.

    Args:
        folders: where data files are looked for, in this order.
        in_force: the configuration in force, which may be another than the recorded one.
        code: the fingerprint of each rule's code as it is now.
        n_threads: threads that share the samples.

    Raises:
        InputError: something does not agree; the text names each file, and the cell.
    """
    provenance = read_provenance(RESULTS / "provenance.json")
    results = changed_results(RESULTS, provenance["results"])
    problems = {f"{RESULTS}/{name}": [text] for name, text in results.items()}
    inputs = changed_inputs(provenance["inputs"], folders)
    problems |= {name: [text] for name, text in inputs.items()}
    found, notes = [], []
    if str(CONFIGURATION) in problems:
        notes.append(f"Nothing was computed again: {CONFIGURATION} is not as recorded.")
    else:
        try:
            recorded = recorded_datasets(folders, inputs, set(problems))
            found = _again(recorded, n_threads)
        except ConfigurationError as error:
            problems[str(CONFIGURATION)] = [str(error)]
    for again in found:
        for file, text in again.differences.items():
            problems.setdefault(file, []).append(f"computed again: {text}")
        notes += [f"Not computed again: {text}." for text in again.left_out]
    notes += [
        f"Not computed again: what comes from {name}, which is not as recorded." for name in inputs
    ]
    if problems or notes:
        raise InputError("\n".join(_disagreement(problems, notes, _others(provenance, code))))
    return "\n".join(_agreement(provenance, found, recorded, in_force))


def recorded_datasets(
    folders: Sequence[Path], unsound: Iterable[str], changed: set[str]
) -> list[Recorded]:
    """Return the data sets of the recorded configuration whose files are as recorded.

    Args:
        folders: where data files are looked for, in this order.
        unsound: names of data files that are not as recorded.
        changed: paths of results that are not as recorded.

    Raises:
        ConfigurationError: the recorded configuration cannot be run here.
    """
    written = _written_configuration()
    written["datasets"] = {
        name: dataset
        for name, dataset in written["datasets"].items()
        if dataset.get("file") not in unsound
    }
    if not written["datasets"]:
        return []
    config = effective_configuration(written, folders)
    return [
        Recorded(
            name,
            config,
            data_file(dataset["file"], folders) if "file" in dataset else None,
            changed,
        )
        for name, dataset in config["datasets"].items()
    ]


def _written_configuration() -> dict[str, Any]:
    return yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))


def _again(recorded: Iterable[Recorded], n_threads: int) -> list[Again]:
    with TemporaryDirectory() as scratch, row_threads(n_threads) as pool:
        return [recompute(dataset, Path(scratch), pool) for dataset in recorded]


def _others(provenance: Mapping[str, Any], code: Mapping[str, str]) -> list[str]:
    """Return what is not the same here as where the run was made."""
    here = versions()
    texts = [
        f"{name} {version} then, {here.get(name, 'none')} now"
        for name, version in provenance["versions"].items()
        if here.get(name) != version
    ]
    then, now = provenance["matrix products"], matrix_products()
    texts += [f"products of matrices by {then} then, by {now} now"] if then != now else []
    return texts + [
        f"the code of {rule} is another now" for rule in changed_code(provenance["code"], code)
    ]


def _disagreement(
    problems: Mapping[str, Sequence[str]], notes: Sequence[str], others: Sequence[str]
) -> list[str]:
    lines = [f"{len(problems)} file(s) do not agree with what was recorded or computed again:"]
    lines += [f"  - {file}: {text}" for file, texts in problems.items() for text in texts]
    lines += notes
    if others:
        lines += ["Not all is as when the run was made, which may change what is computed again:"]
        lines += [f"  - {text}" for text in others]
    return [
        *lines,
        "To restore results, delete them and run snakemake with the run's configuration.",
    ]


def _agreement(
    provenance: Mapping[str, Any],
    found: Sequence[Again],
    recorded: Sequence[Recorded],
    in_force: Mapping[str, Any],
) -> list[str]:
    n_files, n_cells = (sum(getattr(a, name) for a in found) for name in ("n_files", "n_cells"))
    n_files_of_run = sum(len(dataset.jobs) for dataset in recorded)
    lines = [
        f"Verified: {len(provenance['results'])} results and {len(provenance['inputs'])} data "
        "file(s) are as provenance.json records them.",
        f"Computed again, with the same bytes: samples, repairs and ranking of {len(found)} data "
        f"set(s), and {n_files} of {n_files_of_run} files of fits ({n_cells} cells).",
    ]
    if _written_configuration() != in_force:
        lines.append(f"The configuration in force is another: what counted is {CONFIGURATION}.")
    return lines


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        text = verify(
            [Path(folder) for folder in snakemake.params.folders],
            json.loads(snakemake.params.config),
            json.loads(snakemake.params.fingerprints),
            snakemake.threads,
        )
        print(text)
        print(text, file=sys.stderr)
