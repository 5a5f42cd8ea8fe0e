"""Trials of layers on data: stored once, run side by side, and what is made of them.

Read in this order: `trials` (what a trial is, and how its result is stored), `runner` and `cost`
(many of them at once, and how long they take), `inputs`, `models`, `protocols` and `features` (what
one computes), `sweep` and `compare` (a grid over settings, and rules side by side).
"""
