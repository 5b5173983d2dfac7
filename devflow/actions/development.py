"""What changes the work: planning, hours, builds, deployments, tests."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.enums import Role
from accounts.models import User
from approvals import actions as approvals
from approvals.enums import ApprovalState
from approvals.enums import Kind as FormKind
from approvals.models import Approval, Policy
from approvals.querysets import ApprovalRows
from core import locks
from core.errors import NotPossible
from core.numbers import plain, shown
from core.transitions import fire, why_not
from devflow import rules
from devflow.actions import emergency
from devflow.actions._parts import follow, lock, lock_build
from devflow.actions.releases import given_to_robot
from devflow.enums import HOURS_OF_A_DAY, RISKS, DeploymentResult, DevelopmentEvent, EnvironmentKind, Stage
from devflow.models import (
    Build,
    CheckItem,
    Commit,
    Deployment,
    DevelopmentRequest,
    Environment,
    HourEntry,
    System,
)
from events import actions as events
from events.enums import Audience
from events.models import Event
from tickets.models import Ticket

MOST_CHECKS = 100
MOVES = {
    EnvironmentKind.TRIAL: "to_trial",
    EnvironmentKind.TRAINING: "to_training",
    EnvironmentKind.PRODUCTION: "to_production",
}


# Beginning ----------------------------------------------------------------------------------------------------


@transaction.atomic
def open_work(*, ticket: Ticket, by: User) -> DevelopmentRequest:
    """The work behind a ticket that was just accepted; answers `tickets.on_accepted` for developments."""
    threshold = Policy.objects.current(FormKind.BRM).threshold_hours
    request = DevelopmentRequest.objects.create(ticket=ticket, brm_threshold_hours=threshold)
    events.record(DevelopmentEvent.OPENED, ticket, by=by)
    hold_if_needed(request=request, by=by)
    return request


def end_brm(*, request: DevelopmentRequest, by: User) -> None:
    """Nobody decides on what is no longer wanted."""
    form = _unfinished_brm(request)
    if form is not None:
        approvals.withdraw(approval=form, by=by)


@transaction.atomic
def plan(*, request: DevelopmentRequest, system: System, by: User) -> DevelopmentRequest:
    """Say which system is changed. Another one is another scope: what was approved no longer counts (SOP-A5).

    The request gets the checklist and the risk questions that the system has now. Lines of another system stay, as
    somebody may have worked by them; answers to its questions do not.
    """
    request = lock(request)
    before, request.system = request.system, system
    if before != system:
        request.own_questions = list(system.risk_questions)
        request.risks = {name: answer for name, answer in request.risks.items() if name in RISKS}
    fire(request, "plan", by=by)
    events.record(DevelopmentEvent.PLANNED, request.ticket, by=by, system=system.name)
    if before != system:
        there = set(CheckItem.objects.filter(request=request).values_list("text", flat=True))
        new = [line for line in system.checklist if line not in there]
        add_checks(request=request, texts=new, there=len(there), by=by)
    if before is not None and before != system:
        _void(request, _("Another system is changed than was approved: %(system)s.") % {"system": system})
    return request


def add_checks(*, request: DevelopmentRequest, texts: list[str], there: int, by: User) -> list[CheckItem]:
    """Add lines to a checklist that has `there` of them. Raises NotPossible where they become too many."""
    lines = list(dict.fromkeys(text.strip()[:200] for text in texts if text.strip()))
    if there + len(lines) > MOST_CHECKS:
        raise NotPossible(_("A checklist has at most %(most)s lines.") % {"most": MOST_CHECKS})
    added = [CheckItem.objects.create(request=request, text=line, added_by=by) for line in lines]
    for item in added:
        events.record(
            DevelopmentEvent.CHECK_ADDED, request.ticket, by=by, audience=Audience.STAFF, text=item.text
        )
    return added


@transaction.atomic
def hold_if_needed(*, request: DevelopmentRequest, by: User) -> Approval | None:
    """Open the BRM when the hours exceed what is approved and none is open (SOP-A5); take a draft back that the IT
    Manager's lower estimate has made needless. Safe to call at any time.
    """
    request = lock(request)
    form = _unfinished_brm(request)
    if not request.needs_brm and form is not None and form.is_draft and request.stage == Stage.WAITING:
        approvals.withdraw(approval=form, by=by)
    if not request.needs_brm or request.stage == Stage.DONE or not rules.is_open(request) or request.is_crowd:
        return None  # of a crowd nobody can approve hours that are not counted
    why = _("%(hours)s hours are more than was approved.") % {"hours": shown(request.effort)}
    if _void(request, why) or form is not None or brms_of_purpose(request=request).unfinished().exists():
        return None
    events.record(DevelopmentEvent.HELD, request.ticket, by=by, hours=plain(request.effort))
    return _draft_brm(request, by)


@transaction.atomic
def hold_purpose(*, ticket: Ticket, by: User) -> None:
    """Count again what serves the same purpose as `ticket`, after hours or links changed (SOP-A5): the BRM opens for
    the ticket's own development, or for the first of the others. Safe to call at any time.

    All are locked by number before any is looked at: whoever locks several does it in this order.
    """
    rows = list(DevelopmentRequest.objects.of_same_purpose(ticket))
    for row in rows:
        lock(row)
    for row in sorted(rows, key=lambda row: row.ticket_id != ticket.pk):
        hold_if_needed(request=row, by=by)


@transaction.atomic
def hold_too(*, request: DevelopmentRequest, because: Ticket, hours: str, by: User) -> None:
    """The history of a request says that it is held with another one of the same purpose: once while it stays so."""
    request = lock(request)
    if not request.needs_brm or request.stage == Stage.DONE or not rules.is_open(request):
        return
    facts: dict[str, Any] = {"other": because.number, "other_id": because.pk, "hours": hours}
    told = Event.objects.about(request.ticket).filter(type=DevelopmentEvent.HELD_TOO).order_by("-seq").first()
    if told is None or told.facts != facts:
        events.record(DevelopmentEvent.HELD_TOO, request.ticket, by=by, **facts)


def _void(request: DevelopmentRequest, reason: str) -> bool:
    """The approvals of this request no longer count (SOP-A5); whether there were any. `brm_decided` asks again."""
    forms = list(Approval.objects.about(request).approved().filter(kind=FormKind.BRM))
    for form in forms:
        approvals.supersede(approval=form, reason=reason, by=robot("devflow"))
    return bool(forms)


@transaction.atomic
def open_brm(*, request: DevelopmentRequest, by: User) -> Approval:
    """Ask Director and Board: the open form if there is one, else a new one filled with what is known.

    Whoever asked for one of the requests that count together decides on none of them.
    """
    request = lock(request)
    if refusal := why_not(request, "open_brm", by):
        raise refusal
    return _unfinished_brm(request) or _draft_brm(request, by)


def brms_of_purpose(*, request: DevelopmentRequest) -> ApprovalRows:
    """The BRM forms of all requests that serve the same purpose."""
    together = DevelopmentRequest.objects.of_same_purpose(request.ticket).order_by().values("pk")
    label = DevelopmentRequest._meta.label_lower
    return Approval.objects.filter(kind=FormKind.BRM, subject_type=label, subject_id__in=together)


def _unfinished_brm(request: DevelopmentRequest) -> Approval | None:
    return Approval.objects.about(request).unfinished().filter(kind=FormKind.BRM).first()


def _draft_brm(request: DevelopmentRequest, by: User) -> Approval:
    ticket = request.ticket
    together = (
        DevelopmentRequest.objects.of_same_purpose(ticket).exclude(pk=request.pk).select_related("ticket")
    )
    others = [row.ticket for row in together]
    numbers = ", ".join(other.number for other in others)
    content = {
        "business_unit": ticket.branch.name,
        "background": ticket.description,
        "objective": "",
        "benefit": ticket.details.get("benefit", ""),
        "if_not_done": "",
        "scope": _("Counted together with %(numbers)s.") % {"numbers": numbers} if numbers else "",
        "systems": str(request.system or ticket.details.get("application", "")),
        "estimate_hours": plain(request.effort),
        "cost": "",
        "wanted_date": ticket.details.get("wanted_date", ""),
        "risk": "",
        "alternatives": "",
    }
    return approvals.draft(
        kind=FormKind.BRM, subject=request, case=ticket, title=ticket.title, content=content,
        branch=ticket.branch, requester=ticket.requester, by=by,
        barred=tuple(other.requester_id for other in others),
    )  # fmt: skip


@transaction.atomic
def brm_decided(*, approval: Approval, by: User) -> None:
    """The answer to a decided BRM, and to one that no longer counts: what is approved may be worked on, the rest asks
    again (SOP-A5).
    """
    if approval.state not in (ApprovalState.APPROVED, ApprovalState.SUPERSEDED):
        return
    request = DevelopmentRequest.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
    approved = Approval.objects.about(request).approved().filter(kind=FormKind.BRM)
    hours = [Decimal(form.content["estimate_hours"]) for form in approved]
    request.approved_hours = max(hours, default=None)
    request.save(update_fields=["approved_hours"])
    hold_if_needed(request=request, by=robot("devflow"))


@transaction.atomic
def start(*, request: DevelopmentRequest, by: User) -> DevelopmentRequest:
    """Work begins on Trial, when it is accepted, estimated and within what is approved (SOP-A1, A2, A5)."""
    request = lock(request)
    fire(request, "start", by=by)
    events.record(DevelopmentEvent.STARTED, request.ticket, by=by)
    follow(request, by)
    return request


@transaction.atomic
def book_hours(*, request: DevelopmentRequest, hours: Decimal, day: date, note: str, by: User) -> HourEntry:
    """Book hours that were worked; crossing the threshold holds the work from that moment on (SOP-A5).

    A person has 24 of them on one day, over all requests. What was booked wrongly is taken back, `take_back_hours`.
    """
    request = lock(request)
    if day > timezone.localdate():
        raise NotPossible(_("Hours can be booked only after they were worked."))
    if not 0 < hours <= HOURS_OF_A_DAY:
        raise NotPossible(_("A day has between 0 and 24 hours."))
    _fit_into_day(by, day, hours)
    request.booked_hours += hours
    fire(request, "book_hours", by=by)
    entry = HourEntry.objects.create(
        request=request, person=by, date=day, hours=hours, note=note.strip()[:250]
    )
    events.record(
        DevelopmentEvent.HOURS_BOOKED, request.ticket, by=by, hours=plain(hours), day=day, note=entry.note
    )
    hold_if_needed(request=request, by=by)
    return entry


def _fit_into_day(person: User, day: date, hours: Decimal) -> None:
    """Bookings of one person for one day take turns. Raises NotPossible where the day has not so many hours left."""
    locks.wait_for("hours of a day", person.pk, day)
    booked = HourEntry.objects.of_day(person, day)
    if booked + hours > HOURS_OF_A_DAY:
        said = _(
            "You have booked %(booked)s hours for %(day)s, over all requests; with %(hours)s more it would be more than"
            " 24. Book fewer, or take back what is wrong."
        )
        facts = {"booked": shown(booked), "hours": shown(hours), "day": date_format(day, "j M Y")}
        raise NotPossible(said % facts)


@transaction.atomic
def take_back_hours(*, entry: HourEntry, reason: str, by: User) -> HourEntry:
    """Write the counter-entry to hours that were booked wrongly; both stay, and no sum counts them any more.

    Whoever booked them does so on the same day: the day at head office on which the entry was written, not the day that
    was worked, so that a slip can be mended while one remembers it and last month's hours do not move. The IT Manager
    does so at any time, and alone once a BRM is needed or asked for (SOP-A5), as they alone lower an estimate. A draft
    of a BRM that becomes needless by it is withdrawn; what was submitted is decided, or withdrawn by its people.
    """
    request = lock(entry.request)
    entry = HourEntry.objects.with_list_columns().get(pk=entry.pk)
    entry.request = request
    if refusal := rules.why_not_take_hours_back(entry, by):
        raise refusal
    if not reason.strip():
        raise NotPossible(_("Say why the hours are taken back."))
    was, needed = request.effort, request.needs_brm
    counter = HourEntry.objects.create(
        request=request, person=entry.person, date=entry.date, hours=-entry.hours, note=reason.strip()[:250],
        takes_back=entry, taken_back_by=by,
    )  # fmt: skip
    request.booked_hours -= entry.hours
    request.save(update_fields=["booked_hours"])
    events.record(
        DevelopmentEvent.HOURS_TAKEN_BACK, request.ticket, by=by,
        on_behalf_of=None if by == entry.person else by.stands_in_for(Role.IT_MANAGER, branch_id=request.branch_id),
        hours=plain(entry.hours), person=entry.person.name, person_id=entry.person_id, day=entry.date,
        reason=counter.note, entry=entry.pk, was=plain(was), became=plain(request.effort),
    )  # fmt: skip
    form = _unfinished_brm(request)
    if needed and not request.needs_brm and form is not None and form.is_draft:
        approvals.withdraw(approval=form, by=by)
    return counter


# Builds and deployments -----------------------------------------------------------------------------------------


@transaction.atomic
def register_build(
    *, request: DevelopmentRequest, version: str, by: User, commit: str = "", artefact_hash: str = ""
) -> Build:
    """A new build of the work, before it is deployed anywhere. Raises NotPossible for a version that exists."""
    request = lock(request)
    fire(request, "register_build", by=by)
    version = version.strip()
    if not version or Build.objects.filter(request=request, version=version).exists():
        raise NotPossible(_("Give the build a version that was not used before."))
    build = Build.objects.create(
        request=request,
        version=version,
        commit=commit.strip(),
        artefact_hash=artefact_hash.strip(),
        registered_by=by,
    )
    if build.commit:
        Commit.objects.get_or_create(
            request=request, hash=build.commit.lower(), defaults={"added_by": by, "repository": ""}
        )
    events.record(
        DevelopmentEvent.BUILD_REGISTERED, request.ticket, by=by, build=version, commit=build.commit
    )
    return build


@transaction.atomic
def deploy(
    *,
    build: Build,
    kind: EnvironmentKind,
    by: User,
    result: DeploymentResult = DeploymentResult.SUCCEEDED,
    notes: str = "",
    scenarios: tuple[str, ...] = (),
) -> Deployment:
    """Record that a build was put on a server: Trial, then Training, then Production (SOP-A2, A5, A6).

    On Training it opens the UAT with `scenarios` (a line each); on Production the signed build makes the ticket done.
    Raises NotPossible with the clause when the build has not earned the server.
    """
    # What runs on Trial is known when it is asked: deployments on one system take turns.
    locks.wait_for("deployments", lock(build.request).system_id)
    build = lock_build(build)
    if refusal := why_not(build, MOVES[kind], by):
        raise refusal
    given = None
    if by.is_robot and kind == EnvironmentKind.PRODUCTION:
        given = given_to_robot(build=build, now=timezone.now()).given_by
    deployment = _deployment(build, kind, by, result, notes, given)
    if result == DeploymentResult.SUCCEEDED:
        fire(build, MOVES[kind], by=by)
        _ARRIVED[kind](build, scenarios, by)
    return deployment


def _deployment(
    build: Build, kind: EnvironmentKind, by: User, result: DeploymentResult, notes: str, given_by: User | None
) -> Deployment:
    environment = Environment.objects.filter(system=build.request.system_id, kind=kind).first()
    if environment is None:
        raise NotPossible(
            _("This system has no such server yet. The administrator can add it."), rule="SOP-A2"
        )
    deployment = Deployment.objects.create(
        build=build, environment=environment, deployed_by=by, result=result, notes=notes.strip()
    )
    ticket = build.request.ticket
    type_ = (
        DevelopmentEvent.DEPLOYED
        if result == DeploymentResult.SUCCEEDED
        else DevelopmentEvent.DEPLOYMENT_FAILED
    )
    manager = given_by or by.stands_in_for(Role.IT_MANAGER, branch_id=ticket.branch_id)
    events.record(
        type_, ticket, by=by, on_behalf_of=manager if kind == EnvironmentKind.PRODUCTION else None,
        build=build.version, environment=kind, deployment=deployment.pk, notes=deployment.notes or "–",
    )  # fmt: skip
    return deployment


def _arrived_on_trial(build: Build, scenarios: tuple[str, ...], by: User) -> None:
    if build.request.stage != Stage.TRIAL:
        back_to_trial(request=build.request, by=by)


def _arrived_on_training(build: Build, scenarios: tuple[str, ...], by: User) -> None:
    request = build.request
    if request.stage == Stage.READY:
        request = back_to_trial(request=request, by=by)
    withdraw_open_uats(request=request, by=by)
    if request.stage == Stage.TRIAL:
        fire(request, "to_training", by=by)
        follow(request, by)
    _open_uat(build, scenarios, by)


def _arrived_in_production(build: Build, scenarios: tuple[str, ...], by: User) -> None:
    if build.request.signed_build_id != build.pk:
        emergency.note_release(build=build, by=by)
        return
    fire(build.request, "to_done", by=by)
    follow(build.request, by)
    emergency.settle(request=build.request, by=by)


_ARRIVED = {
    EnvironmentKind.TRIAL: _arrived_on_trial,
    EnvironmentKind.TRAINING: _arrived_on_training,
    EnvironmentKind.PRODUCTION: _arrived_in_production,
}


@transaction.atomic
def back_to_trial(*, request: DevelopmentRequest, by: User) -> DevelopmentRequest:
    """A new build or a rejected test: what was signed no longer counts. What is on hold will go on from Trial."""
    request = lock(request)
    request.signed_build = None
    if request.stage == Stage.ON_HOLD:
        request.held_from = Stage.TRIAL
        request.save(update_fields=["signed_build", "held_from"])
    else:
        fire(request, "back_to_trial", by=by)
    withdraw_open_uats(request=request, by=by)
    events.record(DevelopmentEvent.BACK_TO_TRIAL, request.ticket, by=by)
    follow(request, by)
    return request


# Testing by the user ---------------------------------------------------------------------------------------------


def _open_uat(build: Build, scenarios: tuple[str, ...], by: User) -> Approval:
    """The UAT of this very build; whoever built it never signs it."""
    ticket, by = build.request.ticket, _preparer(build.request, by)
    environment = Environment.objects.get(system=build.request.system_id, kind=EnvironmentKind.TRAINING)
    content = {
        "build": build.version,
        "system": str(build.request.system),
        "address": environment.address,
        "scenarios": [],
    }
    uat = approvals.draft(
        kind=FormKind.UAT, subject=build, case=ticket, title=ticket.title, content=content, branch=ticket.branch,
        requester=ticket.requester, by=by, barred=tuple(sorted(rules.builders(build))),
    )  # fmt: skip
    lines = [line.strip() for line in scenarios if line.strip()] or [ticket.title]
    return approvals.add_scenarios(approval=uat, scenarios=[{"name": line} for line in lines], by=by)


def _preparer(request: DevelopmentRequest, by: User) -> User:
    """Whoever works on it prepares the test also where a robot put the build on the server."""
    return request.ticket.assignee if by.is_robot and request.ticket.assignee else by


def open_uats(*, request: DevelopmentRequest) -> Any:
    """The tests of its builds that nobody has finished: one at the most."""
    builds = request.builds.order_by().values("pk")
    return Approval.objects.unfinished().filter(
        kind=FormKind.UAT, subject_type=Build._meta.label_lower, subject_id__in=builds
    )


def withdraw_open_uats(*, request: DevelopmentRequest, by: User) -> None:
    """Nobody tests what is no longer on Training, or no longer wanted."""
    for uat in open_uats(request=request):
        approvals.withdraw(approval=uat, by=_preparer(request, by))


def why_not_sign(*, approval: Approval) -> NotPossible | None:
    """Why nobody signs this UAT now: its build is not where users test it any more (SOP-A2)."""
    build = Build.objects.select_related("request").get(pk=approval.subject_id)
    if rules.is_where_users_test(build):
        return None
    return NotPossible(rules.is_where_users_test.refusal(build), rule=rules.is_where_users_test.clause)


@transaction.atomic
def uat_decided(*, approval: Approval, by: User) -> None:
    """The answer to a decided UAT: ready for Production, or back to Trial (SOP-A6)."""
    build = Build.objects.for_rules().get(pk=approval.subject_id)
    request = lock(build.request)
    if approval.state != ApprovalState.APPROVED:
        back_to_trial(request=request, by=by)
        return
    request.signed_build = build
    if request.stage == Stage.ON_HOLD:
        request.held_from = Stage.READY
        request.save(update_fields=["signed_build", "held_from"])
    else:
        fire(request, "to_ready", by=by)
    events.record(DevelopmentEvent.READY, request.ticket, by=by, build=build.version)
    emergency.settle(request=request, by=by)
