"""`hebbovr info`: versions, BLAS, threads."""

from __future__ import annotations

from typing import Any

import click

from hebbovr.cli.options import json_option
from hebbovr.cli.output import print_json, print_table


@click.command(epilog="Example: hebbovr info --json")
@json_option
def info(as_json: bool) -> None:
    """Show versions, BLAS, threading layer and cores."""
    import os

    import numba
    from threadpoolctl import threadpool_info

    from hebbovr.kernels.products import products_backend
    from hebbovr.kernels.threads import threading_layer
    from hebbovr.model import versions

    result: dict[str, Any] = {
        "versions": versions(),
        "blas": [
            {key: pool.get(key) for key in ("internal_api", "version", "architecture")}
            for pool in threadpool_info()
            if pool["user_api"] == "blas"
        ],
        "threads": {"cores": os.cpu_count(), "numba": numba.get_num_threads()},
        "threading_layer": threading_layer(),
        "products": products_backend(),
    }
    if as_json:
        print_json(result)
        return
    rows = [[name, version] for name, version in versions().items()]
    rows += [["BLAS", f"{b['internal_api']} {b['version']} ({b['architecture']})"]
             for b in result["blas"]]  # fmt: skip
    rows += [
        ["cores", str(os.cpu_count())],
        ["kernel threads", str(numba.get_num_threads())],
        ["threading layer", threading_layer()],
        ["products", result["products"]],
    ]
    print_table(["what", "value"], rows)
