"""Who is told what about forms. One effect each, safe to run twice; nothing is decided here."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.models import User, office_date
from approvals import rules
from approvals.enums import ApprovalEvent, Kind, TimeOut
from approvals.models import Approval, Question
from events.models import Event
from events.registry import subscribe
from notifications import actions as notifications


def _form(event: Event) -> Approval:
    return Approval.objects.with_list_columns().get(pk=event.facts["approval"])


def asked_now(approval: Approval) -> list[User]:
    """The people who can decide now: of the step that waits, not counted yet, nor represented."""
    if not approval.is_pending:
        return []
    people = User.objects.get_queryset()
    roles = approval.waiting_roles
    acting = (
        people.acting_as(*roles, on=office_date(), branch_id=approval.branch_id) if roles else people.none()
    )
    named = people.people().filter(pk__in=approval.waiting_people)
    found = {person.pk: person for person in [*named.order_by("name", "pk"), *acting]}
    return [person for person in found.values() if rules.may_decide(approval, person)]


def _tell(event: Event, people: list[User], title: Any, text: Any = "") -> None:
    path = reverse("approvals:detail", args=[event.facts["approval"]])
    notifications.tell(event=event, people=people, title=title, text=text, path=path)


@subscribe(ApprovalEvent.DRAFTED)
def ask_to_fill_in(event: Event) -> None:
    """The requester knows that a form waits for their words, or a build for their test."""
    approval = _form(event)
    if approval.kind == Kind.BAST:
        return  # it is asked for at once
    if approval.kind == Kind.UAT:
        _tell(event, [approval.requester], lambda: _("Please test on Training: %(title)s") % _names(approval))
    else:
        people = [approval.requester, approval.requested_by]
        _tell(event, people, lambda: _("A BRM form must be filled in: %(title)s") % _names(approval))


@subscribe(ApprovalEvent.TESTER_NAMED)
def ask_to_test(event: Event) -> None:
    """Whoever tests in the requester's place knows what and where."""
    approval = _form(event)
    tester = User.objects.filter(pk=approval.tester_key)
    _tell(event, list(tester), lambda: _("Please test on Training: %(title)s") % _names(approval))


@subscribe(
    ApprovalEvent.SUBMITTED, ApprovalEvent.STEP_APPROVED, ApprovalEvent.SIGNED, ApprovalEvent.REMINDED,
    ApprovalEvent.UNBLOCKED, ApprovalEvent.TIMED_OUT,
)  # fmt: skip
def ask_to_sign(event: Event) -> None:
    """Whoever must decide now gets a link to the one page they need; again when reminded, or when they newly may."""
    approval = _form(event)
    if not approval.is_pending or approval.kind == Kind.UAT or not event.facts.get("asks", True):
        return
    again = event.type == ApprovalEvent.REMINDED
    notifications.tell(
        event=event,
        people=asked_now(approval),
        title=lambda: (
            _("Still waiting for your signature: %(number)s %(title)s") % _names(approval)
            if again
            else _("Your signature is needed: %(number)s %(title)s") % _names(approval)
        ),
        text=lambda: _asked_for(approval),
        path=reverse("approvals:detail", args=[approval.pk]),
        subscriber="ask_to_sign",
    )


def _asked_for(approval: Approval) -> str:
    if approval.kind == Kind.BAST:
        return _("Look at what is handed over and in which condition, then sign or refuse.")
    return _(
        "%(branch)s asks for %(hours)s hours of development. Read one page, then approve or refuse."
    ) % _names(approval)


@subscribe(ApprovalEvent.GATHERED)
def send_the_letter_of_the_day(event: Event) -> None:
    """One letter with everything that waits for this person: how long, and how much."""
    person = User.objects.get(pk=event.subject_id)
    number = len(event.facts["forms"])
    notifications.tell(
        event=event,
        people=[person],
        title=lambda: (
            ngettext(
                "%(number)d form waits for your signature", "%(number)d forms wait for your signature", number
            )
            % {"number": number}
        ),
        path=reverse("approvals:list"),
        subscriber="letter_of_the_day",
    )


@subscribe(ApprovalEvent.BLOCKED)
def tell_of_vacancy(event: Event) -> None:
    """The administrator and the IT Manager know that nothing moves until somebody holds the role (SOP-A5).

    Administrators see no forms: they are led to where roles are given.
    """
    approval = _form(event)
    people = User.objects.get_queryset()
    managers = people.holding(Role.IT_MANAGER, branch_id=approval.branch_id)
    _tell_of_vacancy(event, approval, managers, reverse("approvals:detail", args=[approval.pk]))
    administrators = people.holding(Role.ADMINISTRATOR)
    _tell_of_vacancy(event, approval, administrators, reverse("admin:accounts_user_changelist"))


def _tell_of_vacancy(event: Event, approval: Approval, people: Iterable[User], path: str) -> None:
    notifications.tell(
        event=event,
        people=people,
        title=lambda: _("Nobody can decide on %(number)s %(title)s") % _names(approval),
        text=lambda: (
            _(
                "Too few people hold the role “%(role)s” and may decide. Name somebody; until then nothing moves."
            )
            % {"role": approval.waits_for}
        ),
        path=path,
    )


@subscribe(ApprovalEvent.SENT_BACK)
def tell_of_revision(event: Event) -> None:
    """Those who asked read what has to be changed."""
    approval = _form(event)
    _tell(
        event,
        [approval.requester, approval.requested_by],
        lambda: _("%(number)s was sent back for revision: %(title)s") % _names(approval),
        event.facts.get("reason", ""),
    )


@subscribe(ApprovalEvent.ASKED)
def pass_the_question_on(event: Event) -> None:
    """Those who can answer read the question."""
    approval = _form(event)
    managers = User.objects.get_queryset().holding(Role.IT_MANAGER, branch_id=approval.branch_id)
    people = {p.pk: p for p in [approval.requester, approval.requested_by, *managers]}
    _tell(
        event,
        list(people.values()),
        lambda: _("%(who)s asks about %(number)s %(title)s") % (_names(approval) | {"who": event.who}),
        event.facts["text"],
    )


@subscribe(ApprovalEvent.ANSWERED)
def pass_the_answer_on(event: Event) -> None:
    """Whoever asked reads the answer."""
    approval = _form(event)
    asked = Question.objects.select_related("asked_by").get(pk=event.facts["question"])
    _tell(
        event,
        [asked.asked_by],
        lambda: _("The answer to your question about %(number)s %(title)s") % _names(approval),
        event.facts["text"],
    )


@subscribe(ApprovalEvent.SUPERSEDED)
def tell_of_void(event: Event) -> None:
    """Those who asked and those who had approved know that it no longer counts."""
    approval = _form(event)
    decided = [
        d.decided_by for d in approval.decisions.filter(edition=approval.edition).select_related("decided_by")
    ]
    people = {p.pk: p for p in [approval.requester, approval.requested_by, *decided]}
    _tell(
        event,
        list(people.values()),
        lambda: _("%(number)s no longer counts: %(title)s") % _names(approval),
        event.facts.get("reason", ""),
    )


@subscribe(ApprovalEvent.TIMED_OUT)
def tell_of_time_out(event: Event) -> None:
    """Those who asked know that the time to decide has run out, and what follows."""
    approval = _form(event)
    follows = TimeOut(event.facts.get("follows", TimeOut.NOTHING))
    _tell(
        event,
        [approval.requester, approval.requested_by],
        lambda: _("The time to decide on %(number)s has run out: %(title)s") % _names(approval),
        lambda: _("What follows: %(what)s.") % {"what": follows.label},
    )


@subscribe(ApprovalEvent.STEP_APPROVED, ApprovalEvent.SIGNED)
def tell_of_signature(event: Event) -> None:
    """Those who asked see each signature; that of a hand-over is its end, which they hear of anyway."""
    approval = _form(event)
    if approval.kind == Kind.BAST:
        return
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
        lambda: (
            (
                _("%(number)s is signed: %(title)s")
                if approval.kind == Kind.BAST
                else _("%(number)s is approved: %(title)s")
            )
            % _names(approval)
        ),
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
