"""A list asks the database as often for ten rows as for one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.harness.events import deliver
from tests.stages import plain, reach

LISTS = [
    ("/", "requester"), ("/", "it_manager"), ("/", "agent"), ("/", "director"), ("/", "branch_head"),
    ("/requests/", "requester"), ("/requests/", "it_manager"), ("/developments/", "agent"), ("/approvals/", "auditor"),
    ("/notifications/", "requester"), ("/ledger/", "auditor"), ("/operations/", "it_manager"),
    ("/api/v1/tickets/", "it_manager"), ("/api/v1/developments/", "agent"), ("/api/v1/approvals/", "auditor"),
    ("/api/v1/notifications/", "requester"), ("/api/v1/deployments/", "agent"), ("/api/v1/people/", "agent"),
]  # fmt: skip


def _more(cast: Cast, times: int) -> None:
    for _n in range(times):
        plain(cast, "opened")
        plain(cast, "started")
        reach(cast, "brm_submitted", hours=24)
        reach(cast, "on_training")
    deliver()


def _count(browser: Any, address: str) -> tuple[int, list[str]]:
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address)
    assert answer.status_code == 200, address
    return len(asked), [q["sql"][:160] for q in asked.captured_queries]


def test_lists_ask_as_often_for_ten_rows_as_for_one(cast: Cast, page: Any) -> None:
    cast.everybody()
    browsers = {name: page(cast[name]) for _address, name in LISTS}
    _more(cast, 1)
    before = {}
    for address, name in LISTS:
        browsers[name].get(address)  # fills what is kept per process
        before[address, name] = _count(browsers[name], address)
    _more(cast, 4)
    grown = []
    for (address, name), (count, _sql) in before.items():
        now, sql = _count(browsers[name], address)
        if now > count:
            twice = sorted({s for s in sql if sql.count(s) > 1})
            grown.append(f"{address} for {name}: {count} -> {now}\n  " + "\n  ".join(twice[:5]))
    if grown:
        pytest.fail("\n".join(grown), pytrace=False)
