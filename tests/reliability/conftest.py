"""Fixtures of the command line's own tests."""

from tests.cli.conftest import blobs, fail, run, succeed

__all__ = ["blobs", "fail", "run", "succeed"]
