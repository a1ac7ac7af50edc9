"""Export a finished run with its provenance as a Workflow Run RO-Crate, one zip file."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml

from dataset_checks import data_file
from job import InputError, logged
from provenance_file import (
    NAME,
    changed_code,
    changed_inputs,
    changed_results,
    read_provenance,
)
from sample_files import sha256
from whole_files import complete_files

RESULTS = Path("results")
_CONFIGURATION = "run_config.yaml"
# Of the workflow, what a run needs.
_CODE = ("Snakefile", "workflow", "gmm_core", "profiles/default", "environment.yml")
_CODE += ("requirements.lock", "LICENSE", "README.md")
# Names at the top of the crate that no data file gets.
_TAKEN = {PurePosixPath(name).parts[0] for name in _CODE}
_TAKEN |= {"inputs", "results", "ro-crate-metadata.json"}


def export(root: Path, folders: Sequence[Path], code: Mapping[str, str], path: Path) -> None:
    """Write the crate: workflow, data, configuration, results, and what ties them together.

    The same run gives the same bytes: the one time in it is that at which provenance.json was
    written.

    Args:
        root: the folder of the workflow.
        folders: where data files are looked for, in this order.
        code: the fingerprint of each rule's code as it is now.
        path: where to.

    Raises:
        InputError: the results are not as they were recorded, or the package rocrate is missing.
    """
    try:
        from crate_metadata import Part, metadata
    except ImportError as error:
        raise InputError(
            f"The export needs the package rocrate ({error}). Install it: make crate, or pip "
            "install -r requirements-crate.lock"
        ) from None
    provenance = read_provenance(RESULTS / NAME)
    _check(provenance, folders, code)
    sources = dict(_sources(root, provenance, folders))
    parts = [
        Part(place, role, source.stat().st_size, sha256(source), name)
        for place, (role, source, name) in sources.items()
    ]
    written = (RESULTS / NAME).stat().st_mtime
    described = metadata(
        parts,
        yaml.safe_load((RESULTS / _CONFIGURATION).read_text(encoding="utf-8"))["report"]["title"],
        provenance["versions"],
        sha256(RESULTS / NAME)[:16],
        datetime.fromtimestamp(int(written), UTC).isoformat(),
    )
    with complete_files({"crate": path}) as files:
        _write_zip(files["crate"], described, {place: part[1] for place, part in sources.items()})


def _check(provenance: Mapping[str, Any], folders: Sequence[Path], code: Mapping[str, str]) -> None:
    """Check that what would be packed is what was recorded."""
    changed = [
        *(f"results/{k}: {v}" for k, v in changed_results(RESULTS, provenance["results"]).items()),
        *(f"{k}: {v}" for k, v in changed_inputs(provenance["inputs"], folders).items()),
        *(f"the code of {rule} is another now" for rule in changed_code(provenance["code"], code)),
    ]
    if changed:
        lines = ["Nothing was exported: not all is as provenance.json records it."]
        lines += [f"  - {text}" for text in changed]
        raise InputError("\n".join([*lines, "Run snakemake with the run's configuration first."]))


def _sources(
    root: Path, provenance: Mapping[str, Any], folders: Sequence[Path]
) -> Iterator[tuple[str, tuple[str, Path, str]]]:
    """Yield for each path in the crate: role, file, and its name outside of the crate."""
    for source in _code_files(root):
        place = source.relative_to(root).as_posix()
        yield place, ("workflow", source, place)
    for name, checksum in provenance["inputs"].items():
        pure = PurePosixPath(name)
        apart = pure.is_absolute() or ".." in pure.parts or pure.parts[0] in _TAKEN
        place = f"inputs/{checksum[:8]}/{pure.name}" if apart else pure.as_posix()
        yield place, ("input", data_file(name, folders), name)
    for name in sorted([*provenance["results"], NAME]):
        role = "input" if name == _CONFIGURATION else "result"
        yield f"results/{name}", (role, RESULTS / name, f"results/{name}")


def _code_files(root: Path) -> Iterator[Path]:
    for name in _CODE:
        path = root / name
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in inside if file.is_file() and file.suffix != ".pyc")


def _write_zip(path: Path, described: bytes, sources: Mapping[str, Path]) -> None:
    """Write a zip without times or rights of its files, which would differ from copy to copy."""
    with ZipFile(path, "w") as archive:
        archive.writestr(_entry("ro-crate-metadata.json"), described, ZIP_DEFLATED)
        for place, source in sources.items():
            with (
                archive.open(_entry(place), "w", force_zip64=True) as target,
                source.open("rb") as file,
            ):
                shutil.copyfileobj(file, target)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
    return entry


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        target = Path(snakemake.params.crate)
        export(
            Path(snakemake.params.root),
            [Path(folder) for folder in snakemake.params.folders],
            json.loads(snakemake.params.fingerprints),
            target,
        )
        print(f"Exported: {target}")
        print(f"Exported: {target}", file=sys.stderr)
