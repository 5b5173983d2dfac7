"""Asking servers which version they run, and saying so when it is not what was deployed there."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import NotPossible, PermissionDenied
from core.fetching import NotFetched, fetch
from devflow import rules, versions
from devflow.enums import RUNS, Check, SystemEvent
from devflow.models import Build, Deployment, Environment, VersionCheck
from events import actions as events
from events.enums import Audience
from events.subjects import Subject

EVERY = timedelta(minutes=15)
AT_ONCE = 20  # servers in one pass: a hundred seconds when none of them answers
_EVENTS = {
    Check.FITS: SystemEvent.VERSION_FITS,
    Check.DIFFERS: SystemEvent.VERSION_DIFFERS,
    Check.SILENT: SystemEvent.VERSION_SILENT,
}


def look_at_versions(*, by: User) -> int:
    """Ask every server whose time has come; how many were asked. A server is asked by one worker at a time."""
    asked = 0
    for server in list(Environment.objects.to_be_looked_at(timezone.now())[:AT_ONCE]):
        if _claim(server, timezone.now()):
            _look(server, by)
            asked += 1
    return asked


def look_now(*, server: Environment, by: User) -> VersionCheck:
    """Ask one server at once. Raises PermissionDenied for others than IT, NotPossible without an address to ask."""
    if not rules.looks(server.system, by):
        raise PermissionDenied
    if not server.version_address:
        raise NotPossible(_("This server has no address that tells its version."))
    _claim(server, timezone.now() + EVERY)
    return _look(server, by)


@transaction.atomic
def _claim(server: Environment, now: datetime) -> bool:
    """Take the turn at this server; False when somebody was quicker."""
    VersionCheck.objects.get_or_create(environment=server, defaults={"due_at": now})
    rows = VersionCheck.objects.select_for_update(skip_locked=True)
    check = rows.filter(environment=server, due_at__lte=now).first()
    if check is None:
        return False
    check.due_at = timezone.now() + EVERY
    check.save(update_fields=["due_at"])
    return True


def _look(server: Environment, by: User) -> VersionCheck:
    """Ask outside of any transaction: nothing is locked while somebody else takes their time."""
    try:
        said = versions.told(fetch(server.version_address, networks=settings.VERSION_CHECK_NETWORKS))
        return _keep(server, said, "" if said.words or said.commit else _("its answer names no version"), by)
    except NotFetched as problem:
        return _keep(server, versions.Told(), str(problem), by)


@transaction.atomic
def _keep(server: Environment, said: versions.Told, problem: str, by: User) -> VersionCheck:
    check = (
        VersionCheck.objects.select_related("environment")
        .select_for_update(of=("self",))
        .get(environment=server)
    )
    rows = (
        Deployment.objects.that_changed().filter(environment=server).select_related("build").order_by("-pk")
    )
    newest = rows.first()
    build = newest.build if newest is not None and newest.result in RUNS else None
    before, now = (check.state, check.told, check.expected), timezone.now()
    check.told, check.looked_at = (problem or said.words)[:200], now
    check.expected, check.state = (build.version, _state(said, problem, build)) if build else ("", "")
    if (check.state, check.told, check.expected) != before:
        check.since_at = now
        _tell(check, before[0], by)
    check.save()
    return check


def _state(said: versions.Told, problem: str, build: Build) -> Check:
    if problem:
        return Check.SILENT
    fits = versions.fits(said, version=build.version, commit=build.commit)
    return Check.FITS if fits else Check.DIFFERS


def _tell(check: VersionCheck, before: str, by: User) -> None:
    """What differs is said each time it becomes another difference; what fits, only when it did not before."""
    if (
        not check.state
        or (check.state == Check.FITS and not before)
        or check.state == before != Check.DIFFERS
    ):
        return
    server = check.environment
    events.record(
        _EVENTS[Check(check.state)], Subject("devflow.system", server.system_id), by=by, audience=Audience.STAFF,
        environment=server.kind, build=check.expected, told=check.told,
    )  # fmt: skip
