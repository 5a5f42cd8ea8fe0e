"""Figure 1: sparsity of a classifier's hidden layer against the number of clusters in its data."""

from __future__ import annotations

import time
from statistics import fmean
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from hebbovr.baselines import MLP
from hebbovr.datasets import sample_sphere
from hebbovr.evaluation.sparsity import measure_sparsity
from hebbovr.experiments.trials import Result, Trial
from hebbovr.paper.curves import Points, draw_curves
from hebbovr.paper.plan import Plan
from hebbovr.paper.section import Section, number, total_seconds
from hebbovr.paper.verdicts import rises
from hebbovr.plots.style import new_figure, settled, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "figure1"
TITLE = "Figure 1: sparsity against the number of clusters"
NEEDS_IMAGES = False

# Circles of latitude N and sectors of longitude M; they make (N + 1) · M clusters.
SPHERES = {
    "full": ((1, 5), (3, 5), (4, 8), (5, 10), (7, 10), (9, 12), (9, 16), (9, 20)),
    "quick": ((1, 5), (3, 5), (4, 8), (7, 10), (9, 20)),
}
UNITS = {"full": (32, 64, 128, 256, 512), "quick": (32, 128, 512)}
EPOCHS = {"full": 200, "quick": 60}
SEEDS = {"full": None, "quick": 1}
POINTS, TEST_POINTS, CLASSES = 5000, 2000, 10
TRAIN = {"activation": "relu", "learning_rate": 1e-3, "schedule": "constant", "batch_size": 128}
MEASURES = {"sparsity": "share below 0.1", "zeros": "share of zeros"}


def compute_sphere(settings: dict[str, Any], dataset: object, threads: int) -> Result:
    """Train a classifier on points of a sphere; measure the sparsity of its hidden layer.

    Parameters
    ----------
    settings : dict
        ``n_latitudes``, ``n_longitudes``, ``units``, ``train`` and ``seed``.
    dataset : object
        Not used; the points are drawn.
    threads : int
        Not used; one is enough.

    Returns
    -------
    dict
        ``sparsity`` on test points, ``accuracy``, ``train_accuracy`` and ``seconds``.
    """
    started = time.perf_counter()
    sphere = sample_sphere(
        POINTS + TEST_POINTS,
        settings["n_latitudes"],
        settings["n_longitudes"],
        CLASSES,
        settings["seed"],
    )
    X, y, X_test, y_test = (
        sphere.X[:POINTS],
        sphere.y[:POINTS],
        sphere.X[POINTS:],
        sphere.y[POINTS:],
    )
    network = MLP(settings["units"], **settings["train"], random_state=settings["seed"])
    with threadpool_limits(1, "blas"):  # products this small only wait for a second thread
        network.fit(X, y)
    return {
        "accuracy": float(network.score(X_test, y_test)),
        "train_accuracy": float(network.score(X, y)),
        "sparsity": measure_sparsity(network.hidden_responses(X_test)).as_dict(),
        "last": network.history_[-1],
        "seconds": round(time.perf_counter() - started, 3),
    }


def grid_trials(plan: Plan) -> list[Trial]:
    """Return one trial for each number of clusters, number of units and seed."""
    return [
        _trial(plan, units, sphere, seed)
        for units in plan.pick(UNITS)
        for sphere in plan.pick(SPHERES)
        for seed in _seeds(plan)
    ]


def summarise(plan: Plan, results: dict[Trial, Result]) -> list[dict[str, Any]]:
    """Return one object for each number of units and of clusters, shares in percent."""
    rows = []
    for units in plan.pick(UNITS):
        for sphere in plan.pick(SPHERES):
            found = [results[_trial(plan, units, sphere, seed)] for seed in _seeds(plan)]
            sparsity = [result["sparsity"] for result in found]
            rows.append(
                {
                    "units": units,
                    "clusters": _clusters(sphere),
                    "seeds": len(found),
                    "sparsity": round(100 * fmean(s["share_below_tenth"] for s in sparsity), 2),
                    "zeros": round(100 * (1 - fmean(s["share_active"] for s in sparsity)), 2),
                    "accuracy": round(100 * fmean(r["accuracy"] for r in found), 2),
                    "seconds": round(fmean(r["seconds"] for r in found), 2),
                }
            )
    return rows


def draw(rows: list[dict[str, Any]]) -> Figure:
    """Draw sparsity against the number of clusters, a curve for each number of hidden units."""
    fig = new_figure(7.2, 2.9, layout="constrained")
    for axes, (measure, title) in zip(fig.subplots(1, 2), MEASURES.items(), strict=True):
        _draw(axes, rows, measure)
        style_axes(axes, title=f"Sparsity: {title}", x="number of clusters", y="sparsity (%)")
    return settled(fig)


def verdicts(rows: list[dict[str, Any]]) -> list[str]:
    """Return whether sparsity rises with the number of clusters, for each number of units."""
    return [
        rises(f"sparsity ({title}) with {units} units", "the number of clusters", curve)
        for measure, title in MEASURES.items()
        for units, curve in _curves(rows, measure).items()
    ]


def section(plan: Plan, results: dict[Trial, Result]) -> Section:
    """Return the figure for the report."""
    rows = summarise(plan, results)
    trials = grid_trials(plan)
    what = (
        f"{POINTS} points on a unit sphere cut into (N + 1)·M cells of one of {CLASSES} classes "
        f"each; a classifier with one hidden layer of ReLU units, {plan.pick(EPOCHS)} epochs of "
        f"Adam at 1e-3, no penalty. Sparsity is measured on {TEST_POINTS} other points of the same "
        f"sphere, and averaged over {len(_seeds(plan))} seeds. The paper's text does not give the "
        "hidden sizes, nor how it counts sparsity here: both the share of responses below 0.1 and "
        "the share of zeros are shown."
    )
    header = ["units", "clusters", "below 0.1 %", "zeros %", "accuracy %"]
    return Section(
        NAME,
        TITLE,
        [what],
        header,
        [
            [str(r["units"]), str(r["clusters"])]
            + [number(r[name], 1) for name in ("sparsity", "zeros", "accuracy")]
            for r in rows
        ],
        verdicts(rows),
        draw(rows),
        rows,
        trials,
        total_seconds(trials, results),
        "Points on a sphere",
    )


def _trial(plan: Plan, units: int, sphere: tuple[int, int], seed: int) -> Trial:
    return Trial.of(
        {
            "task": "sphere",
            "units": units,
            "n_latitudes": sphere[0],
            "n_longitudes": sphere[1],
            "n_train": POINTS,
            "train": TRAIN | {"epochs": plan.pick(EPOCHS)},
            "seed": seed,
        }
    )


def _seeds(plan: Plan) -> tuple[int, ...]:
    return plan.seeds[: plan.pick(SEEDS)]


def _clusters(sphere: tuple[int, int]) -> int:
    return (sphere[0] + 1) * sphere[1]


def _curves(rows: list[dict[str, Any]], measure: str) -> dict[int, Points]:
    curves: dict[int, Points] = {}
    for row in rows:
        curves.setdefault(row["units"], []).append((row["clusters"], row[measure] / 100))
    return curves


def _draw(axes: Axes, rows: list[dict[str, Any]], measure: str) -> None:
    curves = [(str(units), points, False) for units, points in _curves(rows, measure).items()]
    draw_curves(axes, curves)
