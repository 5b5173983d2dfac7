"""Asking a server as fast as it answers: raw sockets, so that the one who measures costs little."""

import socket
import statistics
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """What a loop of requests took: milliseconds and requests per second."""

    p50: float
    p95: float
    per_second: float
    count: int

    @classmethod
    def of(cls, seconds: list[float], wall: float) -> "Timing":
        """From each request's duration and the whole loop's."""
        ordered = sorted(seconds)
        return cls(
            p50=statistics.median(ordered) * 1000,
            p95=ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000,
            per_second=len(ordered) / wall,
            count=len(ordered),
        )


@dataclass(frozen=True)
class Asked:
    """One request as bytes, and the status that counts as an answer."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    status: int = 200

    def head(self, host: str, extra: dict[str, str]) -> bytes:
        """Everything before the body."""
        named = {"Host": host, "Content-Length": str(len(self.body))} if self.body else {"Host": host}
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            *(f"{k}: {v}" for k, v in (named | self.headers | extra).items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, asked: Asked, **extra: str) -> bytes:
        """The body of the answer. Raises AssertionError for another status than the one expected."""
        message = asked.head(f"127.0.0.1:{self._port}", extra) + asked.body
        try:
            return self._exchange(asked, message)
        except (OSError, EOFError):  # the server ends a connection after a while: open another, ask again
            self.close()
            return self._exchange(asked, message)

    def _exchange(self, asked: Asked, message: bytes) -> bytes:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=120)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(message)
        head, body = self._head()
        status = int(head.split(b" ", 2)[1])
        length = _header(head, b"content-length")
        while len(body) < length:
            body += self._more()
        if b"connection: close" in head.lower():
            self.close()
        assert status == asked.status, f"{asked.method} {asked.path}: {status} {body[:300]!r}"
        return body

    def _head(self) -> tuple[bytes, bytes]:
        found = b""
        while b"\r\n\r\n" not in found:
            found += self._more()
        head, _, body = found.partition(b"\r\n\r\n")
        return head, body

    def _more(self) -> bytes:
        assert self._socket is not None
        chunk = self._socket.recv(1 << 18)
        if not chunk:
            raise EOFError
        return chunk

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _header(head: bytes, name: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(name + b":"):
            return int(line.split(b":")[1])
    raise AssertionError(f"an answer without {name.decode()}: {head[:200]!r}")


def loop(port: int, asked: Asked, *, seconds: float, clients: int, at_least: int = 20) -> Timing:
    """Ask for `seconds` (and at least so many times) with so many clients at a time."""
    warm = Connection(port)
    for _number in range(3):
        warm.ask(asked, **_key(asked))
    warm.close()
    took: list[list[float]] = [[] for _client in range(clients)]
    problems: list[BaseException] = []
    begun = time.perf_counter()

    def one(mine: list[float]) -> None:
        connection = Connection(port)
        try:
            while time.perf_counter() - begun < seconds or len(mine) < at_least / clients:
                started = time.perf_counter()
                connection.ask(asked, **_key(asked))
                mine.append(time.perf_counter() - started)
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(mine,)) for mine in took]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return Timing.of([second for mine in took for second in mine], time.perf_counter() - begun)


def _key(asked: Asked) -> dict[str, str]:
    """Every creation is a new one."""
    return (
        {"Idempotency-Key": f"bench-{time.perf_counter_ns()}-{threading.get_ident()}"} if asked.body else {}
    )
