"""The report of tables and figures as one HTML page."""

from __future__ import annotations

import html
from collections.abc import Sequence

from hebbovr.experiments.cost import duration
from hebbovr.paper.section import Section
from hebbovr.reports.html_page import page, picture, table, text

TITLE = "Measured beside the paper"


def html_page(sections: Sequence[Section], about: Sequence[str]) -> str:
    """Return the report as an HTML page with its pictures inline."""
    parts = [f"<h1>{html.escape(TITLE)}</h1>"]
    parts += [f"<p>{text(paragraph)}</p>" for paragraph in about]
    if len(sections) > 1:
        links = (f'<a href="#{name}">{name}</a>' for name in map(_name, sections))
        parts.append(f"<nav>{' '.join(links)}</nav>")
    for section in sections:
        parts += _section(section)
    return page(TITLE, parts)


def _name(section: Section) -> str:
    return html.escape(section.name)


def _section(section: Section) -> list[str]:
    parts = [f'<h2 id="{_name(section)}">{html.escape(section.title)}</h2>']
    parts += [f"<p>{text(paragraph)}</p>" for paragraph in section.what]
    if section.data:
        about = html.escape(f"{section.data}; {duration(section.seconds)}.")
        parts.append(f'<p class="time">{about}</p>')
    if section.rows:
        parts.append(table(section.header, section.rows))
    if section.figure is not None:
        parts.append(picture(section.figure, section.title))
    if section.verdicts:
        items = "\n".join(f"<li>{text(sentence)}</li>" for sentence in section.verdicts)
        parts.append(f"<ul>\n{items}\n</ul>")
    return parts
