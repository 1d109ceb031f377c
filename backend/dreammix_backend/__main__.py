"""`python -m dreammix_backend`: `dreammix serve` without loading the other commands, so it listens sooner."""

import sys
from argparse import ArgumentParser

from dreammix.protocol import DreamMixError
from dreammix_backend.starting import FAILURE, SUMMARY, configure, obey


def main() -> int:
    """Run the command; an error is one line."""
    parser = ArgumentParser(prog="python -m dreammix_backend", description=f"{SUMMARY}.")
    configure(parser)
    try:
        return obey(parser.parse_args())
    except DreamMixError as error:
        print(f"dreammix serve: {error}", file=sys.stderr)
        return FAILURE


if __name__ == "__main__":
    sys.exit(main())
