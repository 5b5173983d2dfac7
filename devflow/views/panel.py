"""The development behind a ticket, as its page shows it: where it stands, why it is held, its hours, builds, verbs."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import office_date
from accounts.who import me
from approvals.models import Approval
from approvals.subscribers import asked_now
from core.http import reads
from core.numbers import shown
from core.transitions import why_not
from devflow import actions, rules
from devflow.enums import SEATS, WAY, Reached, Stage
from devflow.models import (
    Build,
    CheckItem,
    Commit,
    Deployment,
    DevelopmentRequest,
    EmergencyFix,
    HourEntry,
    Release,
    Timer,
)
from devflow.verbs import EMERGENCY, OF_BUILD, OF_REQUEST
from events.models import Event
from events.verbs import Offer, Verb, offers
from tickets.enums import TicketEvent
from tickets.models import Ticket

MOST_FOLDED = 20  # so many entries of a fold are shown
MOST_NAMED = 20  # so many others are named; the sum counts them all


@reads
def for_ticket(request: HttpRequest, ticket_pk: int) -> HttpResponse:
    """The development behind a ticket: a part of the ticket's page, and a page of its own without JavaScript."""
    ticket = get_object_or_404(Ticket.objects.visible_to(me(request)), pk=ticket_pk)
    row = DevelopmentRequest.objects.visible_to(me(request)).with_list_columns().filter(ticket=ticket).first()
    part = bool(getattr(request, "htmx", False))
    template = "devflow/panel.html" if part else "devflow/panel_page.html"
    answer = render(
        request,
        template,
        {"ticket": ticket, "development": None} if row is None else _panel(row, me(request)),
    )
    answer["Vary"] = "HX-Request"
    return answer


def _panel(row: DevelopmentRequest, user: Any) -> dict[str, Any]:
    timer = Timer.objects.visible_to(user).open_of(user) if rules.is_it_staff(row, user) else None
    asked = offers(row, user, _verbs(row, timer), lambda v: reverse(f"devflow:{v.name}", args=[row.pk]))
    return {
        "ticket": row.ticket,
        "development": row,
        "steps": _steps(row),
        "timer": timer if timer and timer.request_id == row.pk else None,
        "folds": _folds(row, user),
        "hold": _hold(row, user) if row.needs_brm and row.stage != Stage.DONE else None,
        "facts": _facts(row),
        "together": _together(row, user),
        "offers": [offer for offer in asked if not offer.verb.more],
        "more": [offer for offer in asked if offer.verb.more and not offer.refusal],
        "builds": _builds(row, user),
    }


def _verbs(row: DevelopmentRequest, timer: Timer | None) -> list[Verb]:
    """One starts a timer where none runs, and stops it where it runs."""
    idle = {"timer"} if timer else {"timer-stop"}
    if timer is not None and timer.request_id != row.pk:
        idle.add("timer-stop")
    return [verb for verb in OF_REQUEST.values() if verb.name not in idle]


def _builds(row: DevelopmentRequest, user: Any) -> list[dict[str, Any]]:
    """Every build with where it ran and what may be done with it, the newest first."""
    people = ("registered_by", "emergency__asked_by", "emergency__manager", "emergency__second")
    builds = list(row.builds.with_trial().select_related(*people).order_by("-pk"))
    for build in builds:
        build.request = row
    ran: dict[int, list[Deployment]] = {}
    history = Deployment.objects.filter(build__in=builds).select_related("environment", "deployed_by")
    for deployment in history.order_by("pk"):
        ran.setdefault(deployment.build_id, []).append(deployment)
    valid = Release.objects.visible_to(user).filter(build__in=builds).valid(timezone.now())
    given = {release.build_id: release for release in valid}
    tests = {test.subject_id: test for test in actions.open_uats(request=row)}
    wanted = {*tests, *(build.pk for build in builds[:1])}
    return [
        _build(row, build, ran.get(build.pk, []), user)
        | {"offers": _steps_of(build, user, is_wanted=build.pk in wanted)}
        | _tested(build, tests.get(build.pk), user)
        | _given(build, given.get(build.pk), user)
        for build in builds
    ]


def _tested(build: Build, test: Approval | None, user: Any) -> dict[str, Any]:
    """Its test that nobody has finished: whether the reader runs it, and what they would test in its place."""
    replaced_by = _instead_of(build) if test else None
    runs = test is not None and test.is_draft and test.tester_key == user.pk and replaced_by is None
    return {"replaced_by": replaced_by, "test": test if runs else None}


def _given(build: Build, release: Release | None, user: Any) -> dict[str, Any]:
    """The release that a robot may still carry out, and whether the reader may take it back."""
    counts = release is not None and rules.is_open(build.request)
    return {"release": release if counts else None, "takes_back": counts and rules.gives(build, user)}


def _folds(row: DevelopmentRequest, user: Any) -> dict[str, Any]:
    """What is folded away below the steps: hours, estimates, checklist, commits, risks; of long ones the newest."""
    if not user.reads_notes(row.branch_id):
        return {}
    hours = HourEntry.objects.visible_to(user).filter(request=row).with_list_columns().order_by("-pk")
    checks = CheckItem.objects.visible_to(user).filter(request=row).select_related("done_by").order_by("pk")
    commits = Commit.objects.visible_to(user).filter(request=row).select_related("added_by").order_by("-pk")
    estimates = Event.objects.about(row.ticket).filter(type=TicketEvent.ESTIMATED).select_related("actor")
    items = list(checks)
    return {
        "hours": [_hours(row, entry, user) for entry in hours[:MOST_FOLDED]],
        "estimates": list(estimates.order_by("-seq")[:MOST_FOLDED]),
        "checks": items,
        "ticked": sum(item.done_at is not None for item in items),
        "commits": list(commits[:MOST_FOLDED]),
        "risks": [
            (question, row.risks[name]) for name, question in row.questions.items() if name in row.risks
        ],
    }


def _hours(row: DevelopmentRequest, entry: HourEntry, user: Any) -> dict[str, Any]:
    """Booked hours, and whether the reader may take them back now."""
    entry.request = row
    return {"entry": entry, "may_take_back": rules.why_not_take_hours_back(entry, user) is None}


def _build(row: DevelopmentRequest, build: Build, ran: list[Deployment], user: Any) -> dict[str, Any]:
    fix, link = rules.emergency_of(build), _link(build)
    return {
        "emergency": fix,
        "is_overdue": fix is not None and fix.is_overdue(office_date()),
        "urgent": [
            o for o in offers(build, user, list(EMERGENCY.values()), link) if not o.refusal or _is_told(o)
        ],
        "words": _words(fix) if fix else [],
        "build": build,
        "is_signed": row.signed_build_id == build.pk,
        "deployments": ran,
    }


def _link(build: Build) -> Callable[[Verb], str]:
    return lambda verb: reverse(f"devflow:deploy-{verb.name}", args=[build.pk])


def _instead_of(build: Build) -> Build | None:
    """What its users would test in its place."""
    return None if rules.is_where_users_test(build) else build.replaced_by


def _is_told(offer: Offer) -> bool:
    """What is missing before an emergency can be asked for is said where it is looked for."""
    told = rules.is_prepared.clause
    return offer.verb.name == "emergency" and offer.refusal is not None and offer.refusal.rule == told


def _words(fix: EmergencyFix) -> list[dict[str, Any]]:
    """Who has agreed in which seat, when, and whether the word still counts."""
    labels = {"manager": _("IT Manager"), "second": _("Database Manager or Director")}
    now = timezone.now()
    return [
        {
            "label": labels[seat],
            "person": getattr(fix, seat),
            "at": getattr(fix, f"{seat}_agreed_at"),
            "lapsed": fix.due_date is None and getattr(fix, seat) is not None and not fix.counts(seat, now),
        }
        for seat in SEATS
    ]


def _steps_of(build: Build, user: Any, *, is_wanted: bool) -> list[Any]:
    """The next step of a build, with its refusal; the way back only where it is open: an older build needs none.

    `is_wanted`: the newest one, or the one that users test. What pushed it off its server is said, and the way back.
    """
    again = _once_more(build) if is_wanted else []
    asked = offers(build, user, again or _next_server(build), _link(build))
    if build.reached == Reached.PRODUCTION:
        return [offer for offer in asked if not offer.refusal]
    return asked if rules.is_open(build.request) else []


def _once_more(build: Build) -> list[Verb]:
    """The servers on which it goes once more before it can be signed; empty where it simply goes on."""
    goes_on = rules.may_go_live(build) or not rules.has_to_be_tested_again(build)
    if build.reached not in (Reached.TRIAL, Reached.TRAINING) or (
        build.reached == Reached.TRAINING and goes_on
    ):
        return []
    return [OF_BUILD["training"], *([] if rules.is_on_trial(build) else [OF_BUILD["trial"]])]


def _next_server(build: Build) -> list[Verb]:
    """The server a build could reach next, or the way back from the last one: one button, not four."""
    next_one = _NEXT.get(build.reached)
    if next_one is None:
        return []
    system = build.request.system
    by_robot = next_one == "production" and system is not None and system.deployers_on(next_one)
    return [OF_BUILD[next_one], *([OF_BUILD["give-release"]] if by_robot else [])]


_NEXT = {"registered": "trial", "trial": "training", "training": "production", "production": "roll-back"}


def _steps(row: DevelopmentRequest) -> list[dict[str, Any]]:
    """The way with the place where it stands; what was cancelled stands nowhere on it."""
    if row.stage == Stage.CANCELLED:
        return [{"label": row.get_stage_display(), "state": "stopped"}]
    here = WAY.index(row.place)
    now = "stopped" if row.stage == Stage.ON_HOLD else "done" if row.stage == Stage.DONE else "current"
    return [
        {"label": s.label, "state": now if n == here else "done" if n < here else "todo"}
        for n, s in enumerate(WAY)
    ]


def _hold(row: DevelopmentRequest, user: Any) -> dict[str, Any]:
    """Why the work is held, who must act, and where (SOP-A5). The form of another request of the purpose counts too."""
    if row.is_crowd:
        return {"reason": rules.crowd(), "who": row.ticket.assignee or "", "url": row.ticket.url, "label": ""}
    open_forms = actions.brms_of_purpose(request=row).unfinished().order_by("pk")
    form = next((f for f in open_forms if f.subject_id == row.pk), None) or open_forms.first()
    reason = _("%(effort)s hours are more than the %(allowed)s that need no further approval.") % {
        "effort": shown(row.effort),
        "allowed": shown(row.allowed_hours),
    }
    return {"reason": reason} | _next_act(row, form, user)


def _next_act(row: DevelopmentRequest, form: Approval | None, user: Any) -> dict[str, Any]:
    """Who lets held work go on, and where the reader helps with it."""
    if form is None:
        url = reverse("devflow:brm", args=[row.pk]) if why_not(row, "open_brm", user) is None else ""
        return {"who": row.ticket.requester, "url": url, "label": _("Open a new form")}
    if form.subject_id != row.pk and not Approval.objects.visible_to(user).filter(pk=form.pk):
        return {"who": form.waits_for or form.requester, "url": "", "label": ""}
    page_of_it = reverse("approvals:detail", args=[form.pk])
    if form.is_draft:
        who = _("%(requester)s or the IT Manager fills in the form") % {"requester": row.ticket.requester}
        label = _("Fill in the form") if writes(form, user) else _("Read the form")
        return {"who": who, "url": page_of_it if rules.may_ask(row, user) else "", "label": label}
    names = ", ".join(str(person) for person in asked_now(form)) or _("nobody yet: the role is vacant")
    return {"who": f"{form.waits_for}: {names}", "url": page_of_it, "label": _("Read the form")}


def _together(row: DevelopmentRequest, user: Any) -> dict[str, Any] | None:
    """Which others serve the same purpose, by number and hours as far as one may see them, and the sum (SOP-A5)."""
    if not row.others_hours:
        return None
    others = DevelopmentRequest.objects.visible_to(user).of_same_purpose(row.ticket).exclude(pk=row.pk)
    seen = list(others.select_related("ticket")[:MOST_NAMED])
    return {
        "rows": [{"ticket": other.ticket, "hours": _h(other.own_effort)} for other in seen],
        "sum": _h(row.effort),
        "unseen": _h(rest) if (rest := row.others_hours - sum(other.own_effort for other in seen)) else "",
    }


def writes(form: Approval, user: Any) -> bool:
    """Whoever may not write a form reads it: asking for it and filling it in are not the same people."""
    return why_not(form, "save_draft", user) is None


def _facts(row: DevelopmentRequest) -> list[dict[str, Any]]:
    hours = row.ticket.estimate_hours
    pairs = [
        (_("System"), row.system or _("not chosen yet")),
        (_("Estimate"), _h(hours) if hours is not None else _("missing")),
        (_("Booked"), _h(row.booked_hours)),
        (_("Approved by BRM"), _h(row.approved_hours) if row.approved_hours else None),
        (_("Planned"), _span(row.ticket.start_date, row.ticket.finish_date)),
        (_("Real"), _span(_day(row.ticket.started_at), _day(row.ticket.finished_at))),
    ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def _day(at: Any) -> Any:
    return timezone.localdate(at) if at else None


def _span(start: Any, finish: Any) -> str:
    """From the first day to the last, as far as they are known; "" where neither is."""
    said = [date_format(day, "j M Y") if day else "…" for day in (start, finish)]
    return " – ".join(said) if start or finish else ""


def _h(hours: Any) -> str:
    return _("%(hours)s hours") % {"hours": shown(hours)}
