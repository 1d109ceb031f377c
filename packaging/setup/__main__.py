"""Installs DreamMix's backend: `python setup install`, with this folder's path for `setup`."""

import sys

from dreammix_setup.command import main

sys.exit(main())
