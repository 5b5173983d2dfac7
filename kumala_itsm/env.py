"""Everything the product reads from the environment, typed, failing loudly on nonsense.

`.env.example` documents the same names; a contract test compares the two.
"""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class BadEnvironment(Exception):
    """A variable holds something the product cannot use; the message names it and says what is expected."""


def text(name: str, default: str = "") -> str:
    """The variable `name`, or the content of the file named by `NAME_FILE` (for secrets mounted as files)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    """A yes/no variable. Raises BadEnvironment for anything but 1/0, true/false, yes/no."""
    value = os.environ.get(name, "").lower()
    if value in ("", "1", "true", "yes", "0", "false", "no"):
        return default if value == "" else value in ("1", "true", "yes")
    raise BadEnvironment(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    """A whole number. Raises BadEnvironment otherwise."""
    value = os.environ.get(name, "")
    if value and not value.isdigit():
        raise BadEnvironment(f"{name} must be a whole number, not {value!r}.")
    return int(value or default)


def choice(name: str, among: tuple[str, ...], default: str) -> str:
    """One word of several. Raises BadEnvironment for any other."""
    value = os.environ.get(name) or default
    if value not in among:
        raise BadEnvironment(f"{name} must be one of {', '.join(among)}, not {value!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas or blanks."""
    return os.environ.get(name, default).replace(",", " ").split()


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks like `10.0.0.0/8`, separated by commas or blanks. Raises BadEnvironment for anything else."""
    try:
        return [ip_network(word) for word in words(name)]
    except ValueError as problem:
        raise BadEnvironment(f"{name} must be networks like 10.0.0.0/8: {problem}.") from None


def path(name: str, default: Path) -> Path:
    """A directory or file name."""
    return Path(os.environ.get(name) or default)


def database(name: str, default: str = "") -> dict[str, object]:
    """A `postgresql://user:password@host:port/name?option=value` address as Django's DATABASES entry.

    A `host` among the options names the directory of a unix socket, as libpq has it.
    """
    url = urlsplit(text(name, default))
    if url.scheme not in ("postgres", "postgresql") or len(url.path) < 2:
        raise BadEnvironment(f"{name} must look like postgresql://user:password@host:5432/name.")
    options = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", url.hostname or ""),
        "PORT": str(url.port or ""),
        "OPTIONS": options,
    }
