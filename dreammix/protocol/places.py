"""Where DreamMix keeps an artist's things on this machine, so that the plugin and the backend agree."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

BACKEND_VARIABLE: Final = "DREAMMIX_BACKEND"
"""Names another folder for the backend's own things than the usual one."""
SETUP_VARIABLE: Final = "DREAMMIX_SETUP"
"""Names another folder for the installed backend than the usual one."""
MODELS_VARIABLE: Final = "DREAMMIX_MODELS"
"""Names another folder for models than the usual one."""
INSTALLED_FILE: Final = "installed.json"
"""In that folder, while the installation is whole: which Python has the backend."""
ENDPOINT_FILE: Final = "endpoint.json"
"""In that folder: where the running backend listens, and its token. Nobody else may read it."""


def data_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The platform's folder for what an artist would miss; it need not exist."""
    home = Path.home()
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "DreamMix"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "DreamMix"
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "dreammix"


def backend_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder of the backend's endpoint, jobs, results and logs; it need not exist."""
    named = environment.get(BACKEND_VARIABLE)
    return Path(named) if named else data_folder(environment, platform) / "backend"


def models_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder of installed models; it need not exist."""
    named = environment.get(MODELS_VARIABLE)
    return Path(named) if named else data_folder(environment, platform) / "models"


def own_models_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder that an artist puts models of their own into; it need not exist."""
    return models_folder(environment, platform) / "own"


def setup_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder that the backend is installed into; it need not exist, and nothing of the artist's is in it.

    Gigabytes of programs are not carried from one Windows machine to the next as the artist's own things are.
    """
    named = environment.get(SETUP_VARIABLE)
    if named:
        return Path(named)
    if platform == "win32":
        local = environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(local) / "DreamMix" / "setup"
    return data_folder(environment, platform) / "setup"
