"""Asking an address that a person typed: no redirects, no private surprise, limits of time and size."""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterable
from urllib.parse import urlsplit

SECONDS = 5  # from connecting to the last byte
LARGEST = 64 * 1024  # bytes of an answer
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


class NotFetched(Exception):
    """No answer that can be used came; the message says why, for whoever keeps the address."""


def fetch(url: str, *, networks: Iterable[Network] = (), seconds: float = SECONDS) -> str:
    """The text that one GET of `url` answers.

    The name is looked up once and every one of its addresses must be public, or inside one of `networks`; the
    connection then goes to that very address, so that a name cannot mean something else a moment later. A redirect is
    no answer. Raises NotFetched.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        raise NotFetched("this is no plain http or https address")
    try:
        port = parts.port or _PORTS[parts.scheme]
        address = _address(parts.hostname, port, tuple(networks))
        return _get(
            parts.scheme, parts.hostname, parts.netloc, parts.path or "/", parts.query, address, port, seconds
        )
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise NotFetched(_said(problem)) from None


def _address(host: str, port: int, networks: tuple[Network, ...]) -> str:
    """Where to connect. Raises NotFetched when any address of the name is one that must not be asked."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        if not _may_be_asked(text, networks):
            raise NotFetched(
                f"{host} leads to {text}, which is not public and not among the allowed networks"
            )
    return found[0]


def _may_be_asked(text: str, networks: tuple[Network, ...]) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        address = _inside(address) or address
    if any(address.version == network.version and address in network for network in networks):
        return True
    return address.is_global and not address.is_multicast


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of IPv4 that one of IPv6 only wraps."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _get(
    scheme: str, host: str, netloc: str, path: str, query: str, address: str, port: int, seconds: float
) -> str:
    link = socket.create_connection((address, port), timeout=seconds)
    # Each byte in time is not the whole answer in time: whoever drips is cut off.
    late = threading.Event()
    alarm = threading.Timer(seconds, _cut, [link, late])
    alarm.start()
    try:
        if scheme == "https":
            link = ssl.create_default_context().wrap_socket(link, server_hostname=host)
        asked = http.client.HTTPConnection(host, port, timeout=seconds)
        asked.sock = link
        asked.putrequest(
            "GET", f"{path}?{query}" if query else path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in (
            ("Host", netloc),
            ("Accept", "application/json, text/plain"),
            ("Connection", "close"),
        ):
            asked.putheader(name, value)
        asked.endheaders()
        answer = _read(asked.getresponse())
        if late.is_set():
            raise NotFetched("it takes too long")
        return answer
    finally:
        alarm.cancel()
        link.close()


def _read(answer: http.client.HTTPResponse) -> str:
    if answer.status != http.HTTPStatus.OK:
        raise NotFetched(f"it answered {answer.status}")
    body = answer.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise NotFetched("its answer is too long")
    return body.decode("utf-8", errors="replace")


def _cut(link: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already


def _said(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLError):
        return f"its certificate or encryption: {problem.reason or problem}"[:200]
    return f"it does not answer ({type(problem).__name__})"
