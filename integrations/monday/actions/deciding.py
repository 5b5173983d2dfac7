"""What a person decides about the mirror: try again, let go on, put on the board again, seen."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import times
from core.errors import NotPossible, PermissionDenied
from events import actions as events
from events import doorbell
from events.enums import Audience
from integrations.monday.actions._parts import is_ready
from integrations.monday.actions.sweeping import rested_at
from integrations.monday.enums import Field, LinkState, MondayEvent, StrayState
from integrations.monday.limits import State
from integrations.monday.models import Connection, Difference, Link, Remark, Stray


def _operators_only(by: User) -> None:
    if not by.runs_operations:
        raise PermissionDenied


def why_not_compare(*, connection: Connection | None, now: datetime) -> str:
    """Why nobody can ask for a walk just now, "" where those who run operations can: for the button and the call."""
    if connection is None or not is_ready(connection):
        return str(_("The mirror is not connected, or it is switched off."))
    state = State.of(connection.state).at(now)
    if state.is_blocked:
        return str(_("monday.com refuses us: %(why)s") % {"why": state.reason})
    if state.open_until:
        return str(_("It waits: %(why)s") % {"why": state.reason})
    again = rested_at(connection=connection)
    if again is not None and again > now:
        said = _(
            "Both sides were compared a moment ago, and each time takes calls of the day. Again from %(time)s on."
        )
        return str(said % {"time": times.words(again, now)})
    return ""


@transaction.atomic
def compare(*, by: User) -> None:
    """Walk the whole board now, and write the report, instead of in its turn.

    Raises NotPossible where there is nothing to ask, and while the last walk is so young that the calls of the day
    would be walked away.
    """
    _operators_only(by)
    connection, now = Connection.objects.current(), timezone.now()
    if refusal := why_not_compare(connection=connection, now=now):
        raise NotPossible(refusal)
    Connection.objects.update(report_due_at=now)
    doorbell.ring("monday.sweep")


@transaction.atomic
def retry(*, link: Link, by: User) -> Link:
    """Send it again, after whatever stood in its way was mended. Raises NotPossible unless it was given up."""
    _operators_only(by)
    link = Link.objects.lock(link)
    if link.state != LinkState.DEAD:
        raise NotPossible(_("It is not given up."))
    link.state = LinkState.ACTIVE if link.item_id else LinkState.NEW
    link.attempts, link.last_error, link.due_at = 0, "", timezone.now()
    link.is_stale, link.version = bool(link.item_id), link.version + 1
    link.save()
    events.record(MondayEvent.RETRIED, link.ticket, by=by, audience=Audience.STAFF)
    doorbell.ring("monday.work")
    return link


@transaction.atomic
def retry_remark(*, remark: Remark, by: User) -> Remark:
    """Write a remark again that was given up."""
    _operators_only(by)
    remark = Remark.objects.select_for_update(of=("self",)).get(pk=remark.pk)
    if not remark.is_dead:
        raise NotPossible(_("It is not given up."))
    remark.is_dead, remark.attempts, remark.due_at = False, 0, timezone.now()
    remark.save(update_fields=["is_dead", "attempts", "due_at"])
    doorbell.ring("monday.work")
    return remark


@transaction.atomic
def resume(*, link: Link, by: User) -> Link:
    """Let the stopped fields go on; whatever changed them again and again should be mended first."""
    _operators_only(by)
    link = Link.objects.lock(link)
    for name in link.paused:
        events.record(MondayEvent.RESUMED, link.ticket, by=by, audience=Audience.STAFF, field=Field(name))
    if not link.paused:
        raise NotPossible(_("Nothing is stopped."))
    link.paused, link.flips, link.is_stale, link.due_at = {}, {}, True, timezone.now()
    link.save()
    doorbell.ring("monday.work")
    return link


@transaction.atomic
def renew(*, link: Link, by: User) -> Link:
    """A new card for a request whose card was archived or deleted. Raises NotPossible while it has one."""
    _operators_only(by)
    link = Link.objects.lock(link)
    if link.state != LinkState.GONE:
        raise NotPossible(_("It has its card."))
    link.state, link.item_id, link.base, link.others, link.sent = LinkState.NEW, "", {}, [], []
    link.attempts, link.due_at, link.version = 0, timezone.now(), link.version + 1
    link.save()
    events.record(MondayEvent.RENEWED, link.ticket, by=by, audience=Audience.STAFF)
    doorbell.ring("monday.work")
    return link


@transaction.atomic
def see(*, finding: Difference, by: User) -> Difference:
    """Somebody has looked at it; it leaves the page and stays in the history of the request."""
    _operators_only(by)
    finding = Difference.objects.select_for_update(of=("self",)).get(pk=finding.pk)
    if finding.seen_at is None:
        finding.seen_at, finding.seen_by = timezone.now(), by
        finding.save(update_fields=["seen_at", "seen_by"])
    return finding


@transaction.atomic
def leave(*, stray: Stray, by: User) -> Stray:
    """A card made by hand stays what it is."""
    _operators_only(by)
    stray = Stray.objects.select_for_update(of=("self",)).get(pk=stray.pk)
    if stray.state != StrayState.WAITS:
        raise NotPossible(_("This was decided already."))
    stray.state = StrayState.IGNORED
    stray.save(update_fields=["state"])
    return stray
