"""The report as one HTML page that needs nothing else: style and pictures are in it."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hebbovr.paper.section import Section, duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; color: #262626; background: #fff;
  max-width: 56rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 3rem; }
nav a { margin-right: 1rem; } a { color: #0072B2; }
code { font-size: .9em; background: #f3f3f3; padding: .1em .3em; border-radius: 3px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .35rem .8rem; text-align: right; border-bottom: 1px solid #e6e6e6; }
th:first-child, td:first-child { text-align: left; } th { border-bottom-color: #8c8c8c; }
img { max-width: 100%; height: auto; } .time { color: #6b6b6b; }
"""


def html_page(sections: Sequence[Section], about: Sequence[str]) -> str:
    """Return the report as an HTML page with its pictures inline."""
    parts = ["<h1>Measured beside the paper</h1>"]
    parts += [f"<p>{_text(paragraph)}</p>" for paragraph in about]
    if len(sections) > 1:
        links = (f'<a href="#{s.name}">{html.escape(s.name)}</a>' for s in sections)
        parts.append(f"<nav>{' '.join(links)}</nav>")
    for section in sections:
        parts += _section(section)
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Measured beside the paper</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _section(section: Section) -> list[str]:
    parts = [f'<h2 id="{section.name}">{html.escape(section.title)}</h2>']
    parts += [f"<p>{_text(paragraph)}</p>" for paragraph in section.what]
    if section.data:
        about = html.escape(f"{section.data}; {duration(section.seconds)}.")
        parts.append(f'<p class="time">{about}</p>')
    if section.rows:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in section.header)
        rows = "\n".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in section.rows
        )
        parts.append(
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody></table></div>"
        )
    if section.figure is not None:
        parts.append(
            f'<p><img alt="{html.escape(section.title)}" src="{_data_uri(section.figure)}"></p>'
        )
    if section.verdicts:
        items = "\n".join(f"<li>{_text(sentence)}</li>" for sentence in section.verdicts)
        parts.append(f"<ul>\n{items}\n</ul>")
    return parts


def _data_uri(figure: Figure) -> str:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode("ascii")


def _text(paragraph: str) -> str:
    """Escape a paragraph, and set what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(paragraph))
