"""A server for several people: what it refuses to start without, and what each of them sees."""

import asyncio
import ipaddress
import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from dreammix.protocol import InsertSettings, InvalidRequest, JobNotFound
from dreammix.protocol.jobs import ControlJob, FollowJob, JobChanged, JobState, Order
from dreammix.protocol.library import ListArtists, UseArtist
from dreammix.protocol.messages import SUBPROTOCOL
from dreammix.protocol.requests import MAX_STEPS
from dreammix_backend.gate import Key
from dreammix_backend.studio import Listen, add_user, open_studio, parse_listen, read_users
from tests.backend.serving import PATIENCE_S, ROOT, Client, Serving, command, serving


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, secret


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, str, Path, dict[str, str]]]:
    """A server with two users: itself, its port, its certificate, and their tokens."""
    folder = tmp_path_factory.mktemp("studio")
    cert, key = write_certificate(folder)
    tokens = {name: add_user(folder / "users.json", name) for name in ("ana", "bo")}
    options = ["--name", "localhost", "--cert", str(cert), "--key", str(key)]
    with serving(folder, "--listen", "0.0.0.0:0", *options, "--users", str(folder / "users.json")) as server:
        found = re.search(r"address=0\.0\.0\.0:(\d+)", server.log)
        assert found is not None
        yield server, found[1], cert, tokens


def dial(host: str, port: str, token: str, trusted: Path | None) -> connect:
    """A connection to it, by TLS."""
    context = ssl.create_default_context(cafile=trusted)
    return connect(
        f"wss://{host}:{port}",
        ssl=context,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        additional_headers={"Authorization": f"Bearer {token}"},
        proxy=None,
    )


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "localhost:0"])
def test_row_5_beyond_this_machine_it_does_not_start_without_tls_and_users(
    tmp_path: Path, listen: str
) -> None:
    """Row 5: the error names what is missing; a name counts as abroad, because it is not resolved."""
    with pytest.raises(InvalidRequest, match="without TLS and a token"):
        open_studio(parse_listen(listen), None, None, None, ())
    cert, key = write_certificate(tmp_path)
    with pytest.raises(InvalidRequest, match="without TLS and a token"):
        open_studio(parse_listen(listen), cert, key, None, ())


def test_row_5_the_process_ends_with_one_line(tmp_path: Path) -> None:
    """Row 5: a start on 0.0.0.0 without TLS is an error, not a traceback, and leaves no endpoint."""
    done = subprocess.run(
        command(tmp_path, "--listen", "0.0.0.0:0"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "without TLS" in done.stderr
    assert not (tmp_path / "backend" / "endpoint.json").exists()


def test_row_5_what_cannot_serve_is_said(tmp_path: Path) -> None:
    """Row 5: a broken certificate, no users, no name."""
    cert, key = write_certificate(tmp_path)
    users = tmp_path / "users.json"
    users.write_text(json.dumps({"schema": 1, "users": []}))
    with pytest.raises(InvalidRequest, match="names nobody"):
        open_studio(Listen("192.0.2.1", 1), cert, key, users, ())
    with pytest.raises(InvalidRequest, match="has no name"):
        open_studio(Listen("0.0.0.0", 1), cert, key, users, ())
    add_user(users, "ana")
    with pytest.raises(InvalidRequest, match="certificate"):
        open_studio(Listen("192.0.2.1", 1), users, key, users, ())
    assert open_studio(Listen("192.0.2.1", 1), cert, key, users, ()).names == ("192.0.2.1",)


def test_a_token_is_shown_once_and_not_kept(tmp_path: Path) -> None:
    """Row 3: the file holds digests; a second token of a user takes the first one's place."""
    users = tmp_path / "users.json"
    first = add_user(users, "ana")
    second = add_user(users, "ana")
    assert first not in users.read_text() and second not in users.read_text()
    assert read_users(users) == (Key.of("ana", second),)


@pytest.mark.parametrize("name", ["", "Ana", "a/b", "..", "shared", "local", "a" * 33, "ü"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    """Row 8: a user's name can be no path, and none of the server's own words."""
    with pytest.raises(InvalidRequest):
        add_user(tmp_path / "users.json", name)


@pytest.mark.parametrize("text", ["", "host", ":80", "host:", "host:port", "host:70000", "host:-1", "host:²"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    """HOST:PORT, and nothing else."""
    with pytest.raises(InvalidRequest):
        parse_listen(text)


def test_what_is_at_home() -> None:
    """Loopback addresses are; everything else is not, names included."""
    assert Listen().at_home and parse_listen("[::1]:8443").at_home and Listen("127.8.8.8").at_home
    assert not any(Listen(host).at_home for host in ("0.0.0.0", "::", "192.168.1.2", "localhost", "evil.com"))
    assert ipaddress.ip_address(Listen().host).is_loopback


@pytest.mark.parametrize("content", ["", "[]", '{"schema": 2, "users": []}', '{"schema": 1, "users": [1]}'])
def test_a_users_file_that_makes_no_sense_is_said(tmp_path: Path, content: str) -> None:
    """An error that an administrator can act on."""
    (tmp_path / "users.json").write_text(content)
    with pytest.raises(InvalidRequest, match="cannot be used"):
        read_users(tmp_path / "users.json")


async def test_row_5_users_see_their_own_and_the_shared_library(
    studio: tuple[Serving, str, Path, dict[str, str]],
) -> None:
    """Row 5: Ana sees hers and the shared one, not Bo's; and Bo's jobs are unknown to her."""
    _, port, cert, tokens = studio
    async with (
        dial("localhost", port, tokens["ana"], cert) as one,
        dial("localhost", port, tokens["bo"], cert) as two,
    ):
        ana, bo = Client(one), Client(two)
        async with ana.listening(), bo.listening():
            await ana.greet()
            await bo.greet(session=ana.welcome.session)
            assert not bo.welcome.resumed
            assert (await ana.ask(ListArtists())).names == ("ana", "shared")
            await ana.ask(UseArtist("shared"))
            with pytest.raises(InvalidRequest):
                await ana.ask(UseArtist("bo"))
            job = await bo.insert()
            with pytest.raises(JobNotFound):
                await ana.ask(FollowJob(job))


async def begun(client: Client, job: str) -> None:
    """Wait until a worker does a job; what was told before is dropped."""
    async with asyncio.timeout(PATIENCE_S):
        told = await client.events.get()
        while (told.job, told.event) != (job, JobChanged(state=JobState.RUNNING)):
            told = await client.events.get()


async def test_users_take_turns_however_much_one_of_them_asks_for(
    studio: tuple[Serving, str, Path, dict[str, str]],
) -> None:
    """Ana asks in two sessions for pictures without end; Bo waits for no more than one of them at a time."""
    _, port, cert, tokens = studio
    async with (
        dial("localhost", port, tokens["ana"], cert) as first,
        dial("localhost", port, tokens["ana"], cert) as second,
        dial("localhost", port, tokens["bo"], cert) as third,
    ):
        ana, again, bo = Client(first), Client(second), Client(third)
        async with ana.listening(), again.listening(), bo.listening():
            for client in (ana, again, bo):
                await client.greet()
            endless = InsertSettings(steps=MAX_STEPS)
            hers = [await ana.insert(key=f"a{n}", prompt="slow 50", settings=endless) for n in range(3)]
            other = await again.insert(key="a", prompt="slow 50", settings=endless)
            his = [await bo.insert(key=f"b{n}") for n in range(2)]
            await begun(ana, hers[0])
            await ana.ask(ControlJob(hers[0], Order.CANCEL))
            for job, taken_back in zip(his, hers[1:], strict=True):
                await begun(ana, taken_back)
                await ana.ask(ControlJob(taken_back, Order.CANCEL))
                assert (await bo.until_end(job))[-1].event == JobChanged(state=JobState.SUCCEEDED)
            await again.ask(ControlJob(other, Order.CANCEL))
            await again.until_end(other)


async def test_row_5_a_certificate_that_nobody_trusts_is_refused(
    studio: tuple[Serving, str, Path, dict[str, str]],
) -> None:
    """Row 5: unknown issuer, or another name than the certificate's: the client sends no token."""
    _, port, cert, tokens = studio
    with pytest.raises(ssl.SSLCertVerificationError):
        async with dial("localhost", port, tokens["ana"], None):
            pass
    with pytest.raises(ssl.SSLCertVerificationError):
        async with dial("127.0.0.1", port, tokens["ana"], cert):
            pass


async def test_row_5_the_owners_token_does_not_fit_the_network(
    studio: tuple[Serving, str, Path, dict[str, str]],
) -> None:
    """Row 5: what stands in the endpoint file opens the loopback address alone."""
    server, port, cert, _ = studio
    with pytest.raises(InvalidStatus) as refused:
        async with dial("localhost", port, server.endpoint.token, cert):
            pass
    assert refused.value.response.status_code == 401
