"""A child of the worker keeps no copy of the connections that its parent had."""

import os
import socket
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from kumala_itsm.forks import let_go

Pair = tuple[socket.socket, socket.socket]


def over_tcp(place: Path) -> Pair:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = socket.create_connection(server.getsockname())
        return here, server.accept()[0]


def over_a_file(place: Path) -> Pair:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as here:
        server.bind(str(place / "s"))
        server.listen()
        here.connect(str(place / "s"))
        return here.dup(), server.accept()[0]


def _child(number: int, parent: Connection) -> None:
    let_go()
    parent.send(os.fstat(number).st_rdev == Path(os.devnull).stat().st_rdev)
    parent.recv()


@pytest.mark.parametrize("connected", [over_tcp, over_a_file])
def test_a_connection_ends_when_the_parent_closes_it(
    connected: Callable[[Path], Pair], tmp_path: Path
) -> None:
    """While a copy is open anywhere, the other end hears nothing and epoll forgets nothing."""
    here, there = connected(tmp_path)
    forked = get_context("fork")
    ours, theirs = forked.Pipe()  # a pair without a name: it stays
    child = forked.Process(target=_child, args=(here.fileno(), theirs))
    child.start()
    try:
        assert ours.recv(), "the number is taken by nothing"
        here.close()
        there.settimeout(10)
        assert there.recv(1) == b""
    finally:
        ours.send("enough")
        child.join()
        there.close()
    assert child.exitcode == 0
