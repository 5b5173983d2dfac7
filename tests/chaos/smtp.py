"""A postman with moods: takes letters, refuses them, falls asleep, or dies after taking one."""

import asyncio
import email
import random
import threading
from collections import Counter
from typing import Any

from aiosmtpd.controller import Controller

from kumala_itsm.local import product


class Postman:
    """Counts letters by Message-ID. `moods` are shares of a hundred: refuse, sleep, die; the rest is taken."""

    def __init__(self, *, refuse: int = 5, sleep: int = 1, die: int = 3) -> None:
        self.refuse, self.sleep, self.die = refuse, sleep, die
        self.port = product.free_port()
        self.taken: Counter[str] = Counter()
        self.moods: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        """In a thread of its own."""
        self._controller.start()

    def stop(self) -> None:
        """No more letters."""
        if self._controller.server is not None:
            self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as the library calls it
        """One letter, according to the mood."""
        dice = random.randrange(100)
        if dice < self.refuse:
            return self._mood("refused", "451 Not now")
        if dice < self.refuse + self.sleep:
            self._mood("slept", "")
            await asyncio.sleep(15)  # longer than the product waits
        with self._lock:
            named = str(email.message_from_bytes(envelope.content)["Message-ID"])
            self.taken["".join(named.split())] += 1  # a long one comes folded
        if self.refuse + self.sleep <= dice < self.refuse + self.sleep + self.die:
            self._mood("died after taking", "")
            server.transport.abort()
        return "250 Taken"

    def _mood(self, name: str, answer: str) -> str:
        with self._lock:
            self.moods[name] += 1
        return answer
