"""`hebbovr rule watch`: rules at work in the plane, as a strip and as a page with a slider."""

from __future__ import annotations

from pathlib import Path

import click

from hebbovr.cli.errors import called
from hebbovr.cli.output import note
from hebbovr.cli.written_files import OutFile, check_outputs, force_option, picture

PAGES = (".html", ".htm")
OPTIONS = {
    "data": "--data", "rule": "--rule", "n_components": "--units", "epochs": "--epochs",
    "seed": "--seed",
}  # fmt: skip


@click.command(epilog="Example: hebbovr rule watch --rule ovr,kmeans --data rings -o rings.html")
@click.option("--rule", default="ovr", show_default=True, metavar="NAME,…", help="One or several.")
@click.option(
    "--data", default="clusters", show_default=True, metavar="NAME",
    help="clusters, rings, sphere or patches.",
)  # fmt: skip
@click.option("--units", type=int, default=6, show_default=True, metavar="K", help="How many.")
@click.option("--epochs", type=int, default=60, show_default=True, metavar="N", help="Passes.")
@click.option(
    "--stages", type=click.IntRange(1, 40), default=4, show_default=True, help="In the strip."
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Of all draws.")
@click.option(
    "--out", "-o", "outs", type=OutFile(), multiple=True, metavar="FILE",
    help="A strip (.png, .svg, .pdf) or a page (.html); may be repeated (watch.png, watch.html).",
)  # fmt: skip
@force_option
def watch(
    rule: str,
    data: str,
    units: int,
    epochs: int,
    stages: int,
    seed: int,
    outs: tuple[Path, ...],
    force: bool,
) -> None:
    """Watch units learn in the plane: their paths, and the tiling that results."""
    from hebbovr.files.atomic import write_text
    from hebbovr.lab.page import make_page
    from hebbovr.lab.plane import plane_data
    from hebbovr.lab.plane import watch as watch_rule
    from hebbovr.plots import plot_plane, save_figure

    outs = outs or (Path("watch.png"), Path("watch.html"))
    check_outputs([picture("-o", out, PAGES) for out in outs], force=force)
    with called(OPTIONS):
        X = plane_data(data, seed)
        names = list(dict.fromkeys(name.strip() for name in rule.split(",")))
        watched = [watch_rule(name, X, units=units, epochs=epochs, seed=seed) for name in names]
    for out in outs:
        if out.suffix.lower() in PAGES:
            write_text(out, make_page(watched, X, data))
        else:
            save_figure(plot_plane(watched, X, stages=stages), out)
        note(f"Wrote {out}")
