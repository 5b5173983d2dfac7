"""Types of assets and rooms: what assets are described with."""

import re
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Branch, User
from core.errors import NotPossible, PermissionDenied
from events import actions as events
from events.enums import Audience, LedgerEvent
from inventory import rules
from inventory.actions._parts import clean, fits, must_keep, said
from inventory.enums import FieldKind
from inventory.models import Asset, AssetType, Room

MOST_FIELDS = 30


@transaction.atomic
def keep_type(*, type: AssetType, fields: list[str], by: User) -> AssetType:  # noqa: A002 - the word of the field
    """Save a type of asset, new or changed; the ledger says which fields changed.

    By the IT Manager or an administrator, PermissionDenied for others. Raises NotPossible for own fields that are none,
    and for a change of them that assets would lose something by: a field that is filled in is switched off, not taken
    away, and neither its kind nor its choices leave out what stands in it.
    """
    if not rules.defines(type, by):
        raise PermissionDenied
    clean(type, "name", "prefix")
    if AssetType.objects.filter(name__iexact=type.name).exclude(pk=type.pk).exists():
        raise NotPossible(_("There is a type called %(name)s already.") % {"name": type.name})
    _must_be_fields(type.fields)
    if type.pk:
        _must_lose_nothing(AssetType.objects.select_for_update().get(pk=type.pk), type.own_fields)
    type.save()
    events.record(
        LedgerEvent.REFERENCE_CHANGED, type, by=by, audience=Audience.STAFF, what=str(type),
        fields=", ".join(fields) or "name",
    )  # fmt: skip
    return type


def _must_be_fields(fields: Any) -> None:
    if not isinstance(fields, list) or len(fields) > MOST_FIELDS:
        raise NotPossible(_("Own fields are a list, of %(most)s at the most.") % {"most": MOST_FIELDS})
    names = [field.get("name") if isinstance(field, dict) else None for field in fields]
    for field, name in zip(fields, names, strict=True):
        known = isinstance(field, dict) and field.get("kind") in FieldKind.values
        if not known or not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", str(name)):
            raise NotPossible(_("Each own field has a name in small letters and a kind."))
        if field["kind"] == FieldKind.CHOICE and not field.get("choices"):
            raise NotPossible(_("A choice needs something to choose from."))
    if len(set(names)) < len(names):
        raise NotPossible(_("Two own fields have the same name."))


def _must_lose_nothing(before: AssetType, fields: list[dict[str, Any]]) -> None:
    now = {field["name"]: field for field in fields}
    for old in before.own_fields:
        new = now.get(old["name"])
        if new is not None and (new["kind"], new.get("choices")) == (old["kind"], old.get("choices")):
            continue
        label = old.get("label") or old["name"]
        for value in _values_of(before, old["name"]):
            if new is None:
                raise NotPossible(
                    _("“%(field)s” is filled in for some assets. Switch it off instead: what they have stays.")
                    % {"field": label}
                )  # fmt: skip
            if not fits(new, value):
                raise NotPossible(
                    _("Some assets have “%(value)s” in “%(field)s”, which would fit no more. Change those first.")
                    % {"field": label, "value": said(value)}
                )  # fmt: skip


def _values_of(kind: AssetType, name: str) -> list[Any]:
    """Everything that stands in this field of some asset."""
    rows = Asset.objects.filter(type=kind, details__has_key=name).order_by()
    found = rows.values_list(f"details__{name}", flat=True).distinct()
    return [value for value in found.iterator(chunk_size=1000) if value not in (None, "")]


@transaction.atomic
def keep_room(
    *, branch: Branch, name: str, by: User, room: Room | None = None, is_active: bool = True
) -> Room:
    """A room of a branch, new, renamed or no longer in use. By the IT staff of the branch; PermissionDenied for others.

    Raises NotPossible for a name that the branch has already.
    """
    kept = room or Room(branch=branch)
    must_keep(kept, by)
    kept.name, kept.is_active = " ".join(name.split()), is_active
    clean(kept, "name")
    if Room.objects.filter(branch=branch, name__iexact=kept.name).exclude(pk=kept.pk).exists():
        raise NotPossible(
            _("%(branch)s has a room called %(name)s already.") % {"branch": branch, "name": kept.name}
        )
    kept.save()
    events.record(
        LedgerEvent.REFERENCE_CHANGED, kept, by=by, audience=Audience.STAFF, what=f"{branch}, {kept.name}",
        fields="name, is_active",
    )  # fmt: skip
    return kept
