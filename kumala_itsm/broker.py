"""Does the broker answer at this moment? Asked over a plain socket: for one PING the web need not carry a client."""

import socket
import ssl
import time
from contextlib import closing
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

PORT = 6379
LONGEST = 4096  # bytes of an answer: more than a status line is nothing we asked for
# How a Redis says no, and what anybody may read of it.
_REFUSALS = {
    "NOAUTH": "authentication failed",
    "WRONGPASS": "authentication failed",
    "LOADING": "starting up",
}


def ping(url: str, *, patience: float) -> str:
    """`ok`, or in words without addresses and passwords why not. Ends after about `patience` seconds."""
    deadline = time.monotonic() + patience
    try:
        parts = urlsplit(url)
        with closing(_connect(parts, patience)) as link:
            for words in _asked(parts):
                said = _exchange(link, words, deadline)
                if said.startswith("-"):
                    return f"away: {_REFUSALS.get(said[1:].split(' ')[0], 'refused')}"
    except TimeoutError:
        return "away: timeout"
    except ConnectionRefusedError:
        return "away: refused"
    except (OSError, ValueError):
        return "away"
    return "ok" if said == "+PONG" else "away"


def _asked(parts: SplitResult) -> list[list[str]]:
    """Who we are, where the address names somebody; then whether it is there."""
    known = [unquote(part) for part in (parts.username, parts.password) if part]
    return [*([["AUTH", *known]] if parts.password else []), ["PING"]]


def _connect(parts: SplitResult, patience: float) -> socket.socket:
    """A socket of the kind that the address names: redis, rediss or redis+socket."""
    if parts.scheme != "redis+socket":
        link = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or PORT), patience)
    else:
        link = socket.socket(socket.AF_UNIX)
    try:
        link.settimeout(patience)
        if parts.scheme == "redis+socket":
            link.connect(unquote(parts.path or parts.netloc))
        return _sealed(link, parts) if parts.scheme == "rediss" else link
    except BaseException:
        link.close()
        raise


def _sealed(link: socket.socket, parts: SplitResult) -> socket.socket:
    """The same over TLS, as strict as the address asks the workers' client to be."""
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    if options.get("ssl_cert_reqs", "required").lower() in ("none", "cert_none"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if options.get("ssl_certfile"):
        context.load_cert_chain(options["ssl_certfile"], options.get("ssl_keyfile"))
    return context.wrap_socket(link, server_hostname=parts.hostname)


def _exchange(link: socket.socket, words: list[str], deadline: float) -> str:
    """One command and its line. Raises TimeoutError when it does not come in time, ConnectionError when hung up on."""
    said = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
    link.sendall(f"*{len(words)}\r\n{said}".encode())
    found = b""
    while not found.endswith(b"\r\n") and len(found) < LONGEST:
        link.settimeout(max(0.01, deadline - time.monotonic()))
        if not (chunk := link.recv(LONGEST)):
            raise ConnectionError
        found += chunk
    return found.decode("utf-8", "replace").strip()
