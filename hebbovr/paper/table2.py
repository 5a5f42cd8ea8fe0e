"""Table 2: the weight features that the OVR-Encoder learns."""

from __future__ import annotations

from hebbovr.experiments.features import unpack_patterns
from hebbovr.experiments.trials import Cell, Result
from hebbovr.paper import table1
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section, total_seconds
from hebbovr.plots import plot_filters

NAME = "table2"
TITLE = "Table 2: weight features learned by the OVR-Encoder"
ROW = "OVR-Encoder"


def grid(plan: Plan) -> list[Cell]:
    """Return the cells that the encoder's settings are chosen by, those of Table 1."""
    return table1.candidate_cells(plan, table1.row_named(ROW))


def finals(plan: Plan, results: dict[Cell, Result]) -> list[Cell]:
    """Return the encoder of Table 1, of the first seed."""
    return table1.row_cells(plan, table1.row_named(ROW), results)[:1]


def section(plan: Plan, results: dict[Cell, Result]) -> Section:
    """Return the mosaic for the report."""
    cell = finals(plan, results)[0]
    result, settings = results[cell], cell.settings
    if "patterns" not in result:
        return Section(NAME, TITLE, [f"The encoder failed: {result['failed']}"], cells=[cell])
    patterns = unpack_patterns(result["patterns"])
    assert plan.dataset is not None
    image_shape = plan.dataset.image_shape
    what = (
        f"The {len(patterns)} most selective of {settings['units']} weight vectors (by the "
        "kurtosis of the pattern), mapped back through principal components and scaling to the "
        f"pixels; the encoder of Table 1, seed {settings['seed']}. The paper sees mostly local "
        "Gabor filters."
    )
    return Section(
        NAME,
        TITLE,
        [what],
        figure=plot_filters(patterns, image_shape, n=len(patterns)),
        summary=[{"units": settings["units"], "shown": len(patterns), "cell": cell.key}],
        cells=[cell],
        seconds=total_seconds([cell], results),
        data=plan.data_title,
    )
