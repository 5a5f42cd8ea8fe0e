"""`hebbovr rule compare`: the rules at equal width, data, batches and probe."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import click

from hebbovr.cli.errors import LAYER_OPTIONS, called
from hebbovr.cli.options import data_options, json_option, load_again, load_data
from hebbovr.cli.output import (
    decimals,
    note,
    percent,
    print_json,
    print_table,
    say,
    warnings_as_notes,
)
from hebbovr.cli.settings import parse_pca, resolve, trial_settings
from hebbovr.cli.trials import ShowTrials, check_jobs, jobs_option, resumable, seeds_option
from hebbovr.cli.written_files import COMPARISON, check_outputs, data_files, force_option, results
from hebbovr.errors import SettingsError

# What a trial is always told, so that those stored before are found again.
OF_EVERY_TRIAL = (
    "rule", "overlap_penalty", "batch_size", "learning_rate", "epochs", "schedule", "activation",
)  # fmt: skip


def parse_rates(context: click.Context, parameter: click.Parameter, text: str) -> tuple[float, ...]:
    """Return multiples of a learning rate: a grid, 1 alone, or those given."""
    from hebbovr.experiments.compare import RATE_FACTORS

    if text in ("auto", "own"):
        return RATE_FACTORS if text == "auto" else (1.0,)
    try:
        found = tuple(dict.fromkeys(float(part) for part in text.split(",")))
    except ValueError:
        found = ()
    if not found or not all(0 < factor < math.inf for factor in found):
        raise SettingsError(f"--rates {text} is neither auto, own, nor numbers above 0: 0.3,1,3")
    return found


@click.command(
    epilog="Example: hebbovr rule compare --data cifar10 --data-dir DIR --hidden 2048 --out rules"
)
@click.option("--data", default="digits", show_default=True, metavar="DATA", help="Data set, file.")
@click.option("--rules", metavar="NAME,…", help="Rules, see hebbovr rule list (all).")
@click.option("--hidden", type=int, metavar="K", help="Number of units.")
@click.option("--epochs", type=int, metavar="N", help="Passes over the data.")
@click.option("--batch-size", type=int, metavar="B", help="Samples in a batch.")
@click.option("--rows", type=click.IntRange(10), metavar="N", help="Take at most N training rows.")
@seeds_option(3)
@click.option(
    "--rates", default="auto", show_default=True, metavar="auto|own|F,…", callback=parse_rates,
    help="Multiples of each rule's own learning rate; held-out rows choose.",
)  # fmt: skip
@jobs_option
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("rules"), show_default=True,
    metavar="DIR", help="Folder of the picture, and of the trials that are done.",
)  # fmt: skip
@force_option
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
@data_options
def compare(
    data: str,
    rules: str | None,
    rows: int | None,
    seeds: int,
    rates: tuple[float, ...],
    jobs: int,
    out: Path,
    force: bool,
    quiet: bool,
    as_json: bool,
    data_option: tuple[str, ...],
    data_dir: Path | None,
    **given: Any,
) -> None:
    """Train all rules alike and probe them, beside the data, their inputs and random weights.

    Settings are those that suit the data. Of several learning rates each rule keeps the one that is
    best on training rows held out; nothing else is selected.
    """
    from hebbovr.datasets.checks import check_classes, check_trainable
    from hebbovr.experiments.compare import compare_rules
    from hebbovr.experiments.inputs import take_rows
    from hebbovr.files.atomic import write_text

    check_jobs(jobs)
    read = data_files(data, data_option, data_dir, "--data")
    check_outputs(results(out, COMPARISON), read, force=force)
    dataset = load_data(data, data_option, data_dir)
    check_trainable(dataset)
    check_classes(dataset)
    splits = [dataset]
    for seed in range(1, seeds):
        splits.append(load_again(dataset, data, data_option, data_dir, seed))
    if rows is not None:
        splits = [take_rows(one, rows, one.n_test) for one in splits]
    show = ShowTrials(quiet)
    with warnings_as_notes(quiet), resumable(out), called(LAYER_OPTIONS):
        found = compare_rules(
            splits,
            combinations(rules, given, splits[0]),
            out,
            factors=rates,
            jobs=jobs,
            announce=show.announce,
            progress=show,
        )
    write_text(out / "rules.json", json.dumps(found, indent=1) + "\n")
    picture = draw(found, dataset.title or dataset.name, out, quiet)
    if as_json:
        print_json(found)
        return
    report(found)
    note_rates_at_the_edge(found)
    if picture:
        note(f"Wrote {picture}")


def combinations(rules: str | None, given: dict[str, Any], dataset: Any) -> list[Any]:
    """Return the settings of each rule, as train would resolve them."""
    from hebbovr.experiments.sweep import Combination
    from hebbovr.rules import RULES

    names = list(RULES) if rules is None else [name.strip() for name in rules.split(",")]
    unknown = [name for name in names if name not in RULES]
    if unknown:
        raise SettingsError(f"--rules: {unknown[0]!r} is no rule; known are {', '.join(RULES)}")
    found = []
    for name in dict.fromkeys(names):
        settings = resolve(
            given | {"rule": name}, dataset.suggested, dataset.n_train, dataset.n_features
        )
        inputs = {"pca": parse_pca(settings["pca"])}
        inputs |= {key: settings[key] for key in ("scale", "whiten")}
        train = trial_settings(settings, OF_EVERY_TRIAL)
        found.append(Combination({"rule": name}, inputs, settings["hidden"], train))
    return found


def draw(found: list[dict[str, Any]], title: str, out: Path, quiet: bool) -> Path | None:
    """Draw the comparison; without matplotlib say how to get it."""
    from hebbovr.errors import HebbovrError
    from hebbovr.plots import plot_comparison, save_figure

    try:
        figure = plot_comparison(found, f"Local learning rules on {title}")
    except HebbovrError as error:
        if not quiet:
            note(f"There is no picture: {error}")
        return None
    save_figure(figure, out / "rules.png")
    save_figure(figure, out / "rules.svg")
    return out / "rules.png"


def report(found: list[dict[str, Any]]) -> None:
    """Print the table, most accurate first."""
    labels = found[0]["labels"]
    header = [
        "rule", "shared signals", "accuracy %", f"- {labels['features']}", "- random", "rate",
        "active %", "overlap", "dead", "seconds",
    ]  # fmt: skip
    lines = [
        [
            row["rule"] + (" (collapsed)" if row["collapsed"] else ""),
            ", ".join(row["shared_signals"]) or "none",
            _plus_minus(f"{row['accuracy_mean']:.2f}", row["accuracy_std"]),
            *(
                _plus_minus(f"{row['minus'][name]['mean']:+.2f}", row["minus"][name]["se"])
                for name in ("features", "random")
            ),
            f"{row['learning_rate']:g}",
            percent(row["share_active"]),
            decimals(row["overlap"]),
            f"{row['dead_units']:g}",
            f"{row['seconds']:.1f}",
        ]
        for row in found
    ]
    baselines = [
        [labels[name], "", _plus_minus(f"{found[0][name]:.2f}", found[0][f"{name}_std"]), *[""] * 7]
        for name in labels
    ]
    print_table(header, lines + baselines, words=2)
    if found[0]["seeds"] > 1:
        say(
            f"{found[0]['seeds']} seeds: accuracy ± standard deviation; differences, seed by seed, "
            "± standard error of their mean"
        )


def note_rates_at_the_edge(found: list[dict[str, Any]]) -> None:
    """Say which rules might do better beyond the rates tried."""
    edge = [
        row["rule"]
        for row in found
        if len(row["rates"]) > 2
        and row["learning_rate"] in (min(map(float, row["rates"])), max(map(float, row["rates"])))
    ]
    if edge:
        note(f"The best rate is the smallest or largest tried for {', '.join(edge)}; see --rates.")


def _plus_minus(mean: str, spread: float | None) -> str:
    return mean if spread is None else f"{mean} ± {spread:.2f}"
