"""EM at work: the colouring of the points and the components, step by step, to the fixed point."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figure_style import GREY, WIDTH, number
from gmm_core.climb import climb
from gmm_core.families import Family
from gmm_core.fit import Fit, Outcome
from gmm_core.mixture import Mixture
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, at
from gmm_core.starting_samples import StartingSamples
from gmm_core.starts import Start, standard_deviations
from plot_mixture import Scene, draw_density, draw_points_below, draw_scatter, marginal

FloatArray = NDArray[np.float64]
_MIDDLE_PANELS = 4
_MISSING_AT_LAST_PANEL = 0.1  # log-likelihood
# The panels cost the passes up to the last of the middle ones.
_LAST_MIDDLE_ITERATION = 300
_MOST_ROWS_PASSED = 30_000_000


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel: what has just been done, and what is known then.

    Attributes:
        title: what has just been done.
        mixture: the parameters; None before there are any.
        responsibilities: (points, K) of the samples shown; None before there are any.
    """

    title: str
    mixture: Mixture | None
    responsibilities: FloatArray | None


def em_figure(
    drawn: StartingSamples,
    n_samples: int,
    features: Sequence[str],
    shown: NDArray[np.intp],
    panels: Sequence[Panel],
    order: NDArray[np.intp],
) -> Figure:
    """Return small multiples of one climb.

    Args:
        drawn: the samples, or a random part of very many.
        n_samples: how many samples there are.
        features: D names.
        shown: indices of those to draw as points.
        panels: the panels.
        order: (K,) the canonical order of the components at the end.
    """
    view = _view(drawn, features)
    n_columns = 4 if len(panels) > 6 else 3
    n_rows = -(-len(panels) // n_columns)
    size = (WIDTH, 1.2 * WIDTH / n_columns * n_rows)
    figure, grid = plt.subplots(n_rows, n_columns, figsize=size, sharex=True, sharey=True)
    scenes = [_scene(panel, drawn.values[shown], view, order) for panel in panels]
    for axes, panel, scene in zip(grid.flat, panels, scenes, strict=False):
        if len(view.names) == 2:
            draw_scatter(axes, scene, size=5.0)
        else:
            draw_density(axes, scene, drawn.values[:, 0], drawn.weights)
        axes.set_title(panel.title, fontsize=7.5)
        axes.tick_params(labelsize=6.5)
    if len(view.names) == 1:
        top = grid.flat[0].get_ylim()[1]
        for axes, scene in zip(grid.flat, scenes, strict=False):
            draw_points_below(axes, scene, top)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    part = "" if len(shown) == n_samples else f"; {len(shown)} of {n_samples} samples drawn"
    figure.suptitle(f"numbers: log-likelihood{part}", fontsize=7, color=GREY, x=0.99, ha="right")
    figure.supxlabel(view.names[0], fontsize=8)
    figure.supylabel(view.names[1] if len(view.names) > 1 else "density", fontsize=8)
    return figure


def em_panels(
    samples: SampleBlocks,
    drawn: StartingSamples,
    shown: NDArray[np.intp],
    start: Start,
    family: Family,
    fit: Fit,
    accelerate: bool,
) -> Iterator[Panel]:
    """Yield the moments of a climb that are worth a picture.

    Args:
        samples: the samples.
        drawn: those from which the start was made.
        shown: indices of those to colour.
        start: where it began, with parameters or with responsibilities.
        family: its family.
        fit: where it ended.
        accelerate: whether the climb was accelerated.
    """
    moments = Moments(*(array[None] for array in start.moments(drawn.values, drawn.weights)))
    middle = _middle_iterations(fit.trace, samples.n_samples)
    reached: dict[int, Mixture] = {}

    def watch(iteration: int, parameters: Parameters) -> None:
        if iteration in (0, 1, *middle):
            reached[iteration] = Mixture(*at(parameters, 0)[:3])

    last = max([min(1, fit.n_iterations), *middle])
    limits = {"tolerance": 0.0, "max_iterations": last}
    climb(samples, moments, [family], accelerate=accelerate, watch=watch, **limits)
    points = drawn.values[shown]
    first = reached[0]
    colours = first.responsibilities(points)
    if isinstance(start.unknown, Mixture):
        yield Panel("start: parameters", first, None)
        yield Panel("first E-step: colours", first, colours)
        if fit.n_iterations > 0:
            yield Panel("first M-step: parameters", reached[1], colours)
    else:
        yield Panel("start: colours", None, start.unknown[shown])
        yield Panel("first M-step: parameters", first, start.unknown[shown])
        yield Panel("first E-step: colours", first, colours)
    for iteration in middle:
        mixture = reached[iteration]
        title = f"iteration {iteration}: {number(fit.trace[iteration])}"
        yield Panel(title, mixture, mixture.responsibilities(points))
    title = f"{_ending(fit)}: {number(fit.trace[-1])}"
    yield Panel(title, fit.mixture, fit.mixture.responsibilities(points))


def _scene(panel: Panel, points: FloatArray, view: "_View", order: NDArray[np.intp]) -> Scene:
    """Return a panel as it is seen in a view, components in their final order."""
    mixture, responsibilities = panel.mixture, panel.responsibilities
    if mixture is not None:
        mixture = marginal(mixture.reordered(order), view.directions, view.centre)
    if responsibilities is not None:
        responsibilities = responsibilities[:, order]
    seen = (points - view.centre) @ view.directions
    return Scene(seen, view.names, mixture, responsibilities, len(order))


def _ending(fit: Fit) -> str:
    word = "fixed point" if fit.outcome is Outcome.CONVERGED else "end"
    return f"{word} ({fit.n_iterations})"


def _middle_iterations(trace: FloatArray, n_samples: int) -> list[int]:
    """Return a few iterations between the first and the last, evenly on the way up.

    Evenly in the logarithm of what is still missing to the end, so that neither a leap at the
    beginning nor a long plateau takes all the panels.
    """
    missing = np.maximum.accumulate((trace[-1] - trace)[::-1])[::-1]
    if len(trace) < 4 or missing[1] <= _MISSING_AT_LAST_PANEL:
        return []
    levels = np.geomspace(missing[1], _MISSING_AT_LAST_PANEL, _MIDDLE_PANELS + 1)[1:]
    reached = {int(np.argmax(missing <= level)) for level in levels}
    last = min(_LAST_MIDDLE_ITERATION, _MOST_ROWS_PASSED // n_samples, len(trace) - 2)
    return sorted(iteration for iteration in reached if 1 < iteration <= last)


@dataclass(frozen=True, eq=False)
class _View:
    """A projection: (x - centre) @ directions.

    Attributes:
        centre: (D,).
        directions: (D, 1 or 2).
        names: of the one or two axes.
    """

    centre: FloatArray
    directions: FloatArray
    names: Sequence[str]


def _view(drawn: StartingSamples, features: Sequence[str]) -> _View:
    """Return how to look at the samples.

    Up to two features are shown as they are; more, on the first two principal axes of the
    standardised features.
    """
    samples, weights = drawn
    n_features = samples.shape[1]
    if n_features <= 2:
        return _View(np.zeros(n_features), np.eye(n_features), features)
    centre = np.average(samples, axis=0, weights=weights)
    spread = standard_deviations(samples, weights)
    covariance = np.cov((samples - centre) / spread, rowvar=False, aweights=weights)
    variances, vectors = np.linalg.eigh(covariance)
    vectors = vectors[:, ::-1][:, :2]
    # Eigenvectors have no sign of their own: let the largest entry be positive.
    largest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.sign(vectors[largest, [0, 1]])
    shares = 100.0 * variances[::-1][:2] / variances.sum()
    names = [f"principal axis {j + 1} ({share:.0f} %)" for j, share in enumerate(shares)]
    return _View(centre, vectors / spread[:, None], names)
