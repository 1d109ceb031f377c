"""The key of an endpoint: read from the environment or the keyring when it is needed, stored nowhere else."""

from __future__ import annotations

import os
from typing import Final

from dreammix.attributes.describer import DEFAULT_ENDPOINT, host_of

KEY_VARIABLE: Final = "DREAMMIX_DESCRIBER_KEY"
"""Environment variable with the key of the endpoint that is used."""
OPENAI_VARIABLE: Final = "OPENAI_API_KEY"
"""Environment variable with OpenAI's key: sent to OpenAI's own host only."""
KEYRING_SERVICE: Final = "dreammix-describer"
"""The keyring's service; its user name is the endpoint's host."""


def read_key(endpoint: str) -> str | None:
    """The key to send to an endpoint; None: there is none, as for most servers on this computer."""
    host = host_of(endpoint)
    key = os.environ.get(KEY_VARIABLE, "")
    if not key and host == host_of(DEFAULT_ENDPOINT):
        key = os.environ.get(OPENAI_VARIABLE, "")
    return key.strip() or _from_keyring(host)


def _from_keyring(host: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, host) or None
    except KeyringError:  # No keyring on this computer, or it stays locked.
        return None
