"""Whether the broker answers, asked over a plain socket: by /readyz, which says so at once."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from kumala_itsm import broker, health
from kumala_itsm.local import redis


class Redis:
    """Answers each command with the next line; remembers what it was told."""

    def __init__(self, *lines: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        self._lines = lines
        self._tls = tls
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        link, _address = self._server.accept()
        link.settimeout(10)
        with (
            suppress(OSError),
            closing(self._tls.wrap_socket(link, server_side=True) if self._tls else link) as link,
        ):
            for line in self._lines:
                self.heard.append(link.recv(4096))
                link.sendall(line)
            link.recv(4096)  # until the other one hangs up

    def close(self) -> None:
        self._thread.join(10)
        self._server.close()


@pytest.fixture
def listening() -> Iterator[Callable[..., Redis]]:
    started: list[Redis] = []

    def start(*lines: bytes, tls: ssl.SSLContext | None = None) -> Redis:
        started.append(Redis(*lines, tls=tls))
        return started[-1]

    yield start
    for server in started:
        server.close()


def test_a_broker_that_answers_is_in_order(listening: Callable[..., Redis]) -> None:
    server = listening(b"+PONG\r\n")
    assert broker.ping(f"redis://127.0.0.1:{server.port}/0", patience=5) == "ok"
    assert server.heard == [b"*1\r\n$4\r\nPING\r\n"]


def test_it_is_asked_with_the_name_and_password_of_the_address(listening: Callable[..., Redis]) -> None:
    server = listening(b"+OK\r\n", b"+PONG\r\n")
    assert broker.ping(f"redis://kumala:p%40ss%C3%A9@127.0.0.1:{server.port}/0", patience=5) == "ok"
    assert server.heard[0] == "*3\r\n$4\r\nAUTH\r\n$6\r\nkumala\r\n$6\r\np@ssé\r\n".encode()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"-NOAUTH Authentication required.\r\n", "away: authentication failed"),
        (b"-WRONGPASS invalid username-password pair\r\n", "away: authentication failed"),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "away: starting up"),
        (b"-ERR max number of clients reached at 10.0.0.7\r\n", "away: refused"),
        (b"HTTP/1.1 400 Bad Request\r\n", "away"),
        (b"+" + b"x" * 10000, "away"),
    ],
)
def test_what_it_says_instead_is_told_in_words(
    line: bytes, said: str, listening: Callable[..., Redis]
) -> None:
    assert broker.ping(f"redis://127.0.0.1:{listening(line).port}/0", patience=5) == said


def test_over_tls_it_is_known_by_its_certificate(listening: Callable[..., Redis], tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    known, unknown, any_one = (listening(b"+PONG\r\n", tls=context) for _ in range(3))
    address = "rediss://127.0.0.1:{}/0{}".format
    assert broker.ping(address(known.port, f"?ssl_ca_certs={certificate}"), patience=10) == "ok"
    assert broker.ping(address(unknown.port, ""), patience=10) == "away"
    assert broker.ping(address(any_one.port, "?ssl_cert_reqs=none"), patience=10) == "ok"


def self_signed(place: Path) -> Path:
    """A key and its certificate for this machine, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    here, now = x509.IPAddress(ipaddress.ip_address("127.0.0.1")), datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    signed = made.add_extension(x509.SubjectAlternativeName([here]), critical=True).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    kept = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (place / "redis.pem").write_bytes(kept + signed.public_bytes(pem))
    return place / "redis.pem"


def test_one_that_hangs_up_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        hanging = threading.Thread(target=hang_up)
        hanging.start()
        assert broker.ping(f"redis://127.0.0.1:{server.getsockname()[1]}/0", patience=5) == "away"
        hanging.join(10)


def test_one_that_takes_the_call_and_is_silent_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        assert broker.ping(url, patience=0.2) == "away: timeout"


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://:secret@127.0.0.1:1"])
def test_nobody_there_is_refused(url: str) -> None:
    assert broker.ping(url, patience=5) == "away: refused"


@pytest.mark.parametrize("url", ["redis+socket:///nowhere/redis.sock", "redis://127.0.0.1:port/0", ""])
def test_an_address_that_leads_nowhere_is_no_error(url: str) -> None:
    assert broker.ping(url, patience=1).startswith("away")


def test_a_real_one_answers(tmp_path: Path) -> None:
    server = redis.service(tmp_path)
    try:
        redis.start(server)
        assert broker.ping(redis.url(tmp_path), patience=10) == "ok"
    finally:
        server.stop()
    assert broker.ping(redis.url(tmp_path), patience=10).startswith("away")


# The page ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def beating(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but the broker itself is in order."""
    monkeypatch.setattr(health, "_heartbeat", lambda cursor, name: "ok")


def test_a_broker_that_is_away_shows_at_once(beating: None, settings: Any) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "away: refused")
    assert answer.json()["database"] == answer.json()["worker"] == "ok"
    assert "secret" not in answer.content.decode()


def test_one_that_answers_but_that_no_worker_reaches_shows_as_well(
    db: None, monkeypatch: pytest.MonkeyPatch, listening: Callable[..., Redis], settings: Any
) -> None:
    silent = "silent for 60 seconds"
    monkeypatch.setattr(health, "_heartbeat", lambda cursor, name: silent if name == "broker" else "ok")
    settings.REDIS_URL = f"redis://127.0.0.1:{listening(b'+PONG' + bytes([13, 10])).port}/0"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, silent)
