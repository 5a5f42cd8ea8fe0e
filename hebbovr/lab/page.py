"""Rules at work in the plane as one self-contained page: a slider moves through the training."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.lab.plane import Watched
from hebbovr.rules import RULES, SHARED_SIGNALS

Array = NDArray[Any]
SHOWN_POINTS = 600

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="generator" content="hebbovr">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Local learning rules in the plane</title>
<style>
body {{ font: 15px/1.45 system-ui, sans-serif; color: #262626; margin: 2rem auto;
        max-width: 64rem; padding: 0 1rem; }}
h1 {{ font-size: 1.3rem; }}
h2 {{ font-size: 1rem; margin: 0 0 .2rem; }}
.rules {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr));
          gap: 1.5rem; }}
canvas {{ width: 100%; aspect-ratio: 1; border: 1px solid #d0d0d0; }}
.controls {{ display: flex; gap: .8rem; align-items: center; margin: 1rem 0;
             position: sticky; top: 0; background: #fff; padding: .5rem 0; }}
input[type=range] {{ flex: 1; }}
p {{ margin: .3rem 0; }} .small {{ color: #5a5a5a; font-size: .85rem; }}
</style>
<h1>Local learning rules on {data}</h1>
<p>Points are samples. A dot is a unit's weight vector and the line its path; a region has the
colour of the unit that responds most there, white where none does.</p>
<div class="controls">
<button id="play" type="button">Play</button>
<input id="time" type="range" min="0" max="{last}" value="0" aria-label="Moment of training">
<output id="moment" for="time"></output>
</div>
<div class="rules">{rules}</div>
<script>
const X = {points}, RULES = {watched};
const COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"];
const time = document.getElementById("time"), play = document.getElementById("play");
const far = Math.max(...X.flat().map(Math.abs));
const weights = RULES.map(rule => rule.W).flat(3).map(Math.abs);
const reach = 1.1 * Math.min(2.5 * far, Math.max(far, ...weights));
const GRID = 72, SIZE = 480;
function pale(k) {{
  const c = COLOURS[k % COLOURS.length];
  return [1, 3, 5].map(n => Math.round(0.25 * parseInt(c.slice(n, n + 2), 16) + 0.75 * 255));
}}
function draw(rule, canvas, frame) {{
  canvas.width = canvas.height = SIZE;
  const g = canvas.getContext("2d"), scale = SIZE / (2 * reach);
  const place = p => [(p[0] + reach) * scale, SIZE - (p[1] + reach) * scale];
  const W = rule.W[frame], b = rule.b[frame], cell = SIZE / GRID;
  for (let i = 0; i < GRID; i++) for (let j = 0; j < GRID; j++) {{
    const x = -reach + 2 * reach * (i + 0.5) / GRID, y = -reach + 2 * reach * (j + 0.5) / GRID;
    let best = -1, most = 0;
    W.forEach((w, k) => {{
      const z = w[0] * x + w[1] * y + b[k];
      if (z > most) {{ most = z; best = k; }}
    }});
    g.fillStyle = best < 0 ? "#fff" : `rgb(${{pale(best)}})`;
    g.fillRect(i * cell, SIZE - (j + 1) * cell, cell + 1, cell + 1);
  }}
  g.fillStyle = "rgba(110, 110, 110, 0.55)";
  for (const p of X) {{ const [u, v] = place(p); g.fillRect(u - 1, v - 1, 2.4, 2.4); }}
  W.forEach((w, k) => {{
    g.strokeStyle = g.fillStyle = COLOURS[k % COLOURS.length];
    g.lineWidth = 1.6;
    g.beginPath();
    for (let f = 0; f <= frame; f++) {{ const q = place(rule.W[f][k]); g.lineTo(q[0], q[1]); }}
    g.stroke();
    const [u, v] = place(w);
    g.beginPath(); g.arc(u, v, 7, 0, 7); g.fill();
    g.lineWidth = 1.5; g.strokeStyle = "#fff"; g.stroke();
  }});
}}
function show() {{
  RULES.forEach((rule, n) => {{
    const frame = Math.min(+time.value, rule.W.length - 1);
    draw(rule, document.getElementById("rule" + n), frame);
    document.getElementById("moment").textContent = "batch " + rule.batches[frame];
  }});
}}
let timer = null;
function stop() {{ clearInterval(timer); timer = null; play.textContent = "Play"; }}
play.onclick = () => {{
  if (timer) return stop();
  if (time.value === time.max) time.value = 0;
  play.textContent = "Pause";
  timer = setInterval(() => {{
    time.value = +time.value + 1; show();
    if (time.value === time.max) stop();
  }}, 120);
}};
time.oninput = () => {{ stop(); show(); }};
time.value = time.max; show();
</script>
</html>
"""


def make_page(watched: Sequence[Watched], X: Array, data: str) -> str:
    """Return the page for points ``X`` (n, 2), called ``data``, and the rules watched on them."""
    rules = "".join(_figure(n, one.rule) for n, one in enumerate(watched))
    frames = [
        {"W": _short(one.W), "b": _short(one.b), "batches": one.batches.tolist()} for one in watched
    ]
    return PAGE.format(
        data=html.escape(data),
        last=max(len(one.W) for one in watched) - 1,
        rules=rules,
        points=json.dumps(_short(X[:SHOWN_POINTS])),
        watched=json.dumps(frames),
    )


def _figure(number: int, name: str) -> str:
    rule = RULES[name]
    needs = "; ".join(SHARED_SIGNALS[signal] for signal in rule.shared_signals) or "nothing"
    return (
        f'<section><h2>{html.escape(name)}</h2><canvas id="rule{number}" role="img" '
        f'aria-label="Units of {html.escape(name)} in the plane"></canvas>'
        f'<p class="small">Beyond its own responses a unit reads: {html.escape(needs)}.</p>'
        f'<p class="small">{html.escape(rule.source)}</p></section>'
    )


def _short(array: Array) -> Any:
    return np.round(array, 3).tolist()
