"""A list asks the database as often for ten rows as for one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import actions as inventory
from tests.backups.played import backed_up
from tests.cast import Cast
from tests.harness.events import deliver
from tests.inventory.stage import asset, handed, registered, room, take, task
from tests.stages import plain, reach
from tests.world import machines, mirrored, stray_letter

LISTS = [
    ("/", "requester"), ("/", "it_manager"), ("/", "agent"), ("/", "director"), ("/", "branch_head"),
    ("/requests/", "requester"), ("/requests/", "it_manager"), ("/requests/?filters=1&q=report&sort=priority", "agent"),
    ("/requests/?sort=due&status=all", "foreign_agent"), ("/requests/board/", "it_manager"),
    ("/requests/calendar/", "agent"),
    ("/developments/", "agent"), ("/developments/board/", "it_manager"),
    ("/developments/timeline/", "agent"), ("/developments/capacity/", "it_manager"),
    ("/developments/audit/", "auditor"), ("/developments/audit/together/", "it_manager"),
    ("/developments/systems/", "agent"), ("/api/v1/systems/", "agent"),
    ("/approvals/", "auditor"), ("/approvals/policies/", "administrator"),
    ("/notifications/", "requester"), ("/notifications/preferences/", "it_manager"), ("/requests/guides/", "requester"),
    ("/requests/phone/", "agent"), ("/requests/phone/callers/?who=bandung", "agent"),
    ("/assets/", "agent"), ("/assets/?q=pc&sort=due&state=all", "requester"), ("/assets/verification/", "branch_head"),
    ("/requests/broken/", "it_manager"), ("/requests/broken/?by=model", "it_manager"),
    ("/assets/mine/", "requester"), ("/assets/hand-overs/", "agent"), ("/assets/hand-overs/?show=leavers", "agent"),
    ("/assets/hand-overs/?show=all", "auditor"), ("/assets/types/", "it_manager"), ("/api/v1/hand-overs/", "agent"),
    ("/assets/counts/", "branch_head"), ("/assets/maintenance/?show=all", "agent"),
    ("/assets/maintenance/plans/", "agent"),
    ("/api/v1/stock-takes/", "agent"), ("/api/v1/maintenance/", "agent"), ("/api/v1/maintenance-plans/", "agent"),
    ("/assets/imports/", "agent"), ("/assets/software/", "agent"), ("/assets/software/?q=office", "auditor"),
    ("/assets/renewables/", "agent"), ("/api/v1/renewables/", "agent"), ("/api/v1/software-titles/", "agent"),
    ("/api/v1/asset-imports/", "agent"),
    ("/assets/rooms/", "agent"), ("/api/v1/assets/", "agent"), ("/api/v1/rooms/", "agent"),
    ("/api/v1/installations/", "agent"),
    ("/ledger/", "auditor"), ("/ledger/seals/", "auditor"), ("/api/v1/seals/", "auditor"),
    ("/operations/", "it_manager"),
    ("/clocks/", "it_manager"), ("/clocks/calendars/", "it_manager"), ("/api/v1/clocks/", "agent"),
    ("/api/v1/calendars/", "agent"), ("/api/v1/promises/", "agent"),
    ("/integrations/monday/", "administrator"), ("/integrations/monday/people/", "administrator"),
    ("/api/v1/monday/links/", "administrator"), ("/api/v1/monday/findings/", "administrator"),
    ("/api/v1/monday/cards/", "administrator"), ("/api/v1/monday/remarks/", "administrator"),
    ("/agents/", "agent"), ("/agents/?what=all", "foreign_agent"), ("/agents/security/", "auditor"),
    ("/agents/reports/?what=all", "agent"), ("/agents/keys/", "it_manager"), ("/api/v1/agent-keys/", "it_manager"),
    ("/api/v1/machines/", "agent"), ("/api/v1/findings/", "agent"), ("/api/v1/agent-reports/", "agent"),
    ("/mailbox-in/", "agent"), ("/api/v1/messages/", "agent"),
    ("/api/v1/tickets/", "it_manager"), ("/api/v1/tickets/?ordering=changed&q=report", "agent"),
    ("/api/v1/lists/", "agent"), ("/requests/guides/", "it_manager"), ("/api/v1/guides/", "it_manager"),
    ("/api/v1/developments/", "agent"), ("/api/v1/development-board/", "it_manager"),
    ("/api/v1/development-timeline/", "agent"), ("/api/v1/development-capacity/", "it_manager"),
    ("/api/v1/development-reports/together/", "auditor"), ("/api/v1/approvals/", "auditor"),
    ("/api/v1/approval-policies/", "administrator"),
    ("/backups/", "it_manager"), ("/api/v1/backup-targets/", "agent"), ("/api/v1/backup-runs/", "auditor"),
    ("/api/v1/backup-policies/", "agent"), ("/api/v1/restores/", "db_manager"),
    ("/backups/reports/", "board"), ("/api/v1/backup-reports/", "board"),
    ("/api/v1/notifications/", "requester"), ("/api/v1/deployments/", "agent"), ("/api/v1/people/", "agent"),
]  # fmt: skip


def _more(cast: Cast, times: int) -> None:
    for _n in range(times):
        plain(cast, "opened")
        mirrored(plain(cast, "started").ticket)
        reach(cast, "brm_submitted", hours=24)
        reach(cast, "on_training")
        stray_letter()
        backed_up(cast)
        task(cast, asset(cast, holder=cast.requester, room=room(cast)))
        handed(cast, asset(cast), cast.requester)
        inventory.end_count(take=take(cast), by=cast.branch_head)
        registered(cast)
    machines(cast, times)
    deliver()


def _count(browser: Any, address: str) -> tuple[int, list[str]]:
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address)
    assert answer.status_code == 200, address
    return len(asked), [q["sql"][:160] for q in asked.captured_queries]


# Pages that people have open all day; whoever signs in costs four questions of these.
MOST = 10
ALL_DAY = [
    ("/", "it_manager"), ("/", "agent"), ("/", "requester"), ("/requests/", "agent"), ("/requests/", "requester"),
    ("/requests/?q=report&status=all&assignee=me", "agent"), ("/requests/board/", "it_manager"),
    ("/requests/calendar/", "agent"), ("/developments/board/", "it_manager"),
    ("/notifications/bell/", "it_manager"), ("/assets/", "it_manager"),
    ("/api/v1/tickets/?q=report", "agent"), ("/backups/", "it_manager"),
]  # fmt: skip


@pytest.mark.parametrize(("address", "name"), ALL_DAY)
def test_a_page_asks_at_most_ten_times(cast: Cast, page: Any, address: str, name: str) -> None:
    _more(cast, 1)
    browser = page(cast[name])
    browser.get(address)
    count, sql = _count(browser, address)
    assert count <= MOST, "\n".join(sql)


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
