"""What may go wrong with monday.com, as classes, and which of them an answer is. Pure: no network, no clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

DEFAULT_WAIT = 30.0  # seconds, where the server says "later" and not when
LONGEST_WAIT = 3600.0  # seconds; nobody tells us to be silent for longer, except until midnight


class Trouble(Exception):
    """Something that monday.com, or the way to it, did not do. `code` is theirs; never holds a token."""

    def __init__(self, sentence: str, *, code: str = "", request_id: str = "", seconds: float = 0.0) -> None:
        super().__init__(sentence)
        self.sentence, self.code, self.request_id, self.seconds = sentence, code, request_id, seconds


class Wait(Trouble):
    """Not done; the same call again after `seconds`, with the same key."""


class Exhausted(Wait):
    """Not done, nor anything else: the calls of the day are used up; `seconds` until midnight UTC."""


class Unknown(Trouble):
    """Perhaps done: the answer did not come, or says nothing."""


class Blocked(Trouble):
    """Nothing will be done for us until a person acts: token, rights, network."""


class Drifted(Trouble):
    """The board, or what it takes, is not as we know it: column, label, group, version."""


class Gone(Trouble):
    """The thing is archived, deleted, or was never there."""


class Refused(Trouble):
    """This will never be done as it is."""


class Expired(Trouble):
    """The cursor has ended: the walk begins again."""


# The codes of all ages, without capitals and signs; the first line that fits decides.
_CODES: tuple[tuple[type[Trouble], str], ...] = (
    (Exhausted, r"dailylimit"),
    (Refused, r"maxcomplexity"),  # the call itself is too large: waiting does not make it smaller
    (Wait, r"complexity|ratelimit|limitrate|minutelimit|minuterate|concurren|iprate|toomanyrequests"),
    (Wait, r"currentlylocked|idempotencyconflict"),
    (Expired, r"cursor"),
    (Refused, r"userunauthorized"),  # one object, not the connection
    (Blocked, r"useraccessdenied|missingrequiredperm|temporarilyblocked"),
    (Blocked, r"notauthenticated|unauthorized|iprestricted|invalidtoken"),
    (Gone, r"resourcenotfound|itemnotfound|invaliditemid|inactiveitem"),
    (Drifted, r"invalidcolumnid|invalidboardid|invalidgroupid|invalidversion|graphql|undefinedfield|undefinedargument|"
              r"missingrequiredarg|argumentliteral|validation|parseerror|revision"),
    (Unknown, r"internalservererror|badgateway|serviceunavailable|gatewaytimeout"),
)  # fmt: skip
# What only the words say.
_WORDS: tuple[tuple[type[Trouble], str], ...] = (
    (Exhausted, r"daily limit"),
    (Wait, r"rate limit|limit rate|minute limit|concurrency limit|complexity budget|currently locked"),
    (Blocked, r"ip (address )?is restricted|not authenticated"),
    (Expired, r"cursor"),
    (Gone, r"inactive item|item.{0,30}(not found|does not exist|deleted|archived)"),
    (Drifted, r"\blabel\b|column.{0,40}not (found|exist)|no such column|group not found"),
)
# Of the codes that block, those that are about the whole connection, whatever was asked.
_OF_ALL = r"notauthenticated|iprestricted|invalidtoken|temporarilyblocked|http401"
_STATUSES: dict[int, type[Trouble]] = {401: Blocked, 403: Blocked, 404: Gone, 409: Wait, 423: Wait, 429: Wait}


@dataclass(frozen=True)
class Fault:
    """One error of an answer, whatever its shape was."""

    message: str
    code: str = ""
    path: tuple[str, ...] = ()
    seconds: float = 0.0
    is_plain: bool = False  # GraphQL's own, without a code: the question itself is wrong


def faults(body: Mapping[str, Any]) -> list[Fault]:
    """The errors in an answer: GraphQL's list, the flat shape of old, plain strings."""
    listed = body.get("errors")
    found = [_fault(error) for error in listed] if isinstance(listed, list) else []
    if body.get("error_code") or body.get("error_message"):
        flat = Fault(_text(body.get("error_message")), _text(body.get("error_code")))
        return [flat, *(fault for fault in found if fault.path)]
    return found


def _fault(error: Any) -> Fault:
    if not isinstance(error, dict):
        return Fault(_text(error))
    about = error.get("extensions")
    about = about if isinstance(about, dict) else {}
    path = error.get("path")
    path = tuple(str(step) for step in path) if isinstance(path, list) else ()
    code = _text(about.get("code") or error.get("code") or error.get("error_code"))
    told = (about.get("retry_in_seconds"), error.get("retry_in_seconds"))
    seconds = max((float(value) for value in told if isinstance(value, int | float)), default=0.0)
    is_plain = not code and not path and "locations" in error
    return Fault(_text(error.get("message")), code, path, seconds, is_plain)


def judge(fault: Fault, status: int, *, hint: float = 0.0, request_id: str = "") -> Trouble:
    """Which trouble it is. `hint`: seconds that the headers told."""
    kind = _kind(fault, status)
    seconds = _wait(fault, hint) if issubclass(kind, Wait) else 0.0
    sentence = fault.message or fault.code or f"monday.com answered HTTP {status} and said nothing."
    return kind(
        sentence[:500], code=(fault.code or f"HTTP {status}")[:100], request_id=request_id, seconds=seconds
    )


def _kind(fault: Fault, status: int) -> type[Trouble]:
    code, words = re.sub(r"[^a-z]", "", fault.code.lower()), fault.message.lower()
    for kind, pattern in _CODES:
        if re.search(pattern, code):
            return kind
    for kind, pattern in _WORDS:
        if re.search(pattern, words):
            return kind
    if not (fault.code or fault.message):  # a page of some gateway: it cannot know that an item is gone
        return {401: Blocked, 403: Blocked, 423: Wait, 429: Wait}.get(status, Unknown)
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500:
        return Unknown
    return Drifted if fault.is_plain else Refused


def of_one_question(trouble: Trouble) -> Trouble:
    """A right that this question alone would need is no reason to ask no others: Refused instead of Blocked.

    What is wrong with the token, or with where we call from, stays what it is.
    """
    said = re.sub(r"[^a-z0-9]", "", trouble.code.lower())
    is_of_all = re.search(_OF_ALL, said) or re.search(
        r"ip (address )?is restricted|not authenticated", trouble.sentence.lower()
    )
    if not isinstance(trouble, Blocked) or is_of_all:
        return trouble
    return Refused(trouble.sentence, code=trouble.code, request_id=trouble.request_id)


def _wait(fault: Fault, hint: float) -> float:
    spoken = re.search(r"(?:reset|retry|again) in (\d+) ?s", fault.message.lower())
    told = max(fault.seconds, hint, float(spoken[1]) if spoken else 0.0)
    return min(told or DEFAULT_WAIT, LONGEST_WAIT)


def waiting(trouble: Trouble) -> Wait:
    """The same for somebody who only wanted to read: nothing can have happened."""
    told = {"code": trouble.code, "request_id": trouble.request_id}
    return Wait(trouble.sentence, **told, seconds=trouble.seconds or DEFAULT_WAIT)


def gravest(found: Sequence[Trouble]) -> Trouble:
    """The one that decides about a whole call: what blocks before what waits, what may be done before what is not."""
    order = (Blocked, Exhausted, Unknown, Wait, Expired, Drifted, Gone, Refused)
    return min(
        found, key=lambda trouble: next(i for i, kind in enumerate(order) if isinstance(trouble, kind))
    )


@dataclass(frozen=True)
class Limit:
    """One limit as the header RateLimit tells it: what remains, and after how many seconds it is whole again."""

    name: str
    remaining: int
    seconds: float


def limits(header: str) -> list[Limit]:
    """`"minuteRate";r=0;t=38, "concurrency";r=249` as values."""
    found = re.findall(r'"([\w-]{1,40})"((?:;\w{1,10}=\w{1,20})*)', header[:2000])
    told = [(name, dict(re.findall(r";(\w+)=(\d+)", rest))) for name, rest in found]
    return [Limit(name, int(facts["r"]), float(facts.get("t", 0))) for name, facts in told if "r" in facts]


def hint(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait, as the headers tell: Retry-After (seconds or a date), limits with nothing left."""
    told = [limit.seconds for limit in limits(headers.get("RateLimit", "")) if not limit.remaining]
    said = headers.get("Retry-After", "").strip()
    if said.isdigit():
        told.append(float(said[:9]))
    elif said:
        told.append(_until(said, now))
    return max(told, default=0.0)


def _until(date: str, now: datetime) -> float:
    try:
        return max(0.0, (parsedate_to_datetime(date) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
