"""`hebbovr reproduce`: the paper's tables and figures, measured beside the published."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Any

import click

from hebbovr.cli.options import json_option
from hebbovr.cli.output import as_argument, note, print_json, print_table, say, warnings_as_notes
from hebbovr.cli.trials import ShowTrials, check_jobs, jobs_option, resumable, seeds_option
from hebbovr.cli.written_files import check_outputs, data_files, force_option, report_files, results

NAMES = (
    "table1",
    "table2",
    "table4",
    "figure1",
    "figure2",
    "figure3",
    "figure4",
    "figure5",
    "all",
)
EXAMPLE = "hebbovr reproduce table1 --scale quick --data-dir ~/data --out results"


@click.command(epilog=f"Example: {EXAMPLE}")
@click.argument("name", metavar="NAME", type=click.Choice(NAMES))
@click.option(
    "--protocol",
    type=click.Choice(["honest", "authors"]),
    default="honest",
    show_default=True,
    help="Choose settings on held-out training images, or on the test set as the authors did.",
)
@click.option(
    "--scale",
    type=click.Choice(["quick", "full"]),
    default="quick",
    show_default=True,
    help="A small version to see the trends, or the paper's own grid.",
)
@seeds_option(3, "Runs per final setting; grids take one.")
@click.option(
    "--row",
    "rows",
    multiple=True,
    metavar="NAME",
    help="Run only this row of Table 1, such as OVR-Encoder; may be repeated.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of CIFAR-10 (see hebbovr data fetch cifar10).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reproduced"),
    show_default=True,
    metavar="DIR",
    help="Folder of the report, and of the trials that are done.",
)
@jobs_option
@force_option
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
def reproduce(
    name: str,
    protocol: str,
    scale: str,
    seeds: int,
    rows: tuple[str, ...],
    data_dir: Path | None,
    out: Path,
    jobs: int,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run a table or figure of the paper (NAME: table1, table2, table4, figure1 to figure5, all).

    Each trial of a grid is stored in DIR/cells as soon as it is done, and a run that was stopped
    goes on where it was. The report is written as report.md and report.html (one file, pictures
    inside), with every number in results.json and cells.csv.
    """
    from hebbovr.datasets import load
    from hebbovr.paper.plan import make_plan
    from hebbovr.paper.reproduce import needs_images
    from hebbovr.paper.reproduce import reproduce as run

    check_jobs(jobs)
    read = data_files("cifar10", (), data_dir, "the data set")
    check_outputs(results(out, report_files(NAMES[:-1])), read, force=force)
    dataset = load("cifar10", data_dir=data_dir) if needs_images(name) else None
    plan = make_plan(dataset, protocol=protocol, scale=scale, seeds=seeds, rows=rows)
    command = f"hebbovr reproduce {name} --protocol {protocol} --scale {scale} --seeds {seeds}"
    command += "".join(f" --row {shlex.quote(row)}" for row in rows)
    show = ShowTrials(quiet)
    started = time.perf_counter()
    with warnings_as_notes(quiet), resumable(out):
        sections = run(
            name, plan, out, jobs=jobs, command=command, announce=show.announce, progress=show
        )
    if as_json:
        print_json(
            {
                "name": name,
                "protocol": protocol,
                "scale": scale,
                "seeds": seeds,
                "data": plan.data_title,
                "seconds": round(time.perf_counter() - started, 3),
                "report": str(out / "report.html"),
                "sections": {
                    s.name: {"verdicts": s.verdicts, "summary": s.summary} for s in sections
                },
            }
        )
        return
    for section in sections:
        print_section(section)
    note(f"Wrote {as_argument(out / 'report.html')} and report.md")


def print_section(section: Any) -> None:
    """Print a section's table and sentences."""
    say(section.title)
    if section.rows:
        print_table(section.header, section.rows)
    for sentence in section.verdicts:
        say(f"- {sentence}")
    say()
