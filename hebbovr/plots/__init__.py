"""Pictures of filters, training and responses, as matplotlib figures that touch no global state."""

from __future__ import annotations

from hebbovr.plots.activity import plot_activity
from hebbovr.plots.comparison import plot_comparison
from hebbovr.plots.filters import plot_filters, selectivity_order
from hebbovr.plots.history import plot_history
from hebbovr.plots.overlap import plot_overlap
from hebbovr.plots.plane import plot_plane
from hebbovr.plots.style import save_figure
from hebbovr.plots.update import plot_update

__all__ = [
    "plot_activity",
    "plot_comparison",
    "plot_filters",
    "plot_history",
    "plot_overlap",
    "plot_plane",
    "plot_update",
    "save_figure",
    "selectivity_order",
]
