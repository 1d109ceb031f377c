"""The plugin that tests put into Krita: it runs lines of a local socket in the GUI thread, and answers each.

A line is a JSON string of Python code; the answer a JSON object with the `value` of its last expression, or
the `error` that it raised. What is raised elsewhere in Krita is kept in `unhandled` (else a dialog).
"""

import ast
import json
import os
import sys
import time
import traceback
from types import TracebackType

from PyQt5.QtCore import QObject
from PyQt5.QtNetwork import QLocalServer, QLocalSocket

from krita import Krita

sys.path[:0] = json.loads(os.environ["DREAMMIX_PROBE_PATHS"])


class Probe(QObject):
    """Listens from the moment that Krita has a window."""

    def __init__(self) -> None:
        super().__init__()
        self.unhandled: list[str] = []
        self.opened = 0.0
        self._scope: dict[str, object] = {"Krita": Krita, "probe": self}
        # Python knows no other owner of them: collected as garbage, one would take its slot's closure along,
        # and Krita crash at the next line that comes.
        self._sockets: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.newConnection.connect(self._meet)

    def listen(self) -> None:
        """Open the door, and note when: seconds since the machine's start."""
        self.opened = self.opened or time.clock_gettime(time.CLOCK_BOOTTIME)
        self._server.removeServer(os.environ["DREAMMIX_PROBE_SOCKET"])  # An earlier Krita's of this home.
        self._server.listen(os.environ["DREAMMIX_PROBE_SOCKET"])

    def note(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Keep an error that nobody caught."""
        self.unhandled.append("".join(traceback.format_exception(kind, error, trace)))

    def _meet(self) -> None:
        socket = self._server.nextPendingConnection()
        if socket is not None:
            self._sockets.append(socket)
            socket.readyRead.connect(lambda: self._read(socket))

    def _read(self, socket: QLocalSocket) -> None:
        while socket.canReadLine():
            answer = self._run(json.loads(bytes(socket.readLine())))
            socket.write(json.dumps(answer).encode() + b"\n")

    def _run(self, code: str) -> dict[str, object]:
        try:
            program = ast.parse(code)
            last = program.body.pop() if isinstance(program.body[-1], ast.Expr) else None
            exec(compile(program, "<test>", "exec"), self._scope)
            if not isinstance(last, ast.Expr):
                return {"value": None}
            value = eval(compile(ast.Expression(last.value), "<test>", "eval"), self._scope)
            json.dumps(value)
        except Exception:  # noqa: BLE001 - the test is told of all of them
            return {"error": traceback.format_exc()}
        return {"value": value}


PROBE = Probe()
sys.excepthook = PROBE.note
Krita.instance().notifier().setActive(True)
Krita.instance().notifier().windowCreated.connect(PROBE.listen)
