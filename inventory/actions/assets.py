"""Assets: registering, changing, moving through their lives, verifying, files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Branch, User
from core import files
from core.database import was_overtaken
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, fits_state, why_not
from events import actions as events
from inventory.actions._parts import (
    check,
    custody_keeps_its_holder,
    details_of,
    differences,
    hold_tie,
    must_keep,
    next_tag,
    note_repair,
    own_values,
    said,
    take,
)
from inventory.enums import AssetEvent, How
from inventory.models import Asset, AssetFile, AssetType, Room

MOST_FILES = 50
# What its agent says day by day is written into the history once in so long; the columns always tell the newest.
AGENT_SAYS_EVERY = timedelta(days=30)


@transaction.atomic
def register(
    *,
    type: AssetType,  # noqa: A002 - the word of the field
    branch: Branch,
    by: User,
    tag: str = "",
    details: dict[str, Any] | None = None,
    **facts: Any,
) -> Asset:
    """A new asset, in stock. Without `tag` it gets the next one of its type. `facts` are fields of `AssetField`.

    For IT staff of the branch and our own robots (`accounts.actions.robot`); PermissionDenied for others. Raises
    NotPossible for a tag that exists, a room of another branch, or a value that does not fit.
    """
    number, made = next_tag(type)
    asset = Asset(pk=number, type=type, branch=branch, tag=tag.strip() or made)
    must_keep(asset, by)
    take(asset, facts)
    asset.details = own_values(type, details or {})
    check(asset)
    taken = NotPossible(_("There is an asset with the tag %(tag)s already.") % {"tag": asset.tag})
    if Asset.objects.called([asset.tag]).exists():
        raise taken
    try:
        with transaction.atomic():
            asset.save(force_insert=True)
    except IntegrityError as problem:
        if was_overtaken(problem):
            raise taken from problem
        raise
    events.record(AssetEvent.REGISTERED, asset, by=by, tag=asset.tag, title=asset.title)
    return asset


@transaction.atomic
def change(*, asset: Asset, by: User, details: dict[str, Any] | None = None, **facts: Any) -> Asset:
    """Other facts about an asset; `facts` are fields of `AssetField` (place and holder among them), `details` own ones.

    What is left out stays as it is; each field that really changes leaves an event with what stood there before and
    after. Going to another branch needs somebody who keeps the inventory of both. Raises PermissionDenied, or
    NotPossible as `register` does; a retired asset does not change.
    """
    if facts.get("parent") is not None:
        hold_tie(asset, facts["parent"])
    asset = Asset.objects.lock(asset)
    if refusal := why_not(asset, "change", by):
        raise refusal
    custody_keeps_its_holder(asset, facts)
    before = {name: getattr(asset, name) for name in facts}
    own_before = dict(asset.details)
    if facts.get("parent") is not None:
        facts["parent"] = Asset.objects.get(pk=facts["parent"].pk)  # and above it as things stand now
    take(asset, facts)
    if facts.get("branch", asset.branch) != before.get("branch", asset.branch) and "room" not in facts:
        before["room"], asset.room = asset.room, None  # rooms stay where they are
    if details is not None or "type" in facts:
        asset.details = details_of(asset, details or {})
    check(asset)
    changed = differences(asset, before, own_before)
    if changed:
        asset.changed_at = timezone.now()
        fire(asset, "change", by=by)  # asked again: of whoever keeps the branch where it goes
    for field, old, new in changed:
        events.record(AssetEvent.CHANGED, asset, by=by, asset_field=field, before=said(old), after=said(new))
    return asset


@transaction.atomic
def move_state(*, asset: Asset, move: str, reason: str, by: User, cost: Decimal | None = None) -> Asset:
    """Fire one of the moves of its life (`put_in_use`, `put_in_stock`, `send_to_repair`, `declare_lost`, `retire`).

    Each needs a reason, which the history keeps; `cost` is what a repair took that ends with it. What goes into stock
    or is retired is nobody's any more. Raises NotPossible without a reason or as things stand, PermissionDenied for who
    does not keep this inventory.
    """
    asset = Asset.objects.lock(asset, "holder")
    if not reason.strip():
        raise NotPossible(_("Say why. The reason stands in the history of the asset."))
    before, holder = asset.state, asset.holder
    if move in ("put_in_stock", "retire"):
        asset.holder = None
    asset.changed_at = timezone.now()
    fire(asset, move, by=by)
    note_repair(asset=asset, before=before, reason=reason, by=by, cost=cost)
    events.record(
        AssetEvent.STATE_CHANGED, asset, by=by, state_before=before, asset_state=asset.state, reason=reason.strip()
    )  # fmt: skip
    if holder != asset.holder:
        events.record(
            AssetEvent.CHANGED, asset, by=by, asset_field="holder", before=said(holder), after=said(asset.holder)
        )  # fmt: skip
    return asset


@transaction.atomic
def put_in_use(
    *,
    asset: Asset,
    branch: Branch,
    room: Room | None,
    holder: User | None,
    reason: str,
    by: User,
    cost: Decimal | None = None,
) -> Asset:
    """It goes to a place and to somebody, and is in use from now on. Raises what `change` and `move_state` raise."""
    if not fits_state(asset, "put_in_use"):
        raise why_not(asset, "put_in_use", by) or PermissionDenied
    change(asset=asset, branch=branch, room=room, holder=holder, by=by)
    return move_state(asset=asset, move="put_in_use", reason=reason, by=by, cost=cost)


@transaction.atomic
def verify(
    *,
    asset: Asset,
    by: User,
    how: How = How.PERSON,
    at: datetime | None = None,
    note: str = "",
    photos: Sequence[tuple[str, BinaryIO]] = (),
) -> Asset:
    """It exists: said by a person, by an admitted agent (`how=How.AGENT`), or in a stock-take (SOP-B4.1.1).

    `at` is when it was seen, now by itself; an older word than the last one changes nothing. What an agent says is
    written into the history at most every `AGENT_SAYS_EVERY`, the columns always. Raises PermissionDenied, or
    NotPossible for a retired asset.
    """
    asset = Asset.objects.lock(asset)
    seen = min(at or timezone.now(), timezone.now())
    if how == How.AGENT and (asset.last_seen_at is None or seen > asset.last_seen_at):
        asset.last_seen_at = seen
    last = asset.verified_at
    if last is None or seen > last:
        asset.verified_at, asset.verified_by, asset.verified_how = seen, by, how
    fire(asset, "verify", by=by)
    if how != How.AGENT or last is None or seen - last >= AGENT_SAYS_EVERY:
        events.record(AssetEvent.VERIFIED, asset, by=by, how=how, note=note.strip(), seen=seen.isoformat())
    attach_all(asset=asset, uploads=photos, by=by)
    asset.refresh_from_db(fields=["due_at", "told"])
    return asset


@transaction.atomic
def attach(*, asset: Asset, name: str, file: BinaryIO, by: User) -> AssetFile:
    """A photo or a document of the asset, by whoever may verify it. Raises NotPossible for a file that is refused."""
    asset = Asset.objects.lock(asset)
    if refusal := why_not(asset, "verify", by):
        raise refusal
    if asset.files.count() >= MOST_FILES:
        raise NotPossible(_("No more than %(count)s files for one asset.") % {"count": MOST_FILES})
    stored = files.store(file)
    added = AssetFile.objects.create(
        asset=asset, name=files.safe_name(name), content_type=stored.content_type, size=stored.size,
        sha256=stored.sha256, added_by=by,
    )  # fmt: skip
    events.record(AssetEvent.FILE_ADDED, asset, by=by, name=added.name)
    return added


@transaction.atomic
def attach_all(*, asset: Asset, uploads: Sequence[tuple[str, BinaryIO]], by: User) -> list[AssetFile]:
    """Several at once, all or none."""
    return [attach(asset=asset, name=name, file=file, by=by) for name, file in uploads]
