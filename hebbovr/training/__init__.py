"""The batch loop and what it moves; it knows no files, no data sets, no screen."""
