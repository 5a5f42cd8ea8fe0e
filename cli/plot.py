"""`hebbovr plot`: pictures of filters, training and responses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hebbovr.cli.errors import ExplainingGroup
from hebbovr.cli.options import data_options, load_data, model_argument
from hebbovr.cli.output import note, warnings_as_notes
from hebbovr.cli.written_files import (
    Input,
    OutFile,
    check_outputs,
    data_files,
    force_option,
    picture,
)

Command = TypeVar("Command", bound=Callable[..., Any])


def out_option(command: Command) -> Command:
    """Add -o and --force."""
    command = force_option(command)
    return click.option(
        "--out",
        "-o",
        required=True,
        type=OutFile(),
        metavar="FILE",
        help="Where to write: .png, .svg or .pdf.",
    )(command)


@click.group(cls=ExplainingGroup, epilog="Example: hebbovr plot filters model.npz -o filters.png")
def plot() -> None:
    """Draw a model: filters, training, responses, or overlaps (needs matplotlib)."""


@plot.command(epilog="Example: hebbovr plot filters digits-model.npz -o filters.png")
@model_argument
@out_option
@click.option("--count", type=click.IntRange(1), default=100, show_default=True, help="How many.")
@click.option("--random", is_flag=True, help="Draw the random weights that training started from.")
def filters(model: Path, out: Path, force: bool, count: int, random: bool) -> None:
    """Draw the weights of MODEL, mapped back to the raw features, most selective first."""
    from hebbovr.plots import plot_filters, save_figure, selectivity_order
    from hebbovr.storage.model_file import load_model

    check_outputs([picture("-o", out)], [Input("MODEL", model)], force=force)
    loaded = load_model(model)
    layer = loaded.untrained() if random else loaded.trainer
    patterns = loaded.preprocessor.to_inputs(layer.weights_, unwhiten=False)
    order = selectivity_order(patterns)
    save_figure(plot_filters(patterns, loaded.image_shape, order=order, n=count), out)
    note(f"Wrote {out}")


@plot.command(epilog="Example: hebbovr plot history digits-model.npz -o history.svg")
@model_argument
@out_option
def history(model: Path, out: Path, force: bool) -> None:
    """Draw what each epoch of MODEL's training did to objective, overlap and responses."""
    from hebbovr.errors import DataError
    from hebbovr.plots import plot_history, save_figure
    from hebbovr.storage.model_file import load_model

    check_outputs([picture("-o", out)], [Input("MODEL", model)], force=force)
    loaded = load_model(model)
    if not loaded.trainer.history_:
        raise DataError(f"{model} has no history to draw; it holds untrained weights")
    save_figure(plot_history(loaded.trainer.history_), out)
    note(f"Wrote {out}")


@plot.command(epilog="Example: hebbovr plot activity digits-model.npz digits -o activity.png")
@model_argument
@click.argument("data", required=False)
@out_option
@data_options
def activity(
    model: Path,
    data: str | None,
    out: Path,
    force: bool,
    data_option: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Draw the responses of MODEL to the test rows of DATA (default: what it was trained on)."""
    from hebbovr.plots import plot_activity, save_figure

    loaded, rows, labels = with_rows(model, data, data_option, data_dir, out, force)
    save_figure(plot_activity(loaded.transform(rows), labels), out)
    note(f"Wrote {out}")


@plot.command(epilog="Example: hebbovr plot overlap digits-model.npz digits -o overlap.png")
@model_argument
@click.argument("data", required=False)
@out_option
@click.option(
    "--count", type=click.IntRange(2), default=128, show_default=True, help="How many samples."
)
@data_options
def overlap(
    model: Path,
    data: str | None,
    out: Path,
    force: bool,
    count: int,
    data_option: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Draw the overlap of every two samples by class, beside that under random weights."""
    from hebbovr.plots import plot_overlap, save_figure

    loaded, rows, labels = with_rows(model, data, data_option, data_dir, out, force)
    inputs = loaded.preprocessor.transform(rows[:count])
    shown = {
        "random weights": loaded.untrained().transform(inputs),
        "learned": loaded.trainer.transform(inputs),
    }
    save_figure(plot_overlap(shown, None if labels is None else labels[:count]), out)
    note(f"Wrote {out}")


def with_rows(
    model: Path,
    data: str | None,
    data_option: tuple[str, ...],
    data_dir: Path | None,
    out: Path,
    force: bool,
) -> tuple[Any, Any, Any]:
    """Return the model, and the test rows of the data (or all) with their labels."""
    from hebbovr.pipeline import matched
    from hebbovr.storage.model_file import load_model

    output = picture("-o", out)
    loaded = load_model(model)
    source = data or str(loaded.provenance.get("data", "digits"))
    inputs = [Input("MODEL", model), *data_files(source, data_option, data_dir)]
    check_outputs([output], inputs, force=force)
    dataset = load_data(source, data_option, data_dir, model=loaded)
    with warnings_as_notes():
        dataset = matched(loaded, dataset)
    if dataset.X_test is not None:
        return loaded, dataset.X_test, dataset.y_test
    return loaded, dataset.X_train, dataset.y_train
