"""The paper's tables and figures: what to run, on what, how it is drawn, and what came out.

Read in this order: `plan` (what was asked for), `table1` … `figure5` (which trials each needs and
what they show), `autoencoders`, `classifiers` and `models` (what those compute that
`hebbovr.experiments` does not know), `tasks`, `reproduce` and `report`.
"""
