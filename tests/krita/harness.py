"""A real Krita for tests: its own display, its own profile, and a socket to run code through in it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = ("krita", "Xvfb", "xdotool", "import")
BUNDLE: Final = Path("/usr/share/krita/bundles/RGBA_brushes.bundle")
"""With this one bundle in the profile Krita starts in seconds; with none it asks the artist."""
IMPORTER: Final = "/usr/share/krita/pykrita/plugin_importer/plugin_importer.py"
"""What Krita runs at *Import Python Plugin from File*."""
PLUGIN: Final = "data/krita/pykrita/dreammix_krita"
"""Where the importer puts it, in a Krita's home."""
ENABLED: Final = "enable_dreammix_krita=true"
"""What stands in a Krita's settings that loads it."""
WHEELS: Final = [str(path) for path in sorted((ROOT / ".venv/vendored").glob("*.whl"))]
"""What the plugin's zip carries a copy of, for Krita's Python has it not."""
PAINTER: Final = "none"
OPENGL: Final = "auto"
"""What Krita draws its canvas with: artists have OpenGL, which is slow without a card."""
SCREEN: Final = "1600x1000x24"
DEADLINE_S: Final = 240.0
"""How long anything may take on a busy machine before it counts as stuck."""
LISTED_MS: Final = 400
"""How long Krita's list of layers takes to show what changed, in milliseconds of its own clock."""
_REST: Final = "[document.waitForDone() for document in Krita.instance().documents()]"
_DESKTOP: Final = """[Desktop Entry]
Type=Service
ServiceTypes=Krita/PythonPlugin
X-KDE-Library=dreammix_probe
X-Python-2-Compatible=false
Name=DreamMix probe
Comment=Runs the lines of a test
"""


class Krita:
    """A running Krita."""

    def __init__(self, process: subprocess.Popen[bytes], environment: dict[str, str], door: Path) -> None:
        self._process = process
        self._environment = environment
        self._door = door
        self._log = door.with_name("log")
        self._stream = self._connect().makefile("rwb")

    def run(self, code: str) -> Any:
        """Run code in the GUI thread; the value of its last expression, which JSON must be able to hold."""
        self._stream.write(json.dumps(code).encode() + b"\n")
        self._stream.flush()
        line = self._stream.readline()
        assert line, f"Krita ended with {self._process.wait(DEADLINE_S)}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def connect_anew(self) -> None:
        """Once a window waits for an answer: the line that opened it is not over until then."""
        self._stream = self._connect().makefile("rwb")

    def wait_until(self, expression: str) -> None:
        """Let Krita work until an expression is true."""
        self.wait_for(lambda: bool(self.run(expression)), expression)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Let Krita work until a condition holds, which is called this."""
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, f"never came true: {what}"
            time.sleep(0.05)

    def rest(self) -> None:
        """Let Krita finish what it does to its pictures beside the GUI thread.

        It undoes, redoes, deselects and adds frames there: meanwhile two questions may have two answers.
        """
        self.run(_REST)

    def act(self, name: str) -> None:
        """Choose a tool, or do what a menu does. While its picture is busy, Krita would not undo or redo."""
        self.run(f"{_REST}\nKrita.instance().action({name!r}).trigger()")

    def settle(self) -> None:
        """Let Krita's list of layers show what changed.

        A document that is closed before, it looks for in vain (5.1.5: a segmentation fault in
        `KisNodeModel::processUpdateQueue`).
        """
        self.run(
            f"{_REST}\n"
            "from PyQt5.QtCore import QTimer\n"
            "listed = []\n"
            f"QTimer.singleShot({LISTED_MS}, lambda: listed.append(True))"
        )
        self.wait_until("listed")

    def close_all(self) -> None:
        """Close what is open, without saving."""
        self.settle()
        self.run(
            "for document in Krita.instance().documents():\n"
            "    document.setModified(False)\n"
            "    document.close()"
        )
        self.wait_until("not Krita.instance().documents()")

    def press(self, keys: str) -> None:
        """Press keys as the artist does ("ctrl+z"), once Krita's picture is at rest: see `act`."""
        self.rest()
        # No window manager has given Krita the focus.
        self.run("Krita.instance().activeWindow().qwindow().activateWindow()")
        self.wait_until("Krita.instance().activeWindow().qwindow().isActiveWindow()")
        self._hand("key", keys)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self._hand("type", "--delay", "20", text)

    def click(self, place: Sequence[int]) -> None:
        """Press the left mouse button at a place on the screen."""
        self._hand("mousemove", *map(str, place), "click", "1")

    def drag(self, start: Sequence[int], end: Sequence[int]) -> None:
        """Draw with the left mouse button, by way of the middle: Krita's tools follow what moves."""
        middle = [(a + b) // 2 for a, b in zip(start, end, strict=True)]
        way = [word for place in (middle, end) for word in ("mousemove", *map(str, place), "sleep", "0.1")]
        self._hand("mousemove", *map(str, start), "mousedown", "1", "sleep", "0.1", *way, "mouseup", "1")

    def _hand(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._environment, check=True)

    def photograph(self, path: Path) -> None:
        """The whole screen, as a picture file."""
        subprocess.run(["import", "-window", "root", str(path)], env=self._environment, check=True)

    def memory_mib(self) -> float:
        """What of it lies in memory, or was put out of it, in MiB."""
        told = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        found = dict(line.split(":", 1) for line in told.splitlines())
        return sum(int(found[name].split()[0]) for name in ("VmRSS", "VmSwap")) / 1024

    @property
    def log(self) -> str:
        """What it has printed since it was started."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def quit(self) -> int:
        """Close everything without saving; Krita's exit status."""
        self.settle()
        unhandled = self.run("probe.unhandled")
        self.run(
            "from PyQt5.QtCore import QTimer\n"
            "[document.setModified(False) for document in Krita.instance().documents()]\n"
            "QTimer.singleShot(0, Krita.instance().action('file_quit').trigger)"
        )
        status = self._process.wait(DEADLINE_S)
        assert unhandled == [], unhandled
        return status

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.wait(DEADLINE_S)

    def _connect(self) -> socket.socket:
        end = time.monotonic() + DEADLINE_S
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(DEADLINE_S)
            try:
                connection.connect(str(self._door))
            except OSError:
                connection.close()
                assert self._process.poll() is None, f"Krita ended with {self._process.returncode}"
                assert time.monotonic() < end, "Krita never opened a window"
                time.sleep(0.1)
            else:
                return connection


@contextmanager
def running(
    folder: Path,
    plugin: Path | None = None,
    variables: Mapping[str, str] | None = None,
    *,
    renderer: str = PAINTER,
) -> Iterator[Krita]:
    """A Krita of its own profile, gone at the end.

    Args:
        folder: its home, with a short path: it holds a socket. New, or of an earlier Krita.
        plugin: the plugin's zip, to be installed. Without one the home has what it has; where that is none,
            the tests' code imports the checkout's modules.
        variables: more of its environment.
        renderer: what draws its canvas: `PAINTER` or `OPENGL`.
    """
    with _display() as display:
        environment = _environment(folder, display) | dict(variables or {})
        _seed(folder, environment, renderer)
        if plugin is None and not (folder / PLUGIN).exists():
            environment["DREAMMIX_PROBE_PATHS"] = json.dumps([str(ROOT / "krita_plugin"), str(ROOT), *WHEELS])
        elif plugin is not None:
            _install(folder, plugin)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["krita", "--nosplash"], env=environment, cwd=folder, stdout=log, stderr=log
            )
        try:
            yield Krita(process, environment, Path(environment["DREAMMIX_PROBE_SOCKET"]))
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(DEADLINE_S)


@contextmanager
def _display() -> Iterator[str]:
    """A screen that nobody sees, on the first number that is free."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, f"Xvfb ended with {server.wait(DEADLINE_S)}"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(DEADLINE_S)


def _environment(folder: Path, display: str) -> dict[str, str]:
    """Nothing of the caller's reaches Krita: no Qt, no Python, no session bus."""
    places = {
        "HOME": "home",
        "XDG_DATA_HOME": "data",
        "XDG_CONFIG_HOME": "config",
        "XDG_CACHE_HOME": "cache",
        "XDG_RUNTIME_DIR": "runtime",
        "TMPDIR": "tmp",
    }
    for name in places.values():
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    return {key: str(folder / name) for key, name in places.items()} | {
        "DISPLAY": display,
        "LC_ALL": "C.UTF-8",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "PATH": "/usr/bin:/bin",
        "DREAMMIX_PROBE_PATHS": json.dumps([str(ROOT)]),
        "DREAMMIX_PROBE_SOCKET": str(folder / "door"),
    }


def _seed(folder: Path, environment: dict[str, str], renderer: str) -> None:
    """A profile that Krita believes to have been used before, with the probe switched on."""
    told = subprocess.run(["krita", "--version"], env=environment, capture_output=True, text=True, check=True)
    resources = folder / "data/krita"
    probe = resources / "pykrita/dreammix_probe"
    probe.mkdir(parents=True, exist_ok=True)
    (resources / "KRITA_RESOURCE_VERSION").write_text(told.stdout.split()[-1])
    shutil.copy(BUNDLE, resources)
    (probe.parent / "dreammix_probe.desktop").write_text(_DESKTOP)
    shutil.copy(ROOT / "tests/krita/probe.py", probe / "__init__.py")
    settings = folder / "config/kritarc"
    if not settings.exists():
        settings.write_text("[python]\nenable_dreammix_probe=true\n")
    (folder / "config/kritadisplayrc").write_text(f"[General]\nOpenGLRenderer={renderer}\n")


def _install(folder: Path, plugin: Path) -> None:
    """By Krita's own importer, and switched on as it does after Yes."""
    importer = [sys.executable, IMPORTER, str(plugin), str(folder / "data/krita")]
    done = subprocess.run(importer, capture_output=True, text=True, check=True)
    # In an earlier Krita's profile it says first that it overwrites what is there.
    assert done.stdout.splitlines()[-1:] == ["Imported plugin: DreamMix"], done.stdout
    settings = folder / "config/kritarc"
    if ENABLED not in settings.read_text():
        with settings.open("a") as stream:
            stream.write(f"{ENABLED}\n")
