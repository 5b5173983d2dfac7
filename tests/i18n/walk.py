"""Walking through the product as somebody: every page that can be reached by its links, a few of each kind."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.test import Client

STARTS = (
    "/", "/requests/", "/requests/new/", "/approvals/", "/developments/", "/notifications/", "/ledger/",
    "/ledger/seals/", "/operations/",
    "/account/substitutes/", "/account/tokens/", "/account/password/change/", "/account/2fa/", "/account/logout/",
    "/nowhere/",
)  # fmt: skip
STRANGER = (
    "/account/login/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/signup/",
    "/verify/",
)
# Pages whose forms depend on how far the case has come: all of them are opened.
HUBS = {"/requests/1/", "/developments/of/1/", "/approvals/1/"}
_LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
_ELSEWHERE = re.compile(r"^/(static|api|admin|gallery|mailbox)/|\.pdf$|/(files?|export)/")


def kind_of(path: str) -> str:
    """`/requests/12/accept/` and `/requests/7/accept/` are the same kind of page."""
    return re.sub(r"\?.*", "", re.sub(r"\d+", "1", path))


def walk(
    browser: Client, *, most: int, starts: tuple[str, ...] = STARTS
) -> Iterator[tuple[str, HttpResponse]]:
    """Pages in HTML, at most `most` of each kind but all hubs, whatever their status."""
    waiting, known, seen = list(starts), set(starts), Counter[str]()
    while waiting:
        path = waiting.pop(0)
        if seen[kind_of(path)] >= (60 if kind_of(path) in HUBS else most):
            continue
        answer: Any = browser.get(path)
        if not answer.headers.get("Content-Type", "").startswith("text/html") or not answer.content:
            answer.getvalue()  # a file is closed when it has been read to its end
            continue
        seen[kind_of(path)] += 1
        yield path, answer
        found = [
            p.replace("&amp;", "&")
            for p in _LINK.findall(answer.content.decode())
            if not _ELSEWHERE.search(p)
        ]
        waiting += [p for p in dict.fromkeys(found) if p not in known]
        known |= set(found)
