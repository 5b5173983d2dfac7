# ruff: noqa: E501 - a table or a sentence reads better on one line
"""A year in two seconds: every move, every event and every subscriber of the product happens once.

Contract tests look at what is left behind: a transition, an event type or a subscriber that is missing here is one
that nobody ever saw at work.
"""

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts import actions as accounts
from accounts.enums import Role
from approvals import actions as approvals
from approvals.rules import BRM_REQUIRED
from clocks import actions as clocks
from devflow import actions as devflow
from events import actions as events
from events.enums import LedgerEvent
from events.models import Delivery
from tests.cast import Cast
from tests.stages import Case, plain, reach, system
from tickets import actions as tickets


def everything(cast: Cast, *, then: Callable[[], Any] = lambda: None) -> dict[str, Case]:
    """Play it all; `then` runs between the acts. The cases, by what became of them."""
    cast.everybody()
    cases = {}
    for name, play in ACTS.items():
        cases[name] = play(cast)
        then()
    return cases


def _repair(cast: Cast) -> Case:
    case = plain(cast, "accepted")
    tickets.answer(
        ticket=case.ticket, text="Tomorrow.", by=cast.agent, uploads=[("note.txt", io.BytesIO(b"text"))]
    )
    tickets.note(ticket=case.ticket, text="Same disk as last week.", by=cast.agent)
    tickets.assign(ticket=case.ticket, assignee=cast.other_agent, by=cast.it_manager)
    tickets.assign(ticket=case.ticket, assignee=cast.agent, by=cast.it_manager)
    tickets.start(ticket=case.ticket, by=cast.agent)
    tickets.estimate(ticket=case.ticket, hours=Decimal(3), reason="Two disks.", by=cast.agent)
    tickets.hand_over(ticket=case.ticket, text="Please try.", by=cast.agent)
    tickets.send_back(ticket=case.ticket, text="Still slow.", by=cast.requester)
    tickets.hand_over(ticket=case.ticket, text="And now?", by=cast.agent)
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    return case


def _rejected(cast: Cast) -> Case:
    case = plain(cast, "opened")
    tickets.reject(ticket=case.ticket, reason="The leasing company repairs it.", by=cast.it_manager)
    return case


def _cancelled(cast: Cast) -> Case:
    case = plain(cast, "opened")
    tickets.cancel(ticket=case.ticket, by=cast.requester)
    return case


def _late(cast: Cast) -> Case:
    case = plain(cast, "opened")
    clocks.sweep(now=timezone.now() + timedelta(hours=3))
    clocks.stop(
        promise="response", subject=case.ticket, by=cast.agent, at=timezone.now() + timedelta(hours=4)
    )  # type: ignore[arg-type]
    return case


def _in_time(cast: Cast) -> Case:
    case = plain(cast, "opened")
    tickets.answer(ticket=case.ticket, text="We look at it now.", by=cast.agent)
    return case


def _small(cast: Cast) -> Case:
    return reach(cast, "done")


def _held(cast: Cast) -> Case:
    return reach(cast, "done", hours=24)


def _refused(cast: Cast) -> Case:
    case = reach(cast, "brm_submitted", hours=24)
    case.decide(case.brm, "director", outcome="refuse", reason="Not this year.")
    devflow.open_brm(request=case.request, by=cast.agent)
    approvals.withdraw(approval=case.brm, by=cast.agent)
    return case


def _failed(cast: Cast) -> Case:
    """The user refuses the test; the next deployment fails, then a new build replaces the first."""
    case = reach(cast, "on_training")
    case.tested(result="failed")
    case.uat_submitted()
    case.decide(case.uat, "requester", outcome="refuse", reason="It prints nothing.")
    case.built("1.1")
    devflow.deploy(build=case.build, kind="trial", by=cast.agent, result="failed", notes="Disk full.")  # type: ignore[arg-type]
    case.on_trial()
    case.on_training()
    case.built("1.2")
    case.on_trial()
    case.on_training()
    return case


def _grown(cast: Cast) -> Case:
    case = reach(cast, "on_trial")
    case.book("21.5")
    content = {field: "Because." for field in BRM_REQUIRED if field != "estimate_hours"}
    approvals.save_draft(approval=case.brm, content=content, version=case.brm.version, by=cast.requester)
    return case


def _people(cast: Cast) -> Case:
    today = timezone.localdate()
    held = accounts.grant_role(user=cast.colleague, role=Role.AGENT, by=cast.administrator)
    accounts.revoke_role(held=held, by=cast.administrator)
    accounts.name_substitute(
        absent=cast.db_manager,
        substitute=cast.other_agent,
        first=today,
        last=today,
        reason="Leave",
        by=cast.db_manager,
    )
    token, _secret = accounts.issue_token(user=cast.agent, name="script", by=cast.agent)
    accounts.revoke_token(token=token, by=cast.agent)
    accounts.set_preferences(user=cast.agent, language="en")
    return Case(cast)


def _queue(cast: Cast) -> Case:
    """A delivery that was given up and is asked for again; a change of reference data, as the administration writes it."""
    case = plain(cast, "opened")
    delivery = Delivery.objects.filter(event__subject_id=case.pk, state="pending")[0]
    delivery.state = "dead"
    delivery.save()
    events.retry(delivery=delivery, by=cast.it_manager)
    events.record(LedgerEvent.REFERENCE_CHANGED, system(), by=cast.administrator, what="HRIS", fields="name")
    return case


ACTS: dict[str, Callable[[Cast], Case]] = {
    "repair": _repair, "rejected": _rejected, "cancelled": _cancelled, "late": _late, "in_time": _in_time,
    "small": _small, "held": _held, "refused": _refused, "failed": _failed, "grown": _grown, "people": _people,
    "queue": _queue,
}  # fmt: skip
