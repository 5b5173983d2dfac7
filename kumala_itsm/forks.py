"""What a child of the worker inherits and must not keep.

The worker's own process watches its broker's sockets with epoll, which forgets one only when its last copy is closed.
A child that is forked later has copies; when a connection breaks, the event of a socket that nobody can name any
more comes back at once, for ever, and the worker's own process turns in a circle.
"""

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any


def let_go(**_: Any) -> None:
    """Give up the sockets of the parent. Their numbers stay taken, so that nobody closes a newcomer by mistake."""
    with Path(os.devnull).open("rb") as nothing:
        for number in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
            if _is_somebodys_connection(number):
                os.dup2(nothing.fileno(), number, inheritable=False)


def _is_somebodys_connection(number: int) -> bool:
    """A socket that leads out of the family; a pair between parent and child has no name, and stays."""
    with suppress(OSError):
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return False
        with socket.socket(fileno=os.dup(number)) as copy:
            return copy.family != socket.AF_UNIX or any((copy.getsockname(), copy.getpeername()))
    return False
