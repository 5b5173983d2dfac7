"""Maintenance: plans, the tasks of a period, what was done and found (SOP-B4.1.2)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.enums import IT_STAFF
from accounts.models import Branch, User, office_date
from core import locks
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, why_not
from events import actions as events
from inventory import rules
from inventory.actions.assets import verify
from inventory.enums import Answer, How, LineKind, MaintenanceEvent
from inventory.models import Asset, AssetType, MaintenancePlan, MaintenanceTask, PlanWorker
from inventory.periods import period

MOST_LINES = 40
BATCH = 2000


@transaction.atomic
def keep_plan(
    *,
    name: str,
    type: AssetType,  # noqa: A002 - the word of the field
    branch: Branch | None,
    times_a_month: int,
    lines: list[dict[str, Any]],
    workers: Iterable[User],
    by: User,
    plan: MaintenancePlan | None = None,
) -> MaintenancePlan:
    """A plan, new or changed. By the IT Manager of the branch, or of the group where it is for all branches.

    Raises NotPossible for less than once a month (SOP-B4.1.2), without a line or without anybody who does it.
    """
    kept = plan or MaintenancePlan(started_date=office_date())
    if plan is not None and not rules.plans(plan, by):
        raise PermissionDenied
    kept.name, kept.type, kept.branch = name.strip(), type, branch
    if not rules.plans(kept, by):
        raise PermissionDenied
    if times_a_month < 1:
        raise NotPossible(_("Maintenance happens at least once a month."), rule="SOP-B4.1.2")
    if times_a_month > 8:
        raise NotPossible(_("Eight times a month is the most."))
    kept.times_a_month, kept.lines = times_a_month, _lines(lines)
    people = list(workers)
    _must_work(people, branch)
    kept.save()
    PlanWorker.objects.filter(plan=kept).delete()
    PlanWorker.objects.bulk_create(PlanWorker(plan=kept, person=person) for person in people)
    events.record(MaintenanceEvent.PLAN_KEPT, kept, by=by, plan=kept.name, times=times_a_month)
    return kept


def _lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not 0 < len(lines) <= MOST_LINES:
        raise NotPossible(
            _("A checklist has at least one line, and %(most)s at the most.") % {"most": MOST_LINES}
        )
    return [_line(line) for line in lines]


def _line(line: dict[str, Any]) -> dict[str, Any]:
    text, kind = str(line.get("text", "")).strip()[:200], str(line.get("kind", LineKind.CHECK))
    if not text or kind not in LineKind.values:
        raise NotPossible(_("Each line of a checklist has words and a kind."))
    low, high = (_limit(line.get(name)) for name in ("low", "high"))
    return {"text": text, "kind": kind, "unit": str(line.get("unit", ""))[:20], "low": low, "high": high}


def _limit(value: Any) -> str:
    number = _reading(value)
    return "" if number is None else format(number, "f")


def _reading(value: Any) -> Decimal | None:
    """A figure as people write it; None for nothing. Raises NotPossible for what is no figure."""
    text = str(value if value is not None else "").strip().replace(",", ".")
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10**12:
        raise NotPossible(_("“%(value)s” is no figure.") % {"value": text[:40]})
    return number


def _must_work(people: list[User], branch: Branch | None) -> None:
    if not people:
        raise NotPossible(_("Name at least one person who does it."))
    for person in people:
        if person.is_robot or not person.holds(*IT_STAFF, branch_id=branch.pk if branch else None):
            raise NotPossible(_("%(name)s does not work in IT. Choose somebody else.") % {"name": person})


@transaction.atomic
def end_plan(*, plan: MaintenancePlan, by: User) -> MaintenancePlan:
    """Nothing more is planned by it; what is planned stays to do. By whoever plans; a second time changes nothing."""
    plan = MaintenancePlan.objects.lock(plan)
    if not rules.plans(plan, by):
        raise PermissionDenied
    if plan.ended_at is None:
        plan.ended_at = timezone.now()
        plan.save()
        events.record(MaintenanceEvent.PLAN_ENDED, plan, by=by, plan=plan.name)
    return plan


def plan_ahead(*, today: date | None = None) -> int:
    """The tasks of the current period for every asset of every plan that has none yet; how many were made.

    Safe to run twice: a task exists once for plan, asset and period. New assets get theirs when they come.
    """
    today = today or office_date()
    plans = MaintenancePlan.objects.active().filter(started_date__lte=today).order_by("pk")
    return sum(_plan(plan, today) for plan in plans)


@transaction.atomic
def _plan(plan: MaintenancePlan, today: date) -> int:
    if not locks.only_one("inventory.plan", plan.pk):
        return 0
    first, last = period(today, plan.times_a_month)
    there = MaintenanceTask.objects.filter(plan=plan, asset=OuterRef("pk"), period_date=first)
    assets = (
        Asset.objects.kept()
        .filter(type=plan.type)
        .filter(~Exists(there))
        .order_by("branch_id", "room_id", "pk")
    )
    if plan.branch_id:
        assets = assets.filter(branch=plan.branch_id)
    rows = list(assets.only("pk", "branch_id"))
    if not rows:
        return 0
    _spread(plan, rows, first, last)
    events.record(
        MaintenanceEvent.PLANNED, plan, by=robot("inventory"), plan=plan.name, count=len(rows), due=last.isoformat()
    )  # fmt: skip
    return len(rows)


def _spread(plan: MaintenancePlan, assets: list[Asset], first: date, last: date) -> None:
    """Each asset to whoever of those responsible for its branch has least to do; a room stays in one hand if it can."""
    people = [
        w.person for w in PlanWorker.objects.filter(plan=plan).select_related("person").order_by("person")
    ]
    load: Counter[Any] = Counter(
        MaintenanceTask.objects.open().filter(assignee__in=people).values_list("assignee_id", flat=True)
    )
    may = {(p.pk, b): p.holds(*IT_STAFF, branch_id=b) for p in people for b in {a.branch_id for a in assets}}
    tasks = []
    for asset in assets:
        able = [p.pk for p in people if may[p.pk, asset.branch_id]]
        chosen = min(able, key=lambda key: (load[key], key), default=None)
        load[chosen] += 1
        tasks.append(
            MaintenanceTask(plan=plan, asset=asset, period_date=first, due_date=last, assignee_id=chosen)
        )
    MaintenanceTask.objects.bulk_create(tasks, batch_size=BATCH, ignore_conflicts=True)


@transaction.atomic
def finish_task(
    *,
    task: MaintenanceTask,
    answers: Sequence[dict[str, Any]],
    by: User,
    note: str = "",
    photos: Sequence[tuple[str, BinaryIO]] = (),
) -> MaintenanceTask:
    """Every line is answered: `{"answer": "ok", "value": "61", "remark": ""}`, in the order of the plan.

    Whoever did it has seen the asset, so it is verified too. A line that is a problem, or a reading out of its limits,
    is a finding: an event of its own, from which a request is made. Raises NotPossible where a line has no answer, a
    reading no figure, or a problem no words.
    """
    task = MaintenanceTask.objects.lock(task, "plan", "asset")
    if refusal := why_not(task, "finish", by):
        raise refusal
    lines = task.plan.lines
    if len(answers) != len(lines):
        raise NotPossible(_("Every line of the checklist needs an answer."))
    task.results = [_answered(line, given) for line, given in zip(lines, answers, strict=True)]
    task.note, task.done_at, task.done_by = note.strip()[:2000], timezone.now(), by
    fire(task, "finish", by=by)
    events.record(
        MaintenanceEvent.DONE, task.case, by=by, plan=task.plan.name, task=task.pk, note=task.note,
        problems=len(task.problems),
    )  # fmt: skip
    for line in task.problems:
        finding = f"{line['text']}: {line['remark'] or line['value']}"
        events.record(
            MaintenanceEvent.FOUND, task.case, by=by, plan=task.plan.name, task=task.pk, finding=finding
        )
    verify(asset=task.asset, by=by, how=How.PERSON, photos=photos)
    return task


def _answered(line: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    answer, remark = str(given.get("answer", "")), str(given.get("remark", "")).strip()[:500]
    value = ""
    if line["kind"] == LineKind.READING and answer != Answer.NOT_POSSIBLE:
        number = _reading(given.get("value"))
        if number is None:
            raise NotPossible(_("“%(line)s” needs a figure.") % {"line": line["text"]})
        value = f"{format(number, 'f')} {line['unit']}".strip()
        answer = Answer.PROBLEM if _is_out(line, number) else answer or Answer.OK
    if answer not in Answer.values:
        raise NotPossible(_("“%(line)s” has no answer yet.") % {"line": line["text"]})
    if answer in (Answer.PROBLEM, Answer.NOT_POSSIBLE) and not remark and not value:
        raise NotPossible(_("Say what is wrong with “%(line)s”.") % {"line": line["text"]})
    return {"text": line["text"], "kind": line["kind"], "answer": answer, "value": value, "remark": remark}


def _is_out(line: dict[str, Any], number: Decimal) -> bool:
    too_low = bool(line["low"]) and number < Decimal(line["low"])
    return too_low or (bool(line["high"]) and number > Decimal(line["high"]))


@transaction.atomic
def drop_task(*, task: MaintenanceTask, reason: str, by: User) -> MaintenanceTask:
    """It is not done in this period. Needs a reason, which stands in the history of the asset."""
    task = MaintenanceTask.objects.lock(task, "plan", "asset")
    if not reason.strip():
        raise NotPossible(_("Say why. The reason stands in the history of the asset."))
    task.note, task.done_at, task.done_by = reason.strip()[:2000], timezone.now(), by
    fire(task, "drop", by=by)
    events.record(
        MaintenanceEvent.DROPPED, task.case, by=by, plan=task.plan.name, reason=reason.strip()[:500]
    )
    return task


@transaction.atomic
def reassign_task(*, task: MaintenanceTask, assignee: User, by: User) -> MaintenanceTask:
    """Somebody else does it, who works in IT there."""
    task = MaintenanceTask.objects.lock(task, "plan", "asset")
    if assignee.is_robot or not assignee.holds(*IT_STAFF, branch_id=task.branch_id):
        raise NotPossible(_("%(name)s does not work in IT. Choose somebody else.") % {"name": assignee})
    task.assignee = assignee
    fire(task, "reassign", by=by)
    events.record(
        MaintenanceEvent.REASSIGNED,
        task.case,
        by=by,
        plan=task.plan.name,
        task=task.pk,
        assignee=str(assignee),
        assignee_id=assignee.pk,
    )
    return task


@transaction.atomic
def tell_overdue(*, today: date | None = None, now: datetime | None = None) -> int:
    """Say once of each overdue task that it is; one event for each plan. How many tasks."""
    today, now = today or office_date(), now or timezone.now()
    if not locks.only_one("inventory.overdue"):
        return 0
    late = MaintenanceTask.objects.overdue(today).filter(overdue_told_at=None)
    found = list(late.order_by("plan_id", "pk").values_list("plan_id", "assignee_id", "pk")[:BATCH])
    for plan in MaintenancePlan.objects.filter(pk__in={row[0] for row in found}).order_by("pk"):
        people = sorted({row[1] for row in found if row[0] == plan.pk and row[1]})
        count = sum(row[0] == plan.pk for row in found)
        events.record(
            MaintenanceEvent.OVERDUE, plan, by=robot("inventory"), plan=plan.name, count=count, people=people
        )  # fmt: skip
    MaintenanceTask.objects.filter(pk__in=[row[2] for row in found]).update(overdue_told_at=now)
    return len(found)
