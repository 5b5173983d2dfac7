"""Which conversation a letter belongs to: a mark that nobody can guess, in addresses and Message-IDs of our letters.

The mark names a case and the one person it was written to, and carries a MAC over both. Whoever reads an answer asks
two things: is the mark ours, and does the answer come from that person. `In-Reply-To` and `References` are worth no
more than the marks inside them.
"""

import base64
import re
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from events.subjects import Subject

_MARK = re.compile(r"([a-z]{1,30}\.[a-z]{1,30})-([0-9]{1,18})-([0-9]{1,18})-([a-z2-7]{16})(?![a-z0-9])")
_LONGEST = 20_000  # characters of one header that are looked through


class Thread(NamedTuple):
    """The case `(type, id)` as one person's mail program knows it."""

    type: str
    id: int
    person_id: int

    @property
    def subject(self) -> Subject:
        """The case."""
        return Subject(self.type, self.id)

    @property
    def mark(self) -> str:
        """Names the thread and proves that we named it; in lower case, as some mail servers write addresses."""
        return f"{self._name}-{_mac(self._name, settings.SECRET_KEY)}"

    @property
    def _name(self) -> str:
        return f"{self.type}-{self.id}-{self.person_id}"

    def is_proven_by(self, mac: str) -> bool:
        """Was this MAC made with our key, or with one of those before it?"""
        keys = (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))
        return any(constant_time_compare(mac, _mac(self._name, key)) for key in keys)


def read(text: str) -> list[Thread]:
    """The threads whose true marks stand in `text` (addresses, a subject, Message-IDs), each once, in order."""
    found = {}
    for kind, number, person, mac in _MARK.findall(text[:_LONGEST].lower()):
        thread = Thread(kind, int(number), int(person))
        if thread not in found and thread.is_proven_by(mac):
            found[thread] = True
    return list(found)


def message_id(name: str, thread: Thread) -> str:
    """The Message-ID of the letter `name` (e.g. "notification.17") in this thread: the same for every attempt."""
    return f"<{name}.{thread.mark}@{_domain()}>"


def headers(thread: Thread) -> dict[str, str]:
    """What a letter about the case carries so that mail programs group it and an answer finds its way back."""
    root = f"<{thread.type}.{thread.id}@{_domain()}>"  # no letter has it; it only holds the others together
    found = {"References": root, "In-Reply-To": root}
    if settings.MAIL_IN_ADDRESS:
        found["Reply-To"] = settings.MAIL_IN_ADDRESS.replace("*", thread.mark)
    return found


def _mac(name: str, key: str) -> str:
    """80 bits: nobody tries so many letters."""
    digest = salted_hmac("notifications.threads", name, secret=key, algorithm="sha256").digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _domain() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].rstrip("> ")
