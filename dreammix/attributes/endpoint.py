"""Describes through any endpoint that speaks OpenAI's chat completions.

What may go wrong there is expected here: it is slow, busy, down, redirects, knows no schemas, or never ends.
No answer's text and no key ever gets into an error: servers quote the key that they refuse.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import monotonic
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
        except openai.APIConnectionError:
            failure = (f"{host} cannot be reached", "no connection came about", "Check address and network")
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
    """Reads an answer up to a size and for a time, whatever its status; follows nowhere else with the key."""

    def __init__(self, timeout_s: float, proxies: bool) -> None:
        super().__init__(
            timeout=timeout_s,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            trust_env=proxies,
        )
        self._timeout_s = timeout_s

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        until = monotonic() + self._timeout_s
        response = super().send(request, **{**options, "stream": True})
        body = bytearray()
        try:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise DescriberFailure(*_unusable("it is compressed, unasked"))
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise DescriberFailure(*_unusable(f"it is longer than {MAX_ANSWER_BYTES >> 10} KiB"))
                if monotonic() > until:
                    raise httpx2.ReadTimeout("The answer goes on and on", request=request)
        finally:
            response.close()
        return httpx2.Response(
            response.status_code, headers=response.headers, content=bytes(body), request=request
        )


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


def _unusable(why: str) -> tuple[str, str, str]:
    return "The endpoint's answer is no use", why, "Check its address, or choose another"
