"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from hebbovr.kernels.threads import threading_layer
from hebbovr.model import versions


def describe_machine() -> dict[str, Any]:
    """Return processor, cores, versions, BLAS and threading layer, JSON-ready."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "versions": versions(),
        "blas": sorted(
            f"{pool['internal_api']} {pool['version']} ({pool.get('architecture')})"
            for pool in threadpool_info()
            if pool["user_api"] == "blas"
        ),
        "threading_layer": threading_layer(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
