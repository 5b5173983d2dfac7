"""Figures of the dashboard: counted over what is open, never over what has ended."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from approvals.models import Approval
from clocks.enums import Promise
from clocks.models import Clock
from tickets.enums import Status
from tickets.models import Ticket

AT_RISK = timedelta(minutes=30)


def at_risk(user: Any, *, now: datetime) -> list[Any]:
    """Open tickets whose first answer is late or due within half an hour, the most urgent first."""
    due = (
        Clock.objects.running()
        .filter(promise=Promise.RESPONSE, due_at__lte=now + AT_RISK)
        .order_by("due_at", "pk")
    )
    ids = list(due.values_list("subject_id", flat=True)[:50])
    found = {t.pk: t for t in Ticket.objects.visible_to(user).open().with_list_columns().filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


def work_per_person(user: Any) -> list[Any]:
    """Who has how many open tickets, by status; the fullest desk first."""
    return list(
        Ticket.objects.visible_to(user)
        .open()
        .filter(assignee__isnull=False)
        .values("assignee_id", "assignee__name")
        .annotate(
            waiting=Count("pk", filter=Q(status=Status.WAITING)),
            in_progress=Count("pk", filter=Q(status=Status.IN_PROGRESS)),
            user_testing=Count("pk", filter=Q(status=Status.USER_TESTING)),
            all=Count("pk"),
        )
        .order_by("-all", "assignee__name")[:20]
    )


def waiting_for_others(user: Any) -> list[Approval]:
    """Submitted forms that nobody has decided yet, the oldest first."""
    return list(
        Approval.objects.visible_to(user).pending().with_list_columns().order_by("submitted_at", "pk")[:10]
    )


def unfinished_forms(user: Any) -> list[Approval]:
    """Drafts that this person should complete: a BRM to write, a build to test."""
    mine = Q(requester=user) | Q(requested_by=user, kind="brm")
    return list(Approval.objects.filter(mine, state="draft").with_list_columns().order_by("-pk")[:10])
