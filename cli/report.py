"""`hebbovr report`: all pictures of a model on one page."""

from __future__ import annotations

from pathlib import Path

import click

from hebbovr.cli.options import data_options, load_data, model_argument
from hebbovr.cli.output import note, warnings_as_notes
from hebbovr.cli.written_files import Input, OutFile, check_outputs, data_files, force_option, page


@click.command(epilog="Example: hebbovr report digits-model.npz -o report.html")
@model_argument
@click.argument("data", required=False)
@click.option(
    "--out", "-o", required=True, type=OutFile(), metavar="FILE",
    help="Where to write the page (.html).",
)  # fmt: skip
@force_option
@click.option("--no-probe", is_flag=True, help="Do not measure accuracy.")
@data_options
def report(
    model: Path,
    data: str | None,
    out: Path,
    force: bool,
    no_probe: bool,
    data_option: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Gather all pictures of MODEL, and what it is worth, on one self-contained page.

    Responses are those to the test rows of DATA (default: what it was trained on).
    """
    from hebbovr.files.atomic import write_text
    from hebbovr.pipeline import evaluate, matched
    from hebbovr.reports.model_report import make_report
    from hebbovr.storage.model_file import load_model

    output = page("-o", out)
    loaded = load_model(model)
    source = data or str(loaded.provenance.get("data", "digits"))
    inputs = [Input("MODEL", model), *data_files(source, data_option, data_dir)]
    check_outputs([output], inputs, force=force)
    seed = loaded.trainer.random_state
    dataset = load_data(
        source, data_option, data_dir, seed if isinstance(seed, int) else 0, model=loaded
    )
    with warnings_as_notes():
        dataset = matched(loaded, dataset)
    evaluation = evaluate(loaded, dataset, probe=not no_probe)
    write_text(out, make_report(loaded, dataset, evaluation))
    note(f"Wrote {out}")
