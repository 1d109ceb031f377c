"""An endpoint on this computer that answers well, badly, late, without end, or with malice."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from PIL import Image

from dreammix.attributes import DescriberKind, DescriberSettings
from dreammix.attributes.choice import choose_describer
from dreammix.attributes.endpoint import MAX_ANSWER_BYTES, OpenAIDescriber
from dreammix.protocol import Attribute, AttributeKind, DescriberFailure, Picture, Replacement
from tests.attributes.conftest import KEY, Endpoint, Reply, completion, plain

RED = (Attribute(AttributeKind.COLOUR, "red"),)
GOOD = completion('{"colour": ["red"]}')


def _describe(endpoint: Endpoint, red: Picture, **changes: float) -> tuple[Attribute, ...]:
    retries, timeout_s = int(changes.get("retries", 0)), changes.get("timeout_s", 30.0)
    return OpenAIDescriber(endpoint.settings(retries=retries, timeout_s=timeout_s)).describe([red], "mug")


def test_a_good_answer_is_read(endpoint: Endpoint, red: Picture) -> None:
    """The request is a chat completion with a closed schema, for the model, with the key."""
    endpoint.replies = [GOOD]
    describer = choose_describer(endpoint.settings())
    assert describer.destination == "127.0.0.1"
    assert describer.describe([red], "mug") == RED
    (asked,) = endpoint.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == "seer"
    schema = json.dumps(asked.body["response_format"])
    assert '"additionalProperties": false' in schema and all(kind in schema for kind in AttributeKind)


def test_pictures_go_small_and_without_what_is_masked(endpoint: Endpoint, red: Picture) -> None:
    """At most four, at most 512 pixels a side, cut to what is not transparent."""
    endpoint.replies = [GOOD]
    OpenAIDescriber(endpoint.settings()).describe([red] * 6, "mug")
    (message,) = json.loads(json.dumps(endpoint.asked[0].body["messages"]))
    urls = [part["image_url"]["url"] for part in message["content"] if part["type"] == "image_url"]
    assert len(urls) == 4
    image = Image.open(io.BytesIO(base64.b64decode(urls[0].removeprefix("data:image/jpeg;base64,"))))
    assert max(image.size) <= 512
    assert image.width < 1.2 * image.height


def test_an_endpoint_without_schemas_is_asked_plainly(endpoint: Endpoint, red: Picture) -> None:
    """The schema is refused once; then, and from then on, the question must do."""
    endpoint.replies = [plain('{"error": "response_format?"}', 400), GOOD]
    describer = OpenAIDescriber(endpoint.settings())
    assert describer.describe([red], "mug") == describer.describe([red], "mug") == RED
    assert ["response_format" in asked.body for asked in endpoint.asked] == [True, False, False]


def test_a_busy_endpoint_is_asked_again(endpoint: Endpoint, red: Picture) -> None:
    """500, then good."""
    endpoint.replies = [plain("oops", 500), GOOD]
    assert _describe(endpoint, red, retries=1) == RED
    assert len(endpoint.asked) == 2


def _without_end() -> Iterator[bytes]:
    for _ in range(160):
        yield b"x" * (1 << 16)


@pytest.mark.parametrize("status", [200, 404])
def test_ten_megabytes_are_refused(endpoint: Endpoint, red: Picture, status: int) -> None:
    """Reading stops at the limit, in an error's answer too."""
    endpoint.replies = [Reply(status, {}, _without_end)]
    with pytest.raises(DescriberFailure, match=f"{MAX_ANSWER_BYTES >> 10} KiB"):
        _describe(endpoint, red)


def test_a_compressed_answer_is_refused(endpoint: Endpoint, red: Picture) -> None:
    """A few bytes could become gigabytes."""
    endpoint.replies = [plain("x", headers={"Content-Encoding": "gzip"})]
    with pytest.raises(DescriberFailure, match="compressed"):
        _describe(endpoint, red)


def test_silence_times_out(endpoint: Endpoint, red: Picture) -> None:
    """An endpoint that never answers is given up."""

    def silence() -> Iterator[bytes]:
        endpoint.released.wait()
        yield b""

    endpoint.replies = [Reply(200, {}, silence)]
    with pytest.raises(DescriberFailure, match="in time"):
        _describe(endpoint, red, timeout_s=0.5)


def test_a_trickle_times_out(endpoint: Endpoint, red: Picture) -> None:
    """So is one that sends a byte now and then for ever."""

    def trickle() -> Iterator[bytes]:
        while not endpoint.released.wait(0.05):
            yield b" "

    endpoint.replies = [Reply(200, {}, trickle)]
    with pytest.raises(DescriberFailure, match="in time"):
        _describe(endpoint, red, timeout_s=0.5)


@contextlib.contextmanager
def raw_endpoint(answer: Callable[[socket.socket], None]) -> Iterator[DescriberSettings]:
    """How to reach a server that reads a question and then does with the connection what `answer` does."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(1 << 20)
                    answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield DescriberSettings(
            kind=DescriberKind.OPENAI,
            endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}/v1",
            model="seer",
            retries=0,
            timeout_s=0.5,
        )


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def _drip_a_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def _continue(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize("answer", [_drip, _drip_a_body, _continue])
def test_an_answer_that_never_begins_or_ends_times_out(
    red: Picture, answer: Callable[[socket.socket], None]
) -> None:
    """Headers that drip, a body until the connection's end, and "100 Continue" for ever."""
    with raw_endpoint(answer) as settings, pytest.raises(DescriberFailure, match="in time"):
        OpenAIDescriber(settings).describe([red], "mug")


def _garbage(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n" * 10)


def _headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(160):
        connection.sendall(b"x" * (1 << 16))


@pytest.mark.parametrize("answer", [_garbage, _headers, lambda connection: None])
def test_what_is_no_http_is_said(red: Picture, answer: Callable[[socket.socket], None]) -> None:
    """Another protocol, ten megabytes of headers, nothing at all: a connection came about."""
    with raw_endpoint(answer) as settings, pytest.raises(DescriberFailure) as caught:
        OpenAIDescriber(settings).describe([red], "mug")
    assert "cannot be reached" not in str(caught.value)
    assert "no HTTP" in str(caught.value) or "ended the connection" in str(caught.value)


def test_nobody_there_is_said(endpoint: Endpoint, red: Picture) -> None:
    """A port that nobody listens on."""
    settings = endpoint.settings()
    endpoint.shutdown()  # Else the system still takes connections for it, and resets them.
    endpoint.server_close()
    with pytest.raises(DescriberFailure, match="cannot be reached"):
        OpenAIDescriber(settings).describe([red], "mug")


@pytest.mark.parametrize(
    "reply",
    [
        plain(""),
        plain("<html>Welcome</html>"),
        plain("[]"),
        plain("null"),
        plain('{"choices": []}'),
        plain('{"choices": [{"message": "red"}]}'),
        plain("[" * 100_000),
        completion(None),
        completion("I am sorry, I cannot see."),
        completion('{"path": "../x"}'),
    ],
)
def test_nonsense_is_refused(endpoint: Endpoint, red: Picture, reply: Reply) -> None:
    """Whatever comes instead of a description is one clear failure."""
    endpoint.replies = [reply]
    with pytest.raises(DescriberFailure) as caught:
        _describe(endpoint, red)
    assert caught.value.what and caught.value.why and caught.value.remedy


def test_malice_is_left_out(endpoint: Endpoint, red: Picture) -> None:
    """Markup, paths, line ends and bidirectional characters do not get through; plain words do."""
    listed = ["<img src=x onerror=y>", "../../x", "dark\r\nred", "b\u202elue", "x: y", "--seed 1"]
    endpoint.replies = [completion(json.dumps({"colour": listed, "settings": {"steps": 1}}))]
    assert [attribute.words for attribute in _describe(endpoint, red)] == ["dark red", "blue"]


def test_a_redirection_is_not_followed(endpoint: Endpoint, red: Picture) -> None:
    """Neither pictures nor key go where a server points to."""
    elsewhere = f"http://127.0.0.1:{endpoint.server_port}/elsewhere"
    endpoint.replies = [plain("", 307, {"Location": elsewhere})]
    with pytest.raises(DescriberFailure, match="307"):
        _describe(endpoint, red)
    assert [asked.path for asked in endpoint.asked] == ["/v1/chat/completions"]


def test_words_are_matched_by_the_endpoint(endpoint: Endpoint) -> None:
    """It is asked with the edit and the dictionary; its choice is taken."""
    endpoint.replies = [completion('{"replacements": [{"kind": "colour", "old": "red", "new": "blue"}]}')]
    found = OpenAIDescriber(endpoint.settings()).match("make it blue", RED, "mug")
    assert found == (Replacement(AttributeKind.COLOUR, "red", "blue"),)
    assert "make it blue" in json.dumps(endpoint.asked[0].body["messages"])


def test_nothing_is_asked_for_no_words(endpoint: Endpoint) -> None:
    """An empty edit replaces nothing."""
    assert OpenAIDescriber(endpoint.settings()).match(" ", RED) == ()
    assert not endpoint.asked


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
def test_the_key_shows_nowhere(
    endpoint: Endpoint, red: Picture, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Not in logs of any level, reprs or tracebacks, though the server repeats it."""
    caplog.set_level(logging.DEBUG)
    endpoint.replies = [plain(json.dumps({"error": {"message": f"bad key {KEY}"}}), status)]
    describer = OpenAIDescriber(endpoint.settings(retries=1))
    with pytest.raises(DescriberFailure) as caught:
        describer.describe([red], "mug")
    assert endpoint.asked[0].headers["authorization"].endswith(KEY)
    seen = [
        *traceback.TracebackException.from_exception(caught.value, capture_locals=True).format(),
        str(caught.value),
        repr(caught.value),
        repr(describer),
        repr(vars(describer)),
        repr(endpoint.settings()),
        *(record.getMessage() for record in caplog.records),
    ]
    assert not [text for text in seen if KEY in text]


def test_an_unwelcome_key_is_said(endpoint: Endpoint, red: Picture) -> None:
    """The remedy says where keys are kept."""
    endpoint.replies = [plain("{}", 401)]
    with pytest.raises(DescriberFailure, match="DREAMMIX_DESCRIBER_KEY"):
        _describe(endpoint, red)


class _Memory(KeyringBackend):
    """A keyring for the length of a test."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return "from-the-ring" if (service, username) == ("dreammix-describer", "127.0.0.1") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


@pytest.fixture
def ring() -> Iterator[None]:
    """The keyring holds a key for this computer's endpoint."""
    before = keyring.get_keyring()
    make: Callable[[], KeyringBackend] = _Memory  # The library's own constructor has no types.
    keyring.set_keyring(make())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("ring")
def test_the_keyring_is_asked_for_a_key(
    endpoint: Endpoint, red: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the endpoint's host; OpenAI's own variables are for OpenAI alone."""
    monkeypatch.delenv("DREAMMIX_DESCRIBER_KEY")
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "openais-own")
    endpoint.replies = [GOOD]
    assert _describe(endpoint, red) == RED
    headers = endpoint.asked[0].headers
    assert headers["authorization"] == "Bearer from-the-ring"
    assert not [value for value in headers.values() if "openais-own" in value]


@pytest.mark.parametrize(
    ("address", "key"), [("http://studio.example/v1", KEY), ("https://studio.example/v1", "schlüssel")]
)
def test_a_key_that_cannot_travel_safely_stays(
    monkeypatch: pytest.MonkeyPatch, address: str, key: str
) -> None:
    """No unencrypted way, and no key that is none."""
    monkeypatch.setenv("DREAMMIX_DESCRIBER_KEY", key)
    with pytest.raises(DescriberFailure) as caught:
        OpenAIDescriber(DescriberSettings(kind=DescriberKind.OPENAI, endpoint=address, model="m"))
    assert key not in str(caught.value)
