"""Custody: recording what changes hands, and what follows from the signature under it (SOP-B4.1.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.actions import robot
from accounts.models import User
from approvals import actions as approvals
from approvals.enums import ApprovalState, Kind
from approvals.models import Approval
from core import locks
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, fits_state, why_not
from events import actions as events
from inventory import rules
from inventory.actions._parts import note_repair, said
from inventory.actions.assets import verify
from inventory.enums import AssetEvent, AssetState, Condition, Direction, HandoverEvent
from inventory.models import Asset, Handover, HandoverLine

MOST_ITEMS = 50
_MOVE = {Direction.OUT: "hand_over", Direction.BACK: "take_back"}


@dataclass(frozen=True)
class Item:
    """One asset that changes hands: how it looks, what is said about it, photos of it."""

    asset: Asset
    condition: str = Condition.GOOD
    note: str = ""
    photos: Sequence[tuple[str, BinaryIO]] = field(default=())


@transaction.atomic
def hand_over(*, person: User, items: Sequence[Item], by: User, note: str = "") -> Handover:
    """Record that a person gets these assets; they are asked to sign, and have them from then on.

    By the IT staff of the branch where the assets are, for somebody else. Raises NotPossible for assets that somebody
    signed for already, that wait for a signature, are lost or retired, or lie in several branches.
    """
    if person.is_robot or not person.is_active:
        raise NotPossible(_("%(name)s cannot hold anything. Choose somebody else.") % {"name": person})
    assets = _held(items, Direction.OUT, by)
    _must_be_somebody_else(person, by)
    made = Handover(direction=Direction.OUT, person=person, signer=person, note=note.strip()[:2000])
    return _recorded(made, _with(items, assets), by)


@transaction.atomic
def take_back(
    *, person: User, items: Sequence[Item], by: User, note: str = "", without_reason: str = ""
) -> Handover:
    """Record that a person gives these assets back; they sign that, and the assets are in stock from then on.

    Where nobody is there to sign, the IT Manager signs in their own name and says why (`without_reason`). Raises
    NotPossible for assets that the person does not hold, PermissionDenied for who does not keep the inventory there.
    """
    assets = _held(items, Direction.BACK, by)
    if foreign := next((asset for asset in assets.values() if asset.holder_id != person.pk), None):
        raise NotPossible(_("%(asset)s is not held by %(name)s.") % {"asset": foreign.tag, "name": person})
    reason = " ".join(without_reason.split())[:500]
    made = Handover(
        direction=Direction.BACK, person=person, signer=by if reason else person, without_reason=reason,
        note=note.strip()[:2000],
    )  # fmt: skip
    made.branch = next(iter(assets.values())).branch
    if reason and not rules.takes_back_unsigned(made, by):
        raise PermissionDenied
    _must_be_somebody_else(person, by)
    if not reason and not person.is_active:
        raise NotPossible(
            _("%(name)s can no longer sign in. The IT Manager takes it back without their signature, and says why.")
            % {"name": person}
        )  # fmt: skip
    return _recorded(made, _with(items, assets), by)


def _must_be_somebody_else(person: User, by: User) -> None:
    if person.pk == by.pk:
        raise NotPossible(
            _("Nobody hands things over to themselves. A colleague records it, you sign."), rule="SOP-B4.1.1"
        )


def _held(items: Sequence[Item], direction: Direction, by: User) -> dict[int, Asset]:
    """The assets, held in one order and fit to change hands in this direction."""
    keys = [item.asset.pk for item in items]
    if not 0 < len(keys) <= MOST_ITEMS:
        raise NotPossible(
            _("A hand-over has at least one item, and %(most)s at the most.") % {"most": MOST_ITEMS}
        )
    if len(set(keys)) < len(keys):
        raise NotPossible(_("An item stands in this hand-over twice."))
    rows = sorted((item.asset for item in items), key=lambda asset: asset.pk)
    locks.hold_cases(("inventory.asset", row.pk) for row in rows)
    assets = {row.pk: Asset.objects.lock(row, "branch", "type", "holder") for row in rows}
    for asset in assets.values():
        if refusal := why_not(asset, _MOVE[direction], by):
            raise _named(refusal, asset)
    if len({asset.branch_id for asset in assets.values()}) > 1:
        raise NotPossible(_("Everything in one hand-over is of one branch. Make one for each branch."))
    waiting = HandoverLine.objects.waiting().filter(asset__in=list(assets)).with_list_columns().first()
    if waiting is not None:
        raise NotPossible(
            _("%(asset)s waits for a signature already: %(number)s. Withdraw that one first.")
            % {"asset": waiting.asset.tag, "number": waiting.handover.number}
        )
    return assets


def _named(refusal: Exception, asset: Asset) -> Exception:
    """The same refusal, with the asset that it is about."""
    if not isinstance(refusal, NotPossible):
        return refusal
    return NotPossible(f"{asset.tag}: {refusal}", rule=refusal.rule)


def _with(items: Sequence[Item], assets: dict[int, Asset]) -> list[Item]:
    return [Item(assets[item.asset.pk], item.condition, item.note, item.photos) for item in items]


def _recorded(made: Handover, items: list[Item], by: User) -> Handover:
    """The rows, the form that is signed, and what the history says of it."""
    made.branch, made.recorded_by = items[0].asset.branch, by
    if not all(item.condition in Condition.values for item in items):
        raise NotPossible(_("Say of each item in which condition it is."))
    made.save(force_insert=True)
    lines = [
        HandoverLine(handover=made, asset=item.asset, condition=item.condition, note=item.note.strip()[:500])
        for item in items
    ]
    HandoverLine.objects.bulk_create(lines)
    events.record(HandoverEvent.RECORDED, made, by=by, count=len(items), person=str(made.person))
    made.approval = _asked(made, list(zip(lines, items, strict=True)), by)
    made.save(update_fields=["approval"])
    for line in lines:
        fire(line.asset, _MOVE[Direction(made.direction)], by=by)
        if line.asset.state != AssetState.LOST:
            verify(asset=line.asset, by=by)
        _tell(AssetEvent.OFFERED, line, made, by, person=str(made.person))
    return made


def _asked(made: Handover, rows: list[tuple[HandoverLine, Item]], by: User) -> Approval:
    """The form, with its photos, submitted to the one who signs. It is written in their language."""
    with override(made.signer.language):
        title = _title(made, [line for line, _item in rows])
    barred = () if made.signer_id == by.pk else (by.pk,)
    form = approvals.draft(
        kind=Kind.BAST, subject=made, case=made, title=title, content={}, branch=made.branch, requester=made.signer,
        by=by, barred=barred,
    )  # fmt: skip
    content = _content(made, by) | {"lines": [_line(form, line, item, by) for line, item in rows]}
    form = approvals.save_draft(approval=form, content=content, version=form.version, by=by)
    return approvals.submit(approval=form, by=by)


def _title(made: Handover, lines: list[HandoverLine]) -> str:
    first = lines[0].asset
    more = len(lines) - 1
    what = first.title or first.type.name
    if more:
        what = ngettext("%(what)s and %(more)s more", "%(what)s and %(more)s more", more) % {
            "what": what, "more": more,
        }  # fmt: skip
    return f"{made.get_direction_display()}: {what} · {made.person.name}"


def _content(made: Handover, by: User) -> dict[str, Any]:
    giver, receiver = (
        (by.name, made.person.name) if made.direction == Direction.OUT else (made.person.name, by.name)
    )
    return {
        "direction": str(made.direction), "giver": giver, "receiver": receiver, "person": made.person_id,
        "note": made.note, "without_reason": made.without_reason,
    }  # fmt: skip


def _line(form: Approval, line: HandoverLine, item: Item, by: User) -> dict[str, Any]:
    photos = []
    for name, file in item.photos:
        row = approvals.attach(approval=form, name=name, file=file, by=by)
        photos.append({"file": row.pk, "name": row.name, "sha256": row.sha256, "size": row.size})
    return line.as_content(photos)


def decided(*, approval: Approval, by: User) -> None:
    """The answer to the signature or the refusal, in its transaction: the holders change now, or nothing does."""
    made = Handover.objects.select_related("person", "approval").get(approval=approval)
    made.approval = approval
    lines = list(HandoverLine.objects.filter(handover=made).order_by("asset_id").with_list_columns())
    locks.hold_cases(("inventory.asset", line.asset_id) for line in lines)
    for line in lines:
        line.asset = Asset.objects.lock(line.asset, "holder")
        if approval.state == ApprovalState.APPROVED:
            _change_hands(line, made, by)
        else:
            last = approval.decisions.order_by("-pk").first()
            _tell(AssetEvent.NOT_TAKEN, line, made, by, reason=last.reason if last else "–")


def _change_hands(line: HandoverLine, made: Handover, by: User) -> None:
    asset, before = line.asset, line.asset.holder
    goes = made.direction == Direction.OUT
    if goes and not (rules.is_at_hand(asset) and rules.is_not_in_custody(asset)):
        raise NotPossible(
            _("%(asset)s cannot change hands any more. Refuse this, and ask IT for a new one.")
            % {"asset": asset.tag}
        )
    if not goes and asset.holder_id != made.person_id:
        raise NotPossible(_("%(asset)s is not held by %(name)s.") % {"asset": asset.tag, "name": made.person})
    asset.holder, asset.custody = (made.person, made) if goes else (None, None)
    asset.changed_at = timezone.now()
    asset.save(update_fields=["holder", "custody", "changed_at"])
    _tell(AssetEvent.RECEIVED if goes else AssetEvent.GIVEN_BACK, line, made, by)
    if before != asset.holder:
        events.record(
            AssetEvent.CHANGED, asset, by=by, asset_field="holder", before=said(before), after=said(asset.holder)
        )  # fmt: skip
    _move(asset, "put_in_use" if goes else "put_in_stock", made, by)


def _move(asset: Asset, move: str, made: Handover, by: User) -> None:
    """Whoever signs keeps no inventory: the state follows from the signature, so the product moves it."""
    if not fits_state(asset, move):
        return
    before = asset.state
    fire(asset, move, by=robot("inventory"))
    note_repair(asset=asset, before=before, reason=made.number, by=by)
    events.record(
        AssetEvent.STATE_CHANGED, asset, by=by, state_before=before, asset_state=asset.state, reason=made.number
    )  # fmt: skip


def _tell(kind: AssetEvent, line: HandoverLine, made: Handover, by: User, **more: str) -> None:
    facts: dict[str, Any] = {"number": made.number, "handover": made.pk, "condition": str(line.condition)}
    events.record(kind, line.asset, by=by, **(facts | more))
