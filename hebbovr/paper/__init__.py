"""The paper's tables and figures: what to run, on what, how it is drawn, and what came out.

Read in this order: `plan` (what was asked for), `table1` … `figure5` (which cells each needs and
what they show), `features`, `autoencoders`, `classifiers`, `spheres` (what a cell computes),
`cells` and `runner` (stored once, run side by side), `reproduce` and `report`.
"""
