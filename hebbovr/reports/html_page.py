"""Pages that need nothing else: style and pictures are in them."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

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
img { max-width: 100%; height: auto; }
.beside { display: flex; gap: 1rem; } .beside p { flex: 1; min-width: 0; } .time { color: #6b6b6b; }
"""


def page(title: str, parts: Sequence[str]) -> str:
    """Return a whole page from the parts of its body, which are HTML already."""
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="generator" content="hebbovr">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of texts."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody></table></div>"
    )


def picture(figure: Figure, words: str) -> str:
    """Return a figure inline, with ``words`` for those who do not see it."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    source = "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode("ascii")
    return f'<p><img alt="{html.escape(words)}" src="{source}"></p>'


def text(paragraph: str) -> str:
    """Escape a paragraph, and set what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(paragraph))
