"""Pictures of the search: the criterion of every candidate, and the climbs of the selected one."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from enum import IntEnum
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

from figure_style import DOUBT, GREY, INK, PALE, WIDTH
from gmm_core.candidates import Replication, same_optimum
from gmm_core.criteria import EVIDENCE
from gmm_core.families import FAMILIES
from gmm_core.fit import Outcome
from gmm_core.grid import Cell
from gmm_core.nesting import SAME_OPTIMUM
from gmm_core.repair import origin

_MARKERS = "os^vDPX<>hp*d8"
_CROSS = {"ls": "none", "marker": "x", "ms": 7, "mew": 1.5, "color": DOUBT, "zorder": 3}
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
_LEAST_SHORTFALL = 1e-10
_ITERATION_TICKS = (0, 1, 3, *(step * 10**power for power in range(1, 7) for step in (1, 3)))
# Above this, the steps of evidence are too thin to be read.
_HIGHEST_WITH_EVIDENCE = 60.0


def criterion_figure(
    candidates: Sequence[Mapping[str, Any]],
    selection: Mapping[str, Any],
    criterion: str,
) -> Figure:
    """Return the criterion against the number of components, all of it and near the winner.

    Args:
        candidates: rows of candidates.csv.
        selection: what selection.json holds.
        criterion: the criterion that chose.
    """
    usable = [row for row in candidates if row[criterion] is not None]
    winner = next(row for row in usable if row["selected"])
    families = [name for name in FAMILIES if any(row["family"] == name for row in usable)]
    shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.88, len(families)))
    figure, (whole, near) = plt.subplots(1, 2, figsize=(WIDTH, 0.5 * WIDTH))
    for axes, least in ((whole, 0.0), (near, winner[criterion])):
        for family, shade, marker in zip(families, shades, _MARKERS, strict=False):
            rows = sorted(
                (row for row in usable if row["family"] == family), key=lambda r: r["n_components"]
            )
            style = {"color": shade, "marker": marker, "ms": 4, "lw": 1.3, "label": family}
            _draw_family(axes, rows, criterion, least, style)
        ring = {"marker": "o", "ms": 12, "mfc": "none", "mec": INK, "mew": 1.5, "clip_on": False}
        axes.plot(winner["n_components"], winner[criterion] - least, **ring)
        for row in selection["set_aside"]:
            axes.plot(row["n_components"], row["value"] - least, **_CROSS)
        axes.set(xlabel="number of components")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.margins(x=0.06, y=0.09)
    name = criterion.upper()
    whole.set(title=f"{name}, lower is better", ylabel=name)
    near.set(title=f"near the winner: {winner['family']}, {winner['n_components']}")
    near.set(ylabel=f"{name} above the winner's")
    values = [row[criterion] for row in usable] + [row["value"] for row in selection["set_aside"]]
    _zoom(near, np.array(values) - winner[criterion])
    if criterion == "bic":
        _mark_evidence(near)
    _mark_other_choices(whole, winner, selection["choices"])
    spurious = bool(selection["set_aside"]) or any(row["spurious"] for row in usable)
    handles = [*whole.get_legend_handles_labels()[0], *_doubt_legend(usable, spurious)]
    figure.legend(handles=handles, loc="outside lower center", ncols=8)
    return figure


def log_likelihood_figure(
    cells: Sequence[Cell],
    spurious: Container[int],
    best: float,
    gap: float | None,
    n_samples: float,
) -> Figure:
    """Return the log-likelihood against the iteration for the cells of one candidate.

    Args:
        cells: the cells, at least one of them not collapsed.
        spurious: seeds of those that are not to be trusted.
        best: the log-likelihood of the selected one.
        gap: by how much that is above the next optimum; None if there is none.
        n_samples: N, the total weight of the samples.
    """
    reached = same_optimum([cell.fit.log_likelihood for cell in cells], best, n_samples)
    ends = [
        _End.SET_ASIDE if cell.seed in spurious else _End.SELECTED if top else _End.ELSEWHERE
        for cell, top in zip(cells, reached, strict=True)
    ]
    if _End.SELECTED not in ends:  # the selected one is itself not to be trusted
        ends = [_End.SELECTED if top else _End.ELSEWHERE for top in reached]
    figure, (climb, shortfall) = plt.subplots(1, 2, figsize=(WIDTH, 0.45 * WIDTH))
    for cell, end in sorted(zip(cells, ends, strict=True), key=lambda pair: pair[1]):
        trace = cell.fit.trace
        style = {"color": _END_COLOURS[end], "lw": 1.0, "ls": _line(cell), "alpha": 0.8}
        climb.plot(np.arange(len(trace)), trace, **style)
        # What ends above the selected one is set aside, and leaves this scale.
        above = trace > best + SAME_OPTIMUM * n_samples
        missing = np.where(above, np.nan, np.maximum(best - trace, _LEAST_SHORTFALL))
        told = _told(trace, missing)
        shortfall.plot(told, missing[told], **style)
        for axes, last in ((climb, trace[-1:]), (shortfall, missing[-1:])):
            mark = {"marker": _END_MARKS[cell.fit.outcome], "color": style["color"], "ms": 4}
            axes.plot([len(trace) - 1] * len(last), last, **mark)
    sound = [cell.fit for cell in cells if cell.fit.mixture is not None]
    lowest = np.median([fit.trace[min(1, fit.n_iterations)] for fit in sound])
    highest = max(fit.log_likelihood for fit in sound)
    climb.set(title="log-likelihood")
    if highest > lowest:
        height = highest - lowest
        climb.set(ylim=(lowest - 0.3 * height, highest + 0.06 * height))
    shortfall.set(title="shortfall from the selected optimum, log scale", yscale="log")
    if gap:
        shortfall.axhline(gap, color=GREY, lw=0.8, ls=(0, (1, 2)))
        # Beside the axes, where it hides no climb.
        place = {"xy": (1.02, gap), "xycoords": shortfall.get_yaxis_transform(), "va": "center"}
        text = f"next\noptimum:\n{gap:.3g}"
        shortfall.annotate(text, **place, color=GREY, fontsize=7, annotation_clip=False)
    longest = max(len(cell.fit.trace) for cell in cells) - 1
    for axes in (climb, shortfall):
        axes.set(xlabel="iteration", xscale="symlog", xlim=(0, 1.15 * max(longest, 1)))
        ticks = [tick for tick in _ITERATION_TICKS if tick <= max(longest, 1)]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
    figure.legend(handles=_climb_legend(cells, ends), loc="outside lower center", ncols=4)
    return figure


def _told(trace: NDArray[np.float64], missing: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the iterations at which a trace says what is missing of the optimum, and the last one.

    A climb falls by rounding alone: what is missing is more than that.
    """
    rounding = (np.maximum.accumulate(trace) - trace).max(initial=0.0)
    told = ~(missing <= 2.0 * rounding)
    told[-1:] = True
    return np.flatnonzero(told)


class _End(IntEnum):
    """Where a climb ended, in the order of drawing."""

    ELSEWHERE = 0
    SET_ASIDE = 1
    SELECTED = 2


_END_COLOURS = {_End.ELSEWHERE: GREY, _End.SET_ASIDE: DOUBT, _End.SELECTED: INK}
_END_NAMES = {
    _End.SELECTED: "reached the selected optimum",
    _End.SET_ASIDE: "spurious",
    _End.ELSEWHERE: "ended elsewhere",
}
_END_MARKS = {Outcome.CONVERGED: "o", Outcome.ITERATION_LIMIT: ">", Outcome.COLLAPSED: "x"}


def _line(cell: Cell) -> str:
    if cell.fit.outcome is Outcome.COLLAPSED:
        return ":"
    return "-" if origin(cell) is None else "--"


def _climb_legend(cells: Sequence[Cell], ends: Sequence[_End]) -> list[Line2D]:
    handles = [
        Line2D([], [], color=_END_COLOURS[end], label=f"{name} ({ends.count(end)})")
        for end, name in _END_NAMES.items()
        if end in ends
    ]
    n_repairs = sum(origin(cell) is not None for cell in cells)
    if n_repairs:
        handles.append(Line2D([], [], color=GREY, ls="--", label=f"begun by repair ({n_repairs})"))
    for outcome, mark in _END_MARKS.items():
        number = sum(cell.fit.outcome is outcome for cell in cells)
        if number:
            style = {"ls": "none", "marker": mark, "color": INK, "ms": 4}
            handles.append(Line2D([], [], label=f"{outcome} ({number})", **style))
    return handles


def _draw_family(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    criterion: str,
    least: float,
    style: Mapping[str, Any],
) -> None:
    """Draw a family's line, hollow where at most one seed bears it out, crossed if spurious."""
    sizes = np.array([row["n_components"] for row in rows])
    values = np.array([row[criterion] for row in rows]) - least
    axes.plot(sizes, values, **style)
    lone = [_is_lone(row) for row in rows]
    axes.plot(sizes[lone], values[lone], **{**style, "label": None, "ls": "none", "mfc": "white"})
    spurious = [bool(row["spurious"]) for row in rows]
    axes.plot(sizes[spurious], values[spurious], **_CROSS)


def _is_lone(row: Mapping[str, Any]) -> bool:
    return row["replication"] != Replication.REPLICATED


def _doubt_legend(rows: Sequence[Mapping[str, Any]], spurious: bool) -> list[Line2D]:
    handles = []
    if any(_is_lone(row) for row in rows):
        style = {"ls": "none", "marker": "o", "color": INK, "mfc": "white", "ms": 4}
        handles.append(Line2D([], [], label="found once", **style))
    if spurious:
        handles.append(Line2D([], [], label="spurious", **_CROSS))
    return handles


def _mark_other_choices(
    axes: Axes, winner: Mapping[str, Any], choices: Sequence[Mapping[str, Any]]
) -> None:
    """Write the names of criteria that choose another candidate over its number of components."""
    names: dict[int, list[str]] = defaultdict(list)
    for choice in choices:
        if any(choice[key] != winner[key] for key in ("family", "n_components")):
            names[choice["n_components"]].append(choice["criterion"].upper())
    for size, some in names.items():
        # At the top, where the lines have fallen.
        place = {"xy": (size, 0.99), "xycoords": axes.get_xaxis_transform()}
        style = {"rotation": 90, "ha": "center", "va": "top", "fontsize": 6.5, "color": INK}
        axes.annotate(", ".join(some), **place, **style, bbox=_ON_WHITE)


def _zoom(axes: Axes, differences: NDArray[np.float64]) -> None:
    """Set the height so that the closest candidates fill it."""
    nearby = np.sort(differences)[: 1 + max(8, len(differences) // 4)]
    top = max(14.0, 1.05 * float(nearby[-1]))
    axes.set(ylim=(min(0.0, 1.1 * float(nearby[0])) - 0.04 * top, top))


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
