"""The report of a run: Markdown, one HTML file, pictures, and every number as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hebbovr.experiments.cost import duration
from hebbovr.experiments.protocols import IN_WORDS
from hebbovr.experiments.trials import Result, Trial
from hebbovr.files.atomic import StrPath, write_error, write_text
from hebbovr.model import versions
from hebbovr.paper.plan import Plan
from hebbovr.paper.report_html import html_page
from hebbovr.paper.section import Section, total_seconds
from hebbovr.plots import save_figure

PICTURE_FORMATS = ("png", "svg")
LEFT_OUT = ("patterns",)


def write_report(
    out: StrPath,
    sections: Sequence[Section],
    plan: Plan,
    results: dict[Trial, Result],
    command: str = "",
) -> None:
    """Write ``report.md``, ``report.html``, ``results.json``, ``cells.csv`` and pictures.

    Each section with a summary is also written as ``NAME.json``.

    Raises
    ------
    HebbovrError
        A file or the folder cannot be written.
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    for section in sections:
        if section.figure is not None:
            for suffix in PICTURE_FORMATS:
                save_figure(section.figure, folder / f"{section.name}.{suffix}")
        if section.summary:
            write_text(folder / f"{section.name}.json", _json(section.summary))
    trials = [trial for section in sections for trial in section.trials]
    about = describe_run(plan, total_seconds(trials, results), command)
    write_text(folder / "cells.csv", trials_csv(sections, results))
    write_text(folder / "results.json", _json(_as_json(sections, plan, results, command)))
    write_text(folder / "report.md", markdown(sections, about))
    write_text(folder / "report.html", html_page(sections, about))


def describe_run(plan: Plan, seconds: float, command: str) -> list[str]:
    """Return what was run, on what, by which rules, a paragraph each."""
    about = []
    if plan.dataset is not None:
        about.append(
            f"Data: {plan.data_title}, {plan.dataset.n_train} training and {plan.dataset.n_test} "
            f"test images, fingerprint {plan.fingerprint[:16]}."
        )
    about.append(f"Protocol `{plan.protocol}`: {IN_WORDS[plan.protocol]}")
    if plan.scale == "quick":
        about.append(
            "Scale `quick`: fewer images, units, epochs and points than the paper's, to see the "
            "trends; `full` is the paper's own grid."
        )
    about.append(f"The trials took {duration(seconds)}.")
    if command:
        about.append(f"Command: `{command}`")
    return about


def markdown(sections: Sequence[Section], about: Sequence[str]) -> str:
    """Return the report as Markdown, its pictures beside it as files."""
    lines = ["# Measured beside the paper", ""]
    for paragraph in about:
        lines += [paragraph, ""]
    for section in sections:
        lines += [f"## {section.title}", ""]
        for paragraph in section.what:
            lines += [paragraph, ""]
        if section.data:
            lines += [f"{section.data}; {duration(section.seconds)}.", ""]
        if section.rows:
            lines += [_row(section.header), _row(["---"] * len(section.header))]
            lines += [_row(row) for row in section.rows] + [""]
        if section.figure is not None:
            lines += [f"![{section.title}]({section.name}.png)", ""]
        lines += [f"- {sentence}" for sentence in section.verdicts] + [""]
    return "\n".join(lines).rstrip() + "\n"


def trials_csv(sections: Sequence[Section], results: dict[Trial, Result]) -> str:
    """Return one line a trial: where it is used, settings and result, nested names dotted."""
    uses: dict[Trial, list[str]] = {}
    for section in sections:
        for trial in dict.fromkeys(section.trials):
            uses.setdefault(trial, []).append(section.name)
    rows = [
        {"used_in": " ".join(names), "key": trial.key}
        | _flat(trial.stored_settings)
        | _flat({"result": _shown(results[trial])})
        for trial, names in uses.items()
    ]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _as_json(
    sections: Sequence[Section], plan: Plan, results: dict[Trial, Result], command: str
) -> dict[str, Any]:
    return {
        "command": command,
        "protocol": plan.protocol,
        "scale": plan.scale,
        "seeds": list(plan.seeds),
        "data": plan.data_title,
        "fingerprint": plan.fingerprint,
        "versions": versions(),
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "seconds": round(section.seconds, 1),
                "verdicts": section.verdicts,
                "summary": section.summary,
                "cells": [trial.key for trial in dict.fromkeys(section.trials)],
            }
            for section in sections
        ],
        "cells": [
            {"key": trial.key, "settings": trial.stored_settings, "result": _shown(results[trial])}
            for trial in dict.fromkeys(trial for section in sections for trial in section.trials)
        ],
    }


def _shown(result: Result) -> Result:
    return {name: value for name, value in result.items() if name not in LEFT_OUT}


def _flat(value: dict[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, dict):
            flat |= _flat(item, f"{above}{name}.")
        else:
            flat[above + name] = json.dumps(item) if isinstance(item, list) else item
    return flat


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
