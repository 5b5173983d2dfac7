"""The list of requests as a file; never more than `MOST` rows."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.who import me
from core.http import reads
from core.pages import walk
from core.sheets import FORMS, Column, Sheet, answer
from tickets.views.lists import asked_of, wanted

MOST = 50_000
_COLUMNS = [
    Column(gettext_lazy("Number"), lambda ticket: ticket.number),
    Column(gettext_lazy("Title"), lambda ticket: ticket.title),
    Column(gettext_lazy("Kind"), lambda ticket: ticket.get_kind_display()),
    Column(gettext_lazy("Channel"), lambda ticket: ticket.get_channel_display()),
    Column(gettext_lazy("Status"), lambda ticket: ticket.status_label),
    Column(gettext_lazy("Priority"), lambda ticket: ticket.get_priority_display()),
    Column(gettext_lazy("Branch"), lambda ticket: ticket.branch.name),
    Column(gettext_lazy("Requester"), lambda ticket: ticket.requester.name),
    Column(gettext_lazy("Who does it"), lambda ticket: ticket.assignee.name if ticket.assignee else ""),
    Column(gettext_lazy("Team"), lambda ticket: ticket.team.name if ticket.team else ""),
    Column(gettext_lazy("Asked"), lambda ticket: ticket.created_at, instant=True),
    Column(gettext_lazy("First answer due"), lambda ticket: ticket.response_due_at, instant=True),
    Column(gettext_lazy("First answered"), lambda ticket: ticket.answered_at, instant=True),
    Column(gettext_lazy("Accepted"), lambda ticket: ticket.accepted_at, instant=True),
    Column(gettext_lazy("Started"), lambda ticket: ticket.started_at, instant=True),
    Column(gettext_lazy("Finished"), lambda ticket: ticket.finished_at, instant=True),
    Column(gettext_lazy("Last changed"), lambda ticket: ticket.changed_at, instant=True),
    Column(gettext_lazy("Planned start"), lambda ticket: ticket.start_date),
    Column(gettext_lazy("Planned finish"), lambda ticket: ticket.finish_date),
    Column(gettext_lazy("Estimate (hours)"), lambda ticket: ticket.estimate_hours),
]


@reads
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list of this address as `csv` or `xlsx`; instants in the reader's time zone, which the heading names."""
    if form not in FORMS:
        raise Http404
    rows, order = wanted(request, asked_of(request))
    tickets = walk(rows.with_list_columns().defer("description", "details"), order=order)
    return answer(Sheet(_("requests"), _COLUMNS, tickets, MOST, _cut), form, me(request).zone)


def _cut() -> str:
    said = _("Only the first %(most)s requests are in this file. Narrow the list to get the others.")
    return said % {"most": f"{MOST:,}"}
