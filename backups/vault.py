"""Passwords and keys of targets and repositories: sealed in the database, given to programs through memory only.

A program gets a path below /proc to a file that has no name on any disk (memfd) and that only our own user can open.
Nothing stands on a command line or in an environment, and what programs say is scrubbed before it is kept.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core import secrets

_PURPOSE = "backups"


def close(content: dict[str, str]) -> bytes:
    """Sealed for the database; empty for nothing."""
    given = {name: value for name, value in content.items() if value}
    return secrets.seal(json.dumps(given).encode(), purpose=_PURPOSE) if given else b""


def open_(sealed: Any) -> dict[str, str]:
    """What was sealed. Raises core.secrets.WrongKey."""
    kept = bytes(sealed)
    return dict(json.loads(secrets.unseal(kept, purpose=_PURPOSE))) if kept else {}


class Hand:
    """Secrets as files in memory, for the time of one run, and a scrubber for whatever programs say."""

    def __init__(self) -> None:
        self._files: list[int] = []
        self._words: set[str] = set()

    def file(self, content: str, *secret_words: str) -> str:
        """The path under which a program that we start can read `content`."""
        self._words |= {word for word in secret_words if len(word) >= 4}
        number = os.memfd_create("kumala")
        os.fchmod(number, 0o600)
        os.write(number, content.encode())
        self._files.append(number)
        return f"/proc/{os.getpid()}/fd/{number}"

    def scrub(self, text: str) -> str:
        """`text` without anything secret."""
        for word in sorted(self._words, key=len, reverse=True):
            text = text.replace(word, "***")
        return text

    def drop(self) -> None:
        """The files are gone."""
        while self._files:
            os.close(self._files.pop())


@contextmanager
def hand() -> Iterator[Hand]:
    """Secrets for a while."""
    held = Hand()
    try:
        yield held
    finally:
        held.drop()
