"""What the news of a form are about, and how they read as letters."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from approvals.enums import ApprovalEvent
from approvals.models import Approval
from core.numbers import rupiah, said
from events.models import Event
from notifications.enums import Kind as About
from notifications.hooks import kind_of, letter_of
from notifications.letters import Letter
from notifications.models import Notification

ASK_TO_SIGN = "ask_to_sign"  # the subscriber that asks for a decision
LETTER_OF_THE_DAY = "letter_of_the_day"  # what waits for Director and Board, once a day


_TASKS = (
    ApprovalEvent.DRAFTED, ApprovalEvent.TESTER_NAMED, ApprovalEvent.BLOCKED, ApprovalEvent.ASKED,
    ApprovalEvent.SENT_BACK, ApprovalEvent.ANSWERED,
)  # fmt: skip


@kind_of("approval")
def kind(*, event: Event, person: User, subscriber: str) -> About:
    """A form to sign, a form to fill in or to test, or news of one's own form."""
    if subscriber in (ASK_TO_SIGN, LETTER_OF_THE_DAY):
        return About.SIGN
    return About.TASK if event.type in _TASKS else About.REQUEST


@letter_of("approval")
def letter(*, note: Notification) -> Letter | None:
    """The letter that asks for a decision, and the one of the day; the others are plain."""
    if note.event.type == ApprovalEvent.GATHERED:
        return Letter("of_the_day", {"rows": _of_the_day(note)})
    return Letter("sign") if note.kind == About.SIGN else None


def _of_the_day(note: Notification) -> list[dict[str, Any]]:
    """What waited when the letter was written and waits still, oldest first: which, how much, since when, where."""
    rows = Approval.objects.pending().filter(pk__in=note.event.facts["forms"]).with_list_columns()
    return [
        {
            "form": row,
            "hours": said(row.content.get("estimate_hours")),
            "cost": rupiah(row.content.get("cost")),
            "url": f"{settings.BASE_URL}{reverse('approvals:detail', args=[row.pk])}",
        }
        for row in rows.order_by("submitted_at", "pk")
    ]
