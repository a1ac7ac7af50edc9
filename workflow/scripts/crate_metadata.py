"""What ro-crate-metadata.json says of a run: a Workflow Run RO-Crate.

Profile: https://w3id.org/ro/wfrun/workflow/0.5, on RO-Crate 1.1.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
_FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".npz": "application/zip",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_HOMES = {
    "Python": "https://www.python.org/",
    "numpy": "https://numpy.org/",
    "pandas": "https://pandas.pydata.org/",
    "matplotlib": "https://matplotlib.org/",
    "snakemake": "https://snakemake.github.io/",
    "pyyaml": "https://pyyaml.org/",
    "jinja2": "https://jinja.palletsprojects.com/",
    "jsonschema": "https://python-jsonschema.readthedocs.io/",
}
_LICENCE = {
    "@type": "CreativeWork",
    "name": "Terms of use",
    "description": "The workflow: MIT, see LICENSE. Data and results: as their owner says.",
}
WORKFLOW = "Snakefile"
README = "README.md"


class Part(NamedTuple):
    """A file of the crate.

    Attributes:
        path: its path in the crate.
        role: "workflow", "input" or "result".
        n_bytes, sha256: size and checksum.
        name: what it is called where the workflow finds it.
    """

    path: str
    role: str
    n_bytes: int
    sha256: str
    name: str


def metadata(
    parts: Iterable[Part], title: str, versions: Mapping[str, str], run: str, ended: str
) -> bytes:
    """Return ro-crate-metadata.json.

    Args:
        parts: the files of the crate, the Snakefile one of them.
        title: that of the report.
        versions: those of gmm-select and of all that it used.
        run: an identifier of the run.
        ended: when the run ended, ISO 8601 with seconds and time zone.
    """
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(_TERMS)
    root = crate.root_dataset
    crate.name = title
    crate.description = (
        f"A run of gmm-select {versions['gmm-select']}: Gaussian mixtures fitted to data sets, the "
        "selected models, and how they were selected. Begin with results/report.html."
    )
    crate.license = crate.add(ContextEntity(crate, "#terms", properties=_LICENCE))
    root["datePublished"] = ended
    for url, (name, version) in _PROFILES.items():
        described = {"@type": "CreativeWork", "name": name, "version": version}
        root.append_to("conformsTo", crate.add(ContextEntity(crate, url, properties=described)))
    roles: dict[str, list[Any]] = {"workflow": [], "input": [], "result": []}
    for part in parts:
        add = _add_workflow if part.path == WORKFLOW else _add_file
        roles[part.role].append(add(crate, part, versions))
    action = crate.add(
        ContextEntity(
            crate,
            f"#run-{run}",
            properties={
                "@type": "CreateAction",
                "name": f"A run of gmm-select {versions['gmm-select']}",
                "description": "snakemake --configfile results/run_config.yaml",
                "endTime": ended,
                "actionStatus": "http://schema.org/CompletedActionStatus",
            },
        )
    )
    action["instrument"] = crate.mainEntity
    action["object"], action["result"] = roles["input"], roles["result"]
    root["mentions"] = action
    (text,) = (content for _, content in crate.metadata.stream())
    return text


def _add_file(crate: ROCrate, part: Part, _versions: Mapping[str, str]) -> Any:
    file = crate.add_file(dest_path=part.path, properties=_described(part))
    if part.path == README:
        file["about"] = crate.root_dataset
    return file


def _add_workflow(crate: ROCrate, part: Part, versions: Mapping[str, str]) -> Any:
    described = _described(part) | {"name": "gmm-select", "version": versions["gmm-select"]}
    workflow = crate.add_workflow(
        dest_path=part.path,
        main=True,
        lang="snakemake",
        lang_version=versions["snakemake"],
        properties=described,
    )
    workflow["license"] = {"@id": "https://spdx.org/licenses/MIT"}
    workflow["softwareRequirements"] = [
        crate.add(
            ContextEntity(
                crate,
                home,
                properties={
                    "@type": "SoftwareApplication",
                    "name": name,
                    "url": home,
                    "softwareVersion": versions[name],
                },
            )
        )
        for name, home in _HOMES.items()
        if name in versions
    ]
    return workflow


def _described(part: Part) -> dict[str, Any]:
    suffix = PurePosixPath(part.path).suffix
    unknown = "text/plain" if part.role == "workflow" else "application/octet-stream"
    described = {
        "name": part.name,
        "encodingFormat": _FORMATS.get(suffix, unknown),
        "contentSize": str(part.n_bytes),
        "sha256": part.sha256,
    }
    return described | ({"alternateName": part.name} if part.name != part.path else {})
