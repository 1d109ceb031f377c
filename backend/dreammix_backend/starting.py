"""Arguments in; a server that is started, asked how it is, or stopped."""

from __future__ import annotations

import asyncio
import json
import time
from argparse import ArgumentParser, Namespace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from dreammix.attributes import DescriberKind, DescriberSettings
from dreammix.attributes.describer import DEFAULT_ENDPOINT
from dreammix.models.memory import AUTO, PROCESSOR
from dreammix.protocol import InvalidRequest, Profile
from dreammix.protocol.places import backend_folder
from dreammix.subjects import default_root
from dreammix_backend.endpoint import Endpoint, ask, is_running, read_endpoint
from dreammix_backend.engine import EngineSettings
from dreammix_backend.gate import Purpose
from dreammix_backend.house import Furniture
from dreammix_backend.server import CHOSEN, UPLOADS, ServerSettings, run
from dreammix_backend.studio import Listen, Studio, add_user, open_studio, parse_listen
from dreammix_backend.workers import WorkerSettings

SUMMARY: Final = "run the server that the Krita plugin talks to"
FAILURE: Final = 1
STOP_DEADLINE_S: Final = 60.0
"""How long a server may take to end, in seconds: it lets its workers go at their next step."""
POLL_S: Final = 0.1
TORCH_ALONE: Final = "+cpu"
"""How the version of a torch ends that is built for the processor alone."""
_EPILOG: Final = """\
Without --listen only programs of yours on this machine find the server: its address and a token of this
start stand in its folder's endpoint.json, which nobody else may read. Beyond this machine it listens only
with --cert, --key and --users."""


def configure(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.epilog = _EPILOG
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--status", action="store_true", help="say how the running server is")
    what.add_argument("--stop", action="store_true", help="end the running server; its jobs are kept")
    what.add_argument("--add-user", metavar="NAME", help="add a user to --users and show their token, once")
    parser.add_argument("--folder", metavar="FOLDER", type=Path, help="the server's own (the platform's)")
    parser.add_argument(
        "--library", metavar="FOLDER", type=Path, help="the artists' libraries (the platform's)"
    )
    parser.add_argument("--model", metavar="NAME", help="the base model (what was loaded last; sandbox)")
    parser.add_argument(
        "--device",
        metavar="NAME",
        action="append",
        help="what computes, repeatable: cpu, cuda:0 (also of ROCm), mps, xpu:0 (the card with most room)",
    )
    parser.add_argument(
        "--profile",
        choices=tuple(profile.value for profile in Profile),
        help="how models lie in its memory (what was chosen last; the first that has room)",
    )
    parser.add_argument("--parent-pid", metavar="N", type=int, help="end when this process has ended")
    parser.add_argument("--quiet", action="store_true", help="write the log to its file only")
    studio = parser.add_argument_group("for several people on a network")
    studio.add_argument("--listen", metavar="HOST:PORT", help="where (127.0.0.1 and any free port)")
    studio.add_argument(
        "--name", metavar="HOST", action="append", help="what they call this machine, repeatable"
    )
    studio.add_argument("--cert", metavar="FILE", type=Path, help="certificate chain, PEM")
    studio.add_argument("--key", metavar="FILE", type=Path, help="its private key, PEM")
    studio.add_argument("--users", metavar="FILE", type=Path, help="who may come in")
    words = parser.add_argument_group("who looks at pictures")
    kinds = tuple(kind.value for kind in DescriberKind)
    words.add_argument("--describer", choices=kinds, default="clip", help="who describes (%(default)s)")
    words.add_argument("--vlm", metavar="NAME", default="", help="the describing model: a name or folder")
    words.add_argument("--endpoint", metavar="URL", default=DEFAULT_ENDPOINT, help="openai: where it is")
    words.add_argument("--segmenter", metavar="NAME", default="offline", help="who finds masks (%(default)s)")
    tests = parser.add_argument_group("for tests and experiments")
    tests.add_argument(
        "--tools", metavar="MODULE:FUNCTION", default=WorkerSettings().tools, help="what loads a model"
    )


def obey(arguments: Namespace) -> int:
    """Do what the arguments say; returns the exit status. Raises DreamMixError."""
    folder = arguments.folder or backend_folder()
    if arguments.add_user is not None:
        return _add_user(arguments)
    if arguments.status or arguments.stop:
        endpoint = read_endpoint(folder)
        if endpoint is None or not is_running(endpoint):
            print("No server is running")
            return FAILURE
        return _status(endpoint) if arguments.status else _stop(endpoint)
    asyncio.run(run(_settings(arguments, folder)))
    return 0


def usual_device() -> str:
    """What computes where nobody says. Loads no torch: what `AUTO` is, a process that does will find."""
    try:
        return PROCESSOR if version("torch").endswith(TORCH_ALONE) else AUTO
    except PackageNotFoundError:
        return AUTO


def _settings(arguments: Namespace, folder: Path) -> ServerSettings:
    listen, studio = _listening(arguments)
    library = arguments.library or default_root()
    return ServerSettings(
        folder=folder,
        furniture=Furniture(
            library=library,
            uploads=folder / UPLOADS,
            chosen=folder / CHOSEN,
            model=arguments.model,
            profile=None if arguments.profile is None else Profile(arguments.profile),
            describer=DescriberSettings(
                kind=DescriberKind(arguments.describer), endpoint=arguments.endpoint, model=arguments.vlm
            ),
            segmenter=arguments.segmenter,
        ),
        engine=EngineSettings(
            devices=tuple(arguments.device or [usual_device()]),
            workers=WorkerSettings(tools=arguments.tools, library=library),
        ),
        listen=listen,
        studio=studio,
        parent=arguments.parent_pid,
        shown=not arguments.quiet,
    )


def _listening(arguments: Namespace) -> tuple[Listen, Studio | None]:
    """Where programs of this machine find the server, and what opens it to others."""
    listen = parse_listen(arguments.listen) if arguments.listen is not None else Listen()
    if listen.at_home:
        return listen, None
    names = tuple(arguments.name or ())
    return Listen(), open_studio(listen, arguments.cert, arguments.key, arguments.users, names)


def _add_user(arguments: Namespace) -> int:
    if arguments.users is None:
        raise InvalidRequest("There is no users' file", "none was named", "Give --users FILE")
    print(add_user(arguments.users, arguments.add_user))
    return 0


def _status(endpoint: Endpoint) -> int:
    told = ask(endpoint, Purpose.STATUS)
    if told is None:
        print("The server does not answer")
        return FAILURE
    print(f"address: {endpoint.address}\npid: {endpoint.pid}")
    for name, value in json.loads(told).items():
        print(f"{name}: {value}")
    return 0


def _stop(endpoint: Endpoint) -> int:
    ask(endpoint, Purpose.STOP)
    deadline = time.monotonic() + STOP_DEADLINE_S
    while is_running(endpoint):
        if time.monotonic() > deadline:
            print(f"The server, process {endpoint.pid}, has not ended within {STOP_DEADLINE_S:.0f} seconds")
            return FAILURE
        time.sleep(POLL_S)
    print("The server has ended")
    return 0
