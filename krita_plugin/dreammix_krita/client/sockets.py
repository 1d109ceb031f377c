"""A TCP socket of Qt's to a backend: plain to this machine, with TLS to any other."""

from typing import Any, cast

from dreammix_krita.client.address import Address
from dreammix_krita.client.errors import NotConnected, Refused
from dreammix_krita.qt import QtCore, QtNetwork

READ_BYTES = 256 * 1024
"""Most bytes taken from a socket in one turn of the event loop: handling them is far below 50 ms."""
READ_AHEAD_BYTES = 4 * READ_BYTES
"""Most bytes that wait in a socket to be taken; then the sender waits."""

Socket = QtNetwork.QTcpSocket
SocketState = QtNetwork.QAbstractSocket.SocketState
SocketError = QtNetwork.QAbstractSocket.SocketError
_TLS_FAILURES = (SocketError.SslHandshakeFailedError, SocketError.SslInvalidUserDataError)


def make_socket(address: Address, parent: QtCore.QObject) -> Socket:
    """A socket for an address, not yet connected. Raises Refused where TLS is asked and is not there."""
    socket = _tls_socket(address, parent) if address.secure else QtNetwork.QTcpSocket(parent)
    # A proxy that the artist has set for the web knows nothing of this.
    socket.setProxy(QtNetwork.QNetworkProxy(QtNetwork.QNetworkProxy.ProxyType.NoProxy))
    socket.setReadBufferSize(READ_AHEAD_BYTES)
    return socket


def single_shot(parent: QtCore.QObject, interval_ms: int, tick: "QtCore.PYQT_SLOT") -> QtCore.QTimer:
    """A timer that ticks once each time it is started."""
    timer = QtCore.QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(tick)
    return timer


def wake(socket: Socket, turn: QtCore.QTimer) -> None:
    """Let whatever happens to a socket start a timer; what is done about it is done in the timer's turn.

    No Python runs within a signal of the socket: any of it may end the socket's owner, by a call or because
    Python collects it just then, and Qt would go on with a socket that is gone.
    """
    (socket.encrypted if isinstance(socket, QtNetwork.QSslSocket) else socket.connected).connect(turn.start)
    socket.readyRead.connect(turn.start)
    socket.bytesWritten.connect(turn.start)
    socket.disconnected.connect(turn.start)
    socket.errorOccurred.connect(turn.start)


def begin(socket: Socket, address: Address) -> None:
    """Connect it; `wake` tells when it is, or cannot be."""
    if isinstance(socket, QtNetwork.QSslSocket):
        socket.connectToHostEncrypted(address.host, address.port)
    else:
        socket.connectToHost(address.host, address.port)


def is_ready(socket: Socket) -> bool:
    """Whether it may be written to."""
    if isinstance(socket, QtNetwork.QSslSocket):
        return socket.isEncrypted()
    return socket.state() == SocketState.ConnectedState


def failure(socket: Socket, address: Address) -> NotConnected:
    """Why a socket is not connected."""
    why = socket.errorString()
    # Qt's types know the signal of that name alone.
    if cast(Any, socket).error() in _TLS_FAILURES:
        return Refused(
            f"The backend at {address.text} cannot be trusted", why, "Check its certificate and its name"
        )
    return NotConnected(f"The backend at {address.text} does not answer", why, "It is tried again by itself")


def _tls_socket(address: Address, parent: QtCore.QObject) -> QtNetwork.QSslSocket:
    if not QtNetwork.QSslSocket.supportsSsl():
        raise Refused(
            f"The backend at {address.text} cannot be reached safely",
            "Qt has found no TLS library here",
            "Use a backend on this computer",
        )
    socket = QtNetwork.QSslSocket(parent)
    if address.certificate is not None:
        trusted = QtNetwork.QSslCertificate.fromPath(str(address.certificate))
        if not trusted:
            raise Refused(
                "The backend's certificate cannot be read",
                f"{address.certificate.name} holds none, or cannot be opened",
                "Choose the PEM file that its owner gave you",
            )
        settings = socket.sslConfiguration()
        settings.setCaCertificates([*settings.caCertificates(), *trusted])
        socket.setSslConfiguration(settings)
    return socket
