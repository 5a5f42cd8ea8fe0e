"""`hebbovr sweep`: a grid over your own data, its best point chosen on held-out training rows."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import click

from hebbovr.cli.errors import LAYER_OPTIONS, called
from hebbovr.cli.options import data_options, json_option, load_data
from hebbovr.cli.output import note, print_json, print_table, say, setting, warnings_as_notes
from hebbovr.cli.setting_options import AXES as SETTING_AXES
from hebbovr.cli.setting_options import KEYS, Listed, axis_options
from hebbovr.cli.settings import parse_pca, resolve, trial_settings
from hebbovr.cli.trials import ShowTrials, check_jobs, jobs_option, resumable, seeds_option
from hebbovr.cli.written_files import SWEEP, check_outputs, data_files, force_option, results


def _number_or_none(text: str) -> float | None:
    return None if text.lower() == "none" else float(text)


# What a trial is always told, so that those stored before are found again.
OF_EVERY_TRIAL = (
    "rule", "overlap_penalty", "batch_size", "learning_rate", "epochs", "schedule", "activation",
    "weight_scale", "threshold",
)  # fmt: skip
# What can be varied, in the order of the table's columns.
INPUT_AXES = ("pca", "whiten")
AXES = (*(KEYS[name] for name in SETTING_AXES), *INPUT_AXES)


@click.command(
    epilog="Example: hebbovr sweep digits --lam 1e-5,3e-5,1e-4 --hidden 32,64 --seeds 3 --out grid"
)
@click.argument("data", default="digits")
@axis_options()
@click.option(
    "--pca", type=Listed(str), metavar="N,…", help="Components: counts, fractions, or none."
)
@click.option(
    "--whiten",
    type=Listed(_number_or_none),
    metavar="EPS,…",
    help="Softness of whitening as fractions of the first variance, or none.",
)
@click.option(
    "--rows",
    type=click.IntRange(10),
    metavar="N",
    help="Take at most N training rows, evenly spaced.",
)
@seeds_option(1)
@jobs_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("sweep"),
    show_default=True,
    metavar="DIR",
    help="Folder of the results, and of the trials that are done.",
)
@force_option
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
@data_options
def sweep(
    data: str,
    rows: int | None,
    seeds: int,
    jobs: int,
    out: Path,
    force: bool,
    quiet: bool,
    as_json: bool,
    data_option: tuple[str, ...],
    data_dir: Path | None,
    **given: Any,
) -> None:
    """Train DATA with every combination of the settings given, and compare their probes.

    A fifth of the training rows is held out, and the accuracy on it orders the table. The test
    rows are looked at with the best combination only. What is not given suits the data set. Trials
    that are stored in DIR/cells are not computed again, so a sweep that was stopped goes on.
    """
    from hebbovr.datasets.checks import check_classes, check_trainable
    from hebbovr.experiments.inputs import take_rows
    from hebbovr.experiments.sweep import sweep as run

    check_jobs(jobs)
    check_outputs(results(out, SWEEP), data_files(data, data_option, data_dir), force=force)
    dataset = load_data(data, data_option, data_dir)
    check_trainable(dataset)
    check_classes(dataset)
    if rows is not None:
        dataset = take_rows(dataset, rows, dataset.n_test)
    if not dataset.labelled and not quiet:
        note("The data have no labels, so there is no accuracy to choose by, and no test.")
    show = ShowTrials(quiet)
    started = time.perf_counter()
    with warnings_as_notes(quiet), resumable(out), called(LAYER_OPTIONS):
        found = run(
            dataset,
            combinations(given, dataset),
            out,
            seeds=seeds,
            jobs=jobs,
            announce=show.announce,
            progress=show,
        )
    if as_json:
        print_json(found | {"seconds": round(time.perf_counter() - started, 3), "out": str(out)})
        return
    report(found, [name for name in AXES if len(given[name] or ()) > 1])
    note(f"Wrote {out / 'sweep.csv'} and sweep.json")


def combinations(given: dict[str, Any], dataset: Any) -> list[Any]:
    """Return every combination of what was given, the rest resolved as by train."""
    from hebbovr.experiments.sweep import Combination

    fixed = {name: value for name, value in given.items() if name not in AXES}
    suggested = dict(dataset.suggested)
    lists = [given[name] or (None,) for name in AXES]
    found = []
    for values in itertools.product(*lists):
        varied = dict(zip(AXES, values, strict=True))
        if given["whiten"] and varied["whiten"] is None:
            suggested["whiten"] = None
        settings = resolve(fixed | varied, suggested, dataset.n_train, dataset.n_features)
        inputs = {"pca": parse_pca(settings["pca"])}
        inputs |= {name: settings[name] for name in ("scale", "whiten")}
        train = trial_settings(settings, OF_EVERY_TRIAL)
        shown = {name: settings[name] for name in AXES} | {"pca": inputs["pca"]}
        found.append(Combination(shown, inputs, settings["hidden"], train))
    return found


def report(found: dict[str, Any], varied: list[str]) -> None:
    """Print the table, best first, and what the best reaches on the test rows."""
    columns = varied or ["lam", "hidden"]
    header = [
        *(name.replace("_", " ") for name in columns),
        "held-out %",
        "std",
        "active %",
        "overlap",
        "seconds",
    ]
    print_table(header, [_line(row, columns) for row in found["grid"]])
    for row in found["grid"]:
        if row["failed"]:
            note(f"{_settings(row, columns)} failed: {row['failed']}")
    best = found["best"]
    if best:
        test = {name: values["mean"] for name, values in best["test"].items()}
        say(
            f"Best: {_settings(best, columns)}; on test rows {test['layer']:.2f}%, random weights "
            f"{test['random']:.2f}%, raw inputs {test['raw']:.2f}%"
        )


def _line(row: dict[str, Any], columns: list[str]) -> list[str]:
    def shown(value: Any, form: str) -> str:
        return "-" if value is None else format(value, form)

    active = None if row["share_active"] is None else 100 * row["share_active"]
    return [
        *(setting(row[name]) for name in columns),
        "collapsed" if row["collapsed"] else shown(row["mean"], ".2f"),
        shown(row["std"], ".2f"),
        shown(active, ".1f"),
        shown(row["overlap"], ".3f"),
        shown(row["seconds"], ".1f"),
    ]


def _settings(row: dict[str, Any], columns: list[str]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {setting(row[name])}" for name in columns)
