"""Describes through any endpoint that speaks OpenAI's chat completions.

What may go wrong there is expected here: it is slow, busy, down, redirects, knows no schemas, or never ends.
No answer's text and no key ever gets into an error: servers quote the key that they refuse.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock, Timer
from typing import Any, Final

import httpx2
import openai

from dreammix.attributes.asking import ATTRIBUTES_SCHEMA, REPLACEMENTS_SCHEMA, Schema, describing, matching
from dreammix.attributes.describer import DescriberSettings, host_of
from dreammix.attributes.keys import KEY_VARIABLE, KEYRING_SERVICE, read_key
from dreammix.attributes.parsing import parse_attributes, parse_replacements
from dreammix.attributes.showing import data_url, shown
from dreammix.protocol import Attribute, DescriberFailure, Picture, Replacement

MAX_ANSWER_BYTES: Final = 1 << 18
"""Longest answer that is read, in bytes."""
_NO_KEY: Final = "none"
"""Sent where there is no key: servers on one's own computer ask for none, the library for some."""
_LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NO_SCHEMAS_STATUS: Final = frozenset({400, 415, 422, 501})
"""What endpoints answer to a form of answer that they do not know."""
_NO_ENTRY_STATUS: Final = frozenset({401, 403})


class OpenAIDescriber:
    """Describes and matches by asking a vision-language model at an endpoint.

    Args:
        settings: endpoint, model, time-out, retries.

    Raises:
        DescriberFailure: the key is none, or would go over the network unencrypted.
    """

    def __init__(self, settings: DescriberSettings) -> None:
        self.destination: str | None = host_of(settings.endpoint)
        self._model = settings.model
        self._schemas = True
        key = read_key(settings.endpoint)
        if key and not (key.isascii() and key.isprintable()):
            # The library would quote it while it complains.
            raise DescriberFailure(
                f"The key for {self.destination} is no key",
                "it holds characters that keys have not",
                "Copy it again",
            )
        if key and not settings.endpoint.startswith("https:") and self.destination not in _LOCAL_HOSTS:
            raise DescriberFailure(
                f"The key is not sent to {self.destination}",
                "the endpoint's address begins with http, so anyone on the way could read it",
                "Use an address that begins with https, or take the key away if none is needed",
            )
        self._client = openai.OpenAI(
            api_key=key or _NO_KEY,
            base_url=settings.endpoint,
            max_retries=settings.retries,
            # A proxy that leads to the network does not lead back to this computer.
            http_client=_BoundedClient(settings.timeout_s, self.destination not in _LOCAL_HOSTS),
        )
        # The library takes these from the environment; they are nobody's business but OpenAI's.
        self._client.organization = self._client.project = None

    def describe(self, pictures: Sequence[Picture], class_word: str) -> tuple[Attribute, ...]:
        urls = [data_url(image) for image in shown(pictures)]
        parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
        content = [{"type": "text", "text": describing(class_word)}, *parts]
        return parse_attributes(self._answer(content, ATTRIBUTES_SCHEMA), class_word)

    def match(
        self, edit: str, attributes: Sequence[Attribute], class_word: str = ""
    ) -> tuple[Replacement, ...]:
        if not edit.strip():
            return ()
        question = [{"type": "text", "text": matching(edit, attributes, class_word)}]
        return parse_replacements(self._answer(question, REPLACEMENTS_SCHEMA), edit, attributes)

    def _answer(self, content: list[Any], schema: Schema) -> str:
        """The text of the model's answer."""
        host = self.destination
        try:
            text = _text(self._ask(content, schema))
        except openai.APITimeoutError:
            failure = (f"{host} did not answer in time", "it may be busy", "Try again, or allow it more time")
        except openai.APIStatusError as error:
            failure = _refusal(host, error.status_code)
        except openai.APIConnectionError as error:
            failure = _lost(host, error.__cause__)
        except openai.OpenAIError as error:
            failure = (f"{host} was not asked", type(error).__name__, "Check the describer's settings")
        else:
            if text is not None:
                return text
            failure = _unusable("it is no chat completion, or says nothing")
        # Out here it has no cause: the library's errors hold the request and what the server said.
        raise DescriberFailure(*failure)

    def _ask(self, content: list[Any], schema: Schema) -> bytes:
        """The answer's body; where the endpoint knows no schemas, the question must do."""
        if self._schemas:
            try:
                return self._send(content, _form(schema))
            except openai.APIStatusError as error:
                if error.status_code not in _NO_SCHEMAS_STATUS:
                    raise
            self._schemas = False
        return self._send(content, openai.omit)

    def _send(self, content: list[Any], form: Any) -> bytes:
        response = self._client.chat.completions.with_raw_response.create(
            model=self._model, messages=[{"role": "user", "content": content}], response_format=form
        )
        return response.content


class _BoundedClient(openai.DefaultHttpxClient):
    """Reads an answer up to a size, and is done with it in time, whatever comes and however slowly.

    Follows nowhere else with the key. Each exchange has a connection of its own, to be cut off.
    """

    def __init__(self, timeout_s: float, proxies: bool) -> None:
        super().__init__(
            timeout=timeout_s,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            trust_env=proxies,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )
        self._timeout_s = timeout_s

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        with _Watchdog(self._timeout_s) as watchdog:
            request.extensions = {**request.extensions, "trace": watchdog.hear}
            try:
                answer = self._read(request, **options)
            except httpx2.TransportError as error:
                if watchdog.bitten:
                    raise httpx2.ReadTimeout("The answer goes on and on", request=request) from error
                raise
            if watchdog.bitten:  # An answer whose end is the connection's looks whole.
                raise httpx2.ReadTimeout("The answer goes on and on", request=request)
            return answer

    def _read(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        response = super().send(request, **{**options, "stream": True})
        body = bytearray()
        try:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise DescriberFailure(*_unusable("it is compressed, unasked"))
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise DescriberFailure(*_unusable(f"it is longer than {MAX_ANSWER_BYTES >> 10} KiB"))
        finally:
            response.close()
        return httpx2.Response(
            response.status_code, headers=response.headers, content=bytes(body), request=request
        )


class _Watchdog:
    """Ends the connection of an exchange that takes too long; whoever reads from it then finds its end.

    The client's own time-outs begin anew with every byte that comes, so that a dripping header, or status
    after status without an answer, would hold it for ever.
    """

    def __init__(self, timeout_s: float) -> None:
        self.bitten = False
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._timer = Timer(timeout_s, self._bite)
        self._timer.daemon = True

    def __enter__(self) -> _Watchdog:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def hear(self, event: str, told: Mapping[str, Any]) -> None:
        """httpx2's "trace": a connection came about, or TLS took it over."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._socket = told["return_value"].get_extra_info("socket")
                if self.bitten:
                    self._cut()

    def _bite(self) -> None:
        with self._lock:
            self.bitten = True
            self._cut()

    def _cut(self) -> None:
        if self._socket is not None:
            # A TLS socket's own method would change what its reader stands on.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _form(schema: Schema) -> Any:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def _text(body: bytes) -> str | None:
    """The message in a chat completion; None: there is none."""
    try:
        text = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return text if isinstance(text, str) else None


def _refusal(host: str | None, status: int) -> tuple[str, str, str]:
    if status in _NO_ENTRY_STATUS:
        return (
            f"{host} does not accept the key",
            f"it answered with status {status}",
            f"Put its key into {KEY_VARIABLE}, or into the keyring (service {KEYRING_SERVICE}, user {host})",
        )
    if 300 <= status < 400:
        remedy = "Give the address that it redirects to, if you trust it"
    elif status == 429 or status >= 500:
        remedy = "Try again later"
    else:
        remedy = "Check the model's name, and that it takes pictures"
    return f"{host} refused to answer", f"it answered with status {status}", remedy


def _lost(host: str | None, error: BaseException | None) -> tuple[str, str, str]:
    """Why there is no answer at all."""
    if isinstance(error, httpx2.RemoteProtocolError):
        return _unusable("it is no HTTP, or breaks off")
    if isinstance(error, (httpx2.ReadError, httpx2.WriteError)):
        return f"{host} did not answer", "it ended the connection", "Try again, or check its address"
    return f"{host} cannot be reached", "no connection came about", "Check address and network"


def _unusable(why: str) -> tuple[str, str, str]:
    return "The endpoint's answer is no use", why, "Check its address, or choose another"
