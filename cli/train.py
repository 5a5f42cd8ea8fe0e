"""`hebbovr train`: learn a layer, save it, probe it beside its baselines."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import click

from hebbovr.cli.learning import learn
from hebbovr.cli.options import (
    data_options,
    json_option,
    load_data,
    rule_options,
    threads_option,
)
from hebbovr.cli.output import as_argument, decimals, note, percent, print_json, print_table
from hebbovr.cli.run_folder import checkpoint_options, open_folder, take_up
from hebbovr.cli.settings import read_config, resolve
from hebbovr.errors import Interrupted, SettingsError


@click.command(epilog="Example: hebbovr train digits --hidden 64 --epochs 60 --out digits.npz")
@click.argument("data", default="digits")
@click.option("--hidden", type=int, metavar="K", help="Number of units.")
@click.option("--pca", metavar="N", help="Principal components: a count, a share, or none.")
@click.option(
    "--scale",
    type=click.Choice(["feature", "global", "none"]),
    help="Divide by each feature's standard deviation, by one common scale, or by nothing.",
)
@click.option(
    "--whiten",
    type=float,
    metavar="EPS",
    help="Whiten, softened by EPS as a share of the first variance (0.002).",
)
@click.option("--epochs", type=int, metavar="N", help="Passes over the data.")
@click.option("--batch-size", type=int, metavar="B", help="Samples in a batch.")
@click.option("--lr", type=float, metavar="RATE", help="Adam's first learning rate.")
@click.option(
    "--lam", type=float, metavar="λ", help="Weight of the overlap; 2λB² from 1 to 2 learns."
)
@click.option(
    "--weight-scale", type=float, metavar="STD", help="Spread of the random first weights."
)
@click.option(
    "--schedule", type=click.Choice(["constant", "plateau", "cosine"]), help="Rate by epoch."
)
@click.option("--activation", type=click.Choice(["relu", "sigmoid"]), help="Response function.")
@rule_options
@click.option(
    "--mean", type=click.Choice(["global", "unit"]), help="Hold the mean of all, or of each unit."
)
@click.option("--target", type=float, metavar="M", help="Mean response asked for.")
@click.option(
    "--threshold",
    type=float,
    metavar="T",
    help="Read responses out as φ(z - T); below 0, more samples respond than in training.",
)
@click.option(
    "--no-normalize", is_flag=True, default=None, help="Compare responses of their own length."
)
@click.option(
    "--validation",
    type=float,
    metavar="SHARE",
    help="Hold out this share of the rows and keep the epoch with the best objective on them.",
)
@click.option("--seed", type=int, metavar="N", help="Seed of all random draws.")
@threads_option
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to save the model (.npz)."
)
@checkpoint_options
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    callback=read_config,
    is_eager=True,
    expose_value=False,
    help="Read options from a TOML file; those given here go first.",
)
@click.option("--no-probe", is_flag=True, help="Do not measure accuracy.")
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
@data_options
def train(
    data: str,
    threads: int | None,
    out: Path | None,
    checkpoint_every: int | None,
    resume: bool,
    no_probe: bool,
    quiet: bool,
    as_json: bool,
    data_option: tuple[str, ...],
    data_dir: Path | None,
    **given: Any,
) -> None:
    """Train a layer on DATA: a data set's name (default: digits) or a .npy, .npz or .csv file.

    Settings that are not given come from --config, else suit the data set. The trained layer is
    then probed by logistic regression, beside raw inputs and random weights, and saved.
    """
    from hebbovr.datasets.checks import check_classes, check_trainable
    from hebbovr.pipeline import evaluate
    from hebbovr.storage.model_file import save_model

    dataset = load_data(data, data_option, data_dir, given["seed"] or 0)
    check_trainable(dataset)
    if not no_probe:
        check_classes(dataset)
    folder = saved = None
    if checkpoint_every or resume:
        out = out or Path(f"{file_stem(dataset.name)}-run")
        folder = open_folder(out, resume)
    path = model_path(out, dataset.name)
    if folder and resume:
        saved = take_up(folder, path, dataset, given, checkpoint_every)
    suggested = saved.settings if saved else dataset.suggested
    settings = resolve(given, suggested, dataset.n_train, dataset.n_features)
    if not quiet:
        describe(dataset, settings, no_probe)
    started = time.perf_counter()
    model = learn(
        dataset,
        settings,
        threads=threads,
        quiet=quiet or as_json,
        saved=saved,
        folder=folder,
        every=checkpoint_every,
    )
    seconds = time.perf_counter() - started
    replaced = path.exists()
    save_model(path, model)
    if folder:
        folder.clear()
    if replaced and not quiet:
        note(f"{path} was there before and has been replaced.")
    try:
        evaluation = evaluate(model, dataset, probe=not no_probe, random_state=settings["seed"])
    except KeyboardInterrupt as error:
        raise Interrupted(f"Interrupted before the probe was done; the model is {path}") from error
    result = summary(dataset, model, evaluation, seconds, path)
    if as_json:
        print_json(result)
    else:
        report(result, evaluation, settings["rule"])


def model_path(out: Path | None, name: str) -> Path:
    """Return where the model goes; raise SettingsError early where it could not be written."""
    path = out or Path(f"{file_stem(name)}-model.npz")
    if path.is_dir():
        path = path / f"{file_stem(name)}-model.npz"
    if not path.parent.is_dir():
        raise SettingsError(f"--out {path}: the folder {path.parent} does not exist; create it")
    return path


def file_stem(name: str) -> str:
    """Return what files about a data set are called."""
    return re.sub(r"[^\w.-]+", "-", Path(name).stem) or "data"


def describe(dataset: Any, settings: dict[str, Any], no_probe: bool) -> None:
    """Say on stderr what is about to run, and what could surprise."""
    rule = settings["rule"]
    how = f"λ = {settings['lam']:.2g}" if rule in ("ovr", "eq4") else f"rule {rule}"
    note(
        f"{dataset.name}: {dataset.n_train} training rows, {dataset.n_test} test rows, "
        f"{dataset.n_features} features; {settings['hidden']} units, {how}, "
        f"{settings['epochs']} epochs"
    )
    if dataset.n_train < settings["batch_size"]:
        note(
            f"There are fewer training rows than --batch-size {settings['batch_size']}; "
            f"each batch is all {dataset.n_train} rows."
        )
    scale = 2 * settings["lam"] * min(settings["batch_size"], dataset.n_train) ** 2
    if settings["rule"] == "ovr" and not 0.1 <= scale <= 10:
        note(f"With this --lam and --batch-size, 2λB² is {scale:.2g}; from 1 to 2 learns well.")
    if dataset.y_train is not None and not dataset.labelled and not no_probe:
        note("The data have no test rows, so there is no probe.")
    elif not dataset.labelled and not no_probe:
        note("The data have no labels, so there is no probe; name them y, or a column label.")


def summary(dataset: Any, model: Any, evaluation: Any, seconds: float, out: Path) -> dict[str, Any]:
    """Return the result as the JSON object that --json prints."""
    best = model.trainer.best_epoch_
    last = next(record for record in model.trainer.history_ if record["epoch"] == best)
    sparsity = evaluation.sparsity["ovr"]
    return {
        "dataset": dataset.name,
        "n_train": dataset.n_train,
        "n_test": dataset.n_test,
        "n_features": dataset.n_features,
        "n_inputs": model.trainer.n_features_in_,
        "hidden": model.trainer.n_components,
        "epochs": len(model.trainer.history_),
        "seconds": round(seconds, 3),
        **{name: last[name] for name in ("objective", "overlap", "mean_response", "share_active")},
        "dead_units": sparsity.dead_units,
        "probe": {
            name: evaluation.probe[name].accuracy if evaluation.probe else None
            for name in ("ovr", "random", "raw")
        },
        "sparsity": sparsity.as_dict(),
        "model": str(out),
    }


def report(result: dict[str, Any], evaluation: Any, rule: str) -> None:
    """Print the closing table, and say what was saved and what to try next."""
    rows = []
    learned = "OVR" if rule == "ovr" else rule
    for name, label in (("raw", "raw inputs"), ("random", "random weights"), ("ovr", learned)):
        probe, sparsity = evaluation.probe.get(name), evaluation.sparsity.get(name)
        rows.append(
            [
                label,
                percent(probe.accuracy) if probe else "-",
                percent(sparsity.share_active) if sparsity else "-",
                decimals(sparsity.overlap) if sparsity else "-",
                decimals(sparsity.treves_rolls_lifetime) if sparsity else "-",
                str(sparsity.dead_units) if sparsity else "-",
            ]
        )
    header = ["representation", "accuracy %", "active %", "overlap", "Treves-Rolls", "dead units"]
    print_table(header, rows)
    click.echo(
        f"Trained {result['hidden']} units on {result['n_inputs']} inputs for "
        f"{result['epochs']} epochs in {result['seconds']:.1f} s; saved {result['model']}"
    )
    verdict(evaluation)
    note(f"Next: hebbovr plot filters {as_argument(result['model'])} -o filters.png")


def verdict(evaluation: Any) -> None:
    """Say plainly where a baseline did as well or better."""
    if not evaluation.probe:
        return
    ovr = evaluation.probe["ovr"].accuracy
    better = [
        label
        for name, label in (("raw", "the raw inputs"), ("random", "random weights"))
        if evaluation.probe[name].accuracy >= ovr
    ]
    if better:
        note(
            f"Here {' and '.join(better)} did as well as the learned features or better; the rule "
            "gains most in narrow layers, so try fewer units, more epochs or another --lr."
        )
