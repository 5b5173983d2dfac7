# ruff: noqa: E501 - a table or a sentence reads better on one line
"""How far a request has come, reached by the actions alone: no fixture can be impossible."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from approvals import actions as approvals
from approvals.actions import Ink
from approvals.enums import Kind as FormKind
from approvals.models import Approval
from approvals.rules import BRM_REQUIRED
from devflow import actions as devflow
from devflow.enums import HOURS_OF_A_DAY, RISKS
from devflow.models import Build, DevelopmentRequest, Environment, HourEntry, System
from tests.cast import Cast
from tests.harness.database import unguarded
from tickets import actions as tickets
from tickets.enums import Channel, Kind, Priority
from tickets.models import Ticket

ORDER = (
    "opened", "accepted", "planned", "started", "built", "on_trial", "on_training", "tested", "uat_submitted", "signed",
    "done",
)  # fmt: skip
HELD_ORDER = (
    "opened",
    "accepted",
    "planned",
    "brm_written",
    "brm_submitted",
    "director_signed",
    "brm_approved",
)


def system(name: str = "HRIS") -> System:
    """An application with its three servers."""
    made, new = System.objects.get_or_create(name=name)
    if new:
        for kind in ("trial", "training", "production"):
            Environment.objects.create(system=made, kind=kind, address=f"https://{kind}.hris.example/")
    return made


class Case:
    """One request and everything that hangs on it; every attribute is read afresh."""

    def __init__(self, cast: Cast, *, hours: Decimal | int | None = 8, kind: Kind = Kind.DEVELOPMENT) -> None:
        self.cast, self.hours, self.kind = cast, hours, kind
        self.requester, self.assignee, self.title = "requester", "agent", "Stock report per warehouse"
        self.pk = 0
        for name in ("requester", "agent", "it_manager", "director", "board"):
            _ = cast[name]  # whoever is told must exist before it happens

    @property
    def ticket(self) -> Ticket:
        """The ticket."""
        return Ticket.objects.with_list_columns().get(pk=self.pk)

    @property
    def request(self) -> DevelopmentRequest:
        """Its development."""
        return DevelopmentRequest.objects.with_list_columns().get(ticket_id=self.pk)

    @property
    def build(self) -> Build:
        """The newest build."""
        return Build.objects.for_rules().filter(request__ticket_id=self.pk).order_by("-pk")[0]

    def build_of(self, version: str) -> Build:
        """The build of this version."""
        return Build.objects.for_rules().get(request__ticket_id=self.pk, version=version)

    @property
    def brm(self) -> Approval:
        """The newest BRM."""
        request = DevelopmentRequest.objects.only("pk").get(ticket_id=self.pk)
        return Approval.objects.about(request).filter(kind=FormKind.BRM)[0]

    @property
    def uat(self) -> Approval:
        """The newest UAT."""
        return Approval.objects.in_case(self.ticket).filter(kind=FormKind.UAT).order_by("-pk")[0]

    # Verbs, each by whoever does it in the SOP ---------------------------------------------------------------

    def opened(self) -> None:
        """Asked, in the triage queue."""
        self.pk = tickets.open_ticket(
            kind=self.kind, title="Stock report per warehouse", description="We count by hand.",
            by=self.cast[self.requester], channel=Channel.BROWSER,
        ).pk  # fmt: skip

    def accepted(self) -> None:
        """Received by the IT Manager."""
        hours = None if self.hours is None else Decimal(self.hours)
        tickets.accept(
            ticket=self.ticket, priority=Priority.HIGH, assignee=self.cast[self.assignee], by=self.cast.it_manager,
            estimate_hours=hours,
        )  # fmt: skip

    def planned(self) -> None:
        """It is known which system is changed."""
        devflow.plan(request=self.request, system=system(), by=self.cast[self.assignee])
        devflow.prepare(
            request=self.request, by=self.cast[self.assignee], risks=dict.fromkeys(RISKS, False),
            rollback_plan="The build before it is put back.",
        )  # fmt: skip

    def brm_written(self) -> None:
        """Every answer of the BRM is there."""
        brm = self.brm
        content = {field: "Because." for field in BRM_REQUIRED if field != "estimate_hours"}
        approvals.save_draft(approval=brm, content=content, version=brm.version, by=self.cast[self.requester])

    def brm_submitted(self) -> None:
        """The Director is asked."""
        approvals.submit(approval=self.brm, by=self.cast[self.requester])

    def director_signed(self) -> None:
        """The Board is asked."""
        self.decide(self.brm, "director")

    def brm_approved(self) -> None:
        """The work may begin."""
        self.decide(self.brm, "board")

    def started(self) -> None:
        """On Trial, no build yet."""
        devflow.start(request=self.request, by=self.cast[self.assignee])

    def built(self, version: str = "1.0") -> None:
        """A build is registered."""
        devflow.register_build(request=self.request, version=version, by=self.cast[self.assignee])

    def on_trial(self) -> None:
        """It runs on Trial."""
        devflow.deploy(build=self.build, kind="trial", by=self.cast[self.assignee])  # type: ignore[arg-type]

    def on_training(self) -> None:
        """It runs on Training; the UAT is open."""
        devflow.deploy(
            build=self.build, kind="training", by=self.cast[self.assignee], scenarios=("Print", "Export")
        )  # type: ignore[arg-type]

    def tested(self, *, result: str = "passed") -> None:
        """The requester has run every scenario."""
        uat = self.uat
        results = [(result, "") for _ in uat.content["scenarios"]]
        approvals.record_results(approval=uat, results=results, by=self.cast[self.requester])

    def uat_submitted(self) -> None:
        """The requester is asked to sign."""
        approvals.submit(approval=self.uat, by=self.cast[self.requester])

    def signed(self) -> None:
        """The UAT is signed: ready for Production."""
        self.decide(self.uat, self.requester)

    def done(self) -> None:
        """Released."""
        devflow.deploy(build=self.build, kind="production", by=self.cast.it_manager)  # type: ignore[arg-type]

    def decide(self, form: Approval, name: str, **facts: Any) -> Approval:
        """Somebody decides on the form as it stands."""
        given = {
            "outcome": "approve", "proof": self.cast.proof(name, form.content_hash), "shown_hash": form.content_hash,
            "ink": Ink(typed_name=self.cast[name].name), "by": self.cast[name],
        }  # fmt: skip
        return approvals.decide(approval=form, **(given | facts))

    def agree(self, *names: str) -> None:
        """They give their word on the emergency fix of the newest build, each with a fresh proof."""
        for name in names:
            shown = self.build.emergency.content_hash
            proof = self.cast.proof(name, shown)
            devflow.agree_emergency(build=self.build, by=self.cast[name], proof=proof, shown_hash=shown)

    def book(self, hours: Decimal | int | str, *, by: User | None = None) -> HourEntry:
        """Hours of today, or of the last day of this person that has room for them."""
        person, day = by or self.cast[self.assignee], timezone.localdate()
        while HourEntry.objects.of_day(person, day) + Decimal(hours) > HOURS_OF_A_DAY:
            day -= timedelta(days=1)
        return devflow.book_hours(
            request=self.request, hours=Decimal(hours), day=day, note="worked", by=person
        )


def aged(case: Case, seat: str, days: int = 2) -> None:
    """The word in this seat of an emergency fix was given so long ago: history that only the owner rewrites."""
    with unguarded("devflow_emergencyfix") as cursor:
        cursor.execute(
            f"UPDATE devflow_emergencyfix SET {seat}_agreed_at = {seat}_agreed_at - interval '{days} days' WHERE id = %s",
            [case.build.emergency.pk],
        )


def crowd(case: Case, many: int, *, tied: bool = True) -> None:
    """So many copies of a request, each joined with the one before, or all linked with it; past the actions."""
    names = [f.column for f in Ticket._meta.concrete_fields if f.column != "id"]
    facts = {"estimate_hours": "NULL::numeric"}
    if not tied:
        facts |= {"merged_into_id": "CASE WHEN g = 1 THEN k.id ELSE 999999 + g END", "status": "'cancelled'"}
    values = ", ".join(facts.get(name, f'k."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    with unguarded("tickets_ticket", "tickets_tie") as cursor:
        cursor.execute(
            f"INSERT INTO tickets_ticket (id, {columns}) SELECT 1000000 + g, {values}"
            " FROM tickets_ticket k, generate_series(1, %s) g WHERE k.id = %s",
            [many, case.pk],
        )
        cursor.execute(
            "INSERT INTO tickets_tie (first_id, second_id, kind, added_by_id, added_at)"
            " SELECT %s, 1000000 + g, 'purpose', %s, now() FROM generate_series(1, %s) g WHERE %s",
            [case.pk, case.cast.agent.pk, many, tied],
        )


def reach(
    cast: Cast,
    stage: str,
    *,
    hours: Decimal | int | None = 8,
    then: Callable[[], Any] = lambda: None,
    **facts: Any,
) -> Case:
    """A development that has come as far as `stage`; from 20 hours on by way of its BRM. `then` runs after every step."""
    case = Case(cast, hours=hours, **facts)
    held = hours is not None and hours > 20
    order = HELD_ORDER + ORDER[3:] if held else ORDER
    for step in order[: order.index(stage) + 1]:
        getattr(case, step)()
        then()
    return case


def plain(cast: Cast, stage: str, *, kind: Kind = Kind.TROUBLESHOOTING) -> Case:
    """A repair or a data update as far as `stage`: opened, accepted, started, handed_over, confirmed."""
    case = Case(cast, kind=kind)
    steps = {
        "opened": case.opened,
        "accepted": case.accepted,
        "started": lambda: tickets.start(ticket=case.ticket, by=cast.agent),
        "handed_over": lambda: tickets.hand_over(ticket=case.ticket, text="Please try.", by=cast.agent),
        "confirmed": lambda: tickets.confirm(ticket=case.ticket, by=cast.requester),
    }
    for name, step in steps.items():
        step()
        if name == stage:
            return case
    raise KeyError(stage)
