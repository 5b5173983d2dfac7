# ruff: noqa: E501 - a table or a sentence reads better on one line
"""What is measured, and for each page the bare SQL without which it could not be drawn."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.bench.load import Asked

RARE = "kaleidoskop"
_OPEN = "('new', 'waiting', 'in_progress', 'user_testing')"
_CARD = (
    "SELECT t.id, t.title, t.kind, t.channel, t.status, t.priority, t.created_at, t.changed_at, t.answered_at,"
    " b.name, r.name, a.name, c.due_at, c.state FROM tickets_ticket t"
    " JOIN accounts_branch b ON b.id = t.branch_id JOIN accounts_user r ON r.id = t.requester_id"
    " LEFT JOIN accounts_user a ON a.id = t.assignee_id"
    " LEFT JOIN clocks_clock c ON c.promise = 'response' AND c.subject_type = 'tickets.ticket' AND c.subject_id = t.id"
)
Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Page:
    """One thing that somebody does. `most` is the aim: so many times an empty page plus the bare SQL.

    `bare` is empty for what writes: `inside` makes the inserts from the models.
    """

    name: str
    actor: str
    path: str
    bare: tuple[Statement, ...]
    most: float
    growth: float = 1.2
    body: dict[str, str] | None = None

    def asked(self, keys: dict[str, Any]) -> Asked:
        """The request, by a session's cookie or by a token."""
        if self.actor == "token":
            headers = {"Authorization": f"Token {keys['token']}"}
            if self.body:
                sent = json.dumps(self.body).encode()
                return Asked("POST", self.path, headers | {"Content-Type": "application/json"}, sent, 201)
            return Asked("GET", self.path, headers)
        return Asked("GET", self.path, {"Cookie": f"{keys['cookie']}={keys['sessions'][self.actor]}"})


def empty(keys: dict[str, Any]) -> Asked:
    """The page of nothing, for somebody who is signed in."""
    return Page("empty", "agent", "/bench/empty/", (), 0).asked(keys)


def pages(last: int, people: dict[str, int], deep_cursor: str) -> list[Page]:
    """The pages at a size of `last` tickets."""
    one = last - last % 50 - 5000 if last > 6000 else last // 2
    agent, requester = people["agent"], people["requester"]
    return [
        Page(
            "agent's list", "agent", "/requests/",
            ((f"{_CARD} WHERE t.status IN {_OPEN} ORDER BY t.id DESC LIMIT 26", ()),), 8,
        ),
        Page(
            "agent's list, deep", "agent", f"/requests/?before={last // 2}",
            ((f"{_CARD} WHERE t.status IN {_OPEN} AND t.id < %s ORDER BY t.id DESC LIMIT 26", (last // 2,)),), 8,
        ),
        Page(
            "requester's list", "requester", "/requests/",
            ((f"{_CARD} WHERE t.requester_id = %s AND t.status IN {_OPEN} ORDER BY t.id DESC LIMIT 26", (requester,)),), 8,
        ),
        Page("one ticket", "agent", f"/requests/{one}/", _ticket(one), 8),
        Page("search, one in a thousand", "agent", f"/requests/?status=all&q={quote(RARE)}", _search(), 8, growth=2),
        Page("dashboard", "agent", "/", _dashboard(agent), 8),
        Page("dashboard of the IT Manager", "manager", "/", _dashboard(people["manager"]), 8),
        Page("API, first page", "token", "/api/v1/tickets/", ((f"{_CARD} ORDER BY t.id DESC LIMIT 26", ()),), 5),
        Page(
            "API, deep page", "token", f"/api/v1/tickets/?cursor={quote(deep_cursor)}",
            ((f"{_CARD} WHERE t.id < %s ORDER BY t.id DESC LIMIT 26", (last // 2,)),), 5,
        ),
        Page(
            "create", "token", "/api/v1/tickets/", (), 5,
            body={"kind": "troubleshooting", "title": "Printer kasir mati", "description": "Lampunya berkedip merah."},
        ),
    ]  # fmt: skip


def _ticket(pk: int) -> tuple[Statement, ...]:
    return (
        (f"{_CARD} WHERE t.id = %s", (pk,)),
        (
            "SELECT c.*, u.name FROM tickets_comment c JOIN accounts_user u ON u.id = c.author_id"
            " WHERE c.ticket_id = %s ORDER BY c.id",
            (pk,),
        ),
        ("SELECT * FROM tickets_attachment WHERE ticket_id = %s ORDER BY id", (pk,)),
    )


def _search() -> tuple[Statement, ...]:
    found = "SELECT ticket_id FROM tickets_searchtext WHERE words @@ to_tsquery('simple', %s) ORDER BY ticket_id DESC LIMIT 26"
    return ((f"{_CARD} JOIN ({found}) f ON f.ticket_id = t.id ORDER BY t.id DESC", (RARE,)),)


def _dashboard(person: int) -> tuple[Statement, ...]:
    due = "SELECT subject_id FROM clocks_clock WHERE state = 'running' AND promise = 'response'"
    return (
        (f"{_CARD} WHERE t.status = 'new' ORDER BY t.id LIMIT 26", ()),
        (
            f"{_CARD} WHERE t.id IN ({due} AND due_at < now() + interval '30 minutes' ORDER BY due_at LIMIT 50)",
            (),
        ),
        (f"{_CARD} WHERE t.assignee_id = %s AND t.status IN {_OPEN} ORDER BY t.id DESC LIMIT 26", (person,)),
        (
            f"SELECT assignee_id, status, count(*) FROM tickets_ticket WHERE status IN {_OPEN} AND assignee_id IS NOT NULL"
            " GROUP BY assignee_id, status",
            (),
        ),
        (f"SELECT count(*) FROM tickets_ticket WHERE status IN {_OPEN}", ()),
    )
