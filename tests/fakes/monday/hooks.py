"""Webhooks as monday.com sends them: challenge, JWT for apps, once a minute for half an hour; and as they go wrong."""

import base64
import hashlib
import hmac
import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from tests.fakes.monday.cells import Mistake
from tests.fakes.monday.world import Board, Hook, World

RETRIES = 30  # once a minute
Receiver = Callable[[str, bytes, dict[str, str]], tuple[int, bytes]]


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Over the wire."""
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=10, allow_redirects=False)
    except requests.RequestException:
        return 0, b""
    return answer.status_code, answer.content


def echo(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """A receiver that takes everything, for tests in which nobody listens."""
    return 200, body


@dataclass
class Delivery:
    """One event on its way to one subscription."""

    hook: Hook
    payload: dict[str, Any]
    due: datetime
    tries: int = 0
    status: int | None = None


@dataclass
class Mischief:
    """What the deliveries suffer: each a probability."""

    drop: float = 0.0
    double: float = 0.0  # the same once more, with the same uuid
    again: float = 0.0  # the same once more, under a new uuid
    shuffle: bool = False
    forged: bool = False  # signed with another secret
    expired: bool = False
    other_audience: bool = False
    other_account: bool = False


@dataclass
class Hooks:
    """Subscriptions and what is on its way. `deliver()` sends what is due; `running()` does so by itself."""

    world: World
    account: str
    secret: str
    receiver: Receiver = post
    mischief: Mischief = field(default_factory=Mischief)
    waiting: list[Delivery] = field(default_factory=list)
    sent: list[Delivery] = field(default_factory=list)
    lost: list[Delivery] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(4))

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.world.happened = self._happened

    def subscribe(self, board: Board, url: str, event: str, token: str, config: Any) -> Hook:
        """A subscription, once the address has answered its challenge."""
        if len(url) > 255:
            raise Mistake("InvalidArgumentException", "url has 255 characters at the most")
        told = {"challenge": uuid.uuid4().hex}
        status, answer = self.receiver(url, json.dumps(told).encode(), {"Content-Type": "application/json"})
        try:
            is_echoed = status == 200 and json.loads(answer) == told
        except ValueError:
            is_echoed = False
        if not is_echoed:
            raise Mistake("WebhookUrlValidationException", "The url did not answer its challenge")
        hook = Hook(self.world.number(), board.id, url, event, token, config)
        self.world.hooks[hook.id] = hook
        return hook

    def _happened(self, event: str, board: Board, payload: dict[str, Any]) -> None:
        for hook in list(self.world.hooks.values()):
            if hook.board == board.id and hook.event == event:
                self._put(Delivery(hook, payload | {"subscriptionId": int(hook.id)}, self.world.now()))

    def _put(self, delivery: Delivery) -> None:
        with self._lock:
            if self.chance.random() < self.mischief.drop:
                self.lost.append(delivery)
                return
            self.waiting.append(delivery)
            if self.chance.random() < self.mischief.double:
                self.waiting.append(Delivery(delivery.hook, delivery.payload, delivery.due))
            if self.chance.random() < self.mischief.again:
                other = delivery.payload | {"triggerUuid": uuid.uuid4().hex}
                self.waiting.append(Delivery(delivery.hook, other, delivery.due))

    def deliver(self) -> int:
        """Send what is due; how many were taken."""
        now, taken = self.world.now(), 0
        with self._lock:
            due = [delivery for delivery in self.waiting if delivery.due <= now]
            self.waiting = [delivery for delivery in self.waiting if delivery.due > now]
            if self.mischief.shuffle:
                self.chance.shuffle(due)
        for delivery in due:
            taken += self._send(delivery)
        return taken

    def _send(self, delivery: Delivery) -> int:
        payload = delivery.payload | {"isRetry": delivery.tries > 0}
        headers = {"Content-Type": "application/json"}
        if delivery.hook.token.startswith("fake-app"):
            headers["Authorization"] = self._signed(delivery)
        body = json.dumps({"event": payload}).encode()
        delivery.status, _answer = self.receiver(delivery.hook.url, body, headers)
        delivery.tries += 1
        with self._lock:
            if 200 <= delivery.status < 300:
                self.sent.append(delivery)
                return 1
            if delivery.tries > RETRIES or delivery.hook.id not in self.world.hooks:
                self.lost.append(delivery)
            else:
                delivery.due = self.world.now() + timedelta(minutes=1)
                self.waiting.append(delivery)
        return 0

    def _signed(self, delivery: Delivery) -> str:
        now = int(self.world.now().timestamp())
        mischief = self.mischief
        claims = {
            "accountId": int(self.account) + mischief.other_account, "userId": delivery.payload["userId"],
            "aud": delivery.hook.url + ("x" if mischief.other_audience else ""),
            "iat": now, "exp": now + (-60 if mischief.expired else 300), "shortLivedToken": "fake-short-lived",
        }  # fmt: skip
        return jwt(claims, self.secret + ("x" if mischief.forged else ""))

    def running(self, stop: threading.Event) -> None:
        """Deliver until told to stop: what the real one does by itself."""
        while not stop.is_set():
            self.deliver()
            stop.wait(0.05)

    def settle(self, patience: float = 10.0) -> None:
        """Wait until nothing is due any more."""
        until = time.monotonic() + patience
        while any(one.due <= self.world.now() for one in self.waiting):
            assert time.monotonic() < until, "deliveries do not end"
            time.sleep(0.02)


def jwt(claims: dict[str, Any], secret: str) -> str:
    """Signed with HS256, as the Signing Secret of an app does."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + part(json.dumps(claims).encode())
    return f"{head}.{part(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())}"
