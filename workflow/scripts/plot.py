"""Draw all figures of a data set."""

import json
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from figure_style import label, save, use_style
from fit_files import made_of, read_fits
from gmm_core.families import FAMILIES
from gmm_core.grid import Cell
from gmm_core.mixture import Mixture
from gmm_core.nesting import SAME_OPTIMUM
from gmm_core.repair import origin
from gmm_core.samples import SampleBlocks
from gmm_core.starting_samples import starting_samples
from gmm_core.starts import start
from job import logged
from layout import prepared
from plot_em import em_figure, em_panels
from plot_mixture import Scene, evenly_spaced, mixture_figure
from plot_search import criterion_figure, log_likelihood_figure
from result_files import read_candidates, spurious_seeds
from sample_files import Samples, read_json, read_samples
from selection_file import read_selection
from whole_files import check_files, complete_files

_POINTS_IN_A_SMALL_PANEL = 250


def draw_figures(
    samples: Samples,
    cells: Sequence[Cell],
    spurious: Container[int],
    candidates: Sequence[Mapping[str, Any]],
    selection: Mapping[str, Any],
    model: Mapping[str, Any],
    *,
    seed: int,
    max_points: int,
    max_features: int,
    accelerate: bool,
    paths: Mapping[str, Path],
) -> None:
    """Draw the figures of a data set.

    Args:
        samples: its samples.
        cells: those of the selected candidate.
        spurious: seeds of those that are not to be trusted.
        candidates: rows of candidates.csv.
        selection: what selection.json holds.
        model: what model.json holds.
        seed: the configuration's seed.
        max_points: most samples drawn, in all panels of a line of a scatter matrix together.
        max_features: most features in a scatter matrix.
        accelerate: whether the climbs were accelerated.
        paths: where to, by the figures' names.
    """
    use_style()
    blocks = SampleBlocks(samples.values, samples.weights)
    drawn = starting_samples(blocks, seed)
    values = drawn.values
    features = [label(name) for name in samples.features]
    mixture = Mixture.from_dict(model)
    # The panels of a scatter matrix are as much smaller as there are more in a line.
    n_panels = max(1, min(len(features), max_features) - 1)
    shown = evenly_spaced(len(values), max(1, max_points // n_panels))
    few = evenly_spaced(len(values), min(max_points, _POINTS_IN_A_SMALL_PANEL))
    scene = Scene(
        points=values[shown],
        features=features,
        mixture=mixture,
        responsibilities=mixture.responsibilities(values[shown]),
        n_components=mixture.n_components,
    )
    cell = climb_to_show(cells, model["log_likelihood"], blocks.total_weight)
    begin = start(
        values, mixture.n_components, seed, cell.seed, [cell.start], weights=drawn.weights
    )
    family = FAMILIES[model["family"]]
    panels = list(em_panels(blocks, drawn, few, begin, family, cell.fit, accelerate))
    order = cell.fit.mixture.canonical_order()
    figures = {
        "criterion": criterion_figure(candidates, selection, model["criterion"]),
        "mixture": mixture_figure(scene, drawn, blocks.n_weighted, max_features),
        "log_likelihood": log_likelihood_figure(
            cells,
            spurious,
            model["log_likelihood"],
            candidates[0]["gap_to_next"],
            blocks.total_weight,
        ),
        "em_at_work": em_figure(drawn, blocks.n_weighted, features, few, panels, order),
    }
    for name, figure in figures.items():
        save(figure, paths[name])
        plt.close(figure)


def climb_to_show(cells: Sequence[Cell], selected: float, n_samples: float) -> Cell:
    """Return the restart that reached an optimum from farthest below.

    Args:
        cells: those of the selected candidate; repairs do not count.
        selected: the log-likelihood of the optimum; if no restart reached it, it is the highest.
        n_samples: N, the total weight of the samples.
    """
    from_seeds = [cell for cell in cells if origin(cell) is None and cell.fit.mixture]
    highest = max(cell.fit.log_likelihood for cell in from_seeds)
    for level in (selected, highest):
        reached = [
            cell
            for cell in from_seeds
            if abs(cell.fit.log_likelihood - level) <= SAME_OPTIMUM * n_samples
        ]
        if reached:
            break
    return min(reached, key=lambda cell: cell.fit.trace[0])


if __name__ == "__main__":
    with logged(snakemake.log[0]), complete_files(snakemake.output) as parts:
        settings = json.loads(snakemake.params.settings)
        ingredients = made_of(check_files(snakemake.input), settings)
        model = read_json(Path(snakemake.input.model))
        key = model["family"], model["n_components"]
        draw_figures(
            read_samples({name: Path(snakemake.input[name]) for name in prepared("")}),
            [
                cell
                for cell in read_fits(map(Path, snakemake.input.fits), ingredients)
                if (cell.family, cell.n_components) == key
            ],
            spurious_seeds(Path(snakemake.input.restarts), *key),
            read_candidates(Path(snakemake.input.candidates)),
            read_selection(Path(snakemake.input.selection)),
            model,
            seed=settings["seed"],
            max_points=snakemake.params.max_points,
            max_features=snakemake.params.max_features,
            accelerate=settings["em"]["accelerate"],
            paths=parts,
        )
