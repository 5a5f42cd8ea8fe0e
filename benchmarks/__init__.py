"""Runnable measurements: `python -m benchmarks.step` and its neighbours. Ratios within one run."""
