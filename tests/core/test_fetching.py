"""Asking an address that a person typed: what is asked, what never is, and when it is cut off."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import pytest

from core.fetching import LARGEST, NotFetched, fetch
from tests.harness.network import Sentinel

HERE = (ipaddress.ip_network("127.0.0.0/8"),)


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """One that answers everybody so; its address."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                visitor, _who = door.accept()
            except OSError:
                return
            with visitor:
                visitor.recv(65536)
                try:
                    answer(visitor)
                except OSError:
                    continue  # the visitor was gone

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}/version"
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join()


def _says(head: str, body: bytes = b"") -> Callable[[socket.socket], None]:
    return lambda visitor: visitor.sendall(f"HTTP/1.1 {head}\r\n\r\n".encode() + body)


def test_a_plain_answer_is_text() -> None:
    with server(_says("200 OK\r\nContent-Length: 4", b"v1.0")) as url:
        assert fetch(url, networks=HERE) == "v1.0"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_says("302 Found\r\nLocation: http://127.0.0.1/"), "answered 302"),
        (_says("500 Oh"), "answered 500"),
        (_says("200 OK", b"x" * (LARGEST + 1)), "too long"),
        (lambda visitor: visitor.sendall(b"nonsense\r\n\r\n"), "does not answer"),
        (lambda visitor: None, "does not answer"),
    ],
)
def test_everything_else_is_no_answer(answer: Callable[[socket.socket], None], said: str) -> None:
    with server(answer) as url, pytest.raises(NotFetched, match=said):
        fetch(url, networks=HERE)


def test_whoever_drips_is_cut_off() -> None:
    ended = threading.Event()

    def drip(visitor: socket.socket) -> None:
        visitor.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not ended.wait(0.05):
            visitor.sendall(b"x")

    began = time.monotonic()
    with server(drip) as url:
        try:
            with pytest.raises(NotFetched):
                fetch(url, networks=HERE, seconds=0.5)
        finally:
            ended.set()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "::1",
        "0.0.0.0",  # noqa: S104 - an address that must not be asked
        "fe80::1", "fc00::1", "::ffff:10.1.2.3", "64:ff9b::a01:203", "2002:a01:203::1", "255.255.255.255",
    ],
)  # fmt: skip
def test_private_addresses_are_not_asked_whatever_name_leads_there(address: str, sentinel: Sentinel) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    row = (family, socket.SOCK_STREAM, 6, "", (address, sentinel.port))
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", sentinel.port))
    for found in ([row], [public, row]):
        with (
            mock.patch("socket.getaddrinfo", return_value=found),
            mock.patch("socket.create_connection") as connect,
            pytest.raises(NotFetched, match="not public"),
        ):
            fetch(f"http://harmless.example:{sentinel.port}/")
        assert not connect.called
    assert sentinel.heard == []


def test_it_connects_to_the_very_address_that_was_judged() -> None:
    """A name that means something else a moment later is asked for once."""
    with (
        server(_says("200 OK\r\nContent-Length: 2", b"ok")) as url,
        mock.patch("socket.getaddrinfo", wraps=socket.getaddrinfo) as looked_up,
    ):
        assert fetch(url, networks=HERE) == "ok"
    assert [call.args[0] for call in looked_up.call_args_list].count("127.0.0.1") <= 2


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "http:///x",
        "http://me:secret@example.com/",
        "http://127.0.0.1:99999/",
    ],
)
def test_what_is_no_plain_address_is_not_asked(url: str) -> None:
    with pytest.raises(NotFetched):
        fetch(url, networks=HERE)
