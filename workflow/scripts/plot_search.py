"""Pictures of the search: the criterion of every candidate, and the climbs of the selected one."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from figure_style import GREY, INK, PALE, WIDTH
from gmm_core.candidates import same_optimum
from gmm_core.criteria import EVIDENCE
from gmm_core.em import Outcome
from gmm_core.families import FAMILIES
from gmm_core.grid import Cell

_MARKERS = "os^vDPX<>hp*d8"
_LEAST_SHORTFALL = 1e-10
_ITERATION_TICKS = (0, 1, 3, *(step * 10**power for power in range(1, 7) for step in (1, 3)))
# Above this, the steps of evidence are too thin to be read.
_HIGHEST_WITH_EVIDENCE = 60.0


def criterion_figure(candidates: Sequence[Mapping[str, Any]], criterion: str) -> Figure:
    """Return the criterion against the number of components, all of it and near the winner.

    Args:
        candidates: rows of candidates.csv.
        criterion: the criterion that chose.
    """
    usable = [row for row in candidates if row[criterion] is not None]
    winner = next(row for row in usable if row["selected"])
    families = [name for name in FAMILIES if any(row["family"] == name for row in usable)]
    shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.88, len(families)))
    figure, (whole, near) = plt.subplots(1, 2, figsize=(WIDTH, 0.5 * WIDTH))
    for family, shade, marker in zip(families, shades, _MARKERS, strict=False):
        rows = sorted(
            (row for row in usable if row["family"] == family), key=lambda r: r["n_components"]
        )
        sizes = [row["n_components"] for row in rows]
        values = np.array([row[criterion] for row in rows])
        style = {"color": shade, "marker": marker, "ms": 4, "lw": 1.3, "label": family}
        whole.plot(sizes, values, **style)
        near.plot(sizes, values - winner[criterion], **style)
    for axes, height in ((whole, winner[criterion]), (near, 0.0)):
        ring = {"marker": "o", "ms": 12, "mfc": "none", "mec": INK, "mew": 1.5, "clip_on": False}
        axes.plot(winner["n_components"], height, **ring)
        axes.set(xlabel="number of components")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.margins(x=0.06)
    name = criterion.upper()
    whole.set(title=f"{name}, lower is better", ylabel=name)
    near.set(title=f"near the winner: {winner['family']}, {winner['n_components']}")
    near.set(ylabel=f"{name} above the winner's")
    _zoom(near, np.array([row[criterion] for row in usable]) - winner[criterion])
    if criterion == "bic":
        _mark_evidence(near)
    figure.legend(*whole.get_legend_handles_labels(), loc="outside lower center", ncols=8)
    return figure


def log_likelihood_figure(cells: Sequence[Cell], n_samples: int) -> Figure:
    """Return the log-likelihood against the iteration for the restarts of one candidate.

    Args:
        cells: the restarts, at least one of them not collapsed.
        n_samples: N.
    """
    ends = [cell.fit.log_likelihood for cell in cells]
    best = float(np.nanmax(ends))
    reached = same_optimum(ends, best, n_samples)
    figure, (climb, shortfall) = plt.subplots(1, 2, figsize=(WIDTH, 0.45 * WIDTH))
    for cell, top in sorted(zip(cells, reached, strict=True), key=lambda pair: pair[1]):
        trace = cell.fit.trace
        collapsed = cell.fit.outcome is Outcome.COLLAPSED
        style = {
            "color": INK if top else GREY,
            "lw": 1.0,
            "ls": ":" if collapsed else "-",
            "alpha": 0.8,
        }
        climb.plot(np.arange(len(trace)), trace, **style)
        missing = np.maximum(best - trace, _LEAST_SHORTFALL)
        shortfall.plot(np.arange(len(trace)), missing, **style)
        for axes, last in ((climb, trace[-1:]), (shortfall, missing[-1:])):
            mark = {"marker": _END_MARKS[cell.fit.outcome], "color": style["color"], "ms": 4}
            axes.plot([len(trace) - 1] * len(last), last, **mark)
    sound = [cell.fit.trace for cell in cells if cell.fit.mixture is not None]
    lowest = np.median([trace[min(1, len(trace) - 1)] for trace in sound])
    climb.set(title="log-likelihood")
    if best > lowest:
        climb.set(ylim=(lowest - 0.3 * (best - lowest), best + 0.06 * (best - lowest)))
    shortfall.set(title="shortfall from the best, log scale", yscale="log")
    longest = max(len(cell.fit.trace) for cell in cells) - 1
    for axes in (climb, shortfall):
        axes.set(xlabel="iteration", xscale="symlog", xlim=(0, 1.15 * max(longest, 1)))
        ticks = [tick for tick in _ITERATION_TICKS if tick <= max(longest, 1)]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
    figure.legend(handles=_climb_legend(cells, sum(reached)), loc="outside lower center", ncols=4)
    return figure


_END_MARKS = {Outcome.CONVERGED: "o", Outcome.ITERATION_LIMIT: ">", Outcome.COLLAPSED: "x"}


def _climb_legend(cells: Sequence[Cell], n_reached: int) -> list[Line2D]:
    handles = [
        Line2D([], [], color=INK, label=f"reached the best optimum ({n_reached})"),
        Line2D([], [], color=GREY, label=f"ended elsewhere ({len(cells) - n_reached})"),
    ]
    for outcome, mark in _END_MARKS.items():
        number = sum(cell.fit.outcome is outcome for cell in cells)
        if number:
            style = {"ls": "none", "marker": mark, "color": INK, "ms": 4}
            handles.append(Line2D([], [], label=f"{outcome} ({number})", **style))
    return handles


def _zoom(axes: Axes, differences: NDArray[np.float64]) -> None:
    """Set the height so that the closest candidates fill it."""
    nearby = np.sort(differences)[: 1 + max(8, len(differences) // 4)]
    top = max(14.0, 1.05 * float(nearby[-1]))
    axes.set(ylim=(-0.04 * top, top))


def _mark_evidence(axes: Axes) -> None:
    """Shade the steps of evidence, where they are wide enough to be read."""
    if axes.get_ylim()[1] > _HIGHEST_WITH_EVIDENCE:
        return
    beginnings = [least for least, _ in EVIDENCE] + [EVIDENCE[-1][0] + 4.0]
    for place, ((low, high), (_, word)) in enumerate(
        zip(pairwise(beginnings), EVIDENCE, strict=True)
    ):
        if place % 2 == 0:
            axes.axhspan(low, high, color=PALE, alpha=0.5, lw=0, zorder=0)
        style = {"ha": "right", "va": "center", "fontsize": 6.5, "color": GREY}
        place_of_text = (0.995, (low + high) / 2.0)
        axes.annotate(word, place_of_text, xycoords=axes.get_yaxis_transform(), **style)
