"""Encoding against its bare product, and the memory of sparse output.

Run ``python -m benchmarks.encode --rows 50000 --inputs 781 --units 8192``.
"""

from __future__ import annotations

import json
from typing import Any

import click
import numpy as np
import scipy.sparse

from benchmarks.machine import describe_machine
from benchmarks.rounds import ratio, summary, time_rounds
from hebbovr.training.trainer import Trainer

BLOCK = 2048


@click.command()
@click.option("--rows", default=50_000, show_default=True)
@click.option("--inputs", default=781, show_default=True)
@click.option("--units", default=8192, show_default=True)
@click.option("--active", default=0.2, show_default=True, help="Share of active responses.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(rows: int, inputs: int, units: int, active: float, rounds: int, as_json: bool) -> None:
    """Time transform beside the product ``X Wᵀ`` by NumPy with all cores."""
    random = np.random.default_rng(0)
    X = random.standard_normal((rows, inputs), dtype=np.float32)
    W = (random.standard_normal((units, inputs)) / inputs**0.5).astype(np.float32)
    threshold = np.float32(np.quantile(X[:512] @ W.T, 1 - active))
    layer = Trainer(units).restore(W, np.full(units, -threshold, np.float32), [])
    H, Z = (np.empty((rows, units), np.float32) for _ in range(2))
    times = time_rounds(
        {
            "transform": lambda: layer.transform(X, out=H),
            "product": lambda: np.matmul(X, W.T, out=Z),
        },
        rounds,
        repeats=1,
        warm_up=1,
    )
    blocks = [
        scipy.sparse.csr_array(layer.transform(X[top : top + BLOCK]))
        for top in range(0, rows, BLOCK)
    ]
    sparse_bytes = sum(b.data.nbytes + b.indices.nbytes + b.indptr.nbytes for b in blocks)
    result: dict[str, Any] = {
        "rows": rows,
        "inputs": inputs,
        "units": units,
        "share_active": float((H[:BLOCK] > 0).mean()),
        "transform_s": summary(times["transform"]),
        "product_s": summary(times["product"]),
        "transform_to_product": ratio(times["transform"], times["product"]),
        "dense_bytes": H.nbytes,
        "sparse_bytes": sparse_bytes,
        "machine": describe_machine(),
    }
    if as_json:
        click.echo(json.dumps(result))
        return
    click.echo(
        f"transform {result['transform_s']['median']:.2f} s, product "
        f"{result['product_s']['median']:.2f} s, ratio "
        f"{result['transform_to_product']['median']:.3f}; {100 * result['share_active']:.0f}% "
        f"active: dense {H.nbytes / 1e6:.0f} MB, sparse {sparse_bytes / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
