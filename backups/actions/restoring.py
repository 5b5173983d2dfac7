"""Restores: asked for with a plan, agreed by two when they go over the source, carried out as a run (SOP-A4)."""

import re
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User
from backups import rules, working
from backups.actions import _parts
from backups.enums import DATABASES, BackupEvent, Part, RunKind, TargetKind
from backups.models import Restore, Run, Snapshot
from core.errors import NotPossible
from core.transitions import fire

_NAME = re.compile(r"[a-z][a-z0-9_]{2,50}")
WITHIN = timedelta(days=1)  # an agreed restore begins, or is asked for again


@transaction.atomic
def ask_restore(
    *, source: Run, reason: str, by: User, over_source: bool = False, path: str = "", destination: str = ""
) -> Restore:
    """A wish to restore that set. Beside the source it begins at once; over it the other of the two must agree.

    Raises PermissionDenied for anyone but IT Manager and Database Manager, NotPossible.
    """
    rules.only(rules.restores, source, by)
    target = source.target
    if target is None or not Snapshot.objects.kept().of_set(source).exists():
        raise NotPossible(_("There is no copy that could be restored."))
    if not reason.strip():
        raise NotPossible(_("Say why."))
    path = _path(path, target.kind)
    wish = Restore(
        target=target, source=source, over_source=over_source, path=path, reason=reason.strip()[:500], asked_by=by,
        destination="" if over_source else _destination(destination),
    )  # fmt: skip
    if over_source and not rules.is_not_the_product_itself(wish):
        refusal = rules.is_not_the_product_itself
        raise NotPossible(refusal.message, rule=refusal.clause)
    wish.plan = plan(source=source, over_source=over_source, path=path, destination=wish.destination)
    _give_word(wish, by)
    wish.save(force_insert=True)
    facts = {"target": target.name, "goal": wish.where, "reason": wish.reason, "restore_id": wish.pk}
    _parts.record(BackupEvent.RESTORE_ASKED, wish, by=by, **facts)
    return wish if over_source else _begin(wish, by)


def _path(path: str, kind: str) -> str:
    path = path.strip()
    if not path:
        return ""
    if kind in DATABASES:
        raise NotPossible(
            _("Of a database only the whole can be restored. Restore it beside, and take out what you need.")
        )
    if ".." in path.split("/") or "\0" in path:
        raise NotPossible(_("This is no path inside the copy."))
    return path


def _destination(name: str) -> str:
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise NotPossible(
            _(
                "Give the restored copy a name of small letters, digits and underscores, as before_the_mistake."
            )
        )
    return name


def plan(*, source: Run, over_source: bool, path: str, destination: str) -> list[dict[str, Any]]:
    """What would happen, part by part: shown before anything does."""
    target = source.target
    assert target is not None
    if over_source and target.kind == TargetKind.PRODUCT:
        raise NotPossible(
            rules.is_not_the_product_itself.message, rule=rules.is_not_the_product_itself.clause
        )
    steps = []
    for snapshot in Snapshot.objects.kept().of_set(source):
        if snapshot.part == Part.SET or (path and snapshot.part == Part.DATABASE):
            continue
        if over_source:
            goal = target.database if snapshot.part == Part.DATABASE else target.path
        elif snapshot.part == Part.DATABASE and target.kind != TargetKind.PRODUCT:
            goal = destination
        else:
            goal = working.beside(destination)
        steps.append({
            "part": snapshot.part, "snapshot": snapshot.reference[:8], "bytes": snapshot.size, "goal": goal,
            "made_at": snapshot.made_at.isoformat(), "path": path, "over": over_source,
        })  # fmt: skip
    return steps


def _give_word(wish: Restore, by: User) -> None:
    """As Database Manager only where one is not IT Manager, or where that word is given: two roles, two persons."""
    if by.holds(Role.IT_MANAGER) and wish.manager_id is None and wish.db_manager_id != by.pk:
        wish.manager = by
    elif by.holds(Role.DB_MANAGER) and wish.db_manager_id is None and wish.manager_id != by.pk:
        wish.db_manager = by
    else:
        raise NotPossible(rules.has_both_words.message, rule=rules.has_both_words.clause)


@transaction.atomic
def agree_restore(*, restore: Restore, by: User) -> Restore:
    """The second word; it begins. Raises PermissionDenied, NotPossible for the same person or role (SOP-A4)."""
    rules.only(rules.restores, restore, by)
    wish = Restore.objects.lock(restore, "target", "source")
    if not rules.waits(wish):
        raise NotPossible(rules.waits.message)
    _give_word(wish, by)
    _parts.record(BackupEvent.RESTORE_AGREED, wish, by=by, target=wish.target.name, goal=wish.where)
    return _begin(wish, by)


@transaction.atomic
def refuse_restore(*, restore: Restore, reason: str, by: User) -> Restore:
    """Nothing is restored. Raises PermissionDenied, NotPossible."""
    rules.only(rules.restores, restore, by)
    wish = Restore.objects.lock(restore, "target", "source")
    fire(wish, "refuse", by=by)
    facts = {"target": wish.target.name, "goal": wish.where, "reason": reason.strip()[:500]}
    _parts.record(BackupEvent.RESTORE_REFUSED, wish, by=by, **facts)
    return wish


def _begin(wish: Restore, by: User) -> Restore:
    now = timezone.now()
    wish.run = Run.objects.create(
        kind=RunKind.RESTORE, target=wish.target, repository_id=wish.source.repository_id, source=wish.source,
        asked_by=by, asked_at=now, due_at=now, closes_at=now + WITHIN,
        evidence={"over_source": wish.over_source, "path": wish.path, "destination": wish.destination},
    )  # fmt: skip
    fire(wish, "agree", by=by)
    return wish


@transaction.atomic
def note_download(*, snapshot: Snapshot, path: str, by: User) -> None:
    """Somebody takes a file out of a copy: on record before the first byte leaves. Raises PermissionDenied."""
    rules.only(rules.restores, snapshot, by)
    run = snapshot.run
    _parts.record(
        BackupEvent.DOWNLOADED,
        run,
        by=by,
        target=_parts.name_of(run),
        path=path[:300],
        snapshot=snapshot.reference,
    )
