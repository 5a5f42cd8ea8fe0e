"""`hebbovr inspect`: what a model file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hebbovr.cli.options import json_option, model_argument
from hebbovr.cli.output import print_json, say
from hebbovr.cli.streams import one_line


@click.command(epilog="Example: hebbovr inspect digits-model.npz")
@model_argument
@json_option
def inspect(model: Path, as_json: bool) -> None:
    """Show what MODEL is: layer, settings, preprocessing, provenance, last epoch."""
    from hebbovr.storage.model_file import load_model

    loaded = load_model(model)
    result = describe(loaded)
    if as_json:
        print_json(result)
        return
    rows = [
        [f"{part}: {name}" if part else name, str(value)]
        for part, values in result.items()
        for name, value in (values.items() if isinstance(values, dict) else [("", values)])
    ]
    for name, value in rows:
        say(one_line(f"{name.removesuffix(': ')}: {value}"))


def describe(model: Any) -> dict[str, Any]:
    """Return the contents of a model as a JSON-ready dict."""
    trainer, preprocessor = model.trainer, model.preprocessor
    return {
        "layer": {
            "units": trainer.n_components,
            "inputs": trainer.n_features_in_,
            "features": model.n_features,
            "dtype": str(trainer.weights_.dtype),
            "image_shape": model.image_shape,
            "feature_names": model.feature_names,
        },
        "preprocessing": {
            name: value
            for name, value in preprocessor.get_params().items()
            if name in ("n_components", "scale", "whiten")
        },
        "settings": trainer.settings(),
        "last_epoch": trainer.history_[-1] if trainer.history_ else None,
        "provenance": model.provenance,
    }
