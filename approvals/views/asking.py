"""Whom a form asks, as its page shows it: steps, those who are asked, questions, decisions on earlier versions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.models import User
from approvals import actions
from approvals.models import Approval, Decision, Question, Step
from approvals.subscribers import asked_now
from approvals.verbs import OF_ASKING
from approvals.views._parts import form_of
from core.http import acts
from events.verbs import offers, perform


def asking(approval: Approval, user: Any) -> dict[str, Any]:
    """What approvals/steps.html needs."""
    steps = _steps(approval)
    asked = asked_now(approval)
    verbs = [verb for name, verb in OF_ASKING.items() if name != "answer" or approval.open_questions]
    return {
        "steps": steps,
        "asked": asked,
        "blocked": _blocked(approval),
        "questions": list(
            Question.objects.of(approval).select_related("asked_by", "answered_by").order_by("pk")
        ),
        "earlier": _earlier(approval),
        "asking_offers": [
            offer
            for offer in offers(
                approval, user, verbs, lambda v: reverse(f"approvals:{v.name}", args=[approval.pk])
            )
            if offer.refusal is None
        ],
    }


def _steps(approval: Approval) -> list[dict[str, Any]]:
    """Each step in words: who is meant, how many are needed, how many approved, where it stands."""
    rows = list(Step.objects.of(approval)) if not approval.is_draft else []
    keys = {key for row in rows for key in row.people}
    names = User.objects.names(keys)
    waits = next((row.pk for row in rows if row.approved < row.needed), None) if approval.is_pending else None
    return [_told(row, names, waits) for row in rows]


def _told(row: Any, names: dict[int, str], waits: int | None) -> dict[str, Any]:
    whom = [str(Role(role).label) for role in row.roles] + [names[key] for key in row.people if key in names]
    state = "done" if row.approved >= row.needed else "current" if row.pk == waits else "todo"
    return {
        "position": row.position,
        "whom": ", ".join(whom),
        "needed": ngettext("%(number)d approval needed", "%(number)d approvals needed", row.needed)
        % {"number": row.needed},
        "quorum": row.get_quorum_display(),
        "approved": row.approved,
        "of": row.needed,
        "state": state,
    }


def _blocked(approval: Approval) -> str:
    """Why nothing moves, and who can mend it; empty while enough people may decide."""
    if not approval.is_pending or not (lacking := actions.missing(approval)):
        return ""
    return ngettext(
        "%(number)d person is missing who holds the role “%(role)s” here and may decide. The administrator must name"
        " somebody; until then nothing moves.",
        "%(number)d people are missing who hold the role “%(role)s” here and may decide. The administrator must name"
        " them; until then nothing moves.",
        lacking,
    ) % {"number": lacking, "role": approval.waits_for}


def _earlier(approval: Approval) -> list[Decision]:
    """What was decided on earlier versions of the form, newest first."""
    if approval.edition == 1:
        return []
    rows = Decision.objects.of(approval).filter(edition__lt=approval.edition)
    return list(rows.select_related("decided_by", "on_behalf_of").order_by("-edition", "pk"))


@acts
def ask(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one of these verbs: a question, its answer, or that an approval no longer counts."""
    approval = form_of(request, pk)
    back = reverse("approvals:detail", args=[pk])
    return perform(
        request, verb=OF_ASKING[verb], thing=approval, case=approval.case, back=back, over=str(approval)
    )


def in_words(quorum: str, number: Any) -> str:
    """`one of them`, `3 of them`."""
    words = {
        "one": _("one of them"),
        "all": _("all of them"),
        "majority": _("more than half of them"),
        "number": _("%(number)s of them") % {"number": number},
    }
    return words[quorum]
