"""`dreammix serve`."""

from typing import Final

from dreammix.cli.command import Command
from dreammix_backend.starting import SUMMARY, configure, obey

COMMAND: Final = Command("serve", SUMMARY, configure, obey)
