# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Two branches with the same things in them: whoever belongs to one must not find the other."""

import io
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.utils import timezone
from PIL import Image

from accounts import actions as accounts
from accounts.enums import TimeZone
from accounts.models import ApiToken, Branch, Team, User
from approvals import actions as approvals
from approvals.models import Approval, CaseFile, FormFile, Policy, Sealing
from backups import actions as backups
from backups.enums import RepositoryKind, Rhythm, RunKind, RunState, TargetKind
from backups.models import BackupPolicy, MonthlyReport, Repository, Restore, Run, Snapshot, Target
from clocks import actions as clocks
from clocks.enums import Promise
from clocks.models import Calendar, Clock, ClockPolicy
from devflow import actions as devflow
from devflow.enums import EnvironmentKind
from devflow.models import Build, DevelopmentRequest, Freeze, HourEntry, Release, System, Window
from events import actions as events
from events.enums import LedgerEvent
from events.models import Delivery, Seal
from events.subjects import Subject
from integrations.agents import actions as agents
from integrations.agents.models import AgentKey, Machine, Report, Weakness
from integrations.mailbox import actions as mailbox
from integrations.mailbox.models import Message
from integrations.monday.enums import LinkState, Matter, StrayState
from integrations.monday.models import Difference, Link, Remark, Stray
from inventory import actions as inventory
from inventory.models import (
    Asset,
    AssetFile,
    AssetImport,
    AssetType,
    Handover,
    MaintenancePlan,
    MaintenanceTask,
    Renewable,
    RenewableFile,
    Room,
    SoftwareTitle,
    StockTake,
)
from notifications.models import Mail, Notification
from tests.agents import bodies
from tests.cast import PEOPLE, Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import deliver
from tests.inventory import stage
from tests.mailbox import letters
from tests.stages import HELD_ORDER, ORDER, Case
from tickets import actions as tickets
from tickets.enums import Kind
from tickets.models import Attachment, Comment, Draft, Guide, SavedView, Ticket

GROUP_IT = {"agent", "other_agent", "it_manager", "db_manager"}
GROUP_READERS = GROUP_IT | {"auditor"}
GROUP_DECIDERS = {"director", "board"}


@dataclass(frozen=True)
class Side:
    """One branch: its people by what they are there, and one row of everything."""

    marker: str
    requester: str
    head: str
    it: set[str]  # IT staff of this branch and of the whole group
    managers: set[str]
    worker: str
    deciders: set[str]
    directors: set[str]
    ticket: Ticket
    fresh: Ticket  # in the triage queue
    request: DevelopmentRequest
    build: Build
    brm: Approval  # waits for the Director
    approved: Approval  # the approved BRM, with its document
    uat: Approval  # a draft: not yet tested
    form_file: FormFile  # evidence of that test
    draft: Draft
    draft_file: Attachment
    file: Attachment
    note_file: Attachment
    comment: Comment
    note: Notification
    delivery: Delivery
    mail: Mail
    paper: Sealing  # given up
    case_file: CaseFile  # of the ticket, asked for by the IT Manager
    token: ApiToken
    letter: Message  # set aside: nobody knows who wrote it
    guide: Guide
    clock: Clock  # of the ticket
    calendar: Calendar  # of both branches
    approval_policy: Policy  # for all
    seal: Seal  # of the whole ledger
    own_policy: ClockPolicy  # a promise of this branch alone
    view: SavedView
    window: Window  # of the system, at all hours
    freeze: Freeze  # long after these tests
    link: Link  # of the ticket, given up
    difference: Difference  # of this link
    remark: Remark  # given up
    stray: Stray  # nobody here is known as who made it
    backup_target: Target  # the same for both branches, and so are the six below
    repository: Repository
    backup_policy: BackupPolicy
    backup_run: Run  # good, with a copy
    snapshot: Snapshot
    restore: Restore  # over its source; waits for the Database Manager
    backup_report: MonthlyReport  # acknowledged by nobody
    machine: Machine  # waits for admission
    ours: Machine  # admitted
    report: Report  # of the machine that waits
    agent_key: AgentKey
    handover: Handover  # waits for the requester's signature
    asset: Asset  # in the room, held by the requester
    room: Room
    take: StockTake  # being counted
    counted: StockTake  # waits for the head of the branch
    task: MaintenanceTask
    plan: MaintenancePlan  # of both branches
    asset_file: AssetFile
    job: AssetImport  # of the IT Manager, checked
    renewable: Renewable  # a licence of the branch
    renewable_file: RenewableFile
    certificate: Renewable
    software_title: SoftwareTitle  # the same on both assets
    release: Release  # of another build of this branch, which is signed
    hour_entry: HourEntry  # of the worker

    @property
    def system(self) -> System:
        """The one that is changed, the same for both branches."""
        return self.request.system

    @property
    def workers(self) -> set[str]:
        """Who moves the development."""
        return {self.worker} | self.managers

    @property
    def people(self) -> set[str]:
        """Whose home this branch is, or who heads it."""
        return {name for name, (_full, _role, _area, home) in PEOPLE.items() if home == self.code}

    @property
    def holder(self) -> User:
        """Who holds the asset."""
        assert self.asset.holder is not None
        return self.asset.holder

    @property
    def secrets(self) -> list[tuple[set[str], str]]:
        """What stands on pages of this branch, and who alone may read it."""
        return [(self.readers, self.marker), (self.people | self.it | {"auditor"}, f"Thing{self.code}")]

    @property
    def asset_type(self) -> AssetType:
        """Of the asset, the same for both branches."""
        return self.asset.type

    @property
    def code(self) -> str:
        """Of the branch."""
        return self.asset.branch.code

    @property
    def readers(self) -> set[str]:
        """Who reads a request of this branch: its people in the case, IT, auditors, deciders of its forms."""
        return {self.requester, self.head, "auditor"} | self.it | self.deciders


def side(
    cast: Cast, *, marker: str, requester: str, worker: str, head: str, foreign: set[str] = frozenset()
) -> Side:  # type: ignore[assignment]
    """Play what one branch has; `foreign` are people whose roles are for this branch alone."""
    case = _developed(cast, marker, requester, worker)
    waiting = _waiting(cast, marker, requester, worker)
    files = _files(cast, marker, case.ticket, requester, worker)
    case_file = approvals.ask_case_file(case=Subject.of(case.ticket), by=cast.it_manager)
    deliver()
    case_file.refresh_from_db()
    note = Notification.objects.filter(person=cast[requester], mail__isnull=False).order_by("-pk")[0]
    token, _secret = accounts.issue_token(user=cast[requester], name=marker, by=cast[requester])
    managers = {"it_manager"} | (foreign & {"foreign_it_manager"})
    directors = {"director"} | (foreign & {"foreign_director"})
    return Side(
        marker=marker, requester=requester, head=head, case_file=case_file, worker=worker, it=GROUP_IT | (foreign & {"foreign_agent", "foreign_it_manager"}),
        managers=managers, directors=directors, deciders=GROUP_DECIDERS | directors, ticket=case.ticket,
        fresh=_fresh(cast, marker, requester), letter=stray_letter(), request=case.request, build=case.build, brm=waiting.brm, approved=case.brm,
        uat=case.uat, form_file=_evidence(cast, marker, case, requester), note=note, token=token,
        clock=Clock.objects.of(case.ticket, "response").get(), calendar=_calendar(), approval_policy=Policy.objects.current("brm"), seal=_seal(),
        own_policy=_own_policy(case.ticket.branch),
        view=tickets.save_view(name=f"{marker} list", query="status=all", by=cast[requester]),
        release=_release(cast, marker, requester, worker), hour_entry=case.book(1), **_times(case.request.system, cast), **_backups(cast), guide=Guide.objects.create(title="Paper jam", text="Open the flap."), **files, **_dead(case.ticket, note),
        **mirrored(case.ticket, marker),
        **_agents(cast, marker, case.ticket.branch),
        **_inventory(cast, marker, requester, case.ticket.branch.code),
    )  # fmt: skip


def _evidence(cast: Cast, marker: str, case: Case, requester: str) -> FormFile:
    shot = io.BytesIO()
    Image.new("RGB", (2, 2)).save(shot, "PNG")
    shot.seek(0)
    return approvals.attach_evidence(
        approval=case.uat, number=0, name=f"{marker}.png", file=shot, by=cast[requester]
    )


def _case(cast: Cast, marker: str, requester: str, worker: str) -> Case:
    case = Case(cast, hours=24)
    case.title, case.requester, case.assignee = f"{marker} report", requester, worker
    return case


def _developed(cast: Cast, marker: str, requester: str, worker: str) -> Case:
    case = _case(cast, marker, requester, worker)
    steps = HELD_ORDER + ORDER[3:]
    for step in steps[: steps.index("on_training") + 1]:
        getattr(case, step)()
    Ticket.objects.filter(pk=case.pk).update(start_date=date(2026, 11, 2), finish_date=date(2026, 11, 9))
    return case


def _waiting(cast: Cast, marker: str, requester: str, worker: str) -> Case:
    case = _case(cast, marker, requester, worker)
    for step in HELD_ORDER[: HELD_ORDER.index("brm_submitted") + 1]:
        getattr(case, step)()
    return case


def _fresh(cast: Cast, marker: str, requester: str) -> Ticket:
    case = Case(cast, kind=Kind.TROUBLESHOOTING)
    case.title, case.requester = f"{marker} printer", requester
    case.opened()
    return case.ticket


def stray_letter() -> Message:
    """A letter of a stranger: set aside."""
    message, _new = mailbox.keep(
        raw=io.BytesIO(letters.letter()), mailbox="world", received_at=timezone.now()
    )
    mailbox.settle()
    return Message.objects.get(pk=message.pk)


def _agents(cast: Cast, marker: str, branch: Branch) -> dict[str, Any]:
    """A machine that waits, one that is ours and has something wrong, and the key by which they report."""
    key, _secret = agents.issue_key(branch=branch, by=cast.it_manager)
    waiting = _reported(key, f"{marker}-new")
    ours = agents.admit(
        machine=_machine_of(_reported(key, f"Thing{branch.code}-ours")), type=_pc(), by=cast.it_manager
    )
    Weakness.objects.get_or_create(machine=ours, kind="firewall_off", defaults={"since_at": timezone.now()})
    return {"machine": _machine_of(waiting), "ours": ours, "report": waiting, "agent_key": key}


def _reported(key: AgentKey, name: str) -> Report:
    raw = bodies.as_xml(device=name, name=name, serial=f"S-{name}")
    report, _new = agents.keep(raw=io.BytesIO(raw), key=key, agent_id=name)
    agents.settle()
    return Report.objects.get(pk=report.pk)


def _machine_of(report: Report) -> Machine:
    assert report.machine is not None
    return report.machine


def _pc() -> AssetType:
    return AssetType.objects.get_or_create(name="PC", defaults={"prefix": "PC"})[0]


def machines(cast: Cast, times: int) -> None:
    """Machines of both branches with something wrong, each of an agent of its own, and keys."""
    for branch in [cast.bandung, cast.denpasar] * times:
        number = Report.objects.count()
        key, _secret = agents.issue_key(branch=branch, by=cast.it_manager)
        _reported(key, f"pc-new-{number}")
        ours = _machine_of(_reported(key, f"pc-{number}"))
        ours = agents.admit(machine=ours, type=_pc(), by=cast.it_manager)
        Weakness.objects.create(machine=ours, kind="unencrypted", about="C:", since_at=timezone.now())


def _files(cast: Cast, marker: str, ticket: Ticket, requester: str, worker: str) -> dict[str, Any]:
    def upload() -> Any:
        return io.BytesIO(f"{marker} file".encode())

    answer = tickets.answer(
        ticket=ticket, text=f"{marker} answer", by=cast[requester], uploads=[(f"{marker}.txt", upload())]
    )
    note = tickets.note(
        ticket=ticket, text=f"{marker} note", by=cast[worker], uploads=[(f"{marker}-note.txt", upload())]
    )
    draft = tickets.begin_draft(kind=Kind.DATA_UPDATE, by=cast[requester])
    fields = {"title": f"{marker} draft", "description": "x"}
    draft = tickets.write_draft(draft=draft, fields=fields, by=cast[requester])
    draft_file = tickets.attach_to_draft(
        draft=draft, name=f"{marker}-draft.txt", file=upload(), by=cast[requester]
    )
    return {
        "comment": answer, "draft": draft, "draft_file": draft_file,
        "file": answer.attachments.get(), "note_file": note.attachments.get(),
    }  # fmt: skip


def _inventory(cast: Cast, marker: str, requester: str, code: str) -> dict[str, Any]:
    """A computer of the branch in a room, with a photo."""
    place = stage.room(cast, f"Thing{code} room", code)
    thing = stage.asset(cast, code, name=f"Thing{code}", room=place, holder=cast[requester])
    added = inventory.attach(
        asset=thing, name=f"Thing{code}.txt", file=io.BytesIO(b"front"), by=cast.it_manager
    )
    counted = inventory.open_take(branch=place.branch, room=place, by=cast.it_manager)
    counted = inventory.end_count(take=counted, by=cast.it_manager)
    begun = inventory.open_take(branch=place.branch, room=None, by=cast.it_manager)
    plan = MaintenancePlan.objects.first() or stage.plan(cast)
    inventory.plan_ahead()
    task = MaintenanceTask.objects.get(asset=thing)
    given = stage.handed(cast, stage.asset(cast, code, name=f"Thing{code}"), cast[requester])
    return {
        **_registers(cast, thing),
        "handover": given, "asset": thing, "room": place, "asset_file": added, "take": begun, "counted": counted, "plan": plan, "task": task,
    }  # fmt: skip


def _registers(cast: Cast, thing: Asset) -> dict[str, Any]:
    """A file of assets that was checked, a licence with a document, and a program on the computer."""
    row = f"{thing.tag},{thing.name}\n".encode()
    job = inventory.upload(name="assets.csv", file=io.BytesIO(b"Tag,Name\n" + row), by=cast.it_manager)
    job = inventory.ask_check(job=job, mapping=["tag", "name"], by=cast.it_manager)
    checked = inventory.perform_import(job=job, by=accounts.robot("inventory"))
    licence = inventory.keep_renewable(
        kind="licence",
        name=f"{thing.name} licence",
        branch=thing.branch,
        title_words="Office",
        seats=1,
        by=cast.it_manager,
    )
    (paper,) = inventory.attach_document(
        renewable=licence, uploads=[("licence.txt", io.BytesIO(thing.name.encode()))], by=cast.it_manager
    )
    inventory.tell_software(
        asset=thing, programs=[("Office", "", "1.9", "")], seen_at=timezone.now(), by=accounts.robot("agents")
    )
    shop = inventory.keep_renewable(
        kind="certificate", name=f"{thing.name} shop", branch=thing.branch, by=cast.it_manager
    )
    return {
        "job": checked, "renewable": licence, "renewable_file": paper, "certificate": shop,
        "software_title": SoftwareTitle.objects.get(name="Office"),
    }  # fmt: skip


def _calendar() -> Calendar:
    """Office hours, once for both branches."""
    known = Calendar.objects.first()
    return known or clocks.open_calendar(
        name="Office",
        segments={"0": [["08:00", "17:00"]]},
        holidays=[],
        note="First",
        by=accounts.robot("world"),
    )


def _seal() -> Seal:
    """A day of the ledger that is closed, once for both branches."""
    if not Seal.objects.exists():
        robot = accounts.robot("world")
        with Stopwatch(timezone.now() - timedelta(days=1)):
            place = Subject("tests.world", 0)
            events.record(LedgerEvent.REFERENCE_CHANGED, place, by=robot, what="world", fields="name")
        events.seal(by=robot)
    return Seal.objects.get(pk=1)


def _own_policy(branch: Branch) -> ClockPolicy:
    return clocks.publish_policy(
        promise=Promise.BOARD, length=timedelta(hours=24), branch=branch, by=accounts.robot("world")
    )


def _release(cast: Cast, marker: str, requester: str, worker: str) -> Release:
    """A signed build that a robot may put on Production."""
    case = Case(cast)
    case.title, case.requester, case.assignee = f"{marker} release", requester, worker
    for step in ORDER[: ORDER.index("signed") + 1]:
        getattr(case, step)()
    robot = accounts.robot("ci-world")
    kind = EnvironmentKind.PRODUCTION
    devflow.keep_server(system=case.request.system, kind=kind, deployers=[robot], by=cast.it_manager)
    return devflow.give_release(build=case.build, hours=24, by=cast.it_manager)


def _backups(cast: Cast) -> dict[str, Any]:
    """A directory with a copy in a place that is not there any more, made once for both branches."""
    target = Target.objects.first()
    if target is None:
        repository = Repository.objects.create(name="Gone", kind=RepositoryKind.LOCAL, path="/proc/nowhere")
        target = Target.objects.create(
            name="Contracts",
            kind=TargetKind.DIRECTORY,
            branch=cast.bandung,
            is_sop=False,
            path="/srv/contracts",
        )
        policy = backups.add_policy(
            target=target, repository=repository, rhythm=Rhythm.DAILY, at=time(2), by=cast.it_manager
        )
        now = timezone.now()
        run = Run.objects.create(
            kind=RunKind.BACKUP, target=target, repository=repository, policy=policy, state=RunState.SUCCEEDED,
            asked_by=cast.it_manager, started_at=now, ended_at=now, closes_at=now, size=2048,
        )  # fmt: skip
        Snapshot.objects.create(run=run, repository=repository, part="files", reference="0" * 64, size=2048)
        backups.ask_restore(source=run, over_source=True, reason="A mistake.", by=cast.it_manager)
    run = Run.objects.get(target=target, kind=RunKind.BACKUP, state=RunState.SUCCEEDED)
    return {
        "backup_target": target, "repository": run.repository, "backup_policy": run.policy, "backup_run": run,
        "snapshot": run.snapshots.get(), "restore": Restore.objects.get(target=target),
        "backup_report": _backup_report(cast),
    }  # fmt: skip


def _backup_report(cast: Cast) -> MonthlyReport:
    """The Board's page of a month, acknowledged by nobody."""
    known = MonthlyReport.objects.first()
    if known is not None:
        return known
    made = backups.make_report(month=date(2026, 1, 1), by=accounts.robot("world"), now=timezone.now())
    assert made is not None
    return made


def _times(system: System, cast: Cast) -> dict[str, Any]:
    """A window that is always open, and a freeze that is far."""
    by, zone, midnight = cast.it_manager, TimeZone.WIB, time()
    far = timezone.now() + timedelta(days=400)
    window = devflow.add_window(
        system=system, days=range(7), opens=midnight, closes=midnight, zone=zone, by=by
    )
    freeze = devflow.add_freeze(
        system=system, reason="Closing", zone=zone, starts_at=far, ends_at=far + timedelta(days=1), by=by
    )
    return {"window": window, "freeze": freeze}


def _dead(ticket: Ticket, note: Notification) -> dict[str, Any]:
    """A delivery, a letter and the certificate of a form that were given up."""
    delivery = Delivery.objects.filter(
        event__subject_id=ticket.pk, event__subject_type="tickets.ticket"
    ).order_by("pk")[0]
    paper = Sealing.objects.filter(document__approval__case_id=ticket.pk).order_by("-pk")[0]
    for row in (delivery, note.mail, paper):
        row.state = "dead"
        row.save()
    return {"delivery": delivery, "mail": note.mail, "paper": paper}


def mirrored(ticket: Ticket, marker: str = "x") -> dict[str, Any]:
    """What waits for a person between a request and its card on monday.com."""
    number = str(ticket.pk)
    link = Link.objects.create(
        ticket=ticket, item_id=number, state=LinkState.DEAD, last_error="Refused: no such label"
    )
    difference = Difference.objects.create(
        link=link, matter=Matter.CONFLICT, field="priority", ours="High", theirs="Low", kept="High"
    )
    remark = Remark.objects.create(
        link=link, item_id=number, text=f"{marker} said", mark=f"world-{number}", is_dead=True
    )
    stray = Stray.objects.create(item_id=f"9{number}", name="A card", state=StrayState.WAITS)
    return {"link": link, "difference": difference, "remark": remark, "stray": stray}


@dataclass(frozen=True)
class World:
    """Bandung, where the cast is at home, and Denpasar."""

    cast: Cast
    own: Side
    foreign: Side
    team: Team


def make(cast: Cast) -> World:
    """Both branches, with everybody in the cast."""
    cast.everybody()
    own = side(cast, marker="RAHASIA-BDG", requester="requester", worker="agent", head="branch_head")
    foreign = side(
        cast, marker="RAHASIA-DPS", requester="outsider", worker="foreign_agent", head="foreign_head",
        foreign={"foreign_agent", "foreign_it_manager", "foreign_director"},
    )  # fmt: skip
    return World(cast, own, foreign, Team.objects.create(name="Network"))
