"""What the IT Manager keeps: targets, repositories, policies, reporting addresses."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from backups import restic, rules, vault, working
from backups.actions import _parts
from backups.enums import CLAUSE, Apart, BackupEvent, Rhythm
from backups.models import BackupPolicy, Contact, Repository, Target
from backups.pipes import Broken
from core.database import refusal_of
from core.errors import NotPossible

SECRETS = ("password", "key", "access_key", "secret_key", "restore_user", "restore_password")


@transaction.atomic
def keep_target(*, target: Target, fields: list[str], given: dict[str, str], by: User) -> Target:
    """Save a target, new or changed; of its secrets (`given`) only those that were typed. Raises PermissionDenied."""
    rules.only(rules.keeps, target, by)
    is_new = target.pk is None
    if not is_new:
        Target.objects.lock(target)
    fields = [*fields, *_sealed(target, given)]
    if is_new or "period_hours" in fields or "grace_minutes" in fields:
        target.alarm_at = target.next_alarm_at
    target.save()
    if is_new:
        _parts.record(BackupEvent.TARGET_ADDED, target, by=by, target=target.name)
    elif fields:
        changed = ", ".join(dict.fromkeys(fields))
        _parts.record(BackupEvent.TARGET_CHANGED, target, by=by, target=target.name, fields=changed)
    return target


@transaction.atomic
def keep_repository(
    *, repository: Repository, fields: list[str], given: dict[str, str], by: User
) -> Repository:
    """Save a repository, new or changed, and make it where there is none.

    A password is invented when none is typed. Raises PermissionDenied, and NotPossible when it cannot be reached or
    opened: a repository that nobody can write to is not put on record.
    """
    rules.only(rules.keeps, repository, by)
    is_new = repository.pk is None
    if not is_new:
        Repository.objects.lock(repository)
    if is_new and not given.get("password"):
        given = given | {"password": secrets.token_urlsafe(32)}
    fields = [*fields, *_sealed(repository, given)]
    _reach(repository)
    repository.is_made = True
    repository.save()
    if is_new:
        _parts.record(BackupEvent.REPOSITORY_ADDED, repository, by=by, repository=repository.name)
    elif fields:
        changed = ", ".join(dict.fromkeys(fields))
        _parts.record(
            BackupEvent.REPOSITORY_CHANGED, repository, by=by, repository=repository.name, fields=changed
        )
    return repository


def _sealed(thing: Any, given: dict[str, str]) -> list[str]:
    """Seal what was typed beside what is sealed already; the names of what changed."""
    typed = {name: value for name, value in given.items() if name in SECRETS and value}
    if typed:
        thing.secrets = vault.close(vault.open_(thing.secrets) | typed)
    return sorted(typed)


def _reach(repository: Repository) -> None:
    with vault.hand() as hand:
        store = restic.Store(repository, hand)
        try:
            store.make()
            store.look()
        except Broken as broken:
            raise NotPossible(broken.fault.label) from None


@transaction.atomic
def add_policy(
    *, target: Target, repository: Repository, rhythm: Rhythm, by: User, reason: str = "",
    contacts: Iterable[User] = (), **facts: Any,
) -> BackupPolicy:  # fmt: skip
    """Back a target up into a repository, daily, weekly or monthly (SOP-B4.4.2).

    Where both lie is looked at now. A copy that does not lie apart from the main server needs the IT Manager's
    `reason`, and is shown red ever after. Raises PermissionDenied, NotPossible.
    """
    rules.only(rules.keeps, target, by)
    target = Target.objects.lock(target, "branch")
    if target.is_reported:
        raise NotPossible(_("Its own script decides when. Say here only how often we must hear from it."))
    if not (target.is_active and repository.is_active):
        raise NotPossible(_("It could never run: the target or the repository is not in use."), rule=CLAUSE)
    apart, here, there = working.judge_places(target, repository)
    reason = reason.strip()
    if target.is_sop and apart != Apart.APART and not reason:
        raise NotPossible(
            _(
                "The copy would lie %(apart)s (%(here)s, %(there)s). Choose another repository, or say why it may."
            )
            % {"apart": apart.label, "here": here["mount"], "there": there["mount"]},
            rule=CLAUSE,
        )
    accepted = reason if apart != Apart.APART else ""
    policy = BackupPolicy(
        target=target, repository=repository, rhythm=rhythm, apart=apart, judged_at=timezone.now(),
        same_place_reason=accepted, same_place_by=by if accepted else None, **facts,
    )  # fmt: skip
    _save_policy(policy, contacts)
    words = {"target": target.name, "rhythm": rhythm, "repository": repository.name}
    _parts.record(BackupEvent.POLICY_ADDED, policy, by=by, **words)
    if accepted:
        _parts.record(BackupEvent.SAME_PLACE, policy, by=by, target=target.name, apart=apart, reason=accepted)
    return policy


def _save_policy(policy: BackupPolicy, contacts: Iterable[User]) -> None:
    _require_possible(policy)
    policy.next_at = _parts.timetable(policy).next_after(timezone.now())
    try:
        with transaction.atomic():
            policy.save(force_insert=True)
    except IntegrityError as problem:
        raise refusal_of(problem) or NotPossible(
            _("This target has a policy of this rhythm into this repository already.")
        ) from None
    Contact.objects.bulk_create(Contact(policy=policy, person=person) for person in contacts)


def _require_possible(policy: BackupPolicy) -> None:
    """Raises NotPossible for a policy that could never run, or would keep nothing."""
    if policy.rhythm == Rhythm.WEEKLY and policy.weekday is None:
        raise NotPossible(_("Say on which day of the week."), rule=CLAUSE)
    if policy.rhythm == Rhythm.MONTHLY and policy.day is None:
        raise NotPossible(_("Say on which day of the month."), rule=CLAUSE)
    if policy.rhythm != Rhythm.WEEKLY:
        policy.weekday = None
    if policy.rhythm != Rhythm.MONTHLY:
        policy.day = None
    if not policy.keep_daily + policy.keep_weekly + policy.keep_monthly:
        raise NotPossible(_("Keep at least one copy."), rule=CLAUSE)


@transaction.atomic
def end_policy(*, policy: BackupPolicy, by: User) -> BackupPolicy:
    """It no longer runs; what it made stays. Raises PermissionDenied, NotPossible when somebody was quicker."""
    rules.only(rules.keeps, policy, by)
    policy = BackupPolicy.objects.lock(policy, "target")
    if policy.ended_at is not None:
        raise NotPossible(_("This has ended already."))
    policy.ended_at = timezone.now()
    policy.save(update_fields=["ended_at"])
    _parts.record(BackupEvent.POLICY_ENDED, policy, by=by, target=policy.target.name, rhythm=policy.rhythm)
    return policy


@transaction.atomic
def issue_ping(*, target: Target, by: User) -> str:
    """A new address by which the target's own script reports; the former one counts no longer. Shown once."""
    rules.only(rules.keeps, target, by)
    target = Target.objects.lock(target)
    token = secrets.token_urlsafe(24)
    target.token_hash = digest(token)
    target.save(update_fields=["token_hash"])
    _parts.record(BackupEvent.TOKEN_ISSUED, target, by=by, target=target.name)
    return token


def digest(token: str) -> str:
    """What is kept of a reporting address."""
    return hashlib.sha256(token.encode()).hexdigest()
