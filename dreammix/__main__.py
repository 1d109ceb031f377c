"""`python -m dreammix` is the command `dreammix`."""

import sys

from dreammix.cli import main

sys.exit(main())
