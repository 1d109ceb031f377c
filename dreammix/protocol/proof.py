"""How a server shows that it knows the token, before anybody tells it: an HMAC over a fresh challenge.

    client  GET /proof/<challenge>                                    without the token
    server  200 <HMAC-SHA256(token, context, address, challenge)>     in hexadecimal digits
    client  compares, and only then sends the token, in the header of its upgrade

The address is part of what is proved: whoever holds another port cannot pass the challenge on to the real
server and show its answer as their own.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

PROOF_PATH: Final = "/proof/"
"""What stands before the challenge in the path of the request."""
CHALLENGE_BYTES: Final = 32
"""Randomness of a challenge."""
_CONTEXT: Final = b"dreammix.v1 server"
_CHALLENGE: Final = re.compile(f"[0-9a-f]{{{2 * CHALLENGE_BYTES}}}")


def fresh_challenge() -> str:
    """A challenge that was never asked before: hexadecimal digits."""
    return secrets.token_hex(CHALLENGE_BYTES)


def is_challenge(text: str) -> bool:
    """Whether a text has the form of a challenge."""
    return _CHALLENGE.fullmatch(text) is not None


def prove(token: str, address: str, challenge: str) -> str:
    """The answer that only a server that knows the token can give at this address ("127.0.0.1:41234")."""
    told = b"\0".join((_CONTEXT, address.encode(), challenge.encode()))
    return hmac.new(token.encode(), told, hashlib.sha256).hexdigest()


def proves(answer: str, token: str, address: str, challenge: str) -> bool:
    """Whether the answer to a challenge came from one who knows the token."""
    return hmac.compare_digest(answer.strip().encode(), prove(token, address, challenge).encode())
