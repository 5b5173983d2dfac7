"""The Board's page about backups of a month: what it says, frozen when it is made, and the paper that is sealed."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max

from accounts.models import User
from approvals.casefiles import Contents
from backups import places, register, rules
from backups.enums import Apart, Health, RestoreState, Rhythm, RunKind, RunState, TargetKind
from backups.models import MonthlyReport, Restore, Run, Target

OTHER = ""  # the clause of what stands under none


def span(month: date) -> tuple[datetime, datetime]:
    """The month as head office counts it: its first instant, and that of the next."""
    first = datetime(month.year, month.month, 1, tzinfo=_office())
    later = (first + timedelta(days=32)).replace(day=1)
    return first, later


def month_before(now: datetime) -> date:
    """The first day of the last whole month."""
    return (now.astimezone(_office()).replace(day=1) - timedelta(days=1)).date().replace(day=1)


def content(month: date, now: datetime) -> dict[str, Any]:
    """What the page says: a line for each target, counts for each clause; codes, for readers choose the language."""
    counted = _counted(month)
    targets = Target.objects.in_use().with_register_columns().order_by("name", "pk")
    lines = [_line(register.line(target, now), counted[target.pk]) for target in targets]
    clauses = [
        {
            "clause": clause,
            "targets": len(under),
            "good": sum(line["health"] == Health.GOOD for line in under),
        }
        for clause in sorted({line["clause"] for line in lines}, reverse=True)
        if (under := [line for line in lines if line["clause"] == clause])
    ]
    return {"as_of": now.isoformat(), "clauses": clauses, "lines": lines, "restores": _restores(month)}


def _office() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _counted(month: date) -> dict[int, dict[str, int]]:
    first, later = span(month)
    ended = Run.objects.filter(ended_at__gte=first, ended_at__lt=later, target__isnull=False)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = ended.order_by().values("target", "kind", "state").annotate(number=Count("pk"), most=Max("size"))
    for row in rows:
        found[row["target"]][f"{row['kind']} {row['state']}"] = row["number"]
        if row["kind"] == RunKind.BACKUP:
            found[row["target"]]["size"] = max(found[row["target"]].get("size", 0), row["most"])
    return found


def _line(line: register.Line, counted: dict[str, int]) -> dict[str, Any]:
    target, policies = line.target, line.policies
    copies = places.copies(policies)
    return {
        "target": target.name, "target_id": target.pk, "kind": target.kind, "clause": line.clause or OTHER,
        "health": line.health.value, "rhythms": sorted({policy.rhythm for policy in policies}),
        "every_hours": target.period_hours,
        "places": [{"name": policy.repository.name, "apart": policy.apart} for policy in _once(policies)],
        "copies": copies["copies"], "is_321": copies["is_kept"],
        "good_at": _iso(target.good_at), "proved_at": _iso(target.proved_at), "bytes": counted.get("size", 0),
        "backups": counted.get(f"{RunKind.BACKUP} {RunState.SUCCEEDED}", 0),
        "failed": counted.get(f"{RunKind.BACKUP} {RunState.FAILED}", 0),
        "drills": counted.get(f"{RunKind.DRILL} {RunState.SUCCEEDED}", 0),
        "drills_failed": counted.get(f"{RunKind.DRILL} {RunState.FAILED}", 0),
    }  # fmt: skip


def _once(policies: list[Any]) -> list[Any]:
    return list({policy.repository_id: policy for policy in policies}.values())


def _iso(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""


def _restores(month: date) -> dict[str, int]:
    first, later = span(month)
    rows = Restore.objects.filter(asked_at__gte=first, asked_at__lt=later)
    over = rows.filter(over_source=True)
    return {
        "asked": rows.count(), "over": over.count(), "refused": over.filter(state=RestoreState.REFUSED).count(),
        "done": rows.filter(state=RestoreState.DONE).count(),
    }  # fmt: skip


# For readers --------------------------------------------------------------------------------------------------------


def shown(report: MonthlyReport) -> dict[str, Any]:
    """The frozen content in the reader's language."""
    said = report.content
    lines = [
        line
        | {
            "kind": TargetKind(line["kind"]).label, "state": Health(line["health"]).label,
            "tone": register.TONES[Health(line["health"])],
            "rhythms": [Rhythm(rhythm).label for rhythm in line["rhythms"]],
            "places": [place | {"apart": Apart(place["apart"]).label} for place in line["places"]],
            "good_at": _instant(line["good_at"]), "proved_at": _instant(line["proved_at"]),
        }
        for line in said["lines"]
    ]  # fmt: skip
    groups = [
        clause | {"lines": [line for line in lines if line["clause"] == clause["clause"]]}
        for clause in said["clauses"]
    ]
    return {
        "report": report,
        "groups": groups,
        "restores": said["restores"],
        "as_of": _instant(said["as_of"]),
    }


def _instant(said: str) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def may_have(*, case_id: int, person: User) -> bool:
    """Who sees the register."""
    return rules.sees(None, person) and MonthlyReport.objects.filter(pk=case_id).exists()


def compose(*, case_id: int, person: User) -> Contents:
    """The paper: the frozen content, and who has acknowledged it so far."""
    report = MonthlyReport.objects.visible_to(person).with_readers().get(pk=case_id)
    return Contents(
        number=report.number, title=report.month_name, template="pdf/backups.html", context=shown(report)
    )
