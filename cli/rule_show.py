"""`hebbovr rule show`: one batch, one unit, one update."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hebbovr.cli.errors import LAYER_OPTIONS, called
from hebbovr.cli.options import data_options, json_option, load_data, rule_options
from hebbovr.cli.output import note, print_json, print_table
from hebbovr.cli.settings import parse_pca, resolve
from hebbovr.cli.written_files import OutFile, check_outputs, data_files, force_option, picture

MOST_LISTED = 5


@click.command(epilog="Example: hebbovr rule show --rule ovr --data digits --unit 3 -o update.png")
@rule_options
@click.option("--data", default="digits", show_default=True, metavar="DATA", help="Data set, file.")
@click.option("--unit", type=int, default=0, show_default=True, metavar="K", help="Which unit.")
@click.option(
    "--batch", type=click.IntRange(0), default=0, show_default=True, metavar="N",
    help="Which batch of the first epoch after training.",
)  # fmt: skip
@click.option("--hidden", type=int, metavar="K", help="Number of units.")
@click.option("--batch-size", type=int, metavar="B", help="Samples in a batch.")
@click.option(
    "--epochs", type=click.IntRange(0), default=3, show_default=True, metavar="N",
    help="Train so long first; 0 looks at random weights.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Of all draws.")
@click.option("--out", "-o", type=OutFile(), metavar="FILE", help="Draw it: .png, .svg or .pdf.")
@force_option
@json_option
@data_options
def show(
    rule: str,
    rule_option: dict[str, float] | None,
    data: str,
    unit: int,
    batch: int,
    hidden: int | None,
    batch_size: int | None,
    epochs: int,
    seed: int,
    out: Path | None,
    force: bool,
    as_json: bool,
    data_option: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Show what one batch does to one unit: responses, shared signals, parts of the update."""
    import numpy as np

    from hebbovr.datasets.checks import check_trainable
    from hebbovr.lab.microscope import decompose_update
    from hebbovr.preprocessing import Preprocessor

    if out is not None:
        read = data_files(data, data_option, data_dir, "--data")
        check_outputs([picture("-o", out)], read, force=force)
    dataset = load_data(data, data_option, data_dir, seed)
    check_trainable(dataset)
    given = {"hidden": hidden, "batch_size": batch_size, "rule": rule, "seed": seed}
    settings = resolve(given, dataset.suggested, dataset.n_train, dataset.n_features)
    preprocessor = Preprocessor(
        parse_pca(settings["pca"]), scale=settings["scale"], whiten=settings["whiten"]
    )
    X = preprocessor.fit_transform(np.asarray(dataset.X_train))
    with called(LAYER_OPTIONS):
        trainer = prepared(settings, rule_option, X, epochs)
        rows = np.random.default_rng(seed).permutation(len(X))
        low = batch * settings["batch_size"]
        found = decompose_update(trainer, X[rows[low : low + settings["batch_size"]]], unit)
    numbers = found.as_dict()
    if out is not None:
        draw(numbers, preprocessor, trainer.weights_[unit], dataset.image_shape, out)
    if as_json:
        print_json(numbers)
    else:
        report(numbers, rows[low : low + settings["batch_size"]])
    if out is not None:
        note(f"Wrote {out}")


def prepared(settings: dict[str, Any], options: Any, X: Any, epochs: int) -> Any:
    """Return the layer to look at, trained for some epochs."""
    from hebbovr.training.trainer import Trainer

    trainer = Trainer(
        settings["hidden"],
        rule=settings["rule"],
        rule_options=options,
        overlap_penalty=settings["lam"],
        epochs=max(1, epochs),
        batch_size=settings["batch_size"],
        learning_rate=settings["lr"],
        random_state=settings["seed"],
    )
    if epochs:
        return trainer.fit(X)
    return trainer.initialize(X.shape[1], X.dtype)


def draw(numbers: dict[str, Any], preprocessor: Any, weights: Any, shape: Any, out: Path) -> None:
    """Draw the update, its parts mapped back to raw features."""
    import numpy as np

    from hebbovr.plots import plot_update, save_figure

    parts = {n: v for n, v in numbers["parts"].items() if np.any(v)}
    rows = np.array([weights, *parts.values(), numbers["update"]])
    patterns = preprocessor.to_inputs(rows, unwhiten=False)
    names = ["weights", *parts, "update"]
    shown = dict(zip(names, patterns, strict=True))
    save_figure(plot_update(numbers, shown, shape), out)


def report(numbers: dict[str, Any], rows: Any) -> None:
    """Print the numbers that fit a screen."""
    import numpy as np

    from hebbovr.rules import RULES, SHARED_SIGNALS

    h, shares = np.array(numbers["responses"]), np.array(numbers["shares"])
    click.echo(
        f"Unit {numbers['unit']} under {numbers['rule']}: responds to {(h > 0).sum()} of {len(h)} "
        f"samples, on average {h.mean():.3f}"
    )
    needed = RULES[numbers["rule"]].shared_signals
    for name in needed:
        click.echo(f"reads {name}: {SHARED_SIGNALS[name]}")
    if not needed:
        click.echo("reads nothing but its own responses and inputs")
    whole = np.linalg.norm(numbers["update"]) or 1.0
    lengths = {n: np.linalg.norm(v) / whole for n, v in numbers["parts"].items()}
    print_table(
        ["part of the update", "length / whole"],
        [[name, f"{length:.3f}"] for name, length in lengths.items() if length],
    )
    largest = np.argsort(-np.abs(shares), kind="stable")[:MOST_LISTED]
    print_table(
        ["training row", "response", "overlap with the rest", "share of the update %"],
        [
            [str(rows[i]), f"{h[i]:.3f}", f"{numbers['overlap'][i]:.3f}", f"{100 * shares[i]:.1f}"]
            for i in largest
        ],
    )
    click.echo(f"cosine to the update by Eq. 4: {numbers['cosine_to_eq4']:.4f}")
    error = numbers["finite_differences"]
    if error is not None:
        click.echo(f"relative error against finite differences: {error:.1e}")
    click.echo(f"largest error of the compiled coefficients: {numbers['kernel_error']:.1e}")
