"""Keys with which the agents of a branch report."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Branch, User
from core.errors import NotPossible, PermissionDenied
from events import actions as events
from events.enums import Audience
from integrations.agents import rules
from integrations.agents.enums import AgentEvent
from integrations.agents.models import AgentKey

MOST_KEYS = 10  # of one branch at a time: the old and the new one while they are changed, and some for single machines
NOTED_EVERY = timedelta(minutes=5)  # a hundred reports a second would all write the same row


def fingerprint(*, secret: str) -> str:
    """What is kept of a password: it is long and random, so one hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue_key(*, branch: Branch, by: User, note: str = "") -> tuple[AgentKey, str]:
    """A new key of the branch and its password, which nobody can read again. Older keys stay valid until revoked.

    For the IT Manager of the branch and administrators; PermissionDenied for others.
    """
    key = AgentKey(branch=branch, note=note.strip()[:100], created_by=by)
    if not rules.keeps_keys(key, by):
        raise PermissionDenied
    if AgentKey.objects.filter(branch=branch, revoked_at=None).count() >= MOST_KEYS:
        raise NotPossible(_("This branch has %(most)s keys already. Revoke one first.") % {"most": MOST_KEYS})
    secret = secrets.token_urlsafe(24)
    key.username = f"{branch.code.lower()}-{secrets.token_hex(4)}"
    key.digest = fingerprint(secret=secret)
    key.save(force_insert=True)
    facts = {"username": key.username, "branch": str(branch)}
    events.record(AgentEvent.KEY_ISSUED, key, by=by, audience=Audience.STAFF, **facts)
    return key, secret


@transaction.atomic
def revoke_key(*, key: AgentKey, by: User) -> AgentKey:
    """From now on nobody reports with it. Raises NotPossible when that was so already, PermissionDenied for others."""
    key = AgentKey.objects.lock(key, "branch")
    if not rules.keeps_keys(key, by):
        raise PermissionDenied
    if key.revoked_at is not None:
        raise NotPossible(_("This key was revoked before."))
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    facts = {"username": key.username, "branch": str(key.branch)}
    events.record(AgentEvent.KEY_REVOKED, key, by=by, audience=Audience.STAFF, **facts)
    return key


def note_use(*, key: AgentKey) -> None:
    """When it was last used, to some minutes: so that one sees which key nobody needs any more."""
    now = timezone.now()
    if key.used_at is None or now - key.used_at > NOTED_EVERY:
        AgentKey.objects.filter(pk=key.pk, revoked_at=None).update(used_at=now)
