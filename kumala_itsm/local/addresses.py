"""Databases and brokers that somebody else runs: are they there?"""

from urllib.parse import parse_qs, urlsplit

import psycopg2
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from kumala_itsm.local.trouble import Trouble


def require_database(name: str, url: str) -> None:
    """Raises Trouble, naming the variable, the place and the reason, when the database at `url` does not answer."""
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise Trouble(f"{name} must look like postgresql://user:password@host:5432/name.")
    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.Error as problem:
        reason = " ".join(str(problem).split())
        raise Trouble(f"PostgreSQL at {where(url)} ({name}) cannot be used: {reason}") from None


def require_broker(name: str, url: str) -> None:
    """Raises Trouble, naming the variable, the place and the reason, when the Redis at `url` does not answer."""
    if urlsplit(url).scheme not in ("redis", "rediss", "redis+socket"):
        raise Trouble(f"{name} must look like redis://:password@host:6379/0.")
    timeouts = {"socket_timeout": 5, "socket_connect_timeout": 5}
    try:
        with Connection(url, transport_options=timeouts) as connection:
            connection.default_channel.client.ping()
    except (OperationalError, OSError, KeyError, ValueError, *Connection(url).connection_errors) as problem:
        reason = " ".join(str(problem).split())
        raise Trouble(f"Redis at {where(url)} ({name}) cannot be used: {reason}") from None


def where(url: str) -> str:
    """The place an address names, without its password."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    return f"{host or 'the local socket'}{f':{parts.port}' if parts.port else ''}{parts.path}"
