"""Draw the samples of a synthetic data set from its mixture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gmm_core.mixture import Mixture
from gmm_core.seeding import Purpose, generator
from job import logged
from sample_files import Samples, write_samples


def generate(synthetic: Mapping[str, Any], seed: int) -> Samples:
    """Return samples of a mixture; the known class of each is the component behind it.

    Args:
        synthetic: n_samples, weights, means and covariances.
        seed: the configuration's seed.
    """
    mixture = Mixture.from_dict(synthetic)
    random = generator(seed, Purpose.SYNTHETIC_DATA)
    values, components = mixture.draw(synthetic["n_samples"], random)
    return Samples(
        values=values,
        features=[f"x{j + 1}" for j in range(mixture.n_features)],
        source={"synthetic": dict(synthetic), "seed": seed},
        n_rows_read=len(values),
        n_rows_dropped=0,
        label="true component",
        classes=[f"component {k + 1}" for k in range(mixture.n_components)],
        codes=components,
    )


if __name__ == "__main__":
    import json

    with logged(snakemake.log[0]):
        write_samples(
            generate(json.loads(snakemake.params.synthetic), snakemake.params.seed),
            values=Path(snakemake.output.samples),
            description=Path(snakemake.output.description),
            codes=Path(snakemake.output.labels),
        )
