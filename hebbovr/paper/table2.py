"""Table 2: the weight features that the OVR-Encoder learns."""

from __future__ import annotations

from hebbovr.experiments.features import unpack_patterns
from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper import table1
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section, total_seconds
from hebbovr.plots import plot_filters

NAME = "table2"
TITLE = "Table 2: weight features learned by the OVR-Encoder"
ROW = "OVR-Encoder"


def grid_trials(plan: Plan) -> list[Trial]:
    """Return the trials that the encoder's settings are chosen by, those of Table 1."""
    return table1.candidate_trials(plan, table1.row_named(ROW))


def final_runs(plan: Plan, results: dict[Trial, Result]) -> list[Trial]:
    """Return the encoder of Table 1, of the first seed."""
    return table1.row_trials(plan, table1.row_named(ROW), results)[:1]


def section(plan: Plan, results: dict[Trial, Result]) -> Section:
    """Return the mosaic for the report."""
    trial = final_runs(plan, results)[0]
    result, settings = results[trial], trial.settings
    if "patterns" not in result:
        return Section(NAME, TITLE, [f"The encoder failed: {result['failed']}"], trials=[trial])
    patterns = unpack_patterns(result["patterns"])
    image_shape = plan.images.image_shape
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
        summary=[{"units": settings["units"], "shown": len(patterns), "cell": trial.key}],
        trials=[trial],
        seconds=total_seconds([trial], results),
        data=plan.data_title,
    )
