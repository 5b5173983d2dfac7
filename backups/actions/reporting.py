"""The Board's monthly page: made by the clock, told to the Board, acknowledged by its members."""

import hashlib
import json
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from backups import monthly, rules
from backups.enums import BackupEvent
from backups.models import Acknowledgement, MonthlyReport, Target
from core.errors import NotPossible
from events import actions as events
from events.enums import Audience


def report_when_due(*, by: User, now: datetime) -> MonthlyReport | None:
    """The page of the last whole month, once it is over and the register had something in it. Safe to run twice."""
    month = monthly.month_before(now)
    _first, later = monthly.span(month)
    if MonthlyReport.objects.filter(month=month).exists():
        return None
    if not Target.objects.in_use().filter(began_at__lt=later).exists():
        return None
    return make_report(month=month, by=by, now=now)


@transaction.atomic
def make_report(*, month: date, by: User, now: datetime) -> MonthlyReport | None:
    """Freeze what the register says of a month; None when somebody was quicker."""
    content = monthly.content(month, now)
    mark = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    report = MonthlyReport(month=month, content=content, content_hash=mark, made_at=now)
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError:
        return None
    _record(BackupEvent.REPORTED, report, by)
    return report


@transaction.atomic
def acknowledge_report(*, report: MonthlyReport, by: User) -> Acknowledgement:
    """A member of the Board or a Director has read it. Raises PermissionDenied, NotPossible the second time."""
    rules.only(rules.acknowledges, report, by)
    try:
        with transaction.atomic():
            made = Acknowledgement.objects.create(report=report, person=by, made_at=timezone.now())
    except IntegrityError:
        raise NotPossible(_("You have acknowledged this already.")) from None
    _record(BackupEvent.ACKNOWLEDGED, report, by)
    return made


def _record(event: BackupEvent, report: MonthlyReport, by: User, **facts: Any) -> None:
    said = {"month": report.month.isoformat()[:7], "sha256": report.content_hash} | facts
    events.record(event, report.case, by=by, audience=Audience.STAFF, **said)
