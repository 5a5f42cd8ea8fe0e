"""The one look of all figures, and how they are written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hebbovr.errors import HebbovrError, SettingsError
from hebbovr.files.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by readers with any colour vision.
COLOURS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
}
INK, PALE = "#262626", "#8C8C8C"
DPI = 150
TITLE, LABEL, SMALL = 10, 8.5, 7.5

# No date and no version, so that the same figure gives the same bytes.
METADATA: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def new_figure(
    width: float, height: float, *, layout: Literal["constrained"] | None = None
) -> Figure:
    """Return an empty figure of this size in inches, apart from pyplot's list of figures.

    Raises
    ------
    HebbovrError
        matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise HebbovrError("plots need matplotlib: pip install 'hebbovr[plot]'") from None
    return Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout=layout)


def settled(fig: Figure) -> Figure:
    """Lay out the figure once and for all: a second layout would move everything by a hair."""
    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    return fig


def style_axes(axes: Axes, *, title: str = "", x: str = "", y: str = "") -> None:
    """Give axes their labels and the common look."""
    axes.set_title(title, loc="left", fontsize=LABEL, fontweight="bold", color=INK, pad=6)
    axes.set_xlabel(x, fontsize=SMALL, color=INK)
    axes.set_ylabel(y, fontsize=SMALL, color=INK)
    axes.tick_params(which="both", labelsize=SMALL, width=0.6, color=PALE, labelcolor=INK)
    axes.tick_params(which="major", length=3)
    axes.tick_params(which="minor", length=1.5)
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.6)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set(color=PALE, linewidth=0.6)


def style_colourbar(bar: Colorbar, label: str) -> None:
    """Give a colour bar its label and the common look."""
    bar.set_label(label, fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, length=3, width=0.6, color=PALE, labelcolor=INK)
    bar.outline.set_visible(False)


def save_figure(fig: Figure, path: str | Path) -> None:
    """Write a figure as PNG, SVG or PDF, by the suffix of ``path``.

    The file is moved into place once it is complete, and the same figure gives the same bytes.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    path : str or Path

    Raises
    ------
    SettingsError
        The suffix is none of .png, .svg and .pdf.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in METADATA:
        raise SettingsError(f"{path} does not end in .png, .svg or .pdf; give it one of these")
    import matplotlib

    drawn = io.BytesIO()
    # The salt makes the names inside an SVG file the same in every run.
    with matplotlib.rc_context({"svg.hashsalt": "hebbovr"}):
        fig.savefig(drawn, format=suffix[1:], metadata=METADATA[suffix])
    write_bytes(path, drawn.getvalue())
