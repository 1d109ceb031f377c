"""Who describes pictures, as the backend of this machine is told at its start."""

from typing import Final

from dreammix.protocol.words import Word
from dreammix_krita.settings import Preferences

KEY_VARIABLE: Final = "DREAMMIX_DESCRIBER_KEY"
"""Where the backend looks for a service's key: never on a command line, which everybody can read."""


class DescriberKind(Word):
    """Who describes pictures, in the words of the backend's `--describer`."""

    CLIP = "clip"
    LOCAL = "local"
    """A vision-language model in a folder of this machine."""
    BY_HAND = "by-hand"
    OPENAI = "openai"
    """A service that speaks OpenAI's protocol; one on this machine, too."""


def describer_options(preferences: Preferences) -> tuple[str, ...]:
    """Arguments of the backend; none where nothing was chosen."""
    if preferences.describer not in tuple(DescriberKind):
        return ()
    chosen = ("--describer", preferences.describer)
    if preferences.describer == DescriberKind.LOCAL:
        return (*chosen, "--vlm", preferences.describer_folder)
    if preferences.describer == DescriberKind.OPENAI:
        return (*chosen, "--endpoint", preferences.describer_endpoint, "--vlm", preferences.describer_model)
    return chosen


def describer_environment(preferences: Preferences) -> dict[str, str]:
    """What is added to the backend's environment."""
    wanted = preferences.describer == DescriberKind.OPENAI and preferences.describer_key
    return {KEY_VARIABLE: preferences.describer_key} if wanted else {}
