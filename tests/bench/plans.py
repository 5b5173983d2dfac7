# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Board and timeline of developments: what is asked, and the bare SQL without which it could not be drawn."""

from datetime import UTC, date, datetime, timedelta

from tests.bench.pages import Page, Statement

_ROW = (
    "SELECT r.id, r.stage, r.stage_at, r.booked_hours, r.brm_threshold_hours, r.approved_hours, s.name, t.id, t.title, t.status,"
    " t.priority, t.estimate_hours, t.start_date, t.finish_date, t.started_at, t.finished_at, b.name, q.name, a.name, d.registered_by_id"
    " FROM devflow_developmentrequest r JOIN tickets_ticket t ON t.id = r.ticket_id"
    " JOIN accounts_branch b ON b.id = t.branch_id JOIN accounts_user q ON q.id = t.requester_id"
    " LEFT JOIN accounts_user a ON a.id = t.assignee_id LEFT JOIN devflow_system s ON s.id = r.system_id"
    " LEFT JOIN devflow_build d ON d.id = r.signed_build_id"
)
_URGENCY = "CASE t.priority WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 ELSE 0 END"
_PLANNED = "(t.start_date <= %s AND t.finish_date >= %s OR t.started_at < %s AND t.finished_at IS NULL)"


def pages() -> list[Page]:
    """For the IT Manager, who sees all of them."""
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday() + 14)
    last = monday + timedelta(days=83)
    return [
        Page("board of developments", "manager", "/developments/board/", _board(), 8),
        Page("timeline by system", "manager", "/developments/timeline/", _timeline(monday, last, "s.name"), 8),
        Page("timeline by person", "manager", "/developments/timeline/?by=person", _timeline(monday, last, "a.name"), 8),
    ]  # fmt: skip


def _board() -> tuple[Statement, ...]:
    columns = (("waiting",), ("trial",), ("training",), ("ready", "done"))
    cards = f"{_ROW} WHERE r.stage IN %s ORDER BY {_URGENCY} DESC, r.id LIMIT 25"
    return (
        *((cards, (column,)) for column in columns),
        ("SELECT stage, count(*) FROM devflow_developmentrequest GROUP BY stage", ()),
    )


def _timeline(first: date, last: date, lane: str) -> tuple[Statement, ...]:
    return (
        (f"{_ROW} WHERE {_PLANNED} ORDER BY COALESCE({lane}, ''), r.id LIMIT 61", (last, first, last)),
        (
            "SELECT r.system_id, r.id, t.id, t.start_date, t.finish_date FROM devflow_developmentrequest r JOIN tickets_ticket t"
            " ON t.id = r.ticket_id WHERE r.stage <> 'done' AND t.start_date <= %s AND t.finish_date >= %s AND r.system_id IN"
            " (SELECT DISTINCT system_id FROM (SELECT r.system_id FROM devflow_developmentrequest r JOIN tickets_ticket t ON t.id ="
            " r.ticket_id LEFT JOIN accounts_user a ON a.id = t.assignee_id LEFT JOIN devflow_system s ON s.id = r.system_id"
            f" ORDER BY COALESCE({lane}, ''), r.id LIMIT 60) shown)",
            (last, first),
        ),
        (
            "SELECT count(*) FROM devflow_developmentrequest r JOIN tickets_ticket t ON t.id = r.ticket_id WHERE r.stage <> 'done'"
            " AND t.start_date IS NULL AND t.finish_date IS NULL AND t.started_at IS NULL",
            (),
        ),
    )
