"""Addresses of servers that an artist types."""

from urllib.parse import urlsplit


def is_address(text: str, *schemes: str) -> bool:
    """Whether it is a server's address without a user, a query or a fragment: keys do not belong there.

    Args:
        text: whatever was typed.
        schemes: one of them it must begin with: "https".
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = text.isprintable() and not any(c.isspace() for c in text)
    extra = parts.username is not None or parts.query or parts.fragment
    return bool(plain and host and parts.scheme in schemes and not extra)
