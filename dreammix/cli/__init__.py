"""The command line: arguments in, progress and one clear line of error out. Torch loads where needed."""

from dreammix.cli.main import main

__all__ = ["main"]
