"""Draw the samples of a synthetic data set from its mixture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gmm_core.mixture import Mixture
from gmm_core.seeding import Purpose, generator
from job import logged
from sample_files import ArrayWriter, RowNamesWriter, Samples, read_rows, write_description
from whole_files import complete_files

_PIECE_ROWS = 1 << 16


def generate(synthetic: Mapping[str, Any], seed: int, files: Mapping[str, Path]) -> None:
    """Write samples of a mixture; the known class of each is the component behind it.

    Args:
        synthetic: n_samples, weights, means and covariances.
        seed: the configuration's seed.
        files: the files to write, by the names of `layout.prepared`.
    """
    mixture = Mixture.from_dict(synthetic)
    random = generator(seed, Purpose.SYNTHETIC_DATA)
    n_samples = synthetic["n_samples"]
    with (
        ArrayWriter(files["samples"], "float64", (mixture.n_features,)) as rows,
        ArrayWriter(files["labels"], "int64", ()) as components,
        ArrayWriter(files["weights"], "float64", ()),
        ArrayWriter(files["dropped"], "int64", ()),
        RowNamesWriter(files["row_names"]),
    ):
        for first in range(0, n_samples, _PIECE_ROWS):
            drawn = mixture.draw(min(_PIECE_ROWS, n_samples - first), random)
            rows.append(drawn[0])
            components.append(drawn[1])
    samples = Samples(
        values=read_rows(files["samples"]),
        features=[f"x{j + 1}" for j in range(mixture.n_features)],
        source={"synthetic": dict(synthetic), "seed": seed},
        n_rows_read=n_samples,
        n_rows_dropped=0,
        label="true component",
        classes=[f"component {k + 1}" for k in range(mixture.n_components)],
    )
    write_description(samples, files["samples"], files["description"])


if __name__ == "__main__":
    import json

    with logged(snakemake.log[0]), complete_files(snakemake.output) as parts:
        generate(
            json.loads(snakemake.params.synthetic),
            snakemake.params.seed,
            parts,
        )
