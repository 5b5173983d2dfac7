"""Who is told what about forms. One effect each, safe to run twice; nothing is decided here."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User, office_date
from approvals import rules
from approvals.enums import ApprovalEvent, Kind
from approvals.models import Approval
from events.models import Event
from events.registry import subscribe
from notifications import actions as notifications


def _form(event: Event) -> Approval:
    return Approval.objects.with_list_columns().get(pk=event.facts["approval"])


def asked_now(approval: Approval) -> list[User]:
    """The people who can decide the step that waits."""
    if approval.waiting_person:
        return [approval.waiting_person]
    if not approval.waiting_role:
        return []
    people = User.objects.get_queryset().acting_as(
        approval.waiting_role, on=office_date(), branch_id=approval.branch_id
    )
    return [p for p in people if rules.may_decide(approval, p)]


def _tell(event: Event, people: list[User], title: Any, text: Any = "") -> None:
    path = reverse("approvals:detail", args=[event.facts["approval"]])
    notifications.tell(event=event, people=people, title=title, text=text, path=path)


@subscribe(ApprovalEvent.DRAFTED)
def ask_to_fill_in(event: Event) -> None:
    """The requester knows that a form waits for their words, or a build for their test."""
    approval = _form(event)
    if approval.kind == Kind.UAT:
        _tell(event, [approval.requester], lambda: _("Please test on Training: %(title)s") % _names(approval))
    else:
        people = [approval.requester, approval.requested_by]
        _tell(event, people, lambda: _("A BRM form must be filled in: %(title)s") % _names(approval))


@subscribe(ApprovalEvent.SUBMITTED, ApprovalEvent.STEP_APPROVED)
def ask_to_sign(event: Event) -> None:
    """Whoever must decide now gets a link to the one page they need."""
    approval = _form(event)
    if approval.is_pending and approval.kind == Kind.BRM:
        notifications.tell(
            event=event,
            people=asked_now(approval),
            title=lambda: _("Your signature is needed: %(number)s %(title)s") % _names(approval),
            text=lambda: (
                _(
                    "%(branch)s asks for %(hours)s hours of development. Read one page, then approve or refuse."
                )
                % _names(approval)
            ),
            path=reverse("approvals:detail", args=[approval.pk]),
            subscriber="ask_to_sign",
        )


@subscribe(ApprovalEvent.STEP_APPROVED, ApprovalEvent.SIGNED)
def tell_of_signature(event: Event) -> None:
    """Those who asked see each signature."""
    approval = _form(event)
    _tell(
        event,
        [approval.requester, approval.requested_by],
        lambda: _("%(who)s signed %(number)s %(title)s") % (_names(approval) | {"who": event.who}),
    )


@subscribe(ApprovalEvent.APPROVED)
def tell_of_approval(event: Event) -> None:
    """Those who asked know that it may go on."""
    approval = _form(event)
    _tell(
        event,
        [approval.requester, approval.requested_by],
        lambda: _("%(number)s is approved: %(title)s") % _names(approval),
    )


@subscribe(ApprovalEvent.REFUSED)
def tell_of_refusal(event: Event) -> None:
    """Those who asked read why not."""
    approval = _form(event)
    _tell(
        event,
        [approval.requester, approval.requested_by],
        lambda: _("%(number)s was refused: %(title)s") % _names(approval),
        event.facts.get("reason", ""),
    )


def _names(approval: Approval) -> dict[str, str]:
    return {
        "number": approval.number,
        "title": approval.title,
        "branch": str(approval.branch),
        "hours": str(approval.content.get("estimate_hours", "")),
    }
