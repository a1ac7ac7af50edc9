"""The versions of all that has a say in the results."""

import platform
from importlib.metadata import version

from gmm_core import __version__

_PACKAGES = ("numpy", "pandas", "matplotlib", "snakemake", "pyyaml", "jinja2", "jsonschema")


def versions() -> dict[str, str]:
    """Return the versions by name."""
    packages = {name: version(name) for name in _PACKAGES}
    return {"gmm-select": __version__, "Python": platform.python_version(), **packages}
