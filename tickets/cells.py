"""The facts of a ticket in the cells of a table. Drawn here and not by templates: a page has hundreds of them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from core.templatetags import kumala

Draw = Callable[[Any], SafeString | str]
_NOTHING = "–"


@lru_cache(maxsize=200)  # a dozen states in two languages
def _tag(template: str, label: str, **facts: str) -> SafeString:
    return mark_safe(render_to_string(template, {"label": label, **facts}).strip())  # noqa: S308 - a template of ours


def _status(ticket: Any) -> SafeString:
    return _tag("components/status.html", ticket.status_label, status=ticket.status)


def _priority(ticket: Any) -> SafeString | str:
    if not ticket.priority:
        return _NOTHING
    return _tag("components/priority.html", ticket.get_priority_display(), priority=ticket.priority)


def _answer(ticket: Any) -> SafeString | str:
    if ticket.response_state == "cancelled":
        return ""
    return kumala.clock(ticket.response_due_at, ticket.answered_at)


CELLS: dict[str, Draw] = {
    "status": _status,
    "priority": _priority,
    "answer": _answer,
    "branch": lambda ticket: str(ticket.branch),
    "assignee": lambda ticket: str(ticket.assignee or _NOTHING),
    "requester": lambda ticket: str(ticket.requester),
    "team": lambda ticket: str(ticket.team or _NOTHING),
    "kind": lambda ticket: str(ticket.get_kind_display()),
    "channel": lambda ticket: str(ticket.get_channel_display()),
    "asked": lambda ticket: kumala.stamp(ticket.created_at),
    "changed": lambda ticket: kumala.stamp(ticket.changed_at),
    "start": lambda ticket: kumala.day(ticket.start_date) or _NOTHING,
    "finish": lambda ticket: kumala.day(ticket.finish_date) or _NOTHING,
    "estimate": lambda ticket: kumala.plain(ticket.estimate_hours) or _NOTHING,
}
