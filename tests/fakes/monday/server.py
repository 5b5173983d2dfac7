"""The HTTP of the fake: tokens, versions, limits, idempotency, faults, the journal of calls."""

import hashlib
import json
import random
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.monday import answers, limits, pages
from tests.fakes.monday.answers import Answering, Question, Unasked
from tests.fakes.monday.cells import Mistake
from tests.fakes.monday.hooks import Hooks, Receiver, post
from tests.fakes.monday.limits import Keys, Meter, Refusal
from tests.fakes.monday.world import Person, World

VERSION = "2026-10"
COST_OF_WRITING = 30_000


def _errors(message: str, code: str, seconds: int = 0) -> dict[str, Any]:
    about = {"code": code} | ({"retry_in_seconds": seconds} if seconds else {})
    return {"errors": [{"message": message, "extensions": about}]}


FLAT = {
    "error_code": "ComplexityException",
    "status_code": 429,
    "error_message": "Query has complexity of 30001, reset in 16 seconds",
    "error_data": {},
    "errors": ["Complexity"],
    "account_id": 1,
}
# What can go wrong before anything is done: status and body.
BEFORE: dict[str, tuple[int, Any]] = {
    "429": (429, _errors("Rate Limit Exceeded", "RateLimitExceeded", 7)),
    "429-header": (429, {"error_message": "Too many requests"}),
    "200-complexity": (200, _errors("Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", 9)),
    "flat": (200, FLAT),
    "daily": (429, _errors("Daily limit exceeded", "DAILY_LIMIT_EXCEEDED")),
    "423": (423, _errors("Resource is currently locked", "ResourceLocked")),
    "401": (401, {"errors": ["Not Authenticated"]}),
    "403": (403, _errors("User access denied", "USER_ACCESS_DENIED")),
    "ip": (401, {"errors": [{"message": "Your ip is restricted"}]}),
    "500": (500, _errors("Internal server error", "INTERNAL_SERVER_ERROR")),
    "502": (502, "<html><body>502 Bad Gateway</body></html>"),
    "503": (503, "<html><body>503 Service Unavailable</body></html>"),
    "404-gateway": (404, "<html><body>nothing here</body></html>"),
    "redirect": (302, ""),
    "conflict": (409, _errors("A request with this key is running", "IDEMPOTENCY_CONFLICT")),
}
HEADERS = {
    "429-header": {"Retry-After": "11"},
    "conflict": {"Retry-After": "2"},
    "redirect": {"Location": "/elsewhere"},
}
AFTER = ("drop-after", "hang-after", "truncated", "500-after", "other-version", "endless", "drip")
KINDS = (*BEFORE, *AFTER, "drop-before", "hang-before", "half-page", "partial", "cursor", "slow")


@dataclass
class Fault:
    """Something that goes wrong: on calls with this field or name, from the nth on, so many times, so likely."""

    kind: str
    on: str = ""
    after: int = 0
    times: int = 1
    chance: float = 1.0
    message: str = ""
    code: str = ""

    def fits(self, asked: list[str], dice: random.Random) -> bool:
        """Whether it happens now; counts itself down."""
        if self.times <= 0 or (self.on and self.on not in asked):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if dice.random() >= self.chance:
            return False
        self.times -= 1
        return True


@dataclass
class Call:
    """One request as it came, and how it went."""

    at: datetime
    name: str = ""
    fields: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    status: int = 0
    cost: int = 0
    fault: str = ""
    version: str = ""
    is_mutation: bool = False
    is_replayed: bool = False
    is_refused: bool = False


class Monday:
    """The server. Starts with `with` or `start()`; `token` is of a user of its own, `url` where it answers."""

    def __init__(
        self,
        *,
        plan: str = "pro",
        now: Callable[[], datetime] | None = None,
        receiver: Receiver = post,
        latency: float = 0.0,
        delivers: bool = False,
        port: int = 0,
        is_app: bool = False,
        seed: int = 1,
    ) -> None:
        self._now, self.ahead = now or (lambda: datetime.now(UTC)), timedelta()
        self.lock = threading.RLock()
        self.world = World(self.now)
        self.integration = self.person("Integration")
        self.token = "fake-app-token" if is_app else "fake-token"
        self.tokens: dict[str, Person] = {self.token: self.integration}
        self.account, self.signing_secret = "17001", "fake-signing-secret"
        self.hooks = Hooks(self.world, self.account, self.signing_secret, receiver)
        self.meter = Meter(limits.Plan(**vars(limits.PLANS[plan])), self.now)
        self.keys = Keys(self.now)
        self.costs = {"read": 0}  # by name of a mutation; others cost COST_OF_WRITING
        self.caches_keys = True
        self.most_at_once = 0
        self.latency, self.faults = latency, list[Fault]()
        self.journal: list[Call] = []
        self.misuses: list[str] = []  # what the real one would take, and we should never do
        self.dice = random.Random(seed)
        self._delivers, self._port, self._stop = delivers, port, threading.Event()
        self._threads: list[threading.Thread] = []

    # Its life ---------------------------------------------------------------------------------------------------

    def start(self) -> "Monday":
        """Up and answering."""
        self._server = _Server(("127.0.0.1", self._port), _handler(self))
        self._threads = [threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)]
        if self._delivers:
            self._threads.append(threading.Thread(target=self.hooks.running, args=(self._stop,), daemon=True))
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Gone, with all that hangs."""
        self._stop.set()
        if not self._threads:
            return
        self._server.shutdown()
        for thread in self._threads:
            thread.join(10)
        self._server.server_close()

    __enter__ = start

    def __exit__(self, *problem: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """What stands in MONDAY_API_URL."""
        return f"http://127.0.0.1:{self._server.server_port}/v2"

    def now(self) -> datetime:
        """Its own time."""
        return self._now() + self.ahead

    def forward(self, **duration: float) -> None:
        """Its clock goes ahead: `forward(minutes=31)`."""
        self.ahead += timedelta(**duration)

    # For tests --------------------------------------------------------------------------------------------------

    def person(self, name: str, email: str = "") -> Person:
        """A user of the account."""
        return self.world.add_person(name, email)

    def fails(self, kind: str, **how: Any) -> Fault:
        """From now on: `fails("429", on="create_item", after=1, times=3, chance=0.5)`."""
        assert kind in KINDS, kind
        fault = Fault(kind, **how)
        self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.faults.clear()
        self.hooks.mischief = type(self.hooks.mischief)()
        self.world.search_lag = self.world.read_lag = timedelta()

    def revoke(self) -> None:
        """The token is worth nothing any more."""
        self.tokens.pop(self.token, None)

    def calls(self, name: str = "") -> list[Call]:
        """The requests with this field, or all."""
        return [call for call in self.journal if not name or name in call.fields]

    def writes(self) -> list[Call]:
        """The requests that wrote, or tried to."""
        return [call for call in self.journal if call.is_mutation]

    # One request ------------------------------------------------------------------------------------------------

    def answer(self, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes, str]:
        """Status, headers, body, and what the line does afterwards."""
        call = Call(
            self.now(), key=headers.get("Idempotency-Key", ""), version=headers.get("API-Version", "")
        )
        with self.lock:
            self.journal.append(call)
            self.meter.at_once += 1
            self.most_at_once = max(self.most_at_once, self.meter.at_once)
        try:
            if self.latency:
                time.sleep(self.latency)
            return self._answered(call, headers, body)
        finally:
            with self.lock:
                self.meter.at_once -= 1

    def _answered(self, call: Call, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes, str]:
        with self.lock:
            refusal = self.meter.refuses_call()
            self.meter.count(is_refused=refusal is not None)
        if refusal:
            return self._refused(call, refusal)
        token = headers.get("Authorization", "")
        assert not token or token.startswith(("fake-", "Bearer")), "a real token has no place in a test"
        if token not in self.tokens:
            return self._said(call, 401, {"errors": ["Not Authenticated"]})
        if not re.fullmatch(r"\d{4}-\d{2}", call.version):
            self._misused(f"API-Version {call.version!r}")
            return self._said(call, 400, _errors("Invalid version", "InvalidVersionException"))
        try:
            asked, values = self._asked(call, body)
        except Unasked as wrong:
            self._misused(f"not in the schema: {wrong.errors}")
            return self._said(call, 200, {"errors": wrong.errors})
        except (ValueError, KeyError, TypeError):
            self._misused("a body that is not JSON")
            flat = {"error_code": "JsonParseException", "error_message": "Body is not JSON"}
            return self._said(call, 400, flat)
        return self._with_faults(call, token, hashlib.sha256(body).digest(), asked, values)

    def _asked(self, call: Call, body: bytes) -> tuple[Question, Any]:
        """The question and its variables, noted in the journal."""
        told = json.loads(body)
        asked = answers.question(told["query"])
        call.name, call.fields, call.is_mutation = asked.name, asked.fields(), asked.is_mutation
        call.variables = told.get("variables") or {}
        return asked, answers.variables(asked, call.variables)

    def _misused(self, what: str) -> None:
        self.misuses.append(what)

    def _with_faults(self, call: Call, token: str, digest: bytes, asked: Question, values: Any) -> Any:
        with self.lock:
            fault = next((one for one in self.faults if one.fits([*call.fields, call.name], self.dice)), None)
        call.fault = fault.kind if fault else ""
        if fault and fault.kind in BEFORE:
            status, told = BEFORE[fault.kind]
            return self._said(call, status, told, HEADERS.get(fault.kind))
        if fault and fault.kind in ("drop-before", "hang-before"):
            return 0, {}, b"", fault.kind
        if fault and fault.kind == "slow":
            self._stop.wait(0.3)
        status, headers, content, _line = self._once(call, token, digest, asked, values, fault)
        if fault and fault.kind == "other-version":
            headers["API-Version"] = "2027-01"
        if fault and fault.kind == "truncated":
            content = content[: len(content) // 2]
        if fault and fault.kind == "500-after":
            status, content = BEFORE["500"][0], json.dumps(BEFORE["500"][1]).encode()
        return status, headers, content, fault.kind if fault and fault.kind in AFTER else ""

    def _once(
        self, call: Call, token: str, digest: bytes, asked: Question, values: Any, fault: Fault | None
    ) -> Any:
        """The effect, once for each key."""
        key = (token, call.key)
        if not call.key or not asked.is_mutation:
            if asked.is_mutation:
                self._misused(f"{call.name} without Idempotency-Key")
            return self._done(call, token, asked, values, fault)
        with self.lock:
            if key in self.keys.running:
                status, told = BEFORE["conflict"]
                return self._said(call, status, told, HEADERS["conflict"])
            kept = self.keys.found(key)
            if kept:
                if kept[1] != digest:
                    self._misused(f"key {call.key} with another body")
                status, headers, content = kept[2]
                call.status, call.is_replayed = status, True
                return status, headers | {"Idempotency-Replayed": "true"}, content, ""
            self.keys.running.add(key)
        try:
            result = self._done(call, token, asked, values, fault)
            if self.caches_keys and not call.is_refused and len(result[2]) < 1_000_000:
                self.keys.kept[key] = (self.now(), digest, result[:3])
            return result
        finally:
            self.keys.running.discard(key)

    def _done(self, call: Call, token: str, asked: Question, values: Any, fault: Fault | None) -> Any:
        who = self.tokens[token]
        with self.lock:
            answering = Answering(asked, values, lambda name, given: self._field(name, given, who, token))
            call.cost = self._cost(answering)
            if refusal := self.meter.refuses_cost(call.cost):
                return self._refused(call, refusal)
            self.meter.spend(call.cost)
            return self._said(call, 200, self._body(call, answering, fault))

    def _cost(self, answering: Answering) -> int:
        if not answering.asked.is_mutation:
            return answering.cost()
        names = [name for _alias, name, _given, _inner in answering.roots() if name != "complexity"]
        return sum(self.costs.get(name, COST_OF_WRITING) for name in names)

    def _body(self, call: Call, answering: Answering, fault: Fault | None) -> dict[str, Any]:
        data: dict[str, Any] | None = {}
        errors: list[dict[str, Any]] = []
        roots = answering.roots()
        spoiled = self._spoiled(fault, [one for one in roots if one[1] != "complexity"])
        for alias, name, given, inner in roots:
            try:
                found = self._found(call, answering, (name, given, inner), fault, is_spoiled=alias in spoiled)
            except Mistake as mistake:
                errors.append(answers.error(alias, mistake))
                found = None
                if answering.is_required(name):
                    data = None
                    break
            assert data is not None
            data[alias] = found
        if fault and fault.kind == "half-page" and data:
            errors += _halved(data)
        body: dict[str, Any] = {"data": data, "account_id": int(self.account)}
        body["extensions"] = {"request_id": uuid.uuid4().hex}
        return body | ({"errors": errors} if errors else {})

    def _found(
        self, call: Call, answering: Answering, asked: Any, fault: Fault | None, *, is_spoiled: bool
    ) -> Any:
        """The answer to one field, or the Mistake that it is to be."""
        name, given, inner = asked
        if name == "complexity":
            told = self.meter.told(call.cost)
            return {
                alias: told[field_name] for alias, field_name, _, _ in answering._plan(inner, "Complexity")
            }
        if fault and is_spoiled:
            raise Mistake(
                fault.code or "ColumnValueException", fault.message or "invalid value, told to fail"
            )
        if fault and fault.kind == "cursor" and name == "next_items_page":
            raise Mistake("CursorExpiredError", "The cursor provided for pagination has expired.")
        return answering.one(name, given, inner)

    def _spoiled(self, fault: Fault | None, roots: list[Any]) -> set[str]:
        """Which aliases fail though others are done: the second, or the only one."""
        if fault is None or fault.kind != "partial":
            return set()
        return {roots[min(1, len(roots) - 1)][0]}

    def _refused(self, call: Call, refusal: Refusal) -> Any:
        call.is_refused = True
        about: dict[str, Any] = {"code": refusal.code}
        if refusal.seconds:
            about["retry_in_seconds"] = refusal.seconds
        told = {"errors": [{"message": refusal.message, "extensions": about}]}
        headers = {"Retry-After": str(refusal.seconds)} if refusal.seconds else None
        return self._said(call, refusal.status, told, headers)

    def _said(self, call: Call, status: int, told: Any, headers: dict[str, str] | None = None) -> Any:
        call.status = status
        content = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        kind = "text/html" if isinstance(told, str) else "application/json"
        shown = {
            "Content-Type": kind,
            "API-Version": call.version or VERSION,
            **self.meter.headers(),
            **(headers or {}),
        }
        return status, shown, content, ""

    def _field(self, name: str, given: dict[str, Any], who: Person, token: str) -> Any:
        return getattr(self, f"_{name}")(given, who, token)

    # The fields -------------------------------------------------------------------------------------------------

    def _me(self, given: Any, who: Person, token: str) -> Any:
        return {"__typename": "User", **vars(who)}

    def _account(self, given: Any, who: Person, token: str) -> Any:
        return {
            "__typename": "Account",
            "id": self.account,
            "name": "Kumala",
            "slug": "kumala",
            "tier": "pro",
        }

    def _version(self, given: Any, who: Person, token: str) -> Any:
        return {"__typename": "Version", "kind": "current", "value": VERSION, "display_name": "Current"}

    def _boards(self, given: Any, who: Person, token: str) -> Any:
        return self.world.boards_of(**given)

    def _items(self, given: Any, who: Person, token: str) -> Any:
        return self.world.items(**given)

    def _next_items_page(self, given: Any, who: Person, token: str) -> Any:
        return self.world.next_items_page(**given)

    def _items_page_by_column_values(self, given: Any, who: Person, token: str) -> Any:
        return self.world.by_column_values(**given)

    def _users(self, given: Any, who: Person, token: str) -> Any:
        return self.world.users(**given)

    def _webhooks(self, given: Any, who: Person, token: str) -> Any:
        mine = given.get("app_webhooks_only")
        found = [
            h
            for h in self.world.hooks.values()
            if h.board == given["board_id"] and (not mine or h.token == token)
        ]
        return [_shown_hook(hook) for hook in found]

    def _create_board(self, given: Any, who: Person, token: str) -> Any:
        board = self.world.make_board(given["board_name"])
        if not given.get("empty"):
            self.world.create_item(who.id, board.id, "Item 1", may_add=False)
        return self.world.shown_board(board)

    def _create_group(self, given: Any, who: Person, token: str) -> Any:
        board = self.world._board(given["board_id"])
        group = self.world.make_group(board, given["group_name"])
        return {
            "__typename": "Group",
            "id": group,
            "title": board.groups[group],
            "archived": False,
            "deleted": False,
        }

    def _create_column(self, given: Any, who: Person, token: str) -> Any:
        board = self.world._board(given["board_id"])
        facts = (
            given.get("id"),
            given["title"],
            given["column_type"],
            given.get("defaults"),
            given.get("description") or "",
        )
        return self.world.make_column(board, *facts).told()

    def _create_status_column(self, given: Any, who: Person, token: str) -> Any:
        return self._create_column(given | {"column_type": "status"}, who, token)

    def _update_status_column(self, given: Any, who: Person, token: str) -> Any:
        board = self.world._board(given["board_id"])
        column = self.world._column(board, given["id"])
        if given.get("settings"):
            self.world.set_labels(board, column, given["revision"], given["settings"]["labels"])
        column.title = given.get("title") or column.title
        return column.told()

    def _create_item(self, given: Any, who: Person, token: str) -> Any:
        facts = (given["board_id"], given["item_name"], given.get("group_id"), given.get("column_values"))
        return self.world.shown_item(self.world.create_item(who.id, *facts, may_add=self._may_add(given)))

    def _may_add(self, given: Any) -> bool:
        if given.get("create_labels_if_missing"):
            self._misused("labels grow by themselves")
        return bool(given.get("create_labels_if_missing"))

    def _change_multiple_column_values(self, given: Any, who: Person, token: str) -> Any:
        facts = (given["board_id"], given.get("item_id"), given["column_values"])
        return self.world.shown_item(self.world.change(who.id, *facts, may_add=self._may_add(given)))

    def _change_column_value(self, given: Any, who: Person, token: str) -> Any:
        if not isinstance(given["value"], str):
            raise Mistake("JsonParseException", "value is a JSON text")
        values = json.dumps({given["column_id"]: json.loads(given["value"])})
        return self._change_multiple_column_values(given | {"column_values": values}, who, token)

    def _change_simple_column_value(self, given: Any, who: Person, token: str) -> Any:
        values = json.dumps({given["column_id"]: given.get("value")})
        return self._change_multiple_column_values(given | {"column_values": values}, who, token)

    def _create_update(self, given: Any, who: Person, token: str) -> Any:
        return self.world.say(who.id, given.get("item_id"), given["body"])

    def _move_item_to_group(self, given: Any, who: Person, token: str) -> Any:
        return self.world.shown_item(self.world.move(who.id, given.get("item_id"), given["group_id"]))

    def _archive_item(self, given: Any, who: Person, token: str) -> Any:
        return self.world.shown_item(self.world.put_away(who.id, given.get("item_id"), "archived"))

    def _delete_item(self, given: Any, who: Person, token: str) -> Any:
        return self.world.shown_item(self.world.put_away(who.id, given.get("item_id"), "deleted"))

    def _create_webhook(self, given: Any, who: Person, token: str) -> Any:
        board = self.world._board(given["board_id"])
        if any(
            h.board == board.id and h.event == given["event"] and h.token == token
            for h in self.world.hooks.values()
        ):
            self._misused(f"a second subscription to {given['event']}")
        return _shown_hook(
            self.hooks.subscribe(board, given["url"], given["event"], token, given.get("config"))
        )

    def _delete_webhook(self, given: Any, who: Person, token: str) -> Any:
        hook = self.world.hooks.pop(given["id"], None)
        if hook is None:
            raise Mistake("ResourceNotFoundException", "No such webhook", status=404)
        return _shown_hook(hook)


def _shown_hook(hook: Any) -> dict[str, Any]:
    return {
        "__typename": "Webhook",
        "id": hook.id,
        "board_id": hook.board,
        "event": hook.event,
        "config": hook.config,
    }


def _halved(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Half of the items of a page are missing, and an error says so somewhere below."""
    errors = []
    for alias, value in data.items():
        page = (
            value[0].get("items_page")
            if isinstance(value, list) and value and isinstance(value[0], dict)
            else value
        )
        if isinstance(page, dict) and isinstance(page.get("items"), list):
            half = len(page["items"]) // 2
            page["items"] = [*page["items"][:half], *[None] * (len(page["items"]) - half)]
            about = {"code": "INTERNAL_SERVER_ERROR"}
            errors.append(
                {"message": "Internal server error", "path": [alias, "items", half], "extensions": about}
            )
    return errors


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up is no news."""


def _handler(fake: Monday) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            self._shows((asked.get("who") or [next(iter(fake.world.people))])[0])

        def _shows(self, who: str, said: str = "") -> None:
            with fake.lock:
                content = pages.page(fake, who, said).encode()
            self._write(200, {"Content-Type": "text/html; charset=utf-8"}, content, len(content))

        def _write(self, status: int, headers: dict[str, str], content: bytes, length: int) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(length)}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.path.startswith("/v2"):
                self._shows(*pages.act(fake, body))
                return
            status, headers, content, line = fake.answer(self.headers, body)
            if line.startswith("hang"):
                fake._stop.wait(90)
            if line.startswith(("hang", "drop")):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            without_end = line in ("endless", "drip")
            self._write(status, headers, content, 10**9 if without_end else len(content))
            while without_end and not fake._stop.is_set():
                self.wfile.write(b" " * (65536 if line == "endless" else 1))
                fake._stop.wait(0 if line == "endless" else 0.02)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    return Handler
