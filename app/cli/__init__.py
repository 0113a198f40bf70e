"""The command line: one file per command; each imports what is heavy when it runs."""

from app.cli.entry import main

__all__ = ["main"]
