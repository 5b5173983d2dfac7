"""What several actions do on the way; called inside their transactions."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _

from core import locks
from core.errors import NotPossible, PermissionDenied
from inventory import rules
from inventory.enums import AssetField, AssetState, FieldKind
from inventory.models import Asset, AssetType, Repair

LONGEST_TEXT = 500
_TEXTS = ("name", "serial", "maker", "model", "supplier", "note")
_OF_TABLE = (*_TEXTS, "cost")
_FIELDS = frozenset(
    AssetField.values
)  # an enum makes this list anew each time, and imports ask for every cell


def said(value: Any) -> str:
    """A value as the history keeps it: a name, a date in ISO form, a number, or a dash for nothing."""
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Asset):
        return value.tag
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def next_tag(kind: AssetType) -> tuple[int, str]:
    """The number of a new asset and the tag that is made of it: PC-00012. Tags that people chose are left alone."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('inventory_asset', 'id'))")
            number = cursor.fetchone()[0]
            tag = f"{kind.prefix}-{number:05d}"
            if not Asset.objects.called([tag]).exists():
                return number, tag


def must_keep(thing: Any, by: Any) -> None:
    """Raises PermissionDenied for who does not keep the inventory of this branch."""
    if not rules.keeps(thing, by):
        raise PermissionDenied


def must_fit(asset: Asset) -> None:
    """Raises NotPossible where room, holder and branch, or part and whole, do not go together."""
    if asset.room is not None and asset.room.branch_id != asset.branch_id:
        raise NotPossible(
            _("%(room)s is not a room of %(branch)s. Choose another one.")
            % {"room": asset.room, "branch": asset.branch}
        )
    if asset.holder is not None and (asset.holder.is_robot or not asset.holder.is_active):
        raise NotPossible(_("%(name)s cannot hold anything. Choose somebody else.") % {"name": asset.holder})
    if asset.purchase_date and asset.warranty_date and asset.warranty_date < asset.purchase_date:
        raise NotPossible(_("The warranty ends before the day of purchase."))
    _must_be_part(asset)


def _must_be_part(asset: Asset) -> None:
    if leads_back(asset, lambda one: one.parent):
        raise NotPossible(_("It cannot belong to something that belongs to it."))


def hold_tie(part: Asset, whole: Asset) -> None:
    """Hold both, then all ties of parts to wholes, so that those who tie at once cannot close a circle unseen."""
    locks.hold_cases(("inventory.asset", one.pk) for one in (part, whole))
    hold_ties()


def hold_ties() -> None:
    """One at a time ties assets to each other; taken after the assets themselves."""
    locks.wait_for("inventory.ties")


def leads_back(part: Any, above: Callable[[Any], Any]) -> bool:
    """Whether something belongs to itself, step by step upwards by `above`, or further up than anything does."""
    whole, steps = above(part), 0
    while whole is not None:
        if whole == part or steps > 10:
            return True
        whole, steps = above(whole), steps + 1
    return False


def custody_keeps_its_holder(asset: Asset, facts: dict[str, Any]) -> None:
    """Raises NotPossible where facts name another holder than who signed for it (SOP-B4.1.1)."""
    if asset.custody_id and facts.get("holder", asset.holder) != asset.holder:
        raise NotPossible(rules.is_not_in_custody.message, rule=rules.is_not_in_custody.clause)


def own_values(kind: AssetType, given: dict[str, Any]) -> dict[str, Any]:
    """The values of the type's own fields, checked. Raises NotPossible for an unknown field or a value that is none."""
    known = {f["name"]: f for f in kind.own_fields}
    if unknown := sorted(set(given) - set(known)):
        raise NotPossible(
            _("%(type)s has no field called “%(field)s”.") % {"type": kind, "field": unknown[0]}
        )
    return {name: _own_value(known[name], value) for name, value in given.items()}


def _own_value(field: dict[str, Any], value: Any) -> Any:
    if value in (None, ""):
        return ""
    try:
        return _READ[field["kind"]](value, field)
    except (ValueError, ArithmeticError, TypeError) as problem:
        label = field.get("label") or field["name"]
        raise NotPossible(
            _("“%(value)s” does not fit into “%(field)s”.") % {"value": str(value)[:60], "field": label}
        ) from problem


def fits(field: dict[str, Any], value: Any) -> bool:
    """Whether this value may stand in this field."""
    try:
        _READ[field["kind"]](value, field)
    except (ValueError, ArithmeticError, TypeError):
        return False
    return True


def _number(value: Any, _field: dict[str, Any]) -> str:
    number = Decimal(str(value).strip().replace(",", "."))
    if not number.is_finite():
        raise ValueError(value)
    return format(number.normalize(), "f")


def _choice(value: Any, field: dict[str, Any]) -> str:
    if str(value) not in [str(choice) for choice in field.get("choices", [])]:
        raise ValueError(value)
    return str(value)


def _yes_no(value: Any, _field: dict[str, Any]) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("yes", "ya", "true", "1", "on"):
        return True
    if text in ("no", "tidak", "false", "0"):
        return False
    raise ValueError(value)


_READ: dict[str, Any] = {
    FieldKind.TEXT: lambda value, _field: str(value).strip()[:LONGEST_TEXT],
    FieldKind.NUMBER: _number,
    FieldKind.DATE: lambda value, _field: date.fromisoformat(str(value)).isoformat(),
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
}


def note_repair(*, asset: Asset, before: str, reason: str, by: Any, cost: Decimal | None = None) -> None:
    """A repair begins or ends with the state of the asset, which the caller has moved.

    Raises NotPossible for a `cost` where none ends: what was spent is not thrown away.
    """
    if asset.state == AssetState.REPAIR and before != AssetState.REPAIR:
        repair_of(asset, reason, by).save(force_insert=True)
    ends = before == AssetState.REPAIR and asset.state != AssetState.REPAIR
    open_one = Repair.objects.filter(asset=asset, ended_at=None).first() if ends else None
    if cost is not None and open_one is None:
        raise NotPossible(_("No repair ends with this, so it cannot have cost anything."))
    if open_one is not None:
        open_one.cost, open_one.ended_at = cost, timezone.now()
        clean(open_one, "cost")
        open_one.save(update_fields=["cost", "ended_at"])


def repair_of(asset: Asset, reason: str, by: Any) -> Repair:
    """The repair that begins with the state of the asset; not saved."""
    return Repair(asset=asset, reason=reason.strip()[:500], started_by=by)


def clean(row: models.Model, *names: str) -> None:
    """Check the named fields as their declaration says; raises NotPossible with the field's name and sentence."""
    for name in names:
        field = row._meta.get_field(name)
        try:
            setattr(row, name, field.clean(getattr(row, name), row))  # type: ignore[union-attr]
        except Exception as problem:
            if not hasattr(problem, "messages"):
                raise
            label = getattr(field, "verbose_name", name)
            raise NotPossible(f"{label}: {problem.messages[0]}") from problem


def take(asset: Asset, facts: dict[str, Any]) -> None:
    """Write facts, fields of `AssetField`, onto the asset; nothing is saved."""
    for name, value in facts.items():
        if name not in _FIELDS:
            raise TypeError(f"an asset has no field {name}")
        setattr(asset, name, (value or "").strip() if name in _TEXTS else value)


def details_of(asset: Asset, given: dict[str, Any]) -> dict[str, Any]:
    """The own fields, after these were given; what another type knew stays only as far as this one has it too."""
    names = {f["name"] for f in asset.type.own_fields}
    kept = {name: value for name, value in asset.details.items() if name in names}
    return kept | own_values(asset.type, given)


def check(asset: Asset) -> None:
    """Raises NotPossible where a fact does not fit its column, or facts do not go together."""
    clean(asset, "tag", *_OF_TABLE)
    must_fit(asset)


def differences(asset: Asset, before: dict[str, Any], own: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What changed since: the field, what stood there, and what stands there now."""
    found = [(n, old, getattr(asset, n)) for n, old in before.items() if getattr(asset, n) != old]
    labels = {f["name"]: f.get("label") or f["name"] for f in asset.type.own_fields}
    for name in dict.fromkeys([*own, *asset.details]):
        old, new = own.get(name, ""), asset.details.get(name, "")
        if old != new:
            found.append((labels.get(name, name), old, new))
    return found
