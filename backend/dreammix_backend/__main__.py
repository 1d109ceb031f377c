"""`python -m dreammix_backend`: `dreammix serve` without the other commands."""

import sys

from dreammix.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
