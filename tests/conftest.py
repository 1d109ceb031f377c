"""Settings that every test runs under."""

import os

from hypothesis import settings

# No test reaches the network, whatever a library would like to look up.
os.environ["HF_HUB_OFFLINE"] = "1"

# A busy machine is slow, not wrong: no deadline. In CI the same examples come every time.
settings.register_profile("dreammix", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("dreammix")
