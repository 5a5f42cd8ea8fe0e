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
    load_again,
    load_data,
    threads_option,
)
from hebbovr.cli.output import note, print_json
from hebbovr.cli.run_folder import checkpoint_options, checkpoint_to_resume, open_folder
from hebbovr.cli.setting_options import setting_options
from hebbovr.cli.settings import read_config, resolve
from hebbovr.cli.train_result import Run, report, report_seeds, summary, summary_of_seeds
from hebbovr.cli.written_files import (
    ANY,
    MODEL,
    Output,
    check_folder,
    check_outputs,
    data_files,
    force_option,
    names_folder,
)
from hebbovr.errors import DataError, Interrupted, SettingsError, TrainingError


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
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    help="Train and probe with N seeds from --seed on; show means, save the first model.",
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
    seeds: int,
    no_probe: bool,
    quiet: bool,
    as_json: bool,
    data_option: tuple[str, ...],
    data_dir: Path | None,
    **given: Any,
) -> None:
    """Train a layer on DATA: a data set's name (default: digits) or a .npy, .npz or .csv file.

    Settings that are not given come from --config, else suit the data set. The trained layer is
    then probed by logistic regression, beside the data as they are, its inputs and random weights,
    and saved.
    """
    from hebbovr.datasets.checks import check_trainable
    from hebbovr.storage.model_file import save_model

    in_folder = bool(checkpoint_every or resume)
    if in_folder and seeds > 1:
        raise SettingsError(
            f"--seeds {seeds} does not go with --checkpoint-every or --resume: checkpoints are of "
            "one run; leave one of them out"
        )
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
        saved = checkpoint_to_resume(folder, path, dataset, given, checkpoint_every)
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
    evaluation = probed(model, dataset, settings["seed"], path, no_probe)
    runs = [Run(settings["seed"], summary(dataset, model, evaluation, seconds, path), evaluation)]
    for seed in range(runs[0].seed + 1, runs[0].seed + seeds):
        if not quiet:
            note(f"Run {len(runs) + 1} of {seeds}, seed {seed}")
        again = load_again(dataset, data, data_option, data_dir, seed)
        runs.append(
            another(again, settings | {"seed": seed}, threads, quiet or as_json, path, no_probe)
        )
    if as_json:
        print_json(runs[0].result if seeds == 1 else summary_of_seeds(runs))
    elif seeds == 1:
        report(runs[0].result, evaluation)
    else:
        report_seeds(runs)


def another(
    dataset: Any, settings: dict[str, Any], threads: int | None, quiet: bool, path: Path,
    no_probe: bool,
) -> Run:  # fmt: skip
    """Train and probe by a further seed; the model of the first one is at ``path`` and stays."""
    seed = settings["seed"]
    started = time.perf_counter()
    try:
        model = learn(dataset, settings, threads=threads, quiet=quiet)
    except KeyboardInterrupt as error:
        raise Interrupted(f"Interrupted at seed {seed}; the first model is {path}") from error
    except TrainingError as error:
        raise TrainingError(
            f"Seed {seed}, after the first model was saved as {path}: {error}"
        ) from error
    seconds = time.perf_counter() - started
    evaluation = probed(model, dataset, seed, path, no_probe)
    return Run(seed, summary(dataset, model, evaluation, seconds, path), evaluation)


def probed(model: Any, dataset: Any, seed: int, path: Path, no_probe: bool) -> Any:
    """Return what the model is worth; what ends this says where the saved model is."""
    from hebbovr.pipeline import evaluate

    try:
        return evaluate(model, dataset, probe=not no_probe, random_state=seed)
    except KeyboardInterrupt as error:
        raise Interrupted(f"Interrupted before the probe was done; the model is {path}") from error
    except DataError as error:
        note(f"There is no probe: {error}")
        return evaluate(model, dataset, probe=False)
    except Exception:
        note(f"The model is saved as {path}, but its probe failed.")
        raise


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
