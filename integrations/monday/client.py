"""The street door to monday.com: one call over HTTP, its limits, and what each answer means. No Django, no table.

    client = Client(token, plan=PLANS["pro"], state=State.of(row.state), remember=save)
    answer = client.call(document, variables, key="link-17-3")
    answer["a"]            # what a field (or an alias) gave; raises its Trouble
    answer.troubles        # {alias: Trouble}: a batch may be done in part, so each alias is judged by itself

`call` raises a Trouble when nothing was done, or when nobody knows. Which one says what to do (`troubles`):

    Wait        not done. The same again after `seconds`, with the same key.
    Exhausted   a Wait until midnight UTC: the calls of the day are used up.
    Unknown     done or not. The very same body with the same key within KEY_LIVES; after that look up by the key.
    Blocked     not done, nor anything else, until a person mends the token, the rights or the network.
    Drifted     not done: the board is not as we know it. Read it again, then once more, then give up.
    Gone        the item, board or webhook is archived, deleted or was never there. Never make it anew by itself.
    Refused     not done, and never will be as it is.
    Expired     the cursor of a walk ended; begin the walk again.

Nothing is tried twice in here: when to try again is a row in PostgreSQL. `limits.State` is a plain value, what was
spent and the breaker; `remember(state)` is called before a call leaves and after its answer, so that a process killed
between the two has counted its call. While the breaker is open or blocked, `call` raises at once and sends nothing.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from integrations.monday import troubles
from integrations.monday.limits import LIMITED_COSTS, PLANS, Plan, State, midnight
from integrations.monday.troubles import Blocked, Exhausted, Trouble, Unknown, Wait

URL = "https://api.monday.com/v2"
VERSION = "2026-10"
# Seconds to connect, to answer: theirs ends at 60, so that ours means "unknown" and not "slow".
TIMEOUT = (5.0, 65.0)
MOST_BYTES = 32 * 1024 * 1024  # of one answer; a page of 500 items has about two million
PIECE = 64 * 1024
KEY_LIVES = timedelta(minutes=30)  # so long an Idempotency-Key is remembered there
ONE_THING = ("idempotency", "locked", "field_minute")  # waits that hold up one call and not the account
NETWORK = "network"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What came back: `answer[name]` is the value of a field or alias, or raises what went wrong with it."""

    data: Mapping[str, Any]
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    request_id: str = ""
    cost: int | None = None  # in complexity, where the document asks for it
    is_replayed: bool = False  # the answer of an earlier call with this key

    def __getitem__(self, name: str) -> Any:
        if name in self.troubles:
            raise self.troubles[name]
        return self.data.get(name)


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes


class _Token(AuthBase):
    """Sets the header at the last moment; a ~/.netrc would otherwise replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._token
        return request

    def __repr__(self) -> str:
        return "<token>"

    def hidden(self, text: str) -> str:
        """The text, should it repeat the token."""
        return text.replace(self._token, "…") if self._token else text


class Client:
    """One token at one address. Not for two threads at a time; `with Client(...)`, or `close` it."""

    def __init__(
        self,
        token: str,
        *,
        url: str = URL,
        version: str = VERSION,
        plan: Plan = PLANS["standard"],
        state: State | None = None,
        remember: Callable[[State], None] = lambda _state: None,
        clock: Callable[[], datetime] = lambda: datetime.fromtimestamp(time.time(), UTC),
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        self.url, self.version, self.plan, self.state = url, version, plan, state or State()
        self._auth, self._remember, self._clock, self._timeout = _Token(token), remember, clock, timeout
        self._session = requests.Session()

    def __repr__(self) -> str:
        return f"<monday.com at {self.url}>"

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def hindrance(self, *, cost: int = 0, spare: int = 0) -> Trouble | None:
        """Why no call may leave now, without trying; None: it may."""
        return self.state.hindrance(self.plan, self._clock(), cost=cost, spare=spare)

    def call(
        self, document: str, variables: Mapping[str, Any] | None = None, *, key: str = "", cost: int = 0,
        spare: int = 0, may_be_refused: bool = False,
    ) -> Answer:  # fmt: skip
        """One request. `key` is the Idempotency-Key of a mutation: one for each body, the same for its repetition.

        `cost` is the complexity it is expected to need; `spare` calls of the day are left for others (an export leaves
        some for changes). `may_be_refused` is for a question whose answer we can do without: a right that it alone
        lacks is Refused, and blocks nothing else. Raises a Trouble.
        """
        if hindrance := self.hindrance(cost=cost, spare=spare):
            raise hindrance
        self._keep(self.state.counted(self._clock()))
        came = self._send({"query": document, "variables": dict(variables or {})}, key)
        result = self._judged(came, may_be_refused=may_be_refused) if isinstance(came, _Reply) else came
        self._learn(result)
        if isinstance(result, Unknown) and document.lstrip().startswith("query"):  # reading leaves no trace
            result = troubles.waiting(result)
        if isinstance(result, Trouble):
            raise result
        return result

    # The wire ---------------------------------------------------------------------------------------------------

    def _send(self, body: Mapping[str, Any], key: str) -> "_Reply | Trouble":
        headers = {"API-Version": self.version, "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            with self._session.post(
                self.url, data=json.dumps(body), headers=headers, auth=self._auth, timeout=self._timeout,
                allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                return self._read(answer)
        except (requests.RequestException, HTTPError, OSError) as problem:
            # Not raised from here: the problem holds the request, and the request the token.
            kind = Wait if _never_left(problem) else Unknown
            return kind(_sentence(problem), code=NETWORK, seconds=troubles.DEFAULT_WAIT)

    def _read(self, answer: requests.Response) -> "_Reply | Trouble":
        """All of it, but no more than MOST_BYTES and no longer than the time to answer: drops would last for ever."""
        until, content = time.monotonic() + self._timeout[1], bytearray()
        while piece := answer.raw.read1(PIECE, decode_content=True):
            content += piece
            if len(content) > MOST_BYTES:
                return Unknown(f"The answer has more than {MOST_BYTES} bytes.", code="too large")
            if time.monotonic() > until:
                return Unknown("The answer took too long.", code=NETWORK)
        return _Reply(answer.status_code, answer.headers, bytes(content))

    # What it means ----------------------------------------------------------------------------------------------

    def _judged(self, reply: _Reply, *, may_be_refused: bool) -> "Answer | Trouble":
        body = _parsed(reply.content)
        about = body.get("extensions")
        request_id = str(about.get("request_id") or "")[:100] if isinstance(about, dict) else ""
        self._read_headers(reply.headers)
        hint = troubles.hint(reply.headers, self._clock())
        found = []
        for fault in troubles.faults(body):
            trouble = troubles.judge(fault, reply.status, hint=hint, request_id=request_id)
            trouble = troubles.of_one_question(trouble) if may_be_refused else trouble
            found.append((fault.path[:1], self._shown(trouble)))
        data = body.get("data")
        if not isinstance(data, dict) or (not found and reply.status >= 300):
            nothing = troubles.judge(troubles.Fault(""), reply.status, hint=hint, request_id=request_id)
            return troubles.gravest([trouble for _path, trouble in found] or [nothing])
        by_name = _by_name(data, found)
        if found and not by_name:
            return troubles.gravest([trouble for _path, trouble in found])
        replayed = reply.headers.get("Idempotency-Replayed", "").lower() == "true"
        return Answer(data, by_name, request_id, self._read_complexity(data), replayed)

    def _shown(self, trouble: Trouble) -> Trouble:
        """Without the token, should the other side repeat it; a day that is used up lasts until midnight."""
        trouble.sentence = self._auth.hidden(trouble.sentence)
        trouble.args = (trouble.sentence,)
        if isinstance(trouble, Exhausted):
            trouble.seconds = (midnight(self._clock()) - self._clock()).total_seconds()
        return trouble

    # What is kept -----------------------------------------------------------------------------------------------

    def _keep(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._remember(state)

    def _learn(self, result: "Answer | Trouble") -> None:
        """Into the state: what holds up the whole account opens the breaker."""
        state, now, jitter = self.state, self._clock(), random.random()  # noqa: S311 - spreads waits
        happened = [result] if isinstance(result, Trouble) else list(result.troubles.values())
        for trouble in happened:
            logger.warning("%s %s (%s)", type(trouble).__name__, trouble.code, trouble.request_id)
            if isinstance(trouble, Unknown) or trouble.code == NETWORK:
                state = state.failed(trouble, now, jitter)
            elif isinstance(trouble, Blocked):
                state = state.blocked(trouble)
            elif isinstance(trouble, Wait) and not _is_of_one_thing(trouble):
                spread = 60 * jitter if isinstance(trouble, Exhausted) else trouble.seconds * jitter / 4
                state = state.opened(trouble, now, trouble.seconds + spread)
        if isinstance(result, Wait) and result.code != NETWORK and not _is_of_one_thing(result):
            state = replace(state, calls_today=max(0.0, state.calls_today - 1 + LIMITED_COSTS))
        elif isinstance(result, Answer):
            state = state.succeeded()
        self._keep(state)

    def _read_headers(self, headers: Mapping[str, str]) -> None:
        state, now = self.state, self._clock()
        state = replace(state, answered_version=headers.get("API-Version", "")[:20])
        for limit in troubles.limits(headers.get("RateLimit", "")):
            if limit.name == "complexityMinute":
                until = now + timedelta(seconds=limit.seconds)
                state = replace(state, complexity_left=limit.remaining, complexity_until=until)
            elif limit.name == "minuteRate" and not limit.remaining:
                state = state.opened(Wait("The calls of this minute are used up."), now, limit.seconds)
        self._keep(state)

    def _read_complexity(self, data: Mapping[str, Any]) -> int | None:
        told = data.get("complexity")
        if not isinstance(told, dict):
            return None
        left, seconds = told.get("after"), told.get("reset_in_x_seconds")
        if isinstance(left, int) and isinstance(seconds, int | float):
            until = self._clock() + timedelta(seconds=seconds)
            self._keep(replace(self.state, complexity_left=left, complexity_until=until))
        cost = told.get("query")
        return cost if isinstance(cost, int) else None


def _parsed(content: bytes) -> dict[str, Any]:
    """The JSON object of an answer; nothing for anything else, such as the page of a gateway."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _by_name(data: Mapping[str, Any], found: Sequence[tuple[Sequence[str], Trouble]]) -> dict[str, Trouble]:
    """The troubles by field or alias. What names no field is about those that came back empty."""
    named: dict[str, list[Trouble]] = {}
    empty = [name for name, value in data.items() if value is None]
    for path, trouble in found:
        for name in path or empty:
            named.setdefault(name, []).append(trouble)
    return {name: troubles.gravest(several) for name, several in named.items()}


def _is_of_one_thing(trouble: Trouble) -> bool:
    """A wait for one item or one call, not for the account."""
    said = f"{trouble.code} {trouble.sentence}".lower()
    return any(word in said for word in ONE_THING)


def _never_left(problem: Exception) -> bool:
    """Nothing can have been done: there was no connection that could carry the request."""
    if isinstance(problem, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = problem.args[0] if problem.args else None
    reason = getattr(cause, "reason", cause)  # urllib3's MaxRetryError carries why
    if isinstance(reason, NewConnectionError | NameResolutionError):
        return True
    return "CERTIFICATE_VERIFY_FAILED" in str(reason)


def _sentence(problem: Exception) -> str:
    """What went wrong on the way, without the request that the problem holds."""
    if isinstance(problem, requests.Timeout):
        return "monday.com did not answer in time."
    return f"monday.com cannot be reached ({type(problem).__name__})."
