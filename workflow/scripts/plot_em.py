"""EM at work: the colouring of the points and the components, step by step, to the fixed point."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figure_style import GREY, WIDTH, number
from gmm_core.em import Fit, Outcome, e_step, first_mixture, m_step
from gmm_core.families import Family
from gmm_core.mixture import Mixture
from gmm_core.starts import Start, standard_deviations
from plot_mixture import Scene, draw_density, draw_points_below, draw_scatter, marginal

FloatArray = NDArray[np.float64]
_MIDDLE_PANELS = 4
_MISSING_AT_LAST_PANEL = 0.1  # log-likelihood
# Every middle panel costs the passes up to its iteration.
_LAST_MIDDLE_ITERATION = 300


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel: what has just been done, and what is known then.

    Attributes:
        title: what has just been done.
        mixture: the parameters; None before there are any.
        responsibilities: (N, K); None before there are any.
    """

    title: str
    mixture: Mixture | None
    responsibilities: FloatArray | None


def em_figure(
    samples: FloatArray,
    features: Sequence[str],
    shown: NDArray[np.intp],
    panels: Sequence[Panel],
    order: NDArray[np.intp],
) -> Figure:
    """Return small multiples of one climb.

    Args:
        samples: (N, D).
        features: D names.
        shown: indices of the samples to draw.
        panels: the panels.
        order: (K,) the canonical order of the components at the end.
    """
    directions, names = _view(samples, features)
    seen = samples @ directions
    n_columns = 4 if len(panels) > 6 else 3
    n_rows = -(-len(panels) // n_columns)
    size = (WIDTH, 1.2 * WIDTH / n_columns * n_rows)
    figure, grid = plt.subplots(n_rows, n_columns, figsize=size, sharex=True, sharey=True)
    scenes = [_scene(panel, seen, shown, names, directions, order) for panel in panels]
    for axes, panel, scene in zip(grid.flat, panels, scenes, strict=False):
        if len(names) == 2:
            draw_scatter(axes, scene, size=5.0)
        else:
            draw_density(axes, scene, seen[:, 0])
        axes.set_title(panel.title, fontsize=7.5)
        axes.tick_params(labelsize=6.5)
    if len(names) == 1:
        top = grid.flat[0].get_ylim()[1]
        for axes, scene in zip(grid.flat, scenes, strict=False):
            draw_points_below(axes, scene, top)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    drawn = "" if len(shown) == len(samples) else f"; {len(shown)} of {len(samples)} samples drawn"
    figure.suptitle(f"numbers: log-likelihood{drawn}", fontsize=7, color=GREY, x=0.99, ha="right")
    figure.supxlabel(names[0], fontsize=8)
    figure.supylabel(names[1] if len(names) > 1 else "density", fontsize=8)
    return figure


def em_panels(samples: FloatArray, start: Start, family: Family, fit: Fit) -> Iterator[Panel]:
    """Yield the panels of a climb that are worth a picture.

    Args:
        samples: (N, D).
        start: where it began, with parameters or with responsibilities.
        family: its family.
        fit: where it ended.
    """
    mixture = first_mixture(samples, start, family)
    colours = e_step(samples, mixture)[1]
    if isinstance(start.unknown, Mixture):
        yield Panel("start: parameters", mixture, None)
        yield Panel("first E-step: colours", mixture, colours)
        mixture = m_step(samples, colours, family)
        yield Panel("first M-step: parameters", mixture, colours)
        done = 1
    else:
        yield Panel("start: colours", None, start.unknown)
        yield Panel("first M-step: parameters", mixture, start.unknown)
        yield Panel("first E-step: colours", mixture, colours)
        done = 0
    for iteration in _middle_iterations(fit.trace):
        while done < iteration:
            mixture = m_step(samples, e_step(samples, mixture)[1], family)
            done += 1
        log_likelihood, colours = e_step(samples, mixture)
        yield Panel(f"iteration {iteration}: {number(log_likelihood)}", mixture, colours)
    log_likelihood, colours = e_step(samples, fit.mixture)
    yield Panel(f"{_ending(fit)}: {number(log_likelihood)}", fit.mixture, colours)


def _scene(
    panel: Panel,
    seen: FloatArray,
    shown: NDArray[np.intp],
    names: Sequence[str],
    directions: FloatArray,
    order: NDArray[np.intp],
) -> Scene:
    """Return a panel as it is seen along the directions, components in their final order."""
    mixture, responsibilities = panel.mixture, panel.responsibilities
    if mixture is not None:
        mixture = marginal(mixture.reordered(order), directions)
    if responsibilities is not None:
        responsibilities = responsibilities[shown][:, order]
    return Scene(seen[shown], names, mixture, responsibilities, len(order))


def _ending(fit: Fit) -> str:
    word = "fixed point" if fit.outcome is Outcome.CONVERGED else "end"
    return f"{word} ({fit.n_iterations})"


def _middle_iterations(trace: FloatArray) -> list[int]:
    """Return a few iterations between the first and the last, evenly on the way up.

    Evenly in the logarithm of what is still missing to the end, so that neither a leap at the
    beginning nor a long plateau takes all the panels.
    """
    missing = np.maximum.accumulate((trace[-1] - trace)[::-1])[::-1]
    if len(trace) < 4 or missing[1] <= _MISSING_AT_LAST_PANEL:
        return []
    levels = np.geomspace(missing[1], _MISSING_AT_LAST_PANEL, _MIDDLE_PANELS + 1)[1:]
    reached = {int(np.argmax(missing <= level)) for level in levels}
    return sorted(t for t in reached if 1 < t < len(trace) - 1 and t <= _LAST_MIDDLE_ITERATION)


def _view(samples: FloatArray, features: Sequence[str]) -> tuple[FloatArray, list[str]]:
    """Return directions (D, 1 or 2) to look along, and names for the axes.

    Up to two features are shown as they are; more, on the first two principal axes of the
    standardised features.
    """
    n_features = samples.shape[1]
    if n_features <= 2:
        return np.eye(n_features), list(features)
    spread = standard_deviations(samples)
    variances, vectors = np.linalg.eigh(np.cov(samples / spread, rowvar=False))
    vectors = vectors[:, ::-1][:, :2]
    # Eigenvectors have no sign of their own: let the largest entry be positive.
    largest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.sign(vectors[largest, [0, 1]])
    shares = 100.0 * variances[::-1][:2] / variances.sum()
    names = [f"principal axis {j + 1} ({share:.0f} %)" for j, share in enumerate(shares)]
    return vectors / spread[:, None], names
