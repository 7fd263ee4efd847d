"""The command line, one file a command; thin: parse, call one library function, print."""

from atolye.cli.app import app, main

__all__ = ["app", "main"]
