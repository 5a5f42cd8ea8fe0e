"""`python -m hebbovr`: the command line."""

from __future__ import annotations

from hebbovr.cli import main

if __name__ == "__main__":
    main(prog_name="hebbovr")
