"""What the figures share: size, type, colours, and how they are saved."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray

from colours import colours_of_components

WIDTH = 7.6  # inches: every figure's
INK = "#222222"
GREY = "#9a9a9a"
PALE = "#dddddd"
_LONGEST = 40  # characters of a feature's name
DOUBT = "#D55E00"  # what is not to be trusted

_STYLE = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same glyphs everywhere
    "font.size": 9,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "svg.fonttype": "path",
    "svg.hashsalt": "gmm-select",  # names of elements: the same in every run
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def use_style() -> None:
    """Set the style for every figure of this process."""
    mpl.use("svg")
    mpl.rcdefaults()
    mpl.rcParams.update(_STYLE)


def component_colours(n_components: int) -> NDArray[np.float64]:
    """Return one colour for each component, in canonical order, as sRGB (K, 3) in 0..1."""
    return np.array([mpl.colors.to_rgb(name) for name in colours_of_components(n_components)])


def blended(
    responsibilities: NDArray[np.float64], colours: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mix the component colours (K, 3) with responsibilities (N, K): sRGB (N, 3).

    Light is mixed, not its coding, so that a sample halfway between two components is as bright as
    they are.
    """
    light = responsibilities @ colours**2.2
    return np.clip(light, 0.0, 1.0) ** (1.0 / 2.2)


def number(value: float) -> str:
    """Return a number with one decimal and a true minus sign."""
    return f"{value:.1f}".replace("-", "\u2212")


def label(name: str) -> str:
    """Return the name of a feature as matplotlib shows it: as it is, but no longer than fits.

    Text between dollars would be mathematics, and no SVG file can hold a control character.
    """
    visible = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    short = visible if len(visible) <= _LONGEST else visible[: _LONGEST - 1] + "\u2026"
    return short.replace("$", r"\$")


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, the same bytes for the same figure."""
    # The canvas's own method draws once; savefig() twice, the first time for the layout alone.
    canvas = FigureCanvasSVG(figure)
    canvas.print_svg(path, metadata={"Date": None, "Creator": None})
