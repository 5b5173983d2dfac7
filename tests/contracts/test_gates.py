# ruff: noqa: E501 - a table or a sentence reads better on one line
"""The gate table: every act that the SOP forbids, tried by the action, on the page, through the API, and past all of
them with SQL as the product's own role. Refused with the same clause every time, and nothing changed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.forms import modelform_factory
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions as accounts
from accounts.enums import Role, TimeZone
from accounts.models import Team, TeamMember
from approvals import actions as approvals
from approvals.actions import Ink
from approvals.enums import CONSENT_VERSION
from approvals.models import Policy, Step
from backups import actions as backups
from backups.models import Restore
from clocks import actions as clocks
from clocks.enums import Promise
from clocks.models import Clock
from core.database import refusal_of
from core.errors import NotPossible, PermissionDenied
from devflow import actions as devflow
from devflow.admin import ServerForm
from devflow.enums import EnvironmentKind
from devflow.models import DevelopmentRequest
from inventory import actions as inventory
from tests.approvals.policies import stands_in
from tests.backups import played
from tests.cast import PASSWORD, Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.database import unchanged
from tests.harness.ink import DRAWN
from tests.inventory import stage
from tests.stages import Case, aged, crowd, plain, reach, system
from tickets import actions as tickets
from tickets.enums import Kind, TieKind
from tickets.gates import MOST_TOGETHER
from tickets.models import Ticket

WHO = "forbidden to this person"  # refused as PermissionDenied: 403, no clause to wait for


@dataclass(frozen=True)
class Act:
    """One forbidden act. `page` and `api` are (address, fields) made from the case; `sql` are statements."""

    title: str
    clause: str
    who: str
    case: Callable[[Cast], Case]
    action: Callable[[Case, Any], Any]
    sql: Callable[[Case, Any], list[tuple[str, list[Any]]]]
    page: Callable[[Case], tuple[str, dict[str, Any]]]
    api: Callable[[Case], tuple[str, dict[str, Any]]]
    kindly: bool = False  # the page says that it is done already, and leads back
    because: str = field(default="")  # WHO when the action refuses the person instead of the moment

    def __str__(self) -> str:
        return f"{self.clause} {self.title}".replace(" ", "_")


def _at(stage: str, **facts: Any) -> Callable[[Cast], Case]:
    return lambda cast: reach(cast, stage, **facts)


def _update(table: str, key: Callable[[Case], int], **columns: Any) -> Any:
    def statements(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
        given = {k: v(case, person) if callable(v) else v for k, v in columns.items()}
        names = ", ".join(f"{name} = %s" for name in given)
        return [(f"UPDATE {table} SET {names} WHERE id = %s", [*given.values(), key(case)])]

    return statements


def _ticket(**columns: Any) -> Any:
    return _update("tickets_ticket", lambda c: c.pk, **columns)


def _request(**columns: Any) -> Any:
    return _update("devflow_developmentrequest", lambda c: c.request.pk, **columns)


def _form(which: str, **columns: Any) -> Any:
    return _update("approvals_approval", lambda c: getattr(c, which).pk, **columns)


def _deployment(kind: str, build: Callable[[Case], Any] = lambda c: c.build) -> Any:
    def statements(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
        server = system().environments.get(kind=kind)
        return [
            (
                "INSERT INTO devflow_deployment (build_id, environment_id, deployed_by_id, deployed_at, result, notes)"
                " VALUES (%s, %s, %s, now(), 'succeeded', '')",
                [build(case).pk, server.pk, person.pk],
            )
        ]

    return statements


def _taken(result: str) -> Any:
    """A row that says what became of the build in Production."""

    def statements(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
        ((statement, values),) = _deployment("production")(case, person)
        return [(statement.replace("'succeeded'", f"'{result}'"), values)]

    return statements


def _decision(which: str) -> Any:
    def statements(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
        form = getattr(case, which)
        step = next((s for s in Step.objects.of(form) if s.approved < s.needed), None)
        role = step.roles[0] if step and step.roles else ""
        return [
            (
                "INSERT INTO approvals_decision (approval_id, edition, step_id, decided_by_id, as_role, outcome, reason,"
                " content_hash, decided_at) VALUES (%s, %s, %s, %s, %s, 'approve', '', %s, now())",
                [form.pk, form.edition, step.pk if step else 0, person.pk, role, form.content_hash],
            )
        ]

    return statements


def _accept(case: Case, person: Any) -> Any:
    return tickets.accept(
        ticket=case.ticket,
        priority="high",
        assignee=case.cast.agent,
        by=person,
        estimate_hours=Decimal(8),  # type: ignore[arg-type]
    )


def _deploy(kind: str, build: Callable[[Case], Any] = lambda c: c.build) -> Callable[[Case, Any], Any]:
    return lambda case, person: devflow.deploy(build=build(case), kind=kind, by=person)  # type: ignore[arg-type]


def _decide(which: str) -> Callable[[Case, Any], Any]:
    def act(case: Case, person: Any) -> Any:
        form = getattr(case, which)
        occasion = accounts.Occasion(about=form.content_hash)
        proof = accounts.confirm(by=person, secret=PASSWORD, occasion=occasion)
        return approvals.decide(
            approval=form, outcome="approve", by=person, proof=proof, shown_hash=form.content_hash,  # type: ignore[arg-type]
            ink=Ink(typed_name=person.name),
        )  # fmt: skip

    return act


def _second_build(cast: Cast) -> Case:
    """Signed build 1.0, and a build 1.1 that was never signed and has gone as far as Trial allows."""
    case = reach(cast, "signed")
    case.built("1.1")
    return case


def _grown(cast: Cast, hours: str = "21") -> Case:
    """Eight hours estimated, within the threshold; then more were booked."""
    case = reach(cast, "on_trial")
    case.book(hours)
    return case


def _on_hold(cast: Cast) -> Case:
    case = reach(cast, "on_trial")
    devflow.hold(request=case.request, reason="Month end.", by=cast.agent)
    return case


def _released_twice(cast: Cast) -> Case:
    """The build of the first request no longer runs: the second one replaced it."""
    case = reach(cast, "done")
    reach(cast, "done")
    return case


def _agreed_by_one(cast: Cast) -> Case:
    case = reach(cast, "on_training")
    devflow.ask_emergency(build=case.build, reason="Salaries are paid today.", by=cast.agent)
    case.agree("it_manager")
    return case


def _agree(case: Case, person: Any, shown: str = "") -> Any:
    return devflow.prove_and_agree(
        build=case.build, by=person, given=devflow.Given(PASSWORD), shown_hash=shown or _shown(case)
    )


def _words_of_yesterday(cast: Cast) -> Case:
    """Two had agreed; the word of one is a day old."""
    case = _agreed_by_one(cast)
    case.agree("director")
    aged(case, "manager")
    return case


def _words_on_another_plan(cast: Cast) -> Case:
    """Two have agreed; then somebody rewrote the way back past the action, and the words are over something else."""
    case = _agreed_by_one(cast)
    case.agree("director")
    DevelopmentRequest.objects.filter(pk=case.request.pk).update(rollback_plan="We hope.")
    return case


def _live_untested(cast: Cast) -> Case:
    """Released as an emergency fix and reviewed, not tested yet."""
    case = _agreed_by_one(cast)
    case.agree("director")
    case.done()
    devflow.review_emergency(build=case.build, review="A test was missing.", by=cast.it_manager)
    return case


def _ended(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
    """All that `devflow.end` writes, past it."""
    return [
        (
            "UPDATE devflow_developmentrequest SET end_reason = 'x', ended_by_id = %s WHERE id = %s",
            [person.pk, case.request.pk],
        ),
        ("UPDATE tickets_ticket SET status = 'cancelled' WHERE id = %s", [case.pk]),
        (
            "UPDATE devflow_developmentrequest SET stage = 'cancelled', held_from = '' WHERE id = %s",
            [case.request.pk],
        ),
    ]


def _unreviewed(cast: Cast) -> Case:
    """Released as an emergency, replaced by a signed build, never reviewed."""
    case = _agreed_by_one(cast)
    case.agree("director")
    case.done()
    case.built("1.1")
    for step in (case.on_trial, case.on_training, case.tested, case.uat_submitted, case.signed):
        step()
    return case


def _unprepared(cast: Cast) -> Case:
    """Begun before the product asked for a roll-back plan."""
    case = reach(cast, "signed")
    DevelopmentRequest.objects.filter(pk=case.request.pk).update(rollback_plan="", risks={})
    return case


def _two_of_one_purpose(cast: Cast) -> Case:
    """Fifteen hours and eight, linked as one purpose: neither alone would need a BRM."""
    case, other = reach(cast, "planned", hours=15), reach(cast, "planned", hours=8)
    tickets.tie(ticket=case.ticket, other=other.ticket, kind=TieKind.SAME_PURPOSE, by=cast.agent)
    return case


def _in_a_crowd(stage: str) -> Callable[[Cast], Case]:
    """More requests than are looked through serve one purpose with it: its hours cannot be counted."""

    def reached(cast: Cast) -> Case:
        case = reach(cast, stage)
        crowd(case, MOST_TOGETHER)
        return case

    return reached


def _estimate_grown(cast: Cast) -> Case:
    case = reach(cast, "on_trial")
    tickets.estimate(ticket=case.ticket, hours=Decimal(30), reason="It is larger.", by=cast.agent)
    return case


def _take_back(case: Case, person: Any) -> Any:
    return devflow.take_back_hours(entry=case.request.hours.earliest("pk"), reason="It was 1.5.", by=person)


def _counter(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
    """The counter-entry itself, without the action around it."""
    return [
        (
            "INSERT INTO devflow_hourentry (request_id, person_id, date, hours, note, booked_at, takes_back_id,"
            " taken_back_by_id) SELECT request_id, person_id, date, -hours, 'x', now(), id, %s FROM devflow_hourentry"
            " WHERE request_id = %s ORDER BY id LIMIT 1",
            [person.pk, case.request.pk],
        )
    ]


def _booked_yesterday(cast: Cast) -> Case:
    case = reach(cast, "on_trial")
    with Stopwatch(timezone.now() - timedelta(days=1)):
        case.book("15")
    return case


def _booked_while_asked(cast: Cast) -> Case:
    """Within what is allowed, but Director and Board are asked."""
    case = reach(cast, "on_trial")
    case.book("15")
    devflow.open_brm(request=case.request, by=cast.agent)
    return case


def _grown_when_signed(cast: Cast) -> Case:
    case = reach(cast, "signed")
    case.book("21")
    return case


def _built_by_manager(cast: Cast) -> Case:
    case = Case(cast)
    case.assignee = "it_manager"
    for step in ("opened", "accepted", "planned", "started", "built", "on_trial", "on_training", "tested",
                 "uat_submitted", "signed"):  # fmt: skip
        getattr(case, step)()
    return case


def _manager_asks(cast: Cast) -> Case:
    """The Director asked for it: nobody approves what they asked for."""
    case = Case(cast, hours=24)
    case.requester = "director"
    cast.director.branch = cast.bandung
    cast.director.save()
    for step in ("opened", "accepted", "planned", "brm_written", "brm_submitted"):
        getattr(case, step)()
    return case


def _for_two(cast: Cast) -> Case:
    """A substitute of the Director and of the Board has decided once."""
    stands_in(cast, "db_manager", "director", "board")
    case = reach(cast, "brm_submitted", hours=24)
    case.decide(case.brm, "db_manager")
    return case


def _sent_back(cast: Cast) -> Case:
    """The Director approved version 1, which the Board sent back; version 2 waits for the Director."""
    case = reach(cast, "director_signed", hours=24)
    case.decide(case.brm, "board", outcome="revise", reason="Shorter.")
    case.brm_submitted()
    return case


def _voided(cast: Cast) -> Case:
    """Approved, then the cost doubled."""
    case = reach(cast, "brm_approved", hours=24)
    approvals.supersede(approval=case.brm, reason="It costs twice as much.", by=cast.agent)
    return case


def _failed_test(cast: Cast) -> Case:
    case = reach(cast, "on_training")
    case.tested(result="failed")
    case.uat_submitted()
    return case


def _experts(case: Case) -> Team:
    """One team for each play, made before anything is compared."""
    return Team.objects.get(name="Experts")


def _with_experts(cast: Cast) -> None:
    TeamMember.objects.create(team=Team.objects.create(name="Experts"), person=cast.other_agent)


def _part(cast: Cast) -> Case:
    case = plain(cast, "accepted")
    case.pk = tickets.split(ticket=case.ticket, title="Half", description="Of it.", by=cast.agent).pk
    return case


def _new_repair(cast: Cast) -> Case:
    _with_experts(cast)
    return plain(cast, "opened")


def _pausable(cast: Cast) -> Case:
    """Its promise may be paused, by those who may."""
    facts = {"promise": Promise.RESPONSE, "length": timedelta(hours=2), "may_pause": True}
    clocks.publish_policy(by=cast.administrator, **facts)
    return plain(cast, "opened")


def _clock(case: Case) -> Clock:
    return Clock.objects.of(case.ticket, "response").get()


def _pause(case: Case, person: Any) -> Any:
    return clocks.pause(clock=_clock(case), reason="Because.", by=person)


def _pauses(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
    statement = (
        "INSERT INTO clocks_pause (clock_id, by_id, reason, started_at) VALUES (%s, %s, 'Because.', now())"
    )
    return [(statement, [_clock(case).pk, person.pk])]


def _started_with_another(cast: Cast) -> Case:
    """An older request of the same kind waits; the newer one is being worked on."""
    plain(cast, "accepted")
    return plain(cast, "started")


def _handed_over(kind: str) -> Callable[[Cast], Case]:
    return lambda cast: plain(cast, "handed_over", kind=Kind(kind))


def _replaced_on_trial(cast: Cast) -> Case:
    """It was on Trial; before it went to Training, the build of another request was put there."""
    case = reach(cast, "on_trial")
    reach(cast, "on_trial")
    return case


def _replaced_on_training(cast: Cast) -> Case:
    """Signed once and sent back by a new build; before that one's users sign, the build of another request is put there."""
    case = _second_build(cast)
    for step in (case.on_trial, case.on_training, case.tested, case.uat_submitted):
        step()
    reach(cast, "on_training")
    return case


def _left(cast: Cast) -> Case:
    """A data update to be tested by somebody who works here no more."""
    _ = cast.branch_head
    case = plain(cast, "handed_over", kind=Kind.DATA_UPDATE)
    cast.requester.is_active = False
    cast.requester.save()
    return case


def _left_head_in_it(cast: Cast) -> Case:
    case = _left(cast)
    accounts.grant_role(user=cast.branch_head, role=Role.AGENT, by=cast.administrator)
    cast.again("branch_head")
    return case


def _frozen(cast: Cast) -> Case:
    """Signed and earned, on a day on which nothing is released."""
    case, now = reach(cast, "signed"), timezone.now()
    devflow.add_freeze(
        system=case.request.system, reason="Month-end closing", zone=TimeZone.WIB, by=cast.it_manager,
        starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=1),
    )  # fmt: skip
    return case


def _outside_windows(cast: Cast) -> Case:
    """Signed and earned; the only window is the day after tomorrow."""
    case, day = reach(cast, "signed"), (timezone.localdate() + timedelta(days=2)).weekday()
    devflow.add_window(
        system=None, days=[day], opens=time(20), closes=time(22), zone=TimeZone.WIB, by=cast.it_manager
    )
    return case


def _others_deploy(cast: Cast) -> Case:
    """A build whose server was given to somebody else."""
    case = reach(cast, "built")
    server = case.request.system.environments.get(kind="trial")
    devflow.keep_server(
        system=case.request.system, kind=EnvironmentKind.TRIAL, deployers=[cast.other_agent], by=cast.it_manager,
        address=server.address,
    )  # fmt: skip
    return case


def _other_server(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
    server = system("Payroll").environments.get(kind="trial")
    return [
        (
            "INSERT INTO devflow_deployment (build_id, environment_id, deployed_by_id, deployed_at, result, notes)"
            " VALUES (%s, %s, %s, now(), 'succeeded', '')",
            [case.build.pk, server.pk, person.pk],
        )
    ]


def _accepted_by() -> dict[str, Any]:
    return {
        "status": "waiting", "priority": "high", "assignee_id": lambda c, p: c.cast.agent.pk,
        "accepted_by_id": lambda c, p: p.pk, "accepted_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip


@dataclass(frozen=True)
class Door:
    """The address of an act on the page or in the API, and what is sent there."""

    name: str
    row: Callable[[Case], int] | None
    fields: Callable[[Case], dict[str, Any]] = lambda case: {}

    def __call__(self, case: Case) -> tuple[str, dict[str, Any]]:
        """For one case."""
        return reverse(self.name, args=[self.row(case)] if self.row else []), self.fields(case)


def _of_ticket(case: Case) -> int:
    return case.pk


def _of_request(case: Case) -> int:
    return case.request.pk


def _of_hours(case: Case) -> int:
    return case.request.hours.earliest("pk").pk


def _of_build(case: Case) -> int:
    return case.build.pk


def _of_brm(case: Case) -> int:
    return case.brm.pk


def _of_uat(case: Case) -> int:
    return case.uat.pk


def _accepting(case: Case) -> dict[str, Any]:
    return {"priority": "high", "assignee": case.cast.agent.pk, "estimate_hours": "8"}


def _deploying(kind: str) -> dict[str, Any]:
    """Both doors of a deployment."""
    on_page = {"result": "succeeded", "notes": "", "scenarios": "Print"}
    return {
        "page": Door(f"devflow:deploy-{kind}", _of_build, lambda case: on_page),
        "api": Door("deployment-list", None, lambda case: {"build": case.build.pk, "environment": kind}),
    }


def _deciding(which: Callable[[Case], int], form: str) -> dict[str, Any]:
    """Both doors of a decision."""

    def on_page(case: Case) -> dict[str, Any]:
        shown = getattr(case, form).content_hash
        typed = {
            "shown": shown,
            "password": PASSWORD,
            "signature": "",
            "signature_drawn": DRAWN,
            "consent": CONSENT_VERSION,
        }
        return {"outcome": "approve"} | {f"approve-{name}": value for name, value in typed.items()}

    def in_api(case: Case) -> dict[str, Any]:
        shown = getattr(case, form).content_hash
        return {
            "outcome": "approve", "secret": PASSWORD, "drawing": DRAWN, "shown_hash": shown,
            "consent_version": CONSENT_VERSION,
        }  # fmt: skip

    return {"page": Door("approvals:decide", which, on_page), "api": Door("approval-decide", which, in_api)}


ACCEPTING = {
    "page": Door("tickets:accept", _of_ticket, _accepting),
    "api": Door("ticket-accept", _of_ticket, _accepting),
}
STARTING = {"page": Door("devflow:start", _of_request), "api": Door("development-start", _of_request)}
HANDING_OVER = {
    "page": Door("tickets:hand-over", _of_ticket, lambda case: {"text": "Please try."}),
    "api": Door("ticket-hand-over", _of_ticket, lambda case: {"text": "Please try."}),
}
ESCALATING = {
    "page": Door("tickets:escalate", _of_ticket, lambda case: {"team": _experts(case).pk, "reason": "Hard."}),
    "api": Door("ticket-escalate", _of_ticket, lambda case: {"team": _experts(case).pk, "reason": "Hard."}),
}
MERGING = {
    "page": Door("tickets:merge", _of_ticket, lambda case: {"other": str(Ticket.objects.earliest("pk").pk)}),
    "api": Door("ticket-merge", _of_ticket, lambda case: {"other": Ticket.objects.earliest("pk").pk}),
}
SPLITTING = {
    "page": Door(
        "tickets:split",
        _of_ticket,
        lambda case: {"kind": case.kind, "title": "Half", "description": "Of it."},
    ),
    "api": Door("ticket-split", _of_ticket, lambda case: {"title": "Half", "description": "Of it."}),
}
HOURS_BACK: dict[str, Any] = {
    "page": Door("devflow:take-back-hours", _of_hours, lambda case: {"reason": "It was 1.5."}),
    "api": Door("booked-hours-take-back", _of_hours, lambda case: {"reason": "It was 1.5."}),
}
TAKING_BACK = {
    "page": Door("devflow:deploy-roll-back", _of_build, lambda case: {"reason": "Bad."}),
    "api": Door("build-roll-back", _of_build, lambda case: {"reason": "Bad."}),
}


def _shown(case: Case) -> str:
    return str(case.build.emergency.content_hash)


def _agreeing(shown: Callable[[Case], str] = _shown) -> dict[str, Any]:
    """Both doors of a word on an emergency fix."""
    on_page = lambda case: {"shown": shown(case), "password": PASSWORD}  # noqa: E731 - beside the other door
    in_api = lambda case: {"shown_hash": shown(case), "secret": PASSWORD}  # noqa: E731
    return {
        "page": Door("devflow:deploy-agree", _of_build, on_page),
        "api": Door("build-agree", _of_build, in_api),
    }


AGREEING = _agreeing()
ENDING = {
    "page": Door("devflow:end", _of_request, lambda case: {"reason": "Bought instead."}),
    "api": Door("development-end", _of_request, lambda case: {"reason": "Bought instead."}),
}
CONFIRMING = {"page": Door("tickets:confirm", _of_ticket), "api": Door("ticket-confirm", _of_ticket)}
PAUSING = {
    "page": Door("clocks:pause", lambda case: _clock(case).pk, lambda case: {"reason": "Because."}),
    "api": Door("clock-pause", lambda case: _clock(case).pk, lambda case: {"reason": "Because."}),
}
REWRITING = {
    "page": Door("approvals:edit", _of_brm, lambda case: {"risk": "None.", "version": case.brm.version}),
    "api": Door(
        "approval-detail", _of_brm, lambda case: {"content": {"risk": "None."}, "version": case.brm.version}
    ),
}


WEAK = [{"when": {}, "steps": [{"roles": ["director"], "people": [], "quorum": "one"}]}]


def _restore_waits(cast: Cast) -> Case:
    """A restore over its source for which the IT Manager has given a word; the Database Manager exists."""
    _ = cast.db_manager, cast.agent
    played.restore_waits(cast)
    return plain(cast, "opened")


def _wish(case: Case) -> Any:
    return Restore.objects.latest("pk")


def _restored(**columns: Any) -> Any:
    return _update("backups_restore", lambda c: _wish(c).pk, state="agreed", **columns)


def _policy_fields(case: Case) -> dict[str, Any]:
    return {
        "repository": _wish(case).source.repository_id, "rhythm": "monthly", "at": "02:00", "day": 1,
        "window_minutes": 60, "keep_daily": 7, "keep_weekly": 4, "keep_monthly": 12,
    }  # fmt: skip


def _same_place(case: Case, person: Any) -> Any:
    wish = _wish(case)
    facts = {"rhythm": "monthly", "at": time(2), "day": 1}
    return backups.add_policy(target=wish.target, repository=wish.source.repository, by=person, **facts)  # type: ignore[arg-type]


def _policy_in_place(case: Case, person: Any) -> list[tuple[str, list[Any]]]:
    statement = (
        "INSERT INTO backups_backuppolicy (target_id, repository_id, rhythm, at, day, window_minutes, keep_daily,"
        " keep_weekly, keep_monthly, next_at, apart, same_place_reason) VALUES (%s, %s, 'monthly', '02:00', 1, 60, 7,"
        " 4, 12, now(), 'same', '')"
    )
    return [(statement, [_wish(case).target_id, _wish(case).source.repository_id])]


RESTORING: dict[str, Any] = {
    "page": lambda c: (reverse("backups:agree-restore", args=[_wish(c).pk]), {}),
    "api": lambda c: (reverse("restore-agree", args=[_wish(c).pk]), {}),
}


ACTS: list[Act] = [
    # SOP-A1: everything goes through the IT Manager ----------------------------------------------------------------
    Act("agent_accepts", "SOP-A1", "agent", _at("opened"), _accept, _ticket(**_accepted_by()), because=WHO, **ACCEPTING),
    Act("requester_accepts", "SOP-A1", "requester", _at("opened"), _accept, _ticket(**_accepted_by()), because=WHO, **ACCEPTING),
    Act("foreign_manager_accepts", "SOP-A1", "foreign_it_manager", _at("opened"), _accept, _ticket(**_accepted_by()),
        because=WHO, **ACCEPTING),
    Act("database_manager_accepts", "SOP-A1", "db_manager", _at("opened"), _accept, _ticket(**_accepted_by()), because=WHO, **ACCEPTING),
    Act("a_request_begins_accepted", "SOP-A1", "agent", _at("opened"),
        _accept,
        lambda c, p: [(
            "INSERT INTO tickets_ticket (kind, channel, title, description, details, branch_id, requester_id, status,"
            " priority, assignee_id, created_at, accepted_by_id, accepted_at) SELECT kind, channel, title, description,"
            " details, branch_id, requester_id, 'in_progress', 'high', %s, now(), %s, now() FROM tickets_ticket"
            " WHERE id = %s", [p.pk, p.pk, c.pk])],
        because=WHO, **ACCEPTING),
    Act("who_accepted_is_rewritten", "SOP-A1", "agent", _at("accepted"), _accept,
        _ticket(accepted_by_id=lambda c, p: p.pk), because=WHO, **ACCEPTING),
    Act("new_request_goes_to_experts", "SOP-A1", "it_manager", _new_repair,
        lambda c, p: tickets.escalate(ticket=c.ticket, team=_experts(c), reason="Hard.", by=p),
        _ticket(team_id=lambda c, p: _experts(c).pk), **ESCALATING),
    Act("agent_joins_requests", "SOP-A1", "agent", _started_with_another,
        lambda c, p: tickets.merge(ticket=c.ticket, into=Ticket.objects.earliest("pk"), by=p),
        _ticket(status="cancelled"), because=WHO, **MERGING),
    Act("a_new_request_has_a_worker", "SOP-A1", "agent", _new_repair,
        lambda c, p: tickets.take(ticket=c.ticket, by=p), _ticket(assignee_id=lambda c, p: p.pk), because=WHO,
        page=Door("tickets:take", _of_ticket), api=Door("ticket-take", _of_ticket)),
    Act("a_part_begins_accepted", "SOP-A1", "requester", _new_repair,
        lambda c, p: tickets.split(ticket=c.ticket, title="A", description="B", by=p),
        lambda c, p: [(
            "INSERT INTO tickets_ticket (kind, channel, title, description, details, branch_id, requester_id, status,"
            " priority, assignee_id, created_at, changed_at, accepted_by_id, accepted_at, split_from_id)"
            " SELECT kind, channel, title, description, details, branch_id, requester_id, 'waiting', 'high', %s, now(),"
            " now(), %s, now(), id FROM tickets_ticket WHERE id = %s", [p.pk, p.pk, c.pk])],
        because=WHO, **SPLITTING),
    # SOP-A2: Trial, Training, Production ---------------------------------------------------------------------------
    Act("training_before_trial", "SOP-A2", "agent", _at("built"), _deploy("training"), _deployment("training"), **_deploying("training")),
    Act("training_of_what_left_trial", "SOP-A2", "agent", _replaced_on_trial, _deploy("training"), _deployment("training"), **_deploying("training")),
    Act("production_before_training", "SOP-A2", "it_manager", _at("on_trial"), _deploy("production"),
        _deployment("production"), **_deploying("production")),
    Act("production_before_trial", "SOP-A2", "it_manager", _at("built"), _deploy("production"), _deployment("production"), **_deploying("production")),
    Act("release_inside_a_freeze", "SOP-A2", "it_manager", _frozen, _deploy("production"), _deployment("production"),
        **_deploying("production")),
    Act("release_outside_the_windows", "SOP-A2", "it_manager", _outside_windows, _deploy("production"),
        _deployment("production"), **_deploying("production")),
    Act("others_deploy_on_this_server", "SOP-B4.2.2", "agent", _others_deploy, _deploy("trial"), _deployment("trial"),
        because=WHO, **_deploying("trial")),
    Act("start_without_a_system", "SOP-A2", "agent", _at("accepted"),
        lambda c, p: devflow.start(request=c.request, by=p), _request(stage="trial"), **STARTING),
    Act("status_runs_ahead_to_testing", "SOP-A2", "agent", _at("on_trial"),
        lambda c, p: tickets.hand_over(ticket=c.ticket, text="Please try.", by=p), _ticket(status="user_testing"), **HANDING_OVER),
    Act("stage_runs_ahead_to_training", "SOP-A2", "agent", _at("built"), _deploy("training"), _request(stage="training"), **_deploying("training")),
    Act("sign_what_is_not_on_training", "SOP-A2", "requester", _replaced_on_training, _decide("uat"),
        _request(signed_build_id=lambda c, p: c.build_of("1.0").pk), **_deciding(_of_uat, "uat")),
    Act("deploy_while_on_hold", "SOP-A2", "agent", _on_hold, _deploy("training"), _deployment("training"), **_deploying("training")),
    Act("agent_takes_a_build_back", "SOP-A6", "agent", _at("done"),
        lambda c, p: devflow.roll_back(build=c.build, reason="Bad.", by=p), _taken("rolled_back"), because=WHO, **TAKING_BACK),
    Act("an_older_build_is_taken_back", "SOP-A6", "it_manager", _released_twice,
        lambda c, p: devflow.roll_back(build=c.build, reason="Bad.", by=p), _taken("rolled_back"), **TAKING_BACK),
    Act("release_with_the_word_of_one", "SOP-A6", "it_manager", _agreed_by_one, _deploy("production"), _deployment("production"),
        **_deploying("production")),
    Act("release_on_a_word_of_yesterday", "SOP-A6", "it_manager", _words_of_yesterday, _deploy("production"), _deployment("production"),
        **_deploying("production")),
    Act("release_on_words_over_another_plan", "SOP-A6", "it_manager", _words_on_another_plan, _deploy("production"),
        _deployment("production"), **_deploying("production")),
    Act("agree_to_what_was_not_read", "SOP-A6", "director", _agreed_by_one, lambda c, p: _agree(c, p, "0" * 64),
        _update("devflow_emergencyfix", lambda c: c.build.emergency.pk, second_id=lambda c, p: p.pk, second_agreed_at=lambda c, p: timezone.now(),
                second_hash="0" * 64),
        **_agreeing(lambda case: "0" * 64)),
    Act("the_worker_ends_begun_work", "SOP-A1", "agent", _at("on_trial"), lambda c, p: devflow.end(request=c.request, reason="x", by=p),
        _ended, because=WHO, **ENDING),
    Act("the_director_ends_what_is_tested", "SOP-A1", "director", _at("on_training"),
        lambda c, p: devflow.end(request=c.request, reason="x", by=p), _ended, because=WHO, **ENDING),
    Act("end_what_runs_in_production", "SOP-A6", "it_manager", _live_untested,
        lambda c, p: devflow.end(request=c.request, reason="x", by=p), _ended, **ENDING),
    Act("one_agrees_for_two", "SOP-A6", "it_manager", _agreed_by_one,
        _agree,
        _update("devflow_emergencyfix", lambda c: c.build.emergency.pk, second_id=lambda c, p: p.pk, second_agreed_at="2026-01-01T00:00:00Z"),
        because=WHO, **AGREEING),
    Act("the_builder_agrees", "SOP-A6", "agent", _agreed_by_one,
        _agree,
        _update("devflow_emergencyfix", lambda c: c.build.emergency.pk, second_id=lambda c, p: p.pk, second_agreed_at="2026-01-01T00:00:00Z"),
        because=WHO, **AGREEING),
    Act("release_of_another_build_before_the_review", "SOP-A6", "it_manager", _unreviewed, _deploy("production"),
        _request(stage="done"), **_deploying("production")),
    Act("release_without_a_way_back", "SOP-B4.5", "it_manager", _unprepared, _deploy("production"), _deployment("production"),
        **_deploying("production")),
    # SOP-A5: more than 20 hours need Director and Board ------------------------------------------------------------
    Act("start_24_hours_without_brm", "SOP-A5", "agent", _at("planned", hours=24),
        lambda c, p: devflow.start(request=c.request, by=p), _request(stage="trial"), **STARTING),
    Act("start_24_hours_while_asked", "SOP-A5", "agent", _at("brm_submitted", hours=24),
        lambda c, p: devflow.start(request=c.request, by=p), _request(stage="trial"), **STARTING),
    Act("start_24_hours_with_the_director_alone", "SOP-A5", "agent", _at("director_signed", hours=24),
        lambda c, p: devflow.start(request=c.request, by=p), _request(stage="trial"), **STARTING),
    Act("start_beside_another_of_the_purpose", "SOP-A5", "agent", _two_of_one_purpose,
        lambda c, p: devflow.start(request=c.request, by=p), _request(stage="trial"), **STARTING),
    Act("start_in_a_crowd", "SOP-A5", "agent", _in_a_crowd("planned"),
        lambda c, p: devflow.start(request=c.request, by=p), _request(stage="trial"), **STARTING),
    Act("deploy_in_a_crowd", "SOP-A5", "agent", _in_a_crowd("on_trial"), _deploy("training"), _deployment("training"),
        **_deploying("training")),
    Act("release_in_a_crowd", "SOP-A5", "it_manager", _in_a_crowd("signed"), _deploy("production"), _deployment("production"),
        **_deploying("production")),
    Act("start_without_estimate", "SOP-A5", "agent", _at("planned", hours=None),
        lambda c, p: devflow.start(request=c.request, by=p), _request(stage="trial"), **STARTING),
    Act("deploy_after_hours_grew", "SOP-A5", "agent", _grown, _deploy("training"), _deployment("training"), **_deploying("training")),
    Act("deploy_after_estimate_grew", "SOP-A5", "agent", _estimate_grown, _deploy("training"), _deployment("training"), **_deploying("training")),
    Act("own_hours_are_taken_back_after_the_threshold", "SOP-A5", "agent", _grown, _take_back, _counter, **HOURS_BACK),
    Act("own_hours_are_taken_back_while_a_brm_is_asked", "SOP-A5", "agent", _booked_while_asked, _take_back, _counter, **HOURS_BACK),
    Act("own_hours_are_taken_back_a_day_later", "SOP-A5", "agent", _booked_yesterday, _take_back, _counter,
        because="on the day on which you book them", **HOURS_BACK),
    Act("hours_of_another_are_taken_back", "SOP-A5", "other_agent", _grown, _take_back, _counter, because=WHO, **HOURS_BACK),
    Act("release_after_hours_grew", "SOP-A5", "it_manager", _grown_when_signed, _deploy("production"),
        _deployment("production"), **_deploying("production")),
    Act("status_runs_ahead_to_progress", "SOP-A5", "agent", _at("planned", hours=24),
        lambda c, p: devflow.start(request=c.request, by=p), _ticket(status="in_progress"), **STARTING),
    Act("threshold_is_lifted", "SOP-A5", "agent", _at("planned", hours=24),
        lambda c, p: devflow.start(request=c.request, by=p), _request(brm_threshold_hours=100), **STARTING),
    Act("board_before_director", "SOP-A5", "board", _at("brm_submitted", hours=24), _decide("brm"), _decision("brm"),
        because=WHO, **_deciding(_of_brm, "brm")),
    Act("director_twice", "SOP-A5", "director", _at("director_signed", hours=24), _decide("brm"), _decision("brm"),
        kindly=True, **_deciding(_of_brm, "brm")),
    Act("agent_approves_brm", "SOP-A5", "agent", _at("brm_submitted", hours=24), _decide("brm"), _decision("brm"),
        because=WHO, **_deciding(_of_brm, "brm")),
    Act("foreign_director_approves_brm", "SOP-A5", "foreign_director", _at("brm_submitted", hours=24), _decide("brm"),
        _decision("brm"), because=WHO, **_deciding(_of_brm, "brm")),
    Act("director_approves_own_wish", "SOP-A5", "director", _manager_asks, _decide("brm"), _decision("brm"), because=WHO, **_deciding(_of_brm, "brm")),
    Act("substitute_counts_for_two", "SOP-A5", "db_manager", _for_two, _decide("brm"), _decision("brm"),
        kindly=True, **_deciding(_of_brm, "brm")),
    Act("decision_on_an_earlier_version", "SOP-A5", "board", _sent_back, _decide("brm"), _decision("brm"), because=WHO,
        **_deciding(_of_brm, "brm")),
    Act("start_after_the_approval_was_voided", "SOP-A5", "agent", _voided,
        lambda c, p: devflow.start(request=c.request, by=p), _request(stage="trial"), **STARTING),
    Act("manager_publishes_who_decides", "SOP-A5", "it_manager", _at("planned", hours=24),
        lambda c, p: approvals.publish(kind="brm", rules=WEAK, note="Weaker.", by=p, timing={}),  # type: ignore[arg-type]
        lambda c, p: [(
            "INSERT INTO approvals_policy (kind, threshold_hours, man_day_hours, rules, note, on_time_out, escalate_to,"
            " question_pauses, published_by_id, valid_from) VALUES ('brm', 20, 7, %s, '', 'nothing', '', false, %s, now())",
            [json.dumps(WEAK), p.pk])],
        because=WHO,
        page=lambda c: (reverse("approvals:new-policy", args=["brm"]), {"note": "Weaker."}),
        api=lambda c: (reverse("approval-policy-list"), {"kind": "brm", "rules": WEAK, "note": "Weaker."})),
    Act("brm_is_declared_approved", "SOP-A5", "requester", _at("brm_submitted", hours=24), _decide("brm"),
        _form("brm", state="approved"), because=WHO, **_deciding(_of_brm, "brm")),
    Act("submitted_brm_is_rewritten", "SOP-A5", "requester", _at("brm_submitted", hours=24),
        lambda c, p: approvals.save_draft(
            approval=c.brm, content={"estimate_hours": "1000"}, version=c.brm.version, by=p),
        _form("brm", content=json.dumps({"estimate_hours": "1000"})), because="frozen", **REWRITING),
    Act("a_development_is_cut_into_small_ones", "SOP-A5", "agent", _at("planned", hours=24),
        lambda c, p: tickets.split(ticket=c.ticket, title="Half", description="Of it.", by=p),
        lambda c, p: [(
            "INSERT INTO tickets_ticket (kind, channel, title, description, details, branch_id, requester_id, status,"
            " priority, created_at, changed_at, split_from_id) SELECT kind, channel, title, description, details,"
            " branch_id, requester_id, 'new', '', now(), now(), id FROM tickets_ticket WHERE id = %s", [c.pk])],
        **SPLITTING),
    Act("a_part_becomes_a_development", "SOP-A5", "it_manager", _part,
        lambda c, p: tickets.reclassify(ticket=c.ticket, kind=Kind.DEVELOPMENT, reason="Hm.", by=p),
        _ticket(kind="development"), page=Door("tickets:reclassify", _of_ticket, lambda case: {"kind": "development", "reason": "Hm."}),
        api=Door("ticket-reclassify", _of_ticket, lambda case: {"kind": "development", "reason": "Hm."})),
    # SOP-A6: tested, signed, deployed: one and the same build ------------------------------------------------------
    Act("release_without_uat", "SOP-A6", "it_manager", _at("on_training"), _deploy("production"),
        _deployment("production"), **_deploying("production")),
    Act("release_with_unsigned_uat", "SOP-A6", "it_manager", _at("uat_submitted"), _deploy("production"),
        _deployment("production"), **_deploying("production")),
    Act("agent_releases", "SOP-A6", "agent", _at("signed"), _deploy("production"), _deployment("production"), because=WHO, **_deploying("production")),
    Act("other_agent_releases", "SOP-A6", "other_agent", _at("signed"), _deploy("production"), _deployment("production"),
        because=WHO, **_deploying("production")),
    Act("builder_releases_own_build", "SOP-A6", "it_manager", _built_by_manager, _deploy("production"),
        _deployment("production"), because=WHO, **_deploying("production")),
    Act("foreign_manager_releases", "SOP-A6", "foreign_it_manager", _at("signed"), _deploy("production"),
        _deployment("production"), because=WHO, **_deploying("production")),
    Act("done_without_release", "SOP-A6", "agent", _at("signed"), _deploy("production"), _ticket(status="done"), because=WHO, **_deploying("production")),
    Act("stage_done_without_release", "SOP-A6", "agent", _at("signed"), _deploy("production"), _request(stage="done"),
        because=WHO, **_deploying("production")),
    Act("stage_ready_without_signature", "SOP-A6", "it_manager", _at("on_training"), _deploy("production"),
        _request(stage="ready"), **_deploying("production")),
    Act("signed_build_is_declared", "SOP-A6", "it_manager", _at("on_training"), _deploy("production"),
        _request(signed_build_id=lambda c, p: c.build.pk), **_deploying("production")),
    Act("accept_a_failed_test", "SOP-A6", "requester", _failed_test, _decide("uat"), _decision("uat"), **_deciding(_of_uat, "uat")),
    Act("uat_is_declared_approved", "SOP-A6", "agent", _at("uat_submitted"), _decide("uat"), _form("uat", state="approved"),
        because=WHO, **_deciding(_of_uat, "uat")),
    Act("agent_signs_the_uat", "SOP-A6", "agent", _at("uat_submitted"), _decide("uat"), _decision("uat"), because=WHO, **_deciding(_of_uat, "uat")),
    Act("worker_says_that_it_is_done", "SOP-A6", "agent", _handed_over("data_update"),
        lambda c, p: tickets.confirm(ticket=c.ticket, by=p),
        _ticket(status="done", confirmed_by_id=lambda c, p: p.pk), because=WHO, **CONFIRMING),
    Act("it_confirms_for_somebody_who_left", "SOP-A6", "it_manager", _left, lambda c, p: tickets.confirm(ticket=c.ticket, by=p),
        _ticket(status="done", confirmed_by_id=lambda c, p: p.pk), because=WHO, **CONFIRMING),
    Act("head_of_the_branch_in_it_confirms", "SOP-A6", "branch_head", _left_head_in_it,
        lambda c, p: tickets.confirm(ticket=c.ticket, by=p),
        _ticket(status="done", confirmed_by_id=lambda c, p: p.pk), because=WHO, **CONFIRMING),
    Act("head_of_another_branch_confirms", "SOP-A6", "foreign_head", _left, lambda c, p: tickets.confirm(ticket=c.ticket, by=p),
        _ticket(status="done", confirmed_by_id=lambda c, p: p.pk), because=WHO, **CONFIRMING),
    Act("head_confirms_while_the_requester_is_here", "SOP-A6", "branch_head", _handed_over("data_update"),
        lambda c, p: tickets.confirm(ticket=c.ticket, by=p),
        _ticket(status="done", confirmed_by_id=lambda c, p: p.pk), because=WHO, **CONFIRMING),
    Act("done_without_anybody", "SOP-A6", "it_manager", _handed_over("troubleshooting"),
        lambda c, p: tickets.confirm(ticket=c.ticket, by=p), _ticket(status="done"), because=WHO, **CONFIRMING),
    Act("colleague_signs_the_uat", "SOP-A6", "colleague", _at("uat_submitted"), _decide("uat"), _decision("uat"),
        because=WHO, **_deciding(_of_uat, "uat")),

    # Restores over the source, and copies in the same place: two persons (SOP-A4), apart from the main server ----------
    Act("one_person_restores_over_the_source", "SOP-A4", "it_manager", _restore_waits,
        lambda c, p: backups.agree_restore(restore=_wish(c), by=p), _restored(), **RESTORING),
    Act("one_person_gives_both_words", "SOP-A4", "it_manager", _restore_waits,
        lambda c, p: backups.agree_restore(restore=_wish(c), by=p),
        _restored(db_manager_id=lambda c, p: p.pk), **RESTORING),
    Act("agent_agrees_to_a_restore", "SOP-A4", "agent", _restore_waits,
        lambda c, p: backups.agree_restore(restore=_wish(c), by=p),
        _restored(db_manager_id=lambda c, p: p.pk), because=WHO, **RESTORING),
    Act("copy_in_the_same_place", "SOP-B4.4.2", "it_manager", _restore_waits, _same_place, _policy_in_place,
        page=lambda c: (reverse("backups:add-policy", args=[_wish(c).target_id]), _policy_fields(c)),
        api=lambda c: (reverse("backup-policy-list"), _policy_fields(c) | {"target": _wish(c).target_id})),

    Act("pause_that_no_policy_allows", "SOP-B4.3.1", "it_manager", _new_repair, _pause, _pauses, **PAUSING),
    Act("agent_pauses", "SOP-B4.3.1", "agent", _pausable, _pause, _pauses, because=WHO, **PAUSING),
    Act("foreign_manager_pauses", "SOP-B4.3.1", "foreign_it_manager", _pausable, _pause, _pauses, because=WHO, **PAUSING),
]  # fmt: skip


@pytest.fixture(params=ACTS, ids=str)
def act(request: pytest.FixtureRequest) -> Act:
    return request.param  # type: ignore[no-any-return]


def test_action_refuses(act: Act, cast: Cast) -> None:
    case, person = act.case(cast), cast[act.who]
    with unchanged(), pytest.raises((NotPossible, PermissionDenied)) as refusal, transaction.atomic():
        act.action(case, person)
    if act.because == WHO:
        assert refusal.type is PermissionDenied
    elif not act.because:
        assert isinstance(refusal.value, NotPossible)
        assert refusal.value.rule == act.clause


def test_postgres_refuses(act: Act, cast: Cast) -> None:
    case, person = act.case(cast), cast[act.who]
    statements = act.sql(case, person)
    with (
        unchanged(),
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        for statement, values in statements:
            cursor.execute(statement, values)
    said = refusal_of(refusal.value)
    assert said is not None, refusal.value
    assert (said.rule, bool(str(said))) == (act.clause, True)


def test_page_refuses(act: Act, cast: Cast) -> None:
    case = act.case(cast)
    address, fields = act.page(case)
    browser = Client()
    browser.force_login(cast.again(act.who))
    with unchanged():
        answer = browser.post(address, fields)
    if act.kindly:
        assert answer.status_code == 302
    else:
        _refused(act, answer.status_code, answer.content.decode())


def test_api_refuses(act: Act, cast: Cast) -> None:
    case = act.case(cast)
    address, fields = act.api(case)
    _token, secret = accounts.issue_token(user=cast[act.who], name="test", by=cast[act.who])
    call = Client().patch if "detail" in getattr(act.api, "name", "") else Client().post
    with unchanged():
        answer = call(
            address, json.dumps(fields), "application/json", headers={"Authorization": f"Token {secret}"}
        )
    _refused(act, answer.status_code, answer.content.decode())
    assert answer["Content-Type"].startswith("application/problem+json")
    if not act.because:
        assert answer.json()["rule"] == act.clause


def _refused(act: Act, status: int, body: str) -> None:
    """403, or 404 for what one does not even see (400 when the body names such a row); else 409 or 422 with the clause."""
    if act.because == WHO:
        assert status in (400, 403, 404), body
    else:
        assert status in (409, 422), body
        assert act.because or act.clause in body


def test_every_gate_of_the_story_is_in_the_table() -> None:
    assert {act.clause for act in ACTS} == {
        "SOP-A1", "SOP-A2", "SOP-A4", "SOP-A5", "SOP-A6", "SOP-B4.2.2", "SOP-B4.3.1", "SOP-B4.4.2", "SOP-B4.5",
    }  # fmt: skip


def test_other_servers_and_builds(cast: Cast) -> None:
    """The same gate from two more sides: a server of another system, a build that nobody signed."""
    case = _second_build(cast)
    newer = case.build_of("1.1")
    with pytest.raises(NotPossible) as refusal:
        devflow.deploy(build=newer, kind="production", by=cast.it_manager)  # type: ignore[arg-type]
    assert refusal.value.rule == "SOP-A2"  # it was never on Training; the earlier gate speaks first
    for clause, statements in (
        ("SOP-A2", _other_server(case, cast.agent)),
        ("SOP-A2", _deployment("production", lambda c: newer)(case, cast.it_manager)),
    ):
        with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(*statements[0])
        said = refusal_of(caught.value)
        assert said is not None
        assert said.rule == clause


def test_the_build_beside_the_signed_one_is_refused(cast: Cast) -> None:
    """Both builds were on Training; only 1.0 is signed, so 1.1 stays where it is (SOP-A6)."""
    case = reach(cast, "on_training")
    case.built("1.1")
    case.on_trial()
    case.on_training()
    case.tested()
    case.uat_submitted()
    case.signed()
    older = case.build_of("1.0")
    with pytest.raises(NotPossible) as refusal, transaction.atomic():
        devflow.deploy(build=older, kind="production", by=cast.it_manager)  # type: ignore[arg-type]
    assert refusal.value.rule == "SOP-A6"
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(*_deployment("production", lambda c: older)(case, cast.it_manager)[0])
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-A6"


def _approves_past_everybody(
    case: Case,
    *,
    person: Any,
    content: str = "",
    rule: int = 0,
    steps: str = "",
    barred: tuple[int, ...] | None = None,
    signs: bool = True,
) -> None:
    """Submit the BRM, name who decides, decide, and sign: all of it with SQL, with a text and a hash that fit each other."""
    form, asked = case.brm, case.cast.requester.pk
    barred = (form.requested_by_id, form.requester_id, asked) if barred is None else barred
    named = case.brm.policy.rules[rule]["steps"] if not steps else json.loads(steps)
    said = json.dumps(
        {"form": form.pk, "edition": 1, "title": form.title, "content": json.loads(content or json.dumps(form.content)),
         "steps": named}
    )  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT encode(sha256(convert_to(%s, 'UTF8')), 'hex')", [said])
        hash_ = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO approvals_edition (approval_id, number, rule, title, content, canonical, content_hash,"
            " submitted_by_id, submitted_at) VALUES (%s, 1, %s, %s, %s, %s, %s, %s, now())",
            [form.pk, rule, form.title, content or json.dumps(form.content), said, hash_, asked],
        )
        cursor.execute(
            "UPDATE approvals_approval SET state = 'pending', content_hash = %s, rule = %s, barred = %s,"
            " submitted_at = now() WHERE id = %s",
            [hash_, rule, list(barred), form.pk],
        )
        rows = []
        for position, step in enumerate(named, start=1):
            cursor.execute(
                "INSERT INTO approvals_step (approval_id, edition, position, roles, people, quorum, needed)"
                " VALUES (%s, 1, %s, %s, '{}', 'one', 1) RETURNING id",
                [form.pk, position, step["roles"]],
            )
            rows.append((cursor.fetchone()[0], step["roles"][0]))
        for row, role in rows:
            cursor.execute(
                "INSERT INTO approvals_decision (approval_id, edition, step_id, decided_by_id, as_role, outcome, reason,"
                " content_hash, decided_at) VALUES (%s, 1, %s, %s, %s, 'approve', '', %s, now()) RETURNING id",
                [form.pk, row, person.pk, role, hash_],
            )
            if signs:
                cursor.execute(
                    "INSERT INTO approvals_signature (decision_id, method, typed_name, image, content_hash,"
                    " consent_version, consent_text, factor, evidence, browser, signed_at)"
                    " VALUES (%s, 'typed', 'I', '', %s, '1', 'Yes', 'password', '{}', '', now())",
                    [cursor.fetchone()[0], hash_],
                )
        cursor.execute("UPDATE approvals_approval SET state = 'approved' WHERE id = %s", [form.pk])


def _steps(*roles: str) -> list[dict[str, Any]]:
    return [{"roles": [role], "people": [], "quorum": "one"} for role in roles]


def _director_alone(cast: Cast) -> Policy:
    rules = [{"when": {}, "steps": _steps("director")}]
    return approvals.publish(kind="brm", rules=rules, note="For a test.", by=cast.administrator, timing={})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "facts", "saying"),
    [
        ("director", {"steps": json.dumps(_steps("director"))}, "The text that is signed is not the form."),
        ("agent", {"steps": json.dumps(_steps("agent"))}, "The text that is signed is not the form."),
        (
            "director",
            {"steps": "", "content": '{"estimate_hours": "24"}'},
            "What is submitted is kept exactly as it is.",
        ),
        (
            "director",
            {"steps": "", "barred": ()},
            "Nobody decides on what they asked for or built themselves.",
        ),
        ("agent", {"steps": ""}, "This person is not asked by this step."),
        ("director", {"steps": ""}, "This person is not asked by this step."),  # the Board's step
    ],
)
def test_nobody_chooses_who_decides_on_a_brm(
    who: str, facts: dict[str, Any], saying: str, cast: Cast
) -> None:
    """Weaker steps, another rule, another text, nobody barred: the gate asks for what the policy asks for (SOP-A5)."""
    case = reach(cast, "brm_written", hours=24)
    with unchanged(), pytest.raises(IntegrityError) as caught:
        _approves_past_everybody(case, person=cast[who], **facts)
    said = refusal_of(caught.value)
    assert said is not None
    assert (said.rule, str(said)) == ("SOP-A5", saying)


def test_an_approval_without_a_signature_is_none(cast: Cast) -> None:
    """Where the Director alone decides, the Director signs (SOP-A5)."""
    _director_alone(cast)
    case = reach(cast, "brm_written", hours=24)
    with pytest.raises(IntegrityError) as caught:
        _approves_past_everybody(case, person=cast.director, signs=False)
    said = refusal_of(caught.value)
    assert said is not None
    assert (said.rule, str(said)) == ("SOP-A5", "An approval is signed.")
    _approves_past_everybody(case, person=cast.director)
    assert case.brm.state == "approved"


@pytest.mark.parametrize("who", ["agent", "it_manager", "director", "requester", None])
def test_nobody_but_an_administrator_publishes_a_weaker_policy(who: str | None, cast: Cast) -> None:
    """Neither by the action nor with SQL, also not as nobody (SOP-A5)."""
    rules = [{"when": {}, "steps": _steps("it_manager", "director")}]
    _ = cast[who or "agent"]
    if who is not None:
        with unchanged(), pytest.raises(PermissionDenied):
            approvals.publish(kind="brm", rules=rules, note="Weaker.", by=cast[who], timing={})  # type: ignore[arg-type]
    with unchanged(), pytest.raises(IntegrityError) as caught, transaction.atomic():
        Policy.objects.create(
            kind="brm", threshold_hours=1000, man_day_hours=7, rules=rules, published_by=who and cast[who]
        )
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-A5"


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{"when": {}, "steps": []}],
        [{"when": {}, "steps": _steps("it_manager")}],
        [{"when": {"hours_up_to": "100"}, "steps": _steps("director")}],
        [{"when": {}, "steps": [{"roles": [], "people": [], "quorum": "one"}]}],
    ],
)
def test_not_even_an_administrator_leaves_director_and_board_out(
    rules: list[dict[str, Any]], cast: Cast
) -> None:
    by = cast.administrator
    with unchanged(), pytest.raises(NotPossible):
        approvals.publish(kind="brm", rules=rules, note="Weaker.", by=by, timing={})  # type: ignore[arg-type]
    with unchanged(), pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(kind="brm", threshold_hours=20, man_day_hours=7, rules=rules, published_by=by)


def test_a_form_keeps_its_policy_and_its_history(cast: Cast) -> None:
    """Another policy under an open form, a form under an old policy, rewritten versions: all refused (SOP-A5)."""
    case = reach(cast, "brm_submitted", hours=24)
    newer = _director_alone(cast)
    form = case.brm
    attacks = [
        ("UPDATE approvals_approval SET policy_id = %s WHERE id = %s", [newer.pk, form.pk]),
        ("UPDATE approvals_approval SET rule = 1 WHERE id = %s", [form.pk]),
        ("UPDATE approvals_approval SET barred = '{}' WHERE id = %s", [form.pk]),
        ("UPDATE approvals_approval SET edition = 2 WHERE id = %s", [form.pk]),
        ("UPDATE approvals_approval SET state = 'draft', edition = 2 WHERE id = %s", [form.pk]),
        ("UPDATE approvals_approval SET state = 'superseded', superseded_reason = 'x' WHERE id = %s", [form.pk]),
        ("UPDATE approvals_edition SET content = '{}' WHERE approval_id = %s", [form.pk]),
        ("DELETE FROM approvals_edition WHERE approval_id = %s", [form.pk]),
        ("UPDATE approvals_step SET needed = 1 WHERE approval_id = %s", [form.pk]),
        ("DELETE FROM approvals_step WHERE approval_id = %s", [form.pk]),
        ("UPDATE approvals_policy SET rules = '[]' WHERE id = %s", [newer.pk]),
        ("DELETE FROM approvals_policy WHERE id = %s", [newer.pk]),
        ("INSERT INTO approvals_step (approval_id, edition, position, roles, people, quorum, needed)"
         " VALUES (%s, 1, 3, '{agent}', '{}', 'one', 1)", [form.pk]),
    ]  # fmt: skip
    for statement, values in attacks:
        with unchanged(), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)


def test_a_development_stays_with_its_system(cast: Cast) -> None:
    """What was tested on one system's Training is not released to another's Production (SOP-A2)."""
    case, other = reach(cast, "signed"), system("Payroll")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        DevelopmentRequest.objects.filter(pk=case.request.pk).update(system=other)
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-A2"


def test_a_released_development_stays_released(cast: Cast) -> None:
    """Past the actions PostgreSQL speaks of the stage first; every other door names the clause (SOP-A6)."""
    case = reach(cast, "done")
    with pytest.raises(NotPossible) as refusal:
        tickets.reopen(ticket=case.ticket, text="Again.", by=cast.requester)
    assert refusal.value.rule == "SOP-A6"
    browser = Client()
    browser.force_login(cast.again("requester"))
    answer = browser.post(reverse("tickets:reopen", args=[case.pk]), {"text": "Again."})
    assert answer.status_code == 409
    assert "SOP-A6" in answer.content.decode()
    for columns in ({"status": "in_progress"}, {"status": "in_progress", "kind": "troubleshooting"}):
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            Ticket.objects.filter(pk=case.pk).update(**columns)
        assert refusal_of(caught.value) is not None


def test_a_server_keeps_its_kind(cast: Cast) -> None:
    """Trial is not renamed to Training, not even by the administration (SOP-A2)."""
    server = system().environments.get(kind="trial")
    with pytest.raises(DatabaseError), transaction.atomic():
        type(server).objects.filter(pk=server.pk).update(kind="training")
    form = modelform_factory(type(server), ServerForm, fields=["kind", "address"])
    typed = form({"kind": "production", "address": server.address}, instance=server)
    assert typed.is_valid()
    assert typed.cleaned_data["kind"] == "trial"


def test_maintenance_is_at_least_monthly_by_every_door(cast: Cast) -> None:
    """Action, page, API and SQL refuse a plan of less than once a month, all with the clause (SOP-B4.1.2)."""
    _ = cast.other_agent
    kept = stage.plan(cast)
    with unchanged(), pytest.raises(NotPossible) as refusal:
        stage.plan(cast, times_a_month=0)
    assert refusal.value.rule == "SOP-B4.1.2"
    browser = Client()
    browser.force_login(cast.it_manager)
    typed = {
        "name": "Rarely", "type": kept.type_id, "times_a_month": 0, "lines": "Dust", "workers": [cast.agent.pk],
    }  # fmt: skip
    answer = browser.post(reverse("inventory:new-plan"), typed)
    assert (answer.status_code, "SOP-B4.1.2" in answer.content.decode()) == (409, True)
    sent = json.dumps({**typed, "lines": [{"text": "Dust"}]})
    answer = browser.post(reverse("maintenance-plan-list"), sent, content_type="application/json")
    assert (answer.status_code, answer.json()["rule"]) == (409, "SOP-B4.1.2")
    with unchanged(), pytest.raises(IntegrityError) as caught, transaction.atomic():
        type(kept).objects.filter(pk=kept.pk).update(times_a_month=0)
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-B4.1.2"


def test_what_was_signed_for_gets_no_other_holder_by_any_door(cast: Cast) -> None:
    """Action, page, API and SQL refuse, all with the clause; only a signed return opens it (SOP-B4.1.1)."""
    thing, other = stage.asset(cast), cast.colleague
    stage.decides(stage.handed(cast, thing, cast.requester), cast.requester)
    with unchanged(), pytest.raises(NotPossible) as refusal:
        inventory.change(asset=thing, holder=other, by=cast.agent)
    assert refusal.value.rule == "SOP-B4.1.1"
    browser = Client()
    browser.force_login(cast.agent)
    typed = {"place": f"b{thing.branch_id}", "holder": other.email}
    answer = browser.post(reverse("inventory:change", args=[thing.pk]), typed)
    assert (answer.status_code, "SOP-B4.1.1" in answer.content.decode()) == (409, True)
    for method, name, body in (
        (browser.patch, "asset-detail", {"holder": other.pk}),
        (browser.post, "asset-put-in-stock", {"reason": "Because."}),
    ):
        answer = method(reverse(name, args=[thing.pk]), json.dumps(body), content_type="application/json")
        assert (answer.status_code, answer.json()["rule"]) == (409, "SOP-B4.1.1")
    with unchanged(), pytest.raises(IntegrityError) as caught, transaction.atomic():
        connection.cursor().execute(
            "UPDATE inventory_asset SET holder_id = %s WHERE id = %s", [other.pk, thing.pk]
        )
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-B4.1.1"


def test_only_the_head_of_the_branch_signs_its_stock_take(cast: Cast) -> None:
    """By action, page, API and SQL (SOP-B4.1.1)."""
    _ = cast.branch_head
    counted = inventory.end_count(take=stage.take(cast), by=cast.branch_head)
    shown, by = counted.content_hash, cast.it_manager
    proof = cast.proof("it_manager", shown)
    with unchanged(), pytest.raises(PermissionDenied):
        inventory.sign_count(take=counted, proof=proof, name="Me", shown=shown, by=by)
    browser = Client()
    browser.force_login(by)
    typed = {"shown": shown, "name": "Me", "password": PASSWORD}
    assert browser.post(reverse("inventory:sign-take", args=[counted.pk]), typed).status_code == 403
    sent = json.dumps(typed)
    answer = browser.post(
        reverse("stock-take-sign", args=[counted.pk]), sent, content_type="application/json"
    )
    assert answer.status_code == 403
    statement = (
        "UPDATE inventory_stocktake SET state = 'signed', signed_by_id = %s, signed_at = now() WHERE id = %s"
    )
    with unchanged(), pytest.raises(IntegrityError) as caught, transaction.atomic():
        connection.cursor().execute(statement, [by.pk, counted.pk])
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-B4.1.1"
