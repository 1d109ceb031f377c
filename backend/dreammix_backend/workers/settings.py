"""How worker processes are started, and how long they may be silent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

START_S: Final = 120.0
"""How long a worker may take until it waits for its first job, in seconds."""
SILENCE_S: Final = 600.0
"""How long a worker with a job may say nothing, in seconds: loading a large model, or one slow step."""
STOPPING_S: Final = 30.0
"""How long a worker may take to let go of a job, in seconds."""
ENDING_S: Final = 5.0
"""How long a worker whose words have ended may take to end itself, in seconds."""
MAX_LOSSES: Final = 1
"""How many workers a job may lose and still be put back."""
RESTART_DELAY_S: Final = 0.1
"""The pause before a device's second restart in a row, in seconds; it doubles with each further one."""
MAX_RESTART_DELAY_S: Final = 10.0
"""The longest pause before a restart, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What all workers of a server have in common.

    Attributes:
        tools: `module:function` that loads a model, see `dreammix_backend.worker.tools.load`.
        library: the root of the artists' subjects; None: the usual place.
        start_s, silence_s, stopping_s, restart_delay_s: see the constants of these names.
    """

    tools: str = "dreammix_backend.worker.tools:load"
    library: Path | None = None
    start_s: float = START_S
    silence_s: float = SILENCE_S
    stopping_s: float = STOPPING_S
    restart_delay_s: float = RESTART_DELAY_S
