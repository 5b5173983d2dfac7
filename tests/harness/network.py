"""No test talks to anybody outside of this machine, and a listener that says who tried."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_LOOPBACK = ("127.", "::1", "localhost")


@contextmanager
def loopback_only() -> Iterator[None]:
    """Connections to other machines raise."""
    whole = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to reach {address}")
        return whole(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect = whole  # type: ignore[method-assign]


class Sentinel:
    """Listens on a port of this machine and counts who comes."""

    def __enter__(self) -> "Sentinel":
        self.heard: list[Any] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                visitor, address = self._socket.accept()
            except TimeoutError:
                continue
            self.heard.append(address)
            visitor.close()
