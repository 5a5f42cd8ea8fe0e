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
    input_options,
    json_option,
    load_data,
    threads_option,
)
from hebbovr.cli.output import as_argument, note, print_json, print_table, say
from hebbovr.cli.outputs import (
    ANY,
    MODEL,
    Output,
    check_folder,
    check_outputs,
    data_files,
    force_option,
    names_folder,
)
from hebbovr.cli.run_folder import checkpoint_options, open_folder, take_up
from hebbovr.cli.setting_options import setting_options
from hebbovr.cli.settings import read_config, resolve
from hebbovr.errors import DataError, Interrupted, SettingsError


@click.command(epilog="Example: hebbovr train digits --hidden 64 --epochs 60 --out digits.npz")
@click.argument("data", default="digits")
@setting_options(without=("n_threads",))
@input_options
@threads_option
@click.option(
    "--out", type=click.Path(path_type=str), metavar="FILE", help="Where to save the model (.npz)."
)
@force_option
@checkpoint_options
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    callback=read_config,
    is_eager=True,
    expose_value=False,
    help="Read options from a TOML file; options on the command line take precedence.",
)
@click.option("--no-probe", is_flag=True, help="Do not measure accuracy.")
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
@data_options
def train(
    data: str,
    threads: int | None,
    out: str | None,
    force: bool,
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
    from hebbovr.datasets.checks import check_trainable
    from hebbovr.pipeline import evaluate
    from hebbovr.storage.model_file import save_model

    in_folder = bool(checkpoint_every or resume)
    path = model_path(out, data, in_folder)
    outputs = [Output("--out", path, MODEL)]
    if in_folder:
        outputs += [Output("--out", kept, ANY) for kept in path.parent.glob("checkpoint-*.npz")]
    check_outputs(outputs, data_files(data, data_option, data_dir), force=force)
    dataset = load_data(data, data_option, data_dir, given["seed"] or 0)
    check_trainable(dataset)
    no_probe = no_probe or not can_be_probed(dataset)
    saved = None
    folder = open_folder(path.parent, resume) if in_folder else None
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
    except DataError as error:
        note(f"There is no probe: {error}")
        evaluation = evaluate(model, dataset, probe=False)
    except Exception:
        note(f"The model is saved as {path}, but its probe failed.")
        raise
    result = summary(dataset, model, evaluation, seconds, path)
    if as_json:
        print_json(result)
    else:
        report(result, evaluation)


def can_be_probed(dataset: Any) -> bool:
    """Whether labels differ; say before any work where they do not."""
    from hebbovr.datasets.checks import check_classes

    try:
        check_classes(dataset)
    except DataError as error:
        note(f"There will be no probe: {error}")
        return False
    return True


def model_path(out: str | None, name: str, in_folder: bool = False) -> Path:
    """Return where the model goes; raise SettingsError early where it could not be written."""
    file = f"{file_stem(name)}-model.npz"
    if in_folder:
        return Path(out or f"{file_stem(name)}-run") / file
    path = Path(out or file)
    if path.is_dir():
        path = path / file
    elif out and names_folder(out):
        raise SettingsError(f"--out {out}: there is no such folder; create it")
    check_folder("--out", path)
    return path


def file_stem(name: str) -> str:
    """Return what files about a data set are called."""
    return "stdin" if name == "-" else re.sub(r"[^\w.-]+", "-", Path(name).stem) or "data"


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
    history = model.trainer.history_
    last = next((record for record in history if record["epoch"] == best), history[-1])
    sparsity = evaluation.sparsity["layer"]
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
        "probe": evaluation.accuracies(),
        "sparsity": sparsity.as_dict(),
        "model": str(out),
    }


def report(result: dict[str, Any], evaluation: Any) -> None:
    """Print the closing table, and say what was saved and what to try next."""
    from hebbovr.reports.result_table import result_table

    print_table(*result_table(evaluation))
    say(
        f"Trained {result['hidden']} units on {result['n_inputs']} inputs for "
        f"{result['epochs']} epochs in {result['seconds']:.1f} s; saved {result['model']}"
    )
    verdict(evaluation)
    note(f"Next: hebbovr plot filters {as_argument(result['model'])} -o filters.png")


def verdict(evaluation: Any) -> None:
    """Say plainly where a baseline did as well or better."""
    if not evaluation.probe:
        return
    learned = evaluation.probe["layer"].accuracy
    better = [
        label
        for name, label in (("raw", "the raw inputs"), ("random", "random weights"))
        if evaluation.probe[name].accuracy >= learned
    ]
    if better:
        note(
            f"Here {' and '.join(better)} did as well as the learned features or better; the rule "
            "gains most in narrow layers, so try fewer units, more epochs or another --lr."
        )
