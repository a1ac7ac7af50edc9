"""Pictures of a mixture: density, scatter or scatter matrix, the samples in its colours."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from figure_style import GREY, INK, WIDTH, blended, component_colours
from gmm_core.mixture import Mixture
from gmm_core.starting_samples import StartingSamples

FloatArray = NDArray[np.float64]
_CURVE_POINTS = 500
_MOST_BINS = 100


@dataclass(frozen=True, eq=False)
class Scene:
    """What a picture shows: samples, and a mixture that colours them.

    Attributes:
        points: (N, D) the samples that are drawn.
        features: D names.
        mixture: K components in canonical order; None before there are parameters.
        responsibilities: (N, K) of the points; None before there are any.
        n_components: K.
    """

    points: FloatArray
    features: Sequence[str]
    mixture: Mixture | None
    responsibilities: FloatArray | None
    n_components: int

    @property
    def colours(self) -> FloatArray:
        """One colour for each component (K, 3)."""
        return component_colours(self.n_components)

    @property
    def point_colours(self) -> FloatArray | str:
        """One colour for each point (N, 3), mixed from the components'; grey before the E-step."""
        if self.responsibilities is None:
            return GREY
        return blended(self.responsibilities, self.colours)


def evenly_spaced(n_samples: int, n_shown: int) -> NDArray[np.intp]:
    """Return the indices of at most n_shown samples, evenly spaced."""
    if n_samples <= n_shown:
        return np.arange(n_samples)
    return np.linspace(0, n_samples - 1, n_shown).astype(np.intp)


def marginal(mixture: Mixture, directions: FloatArray, centre: FloatArray | float = 0.0) -> Mixture:
    """Return the mixture of (x - centre) @ directions, for directions (D, D') and a centre (D,)."""
    covariances = directions.T @ mixture.covariances @ directions
    symmetric = (covariances + covariances.swapaxes(-1, -2)) / 2.0
    return Mixture(mixture.weights, (mixture.means - centre) @ directions, symmetric)


def mixture_figure(
    scene: Scene, drawn: StartingSamples, n_samples: int, max_features: int
) -> Figure:
    """Return the picture that fits the number of features.

    Args:
        scene: the points to draw, and the mixture.
        drawn: the samples for histograms: all, or a random part of very many.
        n_samples: how many there are.
        max_features: most features in a scatter matrix.
    """
    n_features = drawn.values.shape[1]
    if n_features == 1:
        return _density_figure(scene, drawn, n_samples)
    if n_features == 2:
        figure, axes = plt.subplots(figsize=(WIDTH, 0.72 * WIDTH))
        draw_scatter(axes, scene)
        axes.set(xlabel=scene.features[0], ylabel=scene.features[1])
        _say_what_is_left_out(figure, scene, drawn, n_samples, n_features)
        return figure
    return _scatter_matrix(scene, drawn, n_samples, min(n_features, max_features))


def draw_scatter(axes: Axes, scene: Scene, *, size: float = 14.0) -> None:
    """Draw two features: points, and each component's mean with ellipses at 1 and 2 sigma."""
    axes.scatter(*scene.points.T, s=size, c=scene.point_colours, alpha=0.75, linewidths=0)
    if scene.mixture is None:
        return
    for mean, covariance, colour in zip(
        scene.mixture.means, scene.mixture.covariances, scene.colours, strict=True
    ):
        variances, directions = np.linalg.eigh(covariance)
        angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))
        for n_sigma, width in ((1, 1.6), (2, 0.9)):
            minor, major = 2.0 * n_sigma * np.sqrt(variances)
            outline = Ellipse(mean, major, minor, angle=angle, fill=False, ec=colour, lw=width)
            outline.set_path_effects([withStroke(linewidth=width + 1.6, foreground="white")])
            axes.add_patch(outline)
    _number_the_means(axes, scene, scene.mixture.means)


def draw_density(axes: Axes, scene: Scene, values: FloatArray, weights: FloatArray) -> None:
    """Draw one feature: histogram, the mixture density, and the weighted component densities.

    Args:
        axes: where to.
        scene: the mixture; without one, the histogram alone.
        values, weights: (M,) the samples of the histogram.
    """
    axes.hist(
        values,
        bins=_n_bins(values, weights),
        weights=weights,
        density=True,
        color="#e4e4e4",
        ec="white",
        lw=0.5,
    )
    if scene.mixture is None:
        return
    margin = 0.06 * np.ptp(values)
    grid = np.linspace(values.min() - margin, values.max() + margin, _CURVE_POINTS)
    columns = grid[:, None]
    density = np.exp(scene.mixture.log_density(columns))
    parts = density[:, None] * scene.mixture.responsibilities(columns)
    for part, colour in zip(parts.T, scene.colours, strict=True):
        axes.fill_between(grid, part, color=colour, alpha=0.22, lw=0)
        axes.plot(grid, part, color=colour, lw=1.3)
    axes.plot(grid, density, color=INK, lw=1.8)


def _n_bins(values: FloatArray, weights: FloatArray) -> int:
    """Return the number of bins of Freedman & Diaconis' width, 2 IQR / N^(1/3), within bounds."""
    equal = bool((weights == weights[0]).all())
    method = {} if equal else {"method": "inverted_cdf", "weights": weights}
    lower, upper = np.percentile(values, [25, 75], **method)
    width = 2.0 * (upper - lower) / weights.sum() ** (1.0 / 3.0)
    if width * _MOST_BINS <= np.ptp(values):
        return _MOST_BINS
    return max(1, int(np.ceil(np.ptp(values) / width)))


def draw_points_below(axes: Axes, scene: Scene, top: float) -> None:
    """Draw the points of one feature under the densities, spread in height so that all are seen.

    Args:
        axes: where to.
        scene: the points and their colours.
        top: the upper end of the density axis.
    """
    # Multiples of the golden ratio: even without being regular, and no random numbers.
    heights = np.arange(len(scene.points)) * 0.6180339887498949 % 1.0
    axes.scatter(
        scene.points[:, 0],
        (-0.06 - 0.16 * heights) * top,
        s=7,
        c=scene.point_colours,
        alpha=0.8,
        linewidths=0,
    )
    axes.set(ylim=(-0.25 * top, top))
    axes.axhline(0.0, color=GREY, lw=0.8)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0.0 <= tick <= top])


def _density_figure(scene: Scene, drawn: StartingSamples, n_samples: int) -> Figure:
    figure, axes = plt.subplots(figsize=(WIDTH, 0.58 * WIDTH))
    draw_density(axes, scene, drawn.values[:, 0], drawn.weights)
    axes.set(xlabel=scene.features[0], ylabel="density", ylim=(0.0, None))
    peaks = np.exp(scene.mixture.log_density(scene.mixture.means))
    _number_the_means(axes, scene, np.column_stack([scene.mixture.means[:, 0], 0.5 * peaks]))
    draw_points_below(axes, scene, axes.get_ylim()[1])
    axes.plot([], [], color=INK, lw=1.8, label="mixture density")
    axes.plot([], [], color=GREY, lw=1.3, label="weighted component densities")
    figure.legend(loc="outside upper left", ncols=2)
    _say_what_is_left_out(figure, scene, drawn, n_samples, 1)
    return figure


def _scatter_matrix(scene: Scene, drawn: StartingSamples, n_samples: int, n_shown: int) -> Figure:
    figure, grid = plt.subplots(
        n_shown, n_shown, figsize=(WIDTH, 0.92 * WIDTH), sharex="col", squeeze=False
    )
    identity = np.eye(drawn.values.shape[1])
    for row, column in np.ndindex(n_shown, n_shown):
        axes = grid[row, column]
        if column > row:
            axes.set_axis_off()
            continue
        chosen = [column] if row == column else [column, row]
        part = Scene(
            points=scene.points[:, chosen],
            features=[scene.features[j] for j in chosen],
            mixture=marginal(scene.mixture, identity[:, chosen]),
            responsibilities=scene.responsibilities,
            n_components=scene.n_components,
        )
        if row == column:
            draw_density(axes, part, drawn.values[:, column], drawn.weights)
            axes.set(yticks=[])
        else:
            draw_scatter(axes, part, size=7.0)
        axes.tick_params(labelsize=7)
        if row == n_shown - 1:
            axes.set_xlabel(scene.features[column], fontsize=8)
        if column == 0:
            label = scene.features[row] if row else "density"
            axes.set_ylabel(label, fontsize=8)
    _say_what_is_left_out(figure, scene, drawn, n_samples, n_shown)
    return figure


def _number_the_means(axes: Axes, scene: Scene, places: FloatArray) -> None:
    """Write each component's number at its place, white on its colour."""
    for number, (place, colour) in enumerate(zip(places, scene.colours, strict=True), start=1):
        axes.annotate(
            str(number),
            place,
            ha="center",
            va="center",
            color="white",
            fontsize=7,
            fontweight="bold",
            bbox={"boxstyle": "circle,pad=0.25", "fc": colour, "ec": "white", "lw": 0.8},
            zorder=5,
        )


def _say_what_is_left_out(
    figure: Figure, scene: Scene, drawn: StartingSamples, n_samples: int, n_features_shown: int
) -> None:
    notes = []
    if len(scene.points) < n_samples:
        notes.append(f"{len(scene.points)} of {n_samples} samples drawn")
    n_values, n_features = drawn.values.shape
    if n_values < n_samples:
        notes.append(f"histograms of {n_values}, chosen at random")
    if n_features_shown < n_features:
        notes.append(f"the first {n_features_shown} of {n_features} features")
    if notes:
        figure.supxlabel("; ".join(notes), fontsize=7, color=GREY, x=0.99, ha="right")
