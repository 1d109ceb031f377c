"""`python -m dreammix_backend.worker`: does what it reads from its standard input until that ends."""

import argparse
import faulthandler
import os
import signal
from pathlib import Path
from pkgutil import resolve_name

from dreammix.models.memory import AUTO
from dreammix_backend.worker.desk import Desk
from dreammix_backend.worker.process import die_with_parent, private_streams


def main() -> None:
    """Be a worker."""
    parser = argparse.ArgumentParser(prog="dreammix_backend.worker", description=__doc__)
    parser.add_argument("--tools", required=True, help="module:function that loads a model")
    parser.add_argument("--device", default=AUTO, help="where it computes, as torch names it")
    parser.add_argument("--library", type=Path, help="root of the artists' libraries")
    arguments = parser.parse_args()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends this.
    faulthandler.enable()
    incoming, outgoing = private_streams()
    load, library = resolve_name(arguments.tools), arguments.library
    Desk(incoming, outgoing, load, library, arguments.device, leave=os._exit).work()


if __name__ == "__main__":
    main()
