"""Write what went into a run and what came out: versions, code, and checksums of every file."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from threadpoolctl import threadpool_info

from job import logged
from provenance_file import write_provenance
from sample_files import sha256
from versions import versions
from whole_files import check_files, complete_files


def record(
    results: Path, inputs: Mapping[str, Path], outputs: Iterable[Path], code: Mapping[str, str]
) -> dict[str, object]:
    """Return the provenance of a run, without clocks, hosts or absolute paths.

    Args:
        results: the folder of the results, to which their names are relative.
        inputs: the data files, by the names that the configuration gives them.
        outputs: every result.
        code: the fingerprint of each rule's code.
    """
    return {
        "versions": versions(),
        "matrix products": matrix_products(),
        "code": dict(sorted(code.items())),
        "inputs": {name: sha256(path) for name, path in sorted(inputs.items())},
        "results": {path.relative_to(results).as_posix(): sha256(path) for path in sorted(outputs)},
    }


def matrix_products() -> list[str]:
    """Return what multiplies matrices here, and for which processor: it decides the last bits."""
    return sorted(
        " ".join((library["internal_api"], library["version"], library["architecture"]))
        for library in threadpool_info()
        if library["user_api"] == "blas"
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]), complete_files(snakemake.output) as parts:
        folder = Path(snakemake.output.provenance).parent
        # The report and the configuration in force were written a moment ago, and are in no list.
        check_files(path for path in snakemake.input.results if Path(path).parent != folder)
        provenance = record(
            folder,
            dict(
                zip(
                    snakemake.params.names,
                    (Path(path) for path in snakemake.input.data),
                    strict=True,
                )
            ),
            (Path(path) for path in snakemake.input.results),
            json.loads(snakemake.params.fingerprints),
        )
        write_provenance(provenance, parts["provenance"])
