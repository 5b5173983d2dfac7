"""Releases that the IT Manager gives and a robot carries out (SOP-A6)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire
from devflow import rules
from devflow.actions._parts import lock_build
from devflow.enums import DevelopmentEvent, EnvironmentKind
from devflow.models import Build, Environment, Release
from devflow.models.releases import MOST_HOURS
from events import actions as events


@transaction.atomic
def give_release(*, build: Build, hours: int, by: User) -> Release:
    """Let a robot put this very build on Production within `hours`. Windows and all gates are asked again then.

    Raises PermissionDenied for anyone but the IT Manager who did not build it, NotPossible with the clause.
    """
    build = lock_build(build)
    request = build.request
    if not 1 <= hours <= MOST_HOURS:
        raise NotPossible(_("A release is good for 1 to %(most)s hours.") % {"most": MOST_HOURS})
    fire(build, "give_release", by=by)
    server = Environment.objects.get(system=request.system_id, kind=EnvironmentKind.PRODUCTION)
    now = timezone.now()
    release = Release.objects.create(
        build=build, environment=server, given_by=by, given_at=now, until_at=now + timedelta(hours=hours)
    )
    events.record(
        DevelopmentEvent.RELEASE_GIVEN, request.ticket, by=by,
        on_behalf_of=by.stands_in_for(Role.IT_MANAGER, branch_id=request.ticket.branch_id),
        build=build.version, hours=str(hours), release=release.pk,
    )  # fmt: skip
    return release


@transaction.atomic
def withdraw_release(*, release: Release, by: User) -> Release:
    """Take a release back before it was carried out. Raises NotPossible when it no longer counts."""
    release = Release.objects.lock(release, "build__request__ticket", "build__registered_by")
    if not rules.gives(release.build, by):
        raise PermissionDenied
    now = timezone.now()
    if release.withdrawn_at is not None or release.until_at <= now:
        raise NotPossible(_("This release no longer counts."))
    release.withdrawn_by, release.withdrawn_at = by, now
    release.save(update_fields=["withdrawn_by", "withdrawn_at"])
    events.record(
        DevelopmentEvent.RELEASE_WITHDRAWN, release.build.request.ticket, by=by, build=release.build.version,
        release=release.pk,
    )  # fmt: skip
    return release


def given_to_robot(*, build: Build, now: datetime) -> Release:
    """The release that a robot may carry out now. Raises NotPossible when the IT Manager has given none."""
    release = (
        Release.objects.valid(now).filter(build=build).select_related("given_by").order_by("-pk").first()
    )
    if release is None:
        raise NotPossible(
            _(
                "Production is released by the IT Manager. Ask for the release of this build; then run this again."
            ),
            rule="SOP-A6",
        )
    return release
