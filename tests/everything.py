"""A year in two seconds: every move, every event and every subscriber of the product happens once.

Contract tests look at what is left behind: a transition, an event type or a subscriber that is missing here is one
that nobody ever saw at work.
"""

import contextlib
import io
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from django.utils import timezone

from accounts import actions as accounts
from accounts.enums import Role, TimeZone
from accounts.models import Team, TeamMember, office_date
from approvals import actions as approvals
from approvals.authority import Internal
from approvals.enums import Outcome
from approvals.models import Certificate, Sealing
from approvals.rules import BRM_REQUIRED
from clocks import actions as clocks
from clocks.enums import Promise
from clocks.models import Clock
from core.errors import NotPossible
from devflow import actions as devflow
from devflow.enums import EnvironmentKind
from devflow.models import System
from events import actions as events
from events.enums import LedgerEvent
from events.models import Delivery
from events.subjects import Subject
from integrations.agents import actions as agents
from integrations.agents.models import AgentKey, Identity, Machine, Report
from integrations.mailbox import actions as mailbox
from integrations.mailbox.models import AdmittedDomain, Message
from integrations.monday import actions as monday
from integrations.monday.actions._parts import trouble
from integrations.monday.actions.meeting import MOST_FLIPS, meet
from integrations.monday.enums import Field, LinkState, StrayState
from integrations.monday.mapping import Board
from integrations.monday.models import Link, Stray
from integrations.monday.operations import Item
from integrations.monday.troubles import Blocked
from inventory import actions as inventory
from inventory.models import AssetImport, AssetType, MaintenanceTask
from tests.agents import bodies
from tests.approvals.policies import policy, step
from tests.backups import played
from tests.cast import Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import blank
from tests.inventory.certificates import LATER, pem
from tests.inventory.stage import asset, decides, handed, registered, scan, signed, take
from tests.inventory.stage import plan as stage_plan
from tests.mailbox import letters
from tests.stages import Case, plain, reach, system
from tickets import actions as tickets
from tickets.enums import Kind, Priority, TieKind


def everything(cast: Cast, *, then: Callable[[], Any] = lambda: None) -> dict[str, Case]:
    """Play it all; `then` runs between the acts. The cases, by what became of them."""
    cast.everybody()
    cases = {}
    for name, play in ACTS.items():
        cases[name] = play(cast)
        then()
    return cases


def _repair(cast: Cast) -> Case:
    case = plain(cast, "opened")
    for kind in (Kind.DATA_UPDATE, Kind(case.ticket.kind)):
        tickets.reclassify(ticket=case.ticket, kind=kind, reason="Seen closer.", by=cast.it_manager)
    case.accepted()
    tickets.answer(
        ticket=case.ticket, text="Tomorrow.", by=cast.agent, uploads=[("note.txt", io.BytesIO(b"text"))]
    )
    tickets.note(ticket=case.ticket, text="Same disk as last week.", by=cast.agent)
    tickets.assign(ticket=case.ticket, assignee=cast.other_agent, by=cast.it_manager)
    tickets.assign(ticket=case.ticket, assignee=cast.agent, by=cast.it_manager)
    tickets.prioritise(
        ticket=case.ticket, priority=Priority.LOW, reason="There is a spare one.", by=cast.it_manager
    )
    tickets.start(ticket=case.ticket, by=cast.agent)
    tickets.estimate(ticket=case.ticket, hours=Decimal(3), reason="Two disks.", by=cast.agent)
    tickets.hand_over(ticket=case.ticket, text="Please try.", by=cast.agent)
    tickets.send_back(ticket=case.ticket, text="Still slow.", by=cast.requester)
    tickets.hand_over(ticket=case.ticket, text="And now?", by=cast.agent)
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    return case


def _mirrored(cast: Cast) -> Case:
    """A request on monday.com: refused there, in conflict, in a loop, archived, given up; and one that began there."""
    columns = {str(field): str(field) for field in Field}
    facts = {"board_id": "1", "columns": columns, "labels": {"priority": {"high": 0, "medium": 1, "low": 2}}}
    connection = monday.keep_connection(token="fake", is_active=True, by=cast.administrator, **facts)
    monday.keep_person(user=cast.agent, monday_id="71", name="Budi", by=cast.administrator)
    trouble(connection, Blocked("Not Authenticated"))
    case = plain(cast, "accepted")
    monday.link_all()
    link = Link.objects.get(ticket=case.pk)
    link.item_id, link.state, link.base = "5", LinkState.ACTIVE, {"priority": "high"}
    link.theirs, link.ours_at = {"priority": {"at": "2026-01-01T00:00:00Z", "said": [{"by": "71"}]}}, {}
    link.save()
    board = Board(columns, connection.labels)
    for _n in range(MOST_FLIPS + 1):
        Link.objects.filter(pk=link.pk).update(base=link.base, theirs=link.theirs)
        meet(link=link, item=_card("5", priority=2), board=board, people={})
    Link.objects.filter(pk=link.pk).update(base={"estimate": "1"}, flips={})
    monday.resume(link=link, by=cast.administrator)
    meet(link=link, item=_card("5", estimate=2.0), board=board, people={})
    meet(link=link, item=None, board=board, people={})
    monday.renew(link=link, by=cast.administrator)
    Link.objects.filter(pk=link.pk).update(state=LinkState.DEAD)
    monday.retry(link=link, by=cast.administrator)
    stray = Stray.objects.create(item_id="9", name="A card", state=StrayState.WAITS)
    monday.adopt(stray=stray, requester=cast.requester, by=cast.agent)
    return case


def _card(item_id: str, **cells: Any) -> Item:
    """A card on which only this is written."""
    values = {name: {"id": name, "index": value, "number": value} for name, value in cells.items()}
    return Item(item_id, "A card", "active", "1", "", "2026-01-01T00:00:00Z", "", "71", values)


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


def _stopped(cast: Cast) -> Case:
    """On hold at each stage and again going on; withdrawn while on hold; released and taken back."""
    for stage in ("planned", "on_trial", "on_training"):
        case = reach(cast, stage)
        devflow.hold(request=case.request, reason="The vendor answers next week.", by=cast.agent)
        if stage == "planned":
            tickets.cancel(ticket=case.ticket, by=cast.requester)
    devflow.resume(request=case.request, by=cast.agent)
    held = reach(cast, "planned")
    devflow.hold(request=held.request, reason="No test data yet.", by=cast.agent)
    devflow.resume(request=held.request, by=cast.agent)
    trial = reach(cast, "on_trial")
    devflow.hold(request=trial.request, reason="Month end.", by=cast.agent)
    devflow.resume(request=trial.request, by=cast.agent)
    case.tested()
    case.uat_submitted()
    case.signed()
    devflow.hold(request=case.request, reason="Month end.", by=cast.agent)
    devflow.resume(request=case.request, by=cast.agent)
    case.done()
    devflow.roll_back(build=case.build, reason="It counts twice.", by=cast.it_manager)
    return case


def _ended(cast: Cast) -> Case:
    """Begun, and ended by the IT Manager while its build is on Training."""
    case = reach(cast, "on_training")
    devflow.ask_emergency(build=case.build, reason="Salaries are paid today.", by=cast.agent)
    case.agree("it_manager")
    devflow.prepare(
        request=case.request, risks=dict.fromkeys(case.request.questions, True), rollback_plan="By hand.", by=cast.agent
    )  # fmt: skip
    devflow.end(request=case.request, reason="Bought instead.", by=cast.it_manager)
    return case


def _urgent(cast: Cast) -> Case:
    """Released before its test by the word of two, overdue, reviewed, tested and done."""
    case = reach(cast, "on_training")
    devflow.ask_emergency(build=case.build, reason="Salaries are paid today.", by=cast.agent)
    case.agree("it_manager", "db_manager")
    case.done()
    devflow.look_after(today=timezone.localdate() + timedelta(days=30))
    devflow.review_emergency(build=case.build, review="A test was missing.", by=cast.it_manager)
    case.tested()
    case.uat_submitted()
    case.signed()
    return case


def _timed(cast: Cast) -> Case:
    """A timer that is booked, one thrown away, one forgotten; a checklist; a commit."""
    case = reach(cast, "on_trial")
    devflow.start_timer(request=case.request, by=cast.agent)
    devflow.stop_timer(request=case.request, note="Tables.", by=cast.agent)
    devflow.start_timer(request=case.request, by=cast.agent)
    devflow.drop_timer(request=case.request, by=cast.agent)
    devflow.start_timer(request=case.request, by=cast.agent)
    devflow.stop_forgotten(now=timezone.now() + timedelta(hours=13))
    lines = devflow.keep_checklist(request=case.request, done=set(), new=["Print", "Export"], by=cast.agent)
    devflow.keep_checklist(request=case.request, done={lines[0].pk}, new=[], by=cast.agent)
    devflow.keep_checklist(request=case.request, done=set(), new=[], by=cast.agent)
    devflow.link_commit(request=case.request, commit="abcdef1", by=cast.agent)
    devflow.take_back_hours(entry=case.book(1), reason="It was another request.", by=cast.agent)
    return case


def _one_purpose(cast: Cast) -> Case:
    """Two small ones that are a large one together."""
    case, other = reach(cast, "planned", hours=15), reach(cast, "planned", hours=8)
    tickets.tie(ticket=case.ticket, other=other.ticket, kind=TieKind.SAME_PURPOSE, by=cast.agent)
    devflow.hold_purpose(ticket=case.ticket, by=cast.agent)
    devflow.hold_too(request=other.request, because=case.ticket, hours="23", by=cast.agent)
    return case


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
    approvals.keep_scenarios(approval=case.uat, name="Usual", by=cast.agent)
    approvals.name_tester(approval=case.uat, tester=cast.colleague, by=cast.requester)
    approvals.name_tester(approval=case.uat, tester=cast.requester, by=cast.requester)
    _guesses(cast, case)
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


def _guesses(cast: Cast, case: Case) -> None:
    occasion = accounts.Occasion(name=case.uat.number, chain=case.uat.case)
    with contextlib.suppress(NotPossible):
        accounts.confirm(by=cast.requester, secret="guess", occasion=occasion)


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


def _desk(cast: Cast) -> Case:
    """Triage with questions, talk with mentions, experts, opening again, satisfaction."""
    case = plain(cast, "opened")
    tickets.ask_back(ticket=case.ticket, text="Which printer?", by=cast.it_manager)
    said = tickets.answer(ticket=case.ticket, text="The one at the till.", by=cast.requester)
    tickets.edit(comment=said, text="The one at the second till.", by=cast.requester)
    case.accepted()
    tickets.plan(ticket=case.ticket, start_date=timezone.localdate(), finish_date=None, by=cast.agent)
    tickets.note(ticket=case.ticket, text="@Joko do you know it?", by=cast.agent)
    tickets.watch(ticket=case.ticket, by=cast.db_manager)
    tickets.watch(ticket=case.ticket, person=cast.branch_head, by=cast.agent)
    tickets.unwatch(ticket=case.ticket, person=cast.branch_head, by=cast.agent)
    tickets.escalate(ticket=case.ticket, team=_experts(cast), reason="A driver.", by=cast.agent)
    tickets.take(ticket=case.ticket, by=cast.again("other_agent"))
    tickets.start(ticket=case.ticket, by=cast.other_agent)
    tickets.hand_over(ticket=case.ticket, text="Please try.", by=cast.other_agent)
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    tickets.reopen(ticket=case.ticket, text="The same again.", by=cast.requester)
    tickets.hand_over(ticket=case.ticket, text="And now?", by=cast.other_agent)
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    tickets.rate(ticket=case.ticket, score=4, by=cast.requester)
    return case


def _experts(cast: Cast) -> Team:
    team = Team.objects.create(name="Printers")
    TeamMember.objects.create(team=team, person=cast.other_agent)
    return team


def _related(cast: Cast) -> Case:
    """A duplicate that ends with the older one, a part, links, a whole and its part."""
    case, duplicate, other = plain(cast, "opened"), plain(cast, "opened"), plain(cast, "opened")
    tickets.merge(ticket=duplicate.ticket, into=case.ticket, by=cast.it_manager)
    tickets.split(ticket=case.ticket, title="Scanner", description="It scans grey.", by=cast.agent)
    tickets.tie(ticket=case.ticket, other=other.ticket, by=cast.agent)
    tickets.untie(ticket=case.ticket, other=other.ticket, by=cast.agent)
    thing = asset(cast)
    tickets.name_asset(ticket=case.ticket, asset=thing, by=cast.agent)
    tickets.unname_asset(ticket=case.ticket, asset=thing, by=cast.agent)
    tickets.adopt(ticket=other.ticket, parent=case.ticket, by=cast.agent)
    tickets.disown(ticket=other.ticket, by=cast.agent)
    tickets.cancel(ticket=case.ticket, by=cast.requester)
    return case


def _unconfirmed(cast: Cast) -> Case:
    """The requester was asked nine days ago and said nothing; a data update of the same age only reminds."""
    with Stopwatch(datetime.now(UTC) - timedelta(days=9)):
        case = plain(cast, "handed_over")
        plain(cast, "handed_over", kind=Kind.DATA_UPDATE)
    clocks.sweep()
    tickets.close_unconfirmed(ticket=case.ticket, by=accounts.robot("policy"))
    return case


def _queue(cast: Cast) -> Case:
    """A delivery that was given up and is asked for again; a change of reference data, as the administration does."""
    case = plain(cast, "opened")
    delivery = Delivery.objects.filter(event__subject_id=case.pk, state="pending")[0]
    delivery.state = "dead"
    delivery.save()
    events.retry(delivery=delivery, by=cast.it_manager)
    events.record(LedgerEvent.REFERENCE_CHANGED, system(), by=cast.administrator, what="HRIS", fields="name")
    return case


def _guarded(cast: Cast) -> Case:
    """Days of the ledger that are closed; an anchor begun, and a place that was found changed."""
    with Stopwatch(datetime.now(UTC) - timedelta(days=2)):
        case = plain(cast, "opened")
    guard, place = accounts.robot("ledger"), Subject("events.ledger", 0)
    events.seal(by=guard)
    events.check(by=guard)
    events.record(LedgerEvent.ANCHOR_BEGUN, place, by=guard, number=1)
    events.record(
        LedgerEvent.FOUND_BROKEN, place, by=guard, places=1, first=f"tickets.ticket:{case.pk} no. 1"
    )
    return case


def _mail(cast: Cast) -> Case:
    """Letters taken in, set aside, left alone and given up, and what becomes of them; one of ours came back."""
    case = plain(cast, "opened")
    AdmittedDomain.objects.create(domain="cabang.example", branch=cast.bandung)
    _receive(letters.answer(case.ticket, cast.requester))
    _receive(letters.letter("new@cabang.example"))
    _receive(letters.bounce(letters.our_id(case.ticket, cast.requester)))
    stranger, other = _receive(letters.letter()), _receive(letters.letter())
    large = _receive(letters.letter(cast.requester, "Too large."), is_whole=False)
    mailbox.admit(message=stranger, person=cast.requester, by=cast.agent)
    mailbox.discard(message=other, reason="An advertisement.", by=cast.agent)
    mailbox.read_again(message=large, by=cast.agent)
    mailbox.settle()
    return case


def _receive(raw: bytes, **facts: Any) -> Message:
    message, _new = mailbox.keep(
        raw=io.BytesIO(raw), mailbox="everything", received_at=timezone.now(), **facts
    )
    mailbox.settle()
    return Message.objects.get(pk=message.pk)


def _watched(cast: Cast) -> Case:
    """A promise by a calendar, paused and run out; a day of leave that comes too late; a part that falls silent."""
    always = {str(day): [["00:00", "24:00"]] for day in range(7)}
    by = cast.administrator
    calendar = clocks.open_calendar(name="Office", segments=always, holidays=[], note="First", by=by)
    facts = {
        "promise": Promise.RESPONSE,
        "length": timedelta(hours=1),
        "calendar": calendar,
        "may_pause": True,
    }
    clocks.publish_policy(by=by, **facts)
    clocks.publish_policy(by=by, branch=cast.denpasar, **facts)
    clocks.return_policy(promise=Promise.RESPONSE, branch=cast.denpasar, by=by)
    case = plain(cast, "opened")
    clock = Clock.objects.of(case.ticket, "response").get()
    clocks.pause(clock=clock, reason="Waits for a part.", by=cast.it_manager)
    clocks.resume(clock=clock, by=cast.it_manager)
    clocks.sweep(now=timezone.now() + timedelta(hours=2))
    today = timezone.localdate(timezone=clock.wall)
    leave = [
        {"date": (today + timedelta(n)).isoformat(), "name": "Cuti bersama", "kind": "leave"}
        for n in range(2)
    ]
    clocks.publish_calendar(calendar=calendar, segments=always, holidays=leave, note="Leave", by=by)
    clocks.recount()
    events.report_silence(part="scheduler", since=timezone.now(), by=accounts.robot("watch"))
    return case


def _board(cast: Cast) -> Case:
    """Other people decide for a while: questions, a second version, a vacancy, a reminder, and nobody in time."""
    by, now = cast.administrator, timezone.now()
    policy(cast, step("director"), remind_after_hours=1, time_out_hours=2, on_time_out="refuse")
    void = reach(cast, "director_signed", hours=24)
    approvals.supersede(approval=void.brm, reason="The licence costs twice as much.", by=cast.agent)
    case = reach(cast, "brm_submitted", hours=24)
    approvals.ask(approval=case.brm, text="Why now?", by=cast.director)
    approvals.answer(approval=case.brm, text="The audit is in May.", by=cast.requester)
    case.decide(case.brm, "director", outcome="revise", reason="Say what it costs.")
    case.brm_submitted()
    approvals.gather(now=timezone.localtime(now).replace(hour=9))
    accounts.revoke_role(held=cast.director.roles.get(role=Role.DIRECTOR), by=by)
    approvals.look_after()
    accounts.grant_role(user=cast.director, role=Role.DIRECTOR, by=by)
    approvals.look_after(now=now + timedelta(hours=1, minutes=30))
    approvals.look_after(now=now + timedelta(hours=3))
    policy(cast, step("director"), step("bod"))
    return case


def _papers(cast: Cast) -> Case:
    """A form is sealed, signed, stamped and certified; a layer is tried again; a case leaves as a file."""
    case = reach(cast, "brm_approved", hours=24)
    now = timezone.now()
    Internal().hand(cast.director, now=now)
    approvals.revoke_certificate(
        certificate=Certificate.objects.get(person=cast.director),
        reason="Lost telephone",
        by=cast.administrator,
    )
    approvals.ask_case_file(case=Subject.of(case.ticket), by=cast.it_manager)
    approvals.retry_paper(layer=Sealing.objects.order_by("-pk")[0], by=cast.it_manager)
    with (
        blank(),
        mock.patch("core.stamps.authority", return_value=mock.Mock()),
        mock.patch("approvals.sealing.stamp", side_effect=lambda pdf, **_facts: pdf + b"stamp"),
    ):
        while approvals.render_documents() + approvals.make_case_files() + approvals.stamp_documents():
            pass
    return case


def _kept_system(cast: Cast) -> Case:
    """A system gets owners, another description and a server on which not everybody deploys."""
    case, by = plain(cast, "opened"), cast.it_manager
    made = devflow.keep_system(
        system=System(name="Warehouse"), owners=[cast.agent, cast.colleague], fields=[], by=by
    )
    made.description = "Stock of the branches"
    devflow.keep_system(system=made, owners=[cast.agent], fields=["description"], by=by)
    zone, noon = TimeZone.WIB, time(12)
    window = devflow.add_window(system=made, days=[0], opens=noon, closes=noon, zone=zone, by=by)
    devflow.end_window(window=window, by=by)
    freeze = devflow.add_freeze(system=None, reason="Month-end closing", last_days=2, zone=zone, by=by)
    devflow.end_freeze(freeze=freeze, by=by)
    devflow.keep_server(
        system=made, kind=EnvironmentKind.TRIAL, deployers=[cast.agent], by=by, address="https://trial.example/"
    )  # fmt: skip
    return case


def _robot(cast: Cast) -> Case:
    """A robot is named on Production; the manager gives it a build and takes it back."""
    robot, case = accounts.robot("ci-everything"), reach(cast, "signed")
    devflow.keep_server(
        system=case.request.system, kind=EnvironmentKind.PRODUCTION, deployers=[robot], by=cast.it_manager
    )
    release = devflow.give_release(build=case.build, hours=1, by=cast.it_manager)
    devflow.withdraw_release(release=release, by=cast.it_manager)
    return case


def _versions(cast: Cast) -> Case:
    """A server says what runs there: what was deployed, something else, nothing, and then again the right thing."""
    case = reach(cast, "on_trial")
    server = devflow.keep_server(
        system=case.request.system, kind=EnvironmentKind.TRIAL, deployers=[], by=cast.it_manager,
        version_address="https://trial.example/version",
    )  # fmt: skip
    for answer in ("0.9", "", "1.0"):
        with mock.patch("devflow.actions.checking.fetch", return_value=answer):
            devflow.look_now(server=server, by=cast.agent)
    return case


def _inventory(cast: Cast) -> Case:
    """A computer gets its facts, a photo, and goes through every state."""
    case, by = plain(cast, "opened"), cast.agent
    thing = asset(cast)
    inventory.change(asset=thing, serial="5CG1", holder=cast.requester, by=by)
    inventory.verify(asset=thing, by=cast.branch_head)
    inventory.attach(asset=thing, name="front.txt", file=io.BytesIO(b"Front"), by=by)
    for move in ("put_in_use", "send_to_repair", "declare_lost", "put_in_stock", "retire"):
        inventory.move_state(asset=thing, move=move, reason="Because.", by=by)
    inventory.move_state(asset=thing, move="put_in_stock", reason="By mistake.", by=by)
    inventory.look_after(now=timezone.now() + timedelta(days=200))
    decides(handed(cast, thing, cast.requester), cast.requester, Outcome.REFUSE, "It is scratched.")
    decides(handed(cast, thing, cast.requester), cast.requester)
    thing.refresh_from_db(fields=["holder", "custody"])
    given = inventory.take_back(person=cast.requester, items=[inventory.Item(thing)], by=by)
    decides(given, cast.requester)
    return case


def _maintained(cast: Cast) -> Case:
    """A month of maintenance: done with a finding, given away, dropped, overdue."""
    case = plain(cast, "opened")
    things = [asset(cast) for _n in range(3)]
    kept = stage_plan(cast)
    inventory.plan_ahead()
    first, second, third = MaintenanceTask.objects.filter(asset__in=things).order_by("pk")
    hot = [{"answer": "problem", "remark": "The fan is loose."}, {"value": "61"}]
    inventory.finish_task(task=first, answers=hot, by=cast.agent)
    inventory.reassign_task(task=second, assignee=cast.db_manager, by=cast.agent)
    inventory.drop_task(task=third, reason="It is packed.", by=cast.agent)
    inventory.tell_overdue(today=timezone.localdate() + timedelta(days=60))
    inventory.end_plan(plan=kept, by=cast.it_manager)
    return case


def _counted(cast: Cast) -> Case:
    """A branch is counted, looked at once more and signed; another stock-take was a mistake."""
    case = plain(cast, "opened")
    thing = asset(cast)
    inventory.cancel_count(take=take(cast), reason="Wrong branch.", by=cast.branch_head)
    counted = take(cast)
    scan(cast, counted, thing.tag)
    inventory.end_count(take=counted, by=cast.branch_head)
    inventory.reopen_count(take=counted, reason="The cupboard.", by=cast.branch_head)
    signed(cast, counted)
    return case


def _brought_in(cast: Cast) -> Case:
    """A file of assets is imported, a second one cancelled, a third one cannot be read; a licence lives to its end."""
    case, by = plain(cast, "opened"), cast.agent
    kind = asset(cast).type
    facts = {"mapping": ["tag"], "by": by, "defaults": {"type": kind.pk, "branch": cast.bandung.pk}}
    job = inventory.ask_check(job=_file(cast), **facts)
    job = inventory.perform_import(job=job, by=accounts.robot("inventory"))
    job = inventory.ask_check(job=job, **facts)
    job = inventory.perform_import(job=job, by=accounts.robot("inventory"))
    inventory.perform_import(job=inventory.ask_import(job=job, by=by), by=accounts.robot("inventory"))
    inventory.cancel_import(job=_file(cast), by=by)
    job = inventory.ask_check(job=_file(cast), **facts)
    AssetImport.objects.filter(pk=job.pk).update(attempts=9)
    inventory.perform_import(job=job, by=accounts.robot("inventory"))
    licence = registered(cast)
    inventory.tell_expiring()
    licence = inventory.keep_renewable(renewable=licence, seats=2, by=by)
    inventory.renew(renewable=licence, ends_date=office_date() + timedelta(days=400), by=by)
    inventory.attach_document(renewable=licence, uploads=[("a.txt", io.BytesIO(b"Paid"))], by=by)
    inventory.end_renewable(renewable=licence, reason="Replaced.", by=by)
    shop = inventory.keep_certificate(file=io.BytesIO(pem()), by=by)
    inventory.renew_certificate(renewable=shop, file=io.BytesIO(pem(serial=7, ends=LATER)), by=by)
    return case


def _file(cast: Cast) -> AssetImport:
    return inventory.upload(name="a.csv", file=io.BytesIO(b"Tag\nNEW-1\n"), by=cast.agent)


def _backed_up(cast: Cast) -> Case:
    """Every kind of end of a run and of a restore, silence, a jump, a download."""
    played.everything(cast)
    return plain(cast, "opened")


def _agents(cast: Cast) -> Case:
    """Machines appear, are admitted, refused, joined and parted; alarms rise and are settled."""
    key, _secret = agents.issue_key(branch=cast.bandung, by=cast.it_manager)
    spare, _secret = agents.issue_key(branch=cast.bandung, by=cast.it_manager)
    agents.revoke_key(key=spare, by=cast.it_manager)
    kind, _made = AssetType.objects.get_or_create(name="Laptop", defaults={"prefix": "LT"})
    first = _reported(key, bodies.as_json(), "one")
    agents.admit(machine=first, type=kind, by=cast.agent)
    agents.reconsider(machine=first, reason="The wrong type.", by=cast.agent)
    agents.admit(machine=first, type=kind, by=cast.agent)
    other = bodies.changed(bodies.windows(), "bios", ssn="OTHER-77")
    clone = _reported(key, bodies.as_json(other), "one")
    agents.tell_waiting()
    agents.settle_alarm(machine=clone, reason="A new board.", by=cast.agent)
    agents.join(machine=clone, other=first, reason="A new board.", by=cast.agent)
    agents.part(machine=clone, reason="It was the spare one.", by=cast.agent)
    agents.refuse(machine=clone, reason="Not ours.", by=cast.agent)
    agents.reconsider(machine=clone, reason="It is ours.", by=cast.agent)
    agents.admit(machine=clone, type=kind, by=cast.agent)
    agents.join(machine=clone, other=first, reason="It is.", by=cast.agent)
    agents.part(machine=clone, reason="It is not.", by=cast.agent)
    _reported(key, bodies.as_json(bodies.windows(antivirus=[])), "two")
    agents.tell_weakened()
    second = Identity.objects.get(machine=first, agent_id="two")
    agents.separate(machine=first, identity=second, reason="Two systems.", by=cast.agent)
    agents.bring(
        files=[io.BytesIO(bodies.as_json(other, deviceid="usb"))], branch=cast.bandung, by=cast.agent
    )
    return Case(cast)


def _reported(key: AgentKey, raw: bytes, agent: str) -> Machine:
    report, _new = agents.keep(raw=io.BytesIO(raw), key=key, agent_id=agent)
    agents.settle()
    machine = Report.objects.get(pk=report.pk).machine
    assert machine is not None
    return machine


ACTS: dict[str, Callable[[Cast], Case]] = {
    "mirrored": _mirrored, "repair": _repair, "rejected": _rejected, "cancelled": _cancelled,
    "late": _late, "in_time": _in_time,
    "small": _small, "stopped": _stopped, "urgent": _urgent, "ended": _ended, "timed": _timed,
    "one_purpose": _one_purpose,
    "held": _held, "refused": _refused, "failed": _failed, "grown": _grown, "people": _people,
    "desk": _desk, "related": _related, "unconfirmed": _unconfirmed, "queue": _queue, "mail": _mail,
    "guarded": _guarded, "watched": _watched, "board": _board,
    "papers": _papers, "kept_system": _kept_system, "robot": _robot, "versions": _versions, "inventory": _inventory,
    "backed_up": _backed_up,
    "agents": _agents,
    "maintained": _maintained, "counted": _counted, "brought_in": _brought_in,
}  # fmt: skip
