"""Draw the samples of a synthetic data set from its mixture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gmm_core.mixture import Mixture
from gmm_core.seeding import Purpose, generator
from job import logged
from sample_files import ArrayWriter, Samples, read_rows, write_description

_PIECE_ROWS = 1 << 16


def generate(
    synthetic: Mapping[str, Any],
    seed: int,
    values: Path,
    description: Path,
    codes: Path,
    weights: Path,
) -> None:
    """Write samples of a mixture; the known class of each is the component behind it.

    Args:
        synthetic: n_samples, weights, means and covariances.
        seed: the configuration's seed.
        values, description, codes, weights: the files to write; there are no weights.
    """
    mixture = Mixture.from_dict(synthetic)
    random = generator(seed, Purpose.SYNTHETIC_DATA)
    n_samples = synthetic["n_samples"]
    with (
        ArrayWriter(values, "float64", (mixture.n_features,)) as rows,
        ArrayWriter(codes, "int64", ()) as components,
    ):
        for first in range(0, n_samples, _PIECE_ROWS):
            drawn = mixture.draw(min(_PIECE_ROWS, n_samples - first), random)
            rows.append(drawn[0])
            components.append(drawn[1])
    samples = Samples(
        values=read_rows(values),
        features=[f"x{j + 1}" for j in range(mixture.n_features)],
        source={"synthetic": dict(synthetic), "seed": seed},
        n_rows_read=n_samples,
        n_rows_dropped=0,
        label="true component",
        classes=[f"component {k + 1}" for k in range(mixture.n_components)],
    )
    np.save(weights, np.empty(0))
    write_description(samples, values, description)


if __name__ == "__main__":
    import json

    with logged(snakemake.log[0]):
        generate(
            json.loads(snakemake.params.synthetic),
            snakemake.params.seed,
            values=Path(snakemake.output.samples),
            description=Path(snakemake.output.description),
            codes=Path(snakemake.output.labels),
            weights=Path(snakemake.output.weights),
        )
