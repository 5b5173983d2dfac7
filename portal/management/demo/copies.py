"""Backups of the demo group: this product, and a payroll whose own script reports."""

import shutil
from datetime import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.actions import robot
from accounts.enums import Role
from accounts.models import Branch, User
from backups import actions, monthly
from backups.enums import RepositoryKind, Rhythm, TargetKind
from backups.models import Repository, Target

RHYTHMS: list[tuple[Rhythm, dict[str, Any]]] = [
    (Rhythm.DAILY, {}),
    (Rhythm.WEEKLY, {"weekday": 6}),
    (Rhythm.MONTHLY, {"day": 1}),
]


def put_on_register(branch: Branch, manager: User) -> None:
    """Where restic is installed the product has a repository too: on this machine, so it is red, with its reason."""
    payroll = Target(name="Penggajian Jakarta", kind=TargetKind.REPORTED, branch=branch)
    payroll = actions.keep_target(target=payroll, fields=[], given={}, by=manager)
    token = actions.issue_ping(target=payroll, by=manager)
    actions.ping(token=token, signal="success", by=robot("demo"), said="412 MB in 38 s", size=412_000_000)
    product = Target(
        name="Kumala ITSM",
        kind=TargetKind.PRODUCT,
        branch=branch,
        newest_in="events_event.at",
        newest_hours=72,
    )
    product = actions.keep_target(target=product, fields=[], given={}, by=manager)
    _report()
    if shutil.which("restic") is None:
        return
    # A folder of its own: an earlier demo, whose database is gone, may have left a store whose password nobody has.
    home = Path(settings.BACKUP_HOME)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    row = Repository(name="Demo", kind=RepositoryKind.LOCAL, path=mkdtemp(prefix="demo-", dir=home))
    store = actions.keep_repository(repository=row, fields=[], given={}, by=manager)
    for rhythm, facts in RHYTHMS:
        actions.add_policy(
            target=product, repository=store, rhythm=rhythm, at=time(1), by=manager,
            reason="Hanya demo: tidak ada mesin kedua.", **facts,
        )  # fmt: skip


def _report() -> None:
    """The Board's page of last month, read by the Director."""
    now = timezone.now()
    report = actions.make_report(month=monthly.month_before(now), by=robot("demo"), now=now)
    director = User.objects.get_queryset().holding(Role.DIRECTOR).first()
    if report is not None and director is not None:
        actions.acknowledge_report(report=report, by=director)
