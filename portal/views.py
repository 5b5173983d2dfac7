"""Home by role, the operations page, and the mailbox of the demo."""

import email
import email.policy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.who import me
from approvals import actions as approvals
from approvals.models import Approval, Sealing
from core.http import acts, reads, unless_unchanged
from core.outbox import QueueState
from events import actions as events
from events.models import Delivery, Heartbeat
from notifications import actions as notifications
from notifications.models import Mail
from portal import querysets
from tickets.cards import kind_cards, usual_columns
from tickets.models import Ticket

LIVE = "dashboard"  # the part of the page that renews itself


@reads
def home(request: HttpRequest) -> HttpResponse:
    """What this person comes for, first: signing, the dashboard, or asking and following."""
    user = me(request)
    if user.is_decider:
        return render(request, "portal/signing.html", _signing(user))
    if user.is_staff_member:
        context = _dashboard(user) | {"live": LIVE}
        if getattr(request, "htmx", None) and request.htmx.target == LIVE:  # type: ignore[attr-defined]
            return unless_unchanged(request, render(request, "portal/dashboard.html#day", context))
        return render(request, "portal/dashboard.html", context)
    return render(request, "portal/home.html", _requester(user))


def _signing(user: Any) -> dict[str, Any]:
    waiting = list(Approval.objects.waiting_for(user).with_list_columns()[:50])
    return {"waiting": waiting, "urgent": querysets.urgent_for(user)}


def _requester(user: Any) -> dict[str, Any]:
    mine = list(Ticket.objects.visible_to(user).of(user).with_list_columns()[:10])
    branch = []
    if user.holds_anywhere(Role.BRANCH_HEAD):
        others = (
            Ticket.objects.visible_to(user).open().exclude(requester=user).with_list_columns().order_by("-pk")
        )
        branch = list(others[:25])
    forms = querysets.forms_of(user)
    return {
        "choices": kind_cards(),
        "mine": mine,
        "branch_rows": branch,
        "columns": usual_columns(user),
        "to_sign": forms.to_sign,
        "unfinished": forms.unfinished,
        "urgent": [],
    }


def _dashboard(user: Any) -> dict[str, Any]:
    now = timezone.now()
    day = querysets.day_of(user, now=now)
    forms = querysets.forms_of(user, of_others=True)
    desks, open_count = querysets.work_per_person(user)
    decides = user.holds_anywhere(Role.IT_MANAGER)
    late = len([ticket for ticket in day.risk if ticket.response_due_at < now])
    return {
        "triage": day.new if decides else day.new[: querysets.SHOWN],
        "decides": decides,
        "risk": day.risk[: querysets.SHOWN],
        "mine": day.mine,
        "new_count": _said(len(day.new)),
        "risk_count": _said(len(day.risk)),
        "late_count": _said(late),
        "late": bool(late),
        "triage_url": reverse("tickets:triage") if decides and day.new else "",
        "risk_url": f"{reverse('tickets:list')}?sort=due",
        "mine_url": f"{reverse('tickets:list')}?assignee=me",
        "columns": usual_columns(user),
        "work": desks,
        "pending": forms.pending,
        "to_sign": forms.to_sign,
        "unfinished": forms.unfinished,
        "urgent": querysets.urgent_for(user),
        "open_count": open_count,
        "silent": querysets.silent_parts(now=now),
        "now": now,
    }


def _said(count: int) -> str:
    """Lists are read up to a limit; a figure that has reached it says so."""
    return f"{count}+" if count >= querysets.MOST else str(count or "0")


# Operations ----------------------------------------------------------------------------------------------------


@reads
def operations(request: HttpRequest) -> HttpResponse:
    """Signs of life, queues and dead letters; for those who run operations."""
    user = me(request)
    if not user.runs_operations:
        raise Http404
    deliveries, mails = Delivery.objects.visible_to(user), Mail.objects.visible_to(user)
    layers = Sealing.objects.visible_to(user)
    context = {
        "heartbeats": list(Heartbeat.objects.order_by("name")),
        "silent": querysets.silent_parts(now=timezone.now()),
        "pending": deliveries.filter(state=QueueState.PENDING).count(),
        "pending_mail": mails.filter(state=QueueState.PENDING).count(),
        "dead": list(deliveries.dead().select_related("event").order_by("-pk")[:50]),
        "dead_mail": list(mails.dead().select_related("notification__person").order_by("-pk")[:50]),
        "dead_papers": list(layers.dead().select_related("document__approval").order_by("-pk")[:50]),
        "stuck": list(
            deliveries.filter(state=QueueState.PENDING, attempts__gte=3)
            .select_related("event")
            .order_by("pk")[:20]
        ),
    }
    return render(request, "portal/operations.html", context)


@acts
def retry_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a dead letter another round."""
    row = get_object_or_404(Delivery.objects.visible_to(me(request)), pk=pk)
    if request.method == "POST":
        events.retry(delivery=row, by=me(request))
        messages.success(request, _("It will be tried again in a moment."))
    return redirect("portal:operations")


@acts
def retry_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a letter that was given up another round."""
    row = get_object_or_404(Mail.objects.visible_to(me(request)), pk=pk)
    if request.method == "POST":
        user = me(request)
        notifications.retry_mail(mail=row, by=user)
        messages.success(request, _("It will be tried again in a moment."))
    return redirect("portal:operations")


@acts
def retry_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the document of a form that was given up another round."""
    if not me(request).runs_operations:
        raise Http404
    row = get_object_or_404(Sealing.objects.visible_to(me(request)), pk=pk)
    if request.method == "POST":
        approvals.retry_paper(layer=row, by=me(request))
        messages.success(request, _("It will be tried again in a moment."))
    return redirect("portal:operations")


# The mailbox of the demo ----------------------------------------------------------------------------------------


@reads
def mailbox(request: HttpRequest) -> HttpResponse:
    """The letters that the demo wrote to a directory instead of sending; one's own unless asked for all."""
    folder = _mail_folder()
    letters = [_letter(path) for path in sorted(folder.glob("*.eml"), reverse=True)[:200]]
    wanted = request.GET.get("to", me(request).email)
    shown = [letter for letter in letters if wanted in ("", letter["to"])][:50]
    people = sorted({letter["to"] for letter in letters})
    return render(request, "portal/mailbox.html", {"letters": shown, "people": people, "wanted": wanted})


@reads
def letter(request: HttpRequest, name: str) -> HttpResponse:
    """One letter as text, with its link."""
    path = _mail_folder() / f"{name}.eml"
    if not name.replace("-", "").isdigit() or not path.exists():
        raise Http404
    return render(request, "portal/letter.html", {"letter": _letter(path)})


def _mail_folder() -> Path:
    if not settings.DEMO or settings.MAIL_DIR is None:
        raise Http404
    return Path(settings.MAIL_DIR)


def _letter(path: Path) -> dict[str, Any]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(preferencelist=("plain",))
    return {
        "name": path.stem,
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "at": _moment(message["Date"]),
        "text": body.get_content() if body else "",
    }


def _moment(header: Any) -> datetime | None:
    """When a letter was written. "-0000", as Django writes UTC, is read without a zone."""
    at: datetime | None = getattr(header, "datetime", None)
    return at.replace(tzinfo=UTC) if at and timezone.is_naive(at) else at
