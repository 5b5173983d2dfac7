"""Stock-takes: opening, scanning (also late, also twice), correcting, ending, signing (SOP-B4.1.1)."""

import hashlib
import json
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actions as accounts
from accounts.actions import Given, Occasion, Proof
from accounts.models import Branch, User
from approvals.rules import is_name_of
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, why_not
from events import actions as events
from inventory import rules
from inventory.actions._parts import said
from inventory.actions.assets import attach, verify
from inventory.enums import AssetEvent, AssetState, CountState, Found, How, StockTakeEvent
from inventory.labels import tag_in
from inventory.models import Asset, CountLine, Room, Scan, StockTake

BATCH = 2000


@transaction.atomic
def open_take(*, branch: Branch, room: Room | None, by: User) -> StockTake:
    """Begin to count a branch, or one of its rooms: what should be there is written down now.

    By the IT staff or the head of the branch. Raises NotPossible while the same place is being counted.
    """
    take = StockTake(branch=branch, room=room, opened_by=by)
    if not rules.may_count(take, by):
        raise PermissionDenied
    if room is not None and room.branch_id != branch.pk:
        raise NotPossible(
            _("%(room)s is not a room of %(branch)s. Choose another one.") % {"room": room, "branch": branch}
        )
    if StockTake.objects.filter(branch=branch, room=room, state=CountState.COUNTING).exists():
        raise NotPossible(_("This place is being counted already. Go on with that stock-take."))
    take.save()
    there = Asset.objects.kept().filter(branch=branch).select_related("branch", "room")
    there = there.filter(room=room) if room else there
    lines = [
        CountLine(take=take, asset=asset, code=asset.tag, is_expected=True, was_at=_place(asset))
        for asset in there.order_by("pk")
    ]
    CountLine.objects.bulk_create(lines, batch_size=BATCH)
    events.record(StockTakeEvent.OPENED, take, by=by, place=take.place, expected=len(lines))
    return take


def _place(asset: Asset) -> str:
    return f"{asset.branch} · {asset.room}" if asset.room else str(asset.branch)


@transaction.atomic
def count(
    *,
    take: StockTake,
    key: UUID,
    code: str,
    by: User,
    at: datetime | None = None,
    correct: bool = True,
    room: Room | None = None,
    note: str = "",
    photo: tuple[str, BinaryIO] | None = None,
) -> CountLine:
    """One scan of one code; sent again with the same `key` it changes nothing and gives the same line.

    `at` is when the phone read it. An asset of this branch that belongs into another room is put into `room` (by
    itself the room that is counted) when `correct`; one of another branch is noted, and moved only for somebody who
    keeps both. An unknown code, a foreign one and the label of a retired asset are lines as well: nothing is lost.
    """
    take = StockTake.objects.lock(take, "branch", "room")
    known = Scan.objects.filter(key=key).select_related("line").first()
    if known is not None and known.take_id == take.pk:
        return known.line
    if known is not None:
        raise NotPossible(_("This scan belongs to another stock-take."))
    if refusal := why_not(take, "count", by):
        raise refusal
    seen = min(at or timezone.now(), timezone.now())
    line = _line(take, code.strip()[:300], seen, by)
    if note.strip():
        line.note = note.strip()[:500]
    if line.asset is not None and line.result != Found.RETIRED:
        _see(take, line, correct=correct, room=room, seen=seen, by=by)
    if photo is not None and line.asset is not None and rules.may_verify(line.asset, by):
        line.photo = attach(asset=line.asset, name=photo[0], file=photo[1], by=by)
    line.save()
    Scan.objects.create(
        take=take, key=key, code=code[:300], scanned_at=seen, by=by, line=line, result=line.result
    )
    return line


def _line(take: StockTake, code: str, seen: datetime, by: User) -> CountLine:
    if not code:
        raise NotPossible(_("There is no code in this scan."))
    tag = tag_in(code)
    asset = Asset.objects.select_related("branch", "room").called([tag]).first() if tag else None
    name = asset.tag if asset else code
    line = CountLine.objects.filter(take=take, code=name).select_related("asset").first()
    line = line or CountLine(take=take, asset=asset, code=name, was_at=_place(asset) if asset else "")
    line.asset = asset
    line.result = _result(take, asset)
    line.seen_at, line.seen_by = seen, by
    return line


def _result(take: StockTake, asset: Asset | None) -> Found:
    if asset is None:
        return Found.UNKNOWN
    if asset.state == AssetState.RETIRED:
        return Found.RETIRED
    here = asset.branch_id == take.branch_id and (take.room_id is None or asset.room_id == take.room_id)
    return Found.FOUND if here else Found.ELSEWHERE


def _see(
    take: StockTake, line: CountLine, *, correct: bool, room: Room | None, seen: datetime, by: User
) -> None:
    """Its place is put right, if it may be, and it is verified."""
    asset = line.asset
    assert asset is not None
    wanted = room or take.room
    if wanted is not None and wanted.branch_id != take.branch_id:
        raise NotPossible(
            _("%(room)s is not a room of %(branch)s. Choose another one.")
            % {"room": wanted, "branch": take.branch}
        )
    is_ours = asset.branch_id == take.branch_id
    moves = (wanted is not None and asset.room_id != wanted.pk) or not is_ours
    if correct and moves and (is_ours or (rules.keeps(asset, by) and rules.keeps(take, by))):
        line.asset = asset = _put(asset, take.branch, wanted, by)
        line.is_corrected = True
    if rules.may_verify(asset, by):
        verify(asset=asset, by=by, how=How.STOCK_TAKE, at=seen)


def _put(asset: Asset, branch: Branch, room: Room | None, by: User) -> Asset:
    """Where it was found is where it is from now on; the history keeps both."""
    asset = Asset.objects.lock(asset)
    moved = {"branch": (asset.branch, branch), "room": (asset.room, room)}
    asset.branch, asset.room, asset.changed_at = branch, room, timezone.now()
    asset.save()
    for field, (before, after) in moved.items():
        if before != after:
            events.record(
                AssetEvent.CHANGED, asset, by=by, asset_field=field, before=said(before), after=said(after)
            )  # fmt: skip
    return asset


@transaction.atomic
def end_count(*, take: StockTake, by: User) -> StockTake:
    """Everything was scanned: what was not is missing. The head of the branch is asked to sign."""
    take = StockTake.objects.lock(take, "branch", "room")
    take.counted_by, take.counted_at = by, timezone.now()
    fire(take, "end", by=by)
    lines = CountLine.objects.filter(take=take)
    lines.filter(result=Found.EXPECTED).update(result=Found.MISSING)
    take.content_hash = hash_of(take=take)
    take.save()
    found = lines.filter(result__in=[Found.FOUND, Found.ELSEWHERE]).count()
    missing = lines.filter(result=Found.MISSING).count()
    events.record(StockTakeEvent.COUNTED, take, by=by, found=found, missing=missing, hash=take.content_hash)
    return take


def hash_of(*, take: StockTake) -> str:
    """SHA-256 over what was counted: what the head of the branch signs."""
    rows = (
        CountLine.objects.filter(take=take)
        .order_by("code")
        .values_list("code", "result", "is_corrected", "note")
    )
    text = json.dumps([take.pk, take.branch_id, take.room_id, [list(row) for row in rows]])
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def reopen_count(*, take: StockTake, reason: str, by: User) -> StockTake:
    """Somebody looks once more: what is missing is expected again. Needs a reason."""
    take = StockTake.objects.lock(take, "branch", "room")
    if not reason.strip():
        raise NotPossible(_("Say why the counting goes on."))
    if StockTake.objects.filter(branch=take.branch, room=take.room, state=CountState.COUNTING).exists():
        raise NotPossible(_("This place is being counted already. Go on with that stock-take."))
    fire(take, "reopen", by=by)
    CountLine.objects.filter(take=take, result=Found.MISSING).update(result=Found.EXPECTED)
    events.record(StockTakeEvent.REOPENED, take, by=by, reason=reason.strip()[:500])
    return take


@transaction.atomic
def cancel_count(*, take: StockTake, reason: str, by: User) -> StockTake:
    """It was opened by mistake. What was corrected stays corrected."""
    take = StockTake.objects.lock(take, "branch", "room")
    if not reason.strip():
        raise NotPossible(_("Say why. The reason stands in the history."))
    fire(take, "cancel", by=by)
    events.record(StockTakeEvent.CANCELLED, take, by=by, reason=reason.strip()[:500])
    return take


def must_be_signable(*, take: StockTake, by: User, shown: str) -> None:
    """Raises the refusal that signing would raise, before a proof is asked for and used up."""
    if refusal := why_not(take, "sign", by):
        raise refusal
    if shown != take.content_hash:
        raise NotPossible(_("The stock-take is no longer what you were shown. Look at it again."))


def ask_passkey(*, take: StockTake, by: User) -> dict[str, Any]:
    """What one's passkey is asked to sign over the count as it stands. Raises the refusal that signing would raise."""
    must_be_signable(take=take, by=by, shown=take.content_hash)
    return accounts.challenge(by=by, about=take.content_hash)


def prove_and_sign(
    *,
    take: StockTake,
    name: str,
    shown: str,
    given: Given,
    by: User,
    address: str | None = None,
    browser: str = "",
) -> StockTake:
    """A fresh proof over what was shown, then the signature. Outside any transaction: a refused try stays counted."""
    must_be_signable(take=take, by=by, shown=shown)
    _must_be_name(name, by)
    occasion = Occasion(about=shown, name=take.number, chain=take.case, address=address, browser=browser)
    proof = accounts.confirm(by=by, secret=given.secret, credential=given.credential, occasion=occasion)
    return sign_count(take=take, proof=proof, name=name, shown=shown, by=by)


def _must_be_name(name: str, by: User) -> None:
    if not is_name_of(name, by):
        raise NotPossible(_("Type your own name as your signature: %(name)s.") % {"name": by.name})


@transaction.atomic
def sign_count(*, take: StockTake, proof: Proof, name: str, shown: str, by: User) -> StockTake:
    """The head of the branch stands for it, with a fresh proof over what was shown (`accounts.actions.confirm`).

    Raises NotPossible when the count is no longer what was shown, or under another name than their own.
    """
    take = StockTake.objects.lock(take, "branch", "room")
    must_be_signable(take=take, by=by, shown=shown)
    if shown != hash_of(take=take):
        raise NotPossible(_("The stock-take is no longer what you were shown. Look at it again."))
    if not proof.covers(by, shown):
        raise NotPossible(_("Confirm again that it is you; the last confirmation is too old."))
    _must_be_name(name, by)
    take.signed_by, take.signed_at = by, timezone.now()
    take.signed_name, take.signed_by_factor = name.strip()[:100], proof.factor
    fire(take, "sign", by=by)
    events.record(StockTakeEvent.SIGNED, take, by=by, name=take.signed_name, hash=shown, factor=proof.factor)
    return take


def figures(*, take: StockTake) -> dict[str, int]:
    """How many lines there are of each result."""
    rows: Any = CountLine.objects.filter(take=take).order_by().values_list("result").annotate(Count("pk"))
    return dict.fromkeys(Found.values, 0) | dict(rows)
