"""Whom this machine's backend fetches models from, as it is told at its start: by the hub's own variables."""

from typing import Final

from dreammix_krita.flow.addresses import is_address
from dreammix_krita.settings import Preferences

MIRROR_VARIABLE: Final = "HF_ENDPOINT"
OFFLINE_VARIABLE: Final = "HF_HUB_OFFLINE"
USUAL: Final = "https://huggingface.co"


def fetching_environment(preferences: Preferences) -> dict[str, str]:
    """What is added to the backend's environment; nothing where nothing was chosen."""
    mirror = {MIRROR_VARIABLE: preferences.mirror} if preferences.mirror else {}
    return mirror | ({OFFLINE_VARIABLE: "1"} if preferences.offline else {})


def is_mirror(address: str) -> bool:
    """Whether it can be fetched from there: over https, so that nobody on the way changes what comes."""
    return is_address(address, "https")
