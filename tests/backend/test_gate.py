"""The gate: judged as a pure function here; the same attacks over real sockets are in test_server.py."""

import string
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol.messages import SUBPROTOCOL
from dreammix.protocol.proof import fresh_challenge, proves
from dreammix_backend.gate import (
    MAX_TOKEN_CHARACTERS,
    Admitted,
    Answered,
    Entrance,
    Key,
    Purpose,
    judge,
)

ADDRESS = "127.0.0.1:41234"
TOKEN = "correct-horse-battery-staple"
ENTRANCE = Entrance(
    hosts=frozenset({ADDRESS, "localhost:41234"}),
    keys=(Key.of("ana", "another-token"), Key.of("local", TOKEN)),
    proof_token=TOKEN,
    manages=True,
)
HOST = ("Host", ADDRESS)
BEARER = ("Authorization", f"Bearer {TOKEN}")
PROTOCOL = ("Sec-WebSocket-Protocol", SUBPROTOCOL)


def status(*headers: tuple[str, str], path: str = "/", entrance: Entrance = ENTRANCE) -> HTTPStatus | None:
    """What the gate answers; None where it lets in."""
    verdict = judge(entrance, path, headers)
    return verdict.status if isinstance(verdict, Answered) else None


def test_the_owner_comes_in() -> None:
    """One of our hosts, no origin, the token and the subprotocol: this user may converse."""
    assert judge(ENTRANCE, "/", [HOST, BEARER, PROTOCOL]) == Admitted("local", Purpose.CONVERSE)


def test_header_names_and_the_scheme_are_read_in_any_case() -> None:
    """HTTP does not care how they are written."""
    headers = [
        ("hOST", ADDRESS),
        ("AUTHORIZATION", f"bearer {TOKEN}"),
        ("sec-websocket-protocol", SUBPROTOCOL),
    ]
    assert judge(ENTRANCE, "/", headers) == Admitted("local", Purpose.CONVERSE)


def test_each_user_is_known_by_their_own_token() -> None:
    """Row 5: who comes in is who the token belongs to."""
    headers = [HOST, ("Authorization", "Bearer another-token"), PROTOCOL]
    assert judge(ENTRANCE, "/", headers) == Admitted("ana", Purpose.CONVERSE)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://localhost:9999",
        "http://localhost:41234",
        f"http://{ADDRESS}",
        f"http://{ADDRESS}.evil.example",
    ],
)
def test_row_1_a_web_page_is_refused(origin: str) -> None:
    """Row 1: whatever origin a browser names, also ours, the answer is 403, and the token does not help."""
    assert status(HOST, BEARER, PROTOCOL, ("Origin", origin)) is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["evil.com"],
        ["evil.com:41234"],
        ["127.0.0.1"],
        ["127.0.0.1:41235"],
        ["127.0.0.1.evil.com:41234"],
        ["127.0.0.1:41234.evil.com"],
        ["127.1:41234"],
        ["0x7f000001:41234"],
        [""],
        [f" {ADDRESS}"],
        [ADDRESS, ADDRESS],
        [ADDRESS, "evil.com"],
    ],
)
def test_row_2_a_rebound_name_is_refused(hosts: list[str]) -> None:
    """Row 2: a Host header that is missing, repeated, or not one of ours is 403, though the token fits."""
    assert status(*[("Host", host) for host in hosts], BEARER, PROTOCOL) is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Bearer wrong"],
        [f"Bearer {TOKEN[:-1]}"],
        [f"Bearer {TOKEN}x"],
        [f"Bearer  {TOKEN}"],
        [f"Basic {TOKEN}"],
        [TOKEN],
        ["Bearer schlüssel\xff"],
        ["Bearer \udcff\ud800"],
        [f"Bearer {'x' * (MAX_TOKEN_CHARACTERS + 1)}"],
        [f"Bearer {TOKEN}", f"Bearer {TOKEN}"],
    ],
)
def test_row_3_a_wrong_token_is_refused(values: list[str]) -> None:
    """Row 3: a token that is missing, empty, wrong, not ASCII, too long or given twice is 401."""
    headers = [("Authorization", value) for value in values]
    assert status(HOST, *headers, PROTOCOL) is HTTPStatus.UNAUTHORIZED


@given(st.text(string.printable, max_size=60))
def test_row_3_no_other_text_is_the_token(text: str) -> None:
    """Row 3: of all texts one comes in."""
    refused = status(HOST, ("Authorization", f"Bearer {text}"), PROTOCOL)
    assert (refused is None) == (text in {TOKEN, "another-token"})


def test_row_4_the_server_proves_that_it_knows_the_token() -> None:
    """Row 4: a fresh challenge is answered without the token being shown."""
    challenge = fresh_challenge()
    verdict = judge(ENTRANCE, f"/proof/{challenge}", [HOST])
    assert isinstance(verdict, Answered) and verdict.status is HTTPStatus.OK
    assert proves(verdict.text, TOKEN, ADDRESS, challenge)


def test_row_4_a_proof_serves_no_other_token_address_or_challenge() -> None:
    """Row 4: an answer that was passed on from another server, or heard before, proves nothing."""
    challenge = fresh_challenge()
    verdict = judge(ENTRANCE, f"/proof/{challenge}", [HOST])
    assert isinstance(verdict, Answered)
    assert not proves(verdict.text, "another-token", ADDRESS, challenge)
    assert not proves(verdict.text, TOKEN, "127.0.0.1:41235", challenge)
    assert not proves(verdict.text, TOKEN, ADDRESS, fresh_challenge())
    assert not proves("ü", TOKEN, ADDRESS, challenge)


@pytest.mark.parametrize("challenge", ["", "0" * 63, "0" * 65, "g" * 64, "0" * 64 + "\n", "A" * 64])
def test_row_4_only_a_challenge_is_answered(challenge: str) -> None:
    """Row 4: the token signs nothing but 32 bytes in hexadecimal digits."""
    assert status(HOST, path=f"/proof/{challenge}") is HTTPStatus.BAD_REQUEST


def test_row_4_a_web_page_gets_no_proof() -> None:
    """Row 4: host and origin are asked for before anything is proved."""
    path = f"/proof/{fresh_challenge()}"
    assert status(HOST, ("Origin", "null"), path=path) is HTTPStatus.FORBIDDEN
    assert status(("Host", "evil.com"), path=path) is HTTPStatus.FORBIDDEN


def test_row_5_a_studio_entrance_proves_by_its_certificate_and_manages_nothing() -> None:
    """Row 5: from the network nobody gets a proof, stops the server or reads its status."""
    studio = Entrance(hosts=frozenset({ADDRESS}), keys=(Key.of("ana", TOKEN),))
    assert status(HOST, path=f"/proof/{fresh_challenge()}", entrance=studio) is HTTPStatus.UNAUTHORIZED
    assert status(HOST, BEARER, path="/stop", entrance=studio) is HTTPStatus.NOT_FOUND
    assert status(HOST, BEARER, path="/status", entrance=studio) is HTTPStatus.NOT_FOUND
    assert status(HOST, BEARER, PROTOCOL, entrance=studio) is None


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_needs_the_token(purpose: Purpose) -> None:
    """Reading the status or stopping takes the token, and no subprotocol."""
    assert status(HOST, PROTOCOL, path=purpose.value) is HTTPStatus.UNAUTHORIZED
    assert judge(ENTRANCE, purpose.value, [HOST, BEARER, PROTOCOL]) == Admitted("local", purpose)


@pytest.mark.parametrize("path", ["", "/?token=x", "/index.html", "//", "/../", "*"])
def test_there_is_nothing_at_other_paths(path: str) -> None:
    """A token in the address, for one, is not looked at."""
    assert status(HOST, BEARER, PROTOCOL, path=path) is HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "offers",
    [[], [""], ["dreammix.v0"], ["dreammix.v2"], ["dreammix.v2, chat"], ["dreammix.v1.1"], ["DREAMMIX.V1"]],
)
def test_row_23_another_version_is_told_which_one_is_spoken(offers: list[str]) -> None:
    """Row 23: without dreammix.v1 among the offers the answer is 400 and names the version."""
    headers = [("Sec-WebSocket-Protocol", offer) for offer in offers]
    verdict = judge(ENTRANCE, "/", [HOST, BEARER, *headers])
    assert isinstance(verdict, Answered)
    assert verdict.status is HTTPStatus.BAD_REQUEST and SUBPROTOCOL in verdict.text


@pytest.mark.parametrize(
    "offers", [["dreammix.v2, dreammix.v1"], ["dreammix.v2", "dreammix.v1"], ["dreammix.v1,"]]
)
def test_row_23_a_newer_client_that_also_speaks_ours_comes_in(offers: list[str]) -> None:
    """Row 23: one of the offered versions is enough."""
    headers = [("Sec-WebSocket-Protocol", offer) for offer in offers]
    assert status(HOST, BEARER, *headers) is None


def test_row_3_no_token_is_ever_shown() -> None:
    """Row 3: an entrance that is printed into a log shows neither a token nor its digest."""
    assert TOKEN not in repr(ENTRANCE) and repr(ENTRANCE.keys[0].digest) not in repr(ENTRANCE)
