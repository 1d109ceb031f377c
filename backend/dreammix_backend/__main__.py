"""`python -m dreammix_backend`: `dreammix serve` without the other commands, and without what they import."""

import sys
from argparse import ArgumentParser

from dreammix.protocol import DreamMixError
from dreammix_backend.serve import COMMAND


def main() -> int:
    """Serve; returns the exit status."""
    parser = ArgumentParser(prog="python -m dreammix_backend", description=f"{COMMAND.summary}.")
    COMMAND.configure(parser)
    try:
        return COMMAND.run(parser.parse_args())
    except DreamMixError as error:
        print(f"dreammix: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
