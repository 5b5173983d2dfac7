"""The rows of a file become assets: looked up and written by the batch, with the checks and events of single ones.

A trial goes the same way: each batch is written and taken back (`actions.importing`).
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Branch, User
from core import locks
from core.errors import NotPossible, PermissionDenied
from core.sheets import as_meant
from core.transitions import why_not
from events import actions as events
from events.actions import Entry
from events.subjects import Subject
from inventory import columns, rules
from inventory.actions._parts import (
    check,
    details_of,
    differences,
    must_keep,
    note_repair,
    own_values,
    said,
    take,
)
from inventory.enums import AssetEvent, AssetState, FieldKind, ImportMode
from inventory.models import Asset, AssetImport, AssetType, Room

MOST_PROBLEMS = 20_000  # kept of one pass; a file of which every row is wrong says enough with these
_TEXTS = ("name", "serial", "maker", "model", "supplier", "note")
_WRITTEN = ("type", "branch", "room", "holder", "parent", "state", *_TEXTS, "purchase_date", "cost", "warranty_date",
            "details", "changed_at")  # fmt: skip
_MOVES = {
    AssetState.IN_USE: "put_in_use", AssetState.IN_STOCK: "put_in_stock", AssetState.REPAIR: "send_to_repair",
    AssetState.LOST: "declare_lost", AssetState.RETIRED: "retire",
}  # fmt: skip
# A trial takes its numbers from where no asset ever comes, so that tags are not used up by trying.
_TRIAL = 10**12

Row = tuple[int, list[str]]


class Wrong(Exception):
    """Something is wrong with a cell: its column, and the sentence."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


@dataclass
class Told:
    """One row, understood: its facts, the own fields by their plain labels, its state if it names one."""

    row: int
    tag: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    state: str = ""
    parent: str = ""


@dataclass
class _Batch:
    """What a batch of rows is looked up in, and what it writes."""

    known: dict[str, Asset] = field(default_factory=dict)
    visible: set[int] = field(default_factory=set)  # those of them that the importer may see
    people: dict[str, list[User]] = field(default_factory=dict)
    parents: dict[str, Asset] = field(default_factory=dict)
    new: list[Asset] = field(default_factory=list)
    moved: list[Asset] = field(default_factory=list)
    changed: list[Asset] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class Bringing:
    """One pass over the rows of a file, for the person who uploaded it."""

    def __init__(self, job: AssetImport, *, is_trial: bool, are_held: bool) -> None:
        self.job, self.by, self.are_held = job, job.by, are_held
        self.counted: Counter[str] = Counter()
        self.problems: list[tuple[int, str, str]] = []
        self.seen: dict[str, int] = {}
        self.later: list[tuple[int, int, str, str]] = []
        self.numbers = itertools.count(_TRIAL) if is_trial else _numbers()
        self.is_trial = is_trial
        self.types = _by_names(AssetType.objects.visible_to(self.by), lambda t: (t.name, t.prefix))
        self.branches = _by_names(Branch.objects.visible_to(self.by), lambda b: (b.code, b.name))
        self.rooms: dict[int, dict[str, Room]] = {}
        for room in Room.objects.visible_to(self.by).select_related("branch").order_by("pk"):
            self.rooms.setdefault(room.branch_id, {})[room.name.casefold()] = room
        self.labels = {f.key: f.label for f in columns.own_fields(set(itertools.chain(*self.types.values())))}
        self.note = f"{job.number} {job.name}"
        self.given: dict[str, set[str]] = {}  # tags that exist, by prefix

    # A batch ----------------------------------------------------------------------------------------------------------

    def take(self, rows: Sequence[Row]) -> None:
        """Write a batch. Problems are noted and the rest goes on, so that all of them are known in the end."""
        told = [one for row in rows if (one := self._attempted(row[0], self._told, row))]
        batch = self._looked_up(told)
        for one in told:
            self._attempted(one.row, self._place, one, batch)
        Asset.objects.bulk_create(batch.new)
        for state in {asset.state for asset in batch.moved}:
            keys = [asset.pk for asset in batch.moved if asset.state == state]
            Asset.objects.filter(pk__in=keys).update(state=state)
        for asset in batch.changed:
            asset.custody_id = (
                None  # the column is not written; PostgreSQL lets nothing be registered as signed for
            )
        if batch.changed:
            Asset.objects.bulk_create(
                batch.changed, update_conflicts=True, unique_fields=["id"], update_fields=_WRITTEN
            )
        events.record_many(entries=batch.entries, are_held=True)

    def _attempted(self, row: int, act: Callable[..., Any], *facts: Any) -> Any:
        try:
            return act(*facts)
        except Wrong as problem:
            self._wrong(row, problem.key, str(problem))
        except NotPossible as problem:
            self._wrong(row, "", str(problem))
        except PermissionDenied:
            self._wrong(row, "branch", _("You do not keep the inventory of this branch."))
        return None

    def _wrong(self, row: int, key: str, sentence: str) -> None:
        if not self.problems or self.problems[-1][0] != row:
            self.counted["wrong"] += 1
        if len(self.problems) < MOST_PROBLEMS:
            label = self.labels.get(key) or (columns.BY_KEY[key].label if key in columns.BY_KEY else "")
            self.problems.append((row, str(label)[:100], sentence[:300]))

    # A row ------------------------------------------------------------------------------------------------------------

    def _told(self, row: Row) -> Told:
        number, cells = row
        if any(cell for cell in cells[len(self.job.mapping) :]):
            raise Wrong("", _("There are more cells than headings."))
        told = Told(number)
        said_ = {
            key: as_meant(cell) if self.job.form == "csv" else cell
            for key, cell in itertools.zip_longest(self.job.mapping, cells, fillvalue="") if key
        }  # fmt: skip
        told.tag, told.parent = said_.pop("tag", "").strip(), said_.pop("parent", "").strip()
        if told.tag and self.seen.setdefault(told.tag.upper(), number) != number:
            raise Wrong("tag", _("Row %(row)s has the same tag.") % {"row": self.seen[told.tag.upper()]})
        for key, cell in said_.items():
            self._read(told, key, cell)
        return told

    def _read(self, told: Told, key: str, cell: str) -> None:
        """A cell that is empty says nothing, unless empty cells are to empty their fields."""
        if key.startswith(columns.OWN):
            if cell or self.job.defaults.get("empties"):
                told.own[key] = cell
        elif not cell:
            if self.job.defaults.get("empties") and key not in ("type", "branch", "state"):
                told.facts[key] = "" if key in _TEXTS else None
        elif key in _TEXTS:
            told.facts[key] = cell
        else:
            told.facts[key] = self._value(key, cell)
        if key == "state":
            told.state = told.facts.pop("state", "") or ""

    def _value(self, key: str, cell: str) -> Any:
        try:
            if key in columns.DATES:
                return columns.day(cell)
            if key == "cost":
                return columns.money(cell)
            if key == "state":
                return columns.state(cell)
        except ValueError:
            raise _unfit(key, cell) from None
        if key in ("type", "branch"):
            return _only(self.types if key == "type" else self.branches, key, cell)
        return cell  # a room or a holder, looked up when the branch is known

    def _looked_up(self, told: list[Told]) -> _Batch:
        batch = _Batch()
        tags = [one.tag.upper() for one in told if one.tag]
        rows = Asset.objects.get_queryset().select_related(
            "type", "branch", "room__branch", "holder", "parent"
        )
        found = rows.annotate(big=Upper("tag")).filter(big__in=tags).order_by("pk")
        if not self.are_held:
            locks.hold_cases(("inventory.asset", pk) for pk in found.values_list("pk", flat=True))
        for asset in found.select_for_update(of=("self",)):
            batch.known[asset.tag.upper()] = asset
        keys = [asset.pk for asset in batch.known.values()]
        seen = Asset.objects.visible_to(self.by).filter(pk__in=keys)
        batch.visible = set(seen.values_list("pk", flat=True))
        names = {str(one.facts["holder"]).lower() for one in told if one.facts.get("holder")}
        people = (
            User.objects.get_queryset()
            .visible_to(self.by)
            .people()
            .annotate(low=Lower("name"), mail=Lower("email"))
        )
        for person in people.filter(low__in=names) | people.filter(mail__in=names):
            for name in {person.low, person.mail}:
                batch.people.setdefault(name, []).append(person)
        above = {one.parent.upper() for one in told if one.parent}
        for found_above in Asset.objects.visible_to(self.by).annotate(big=Upper("tag")).filter(big__in=above):
            batch.parents[found_above.tag.upper()] = found_above
        return batch

    def _place(self, told: Told, batch: _Batch) -> None:
        asset = batch.known.get(told.tag.upper()) if told.tag else None
        if asset is None:
            self._register(told, batch)
        else:
            self._change(asset, told, batch)

    # Registering ------------------------------------------------------------------------------------------------------

    def _register(self, told: Told, batch: _Batch) -> None:
        if self.job.mode == ImportMode.CHANGE:
            raise Wrong(
                "tag", _("There is no asset with this tag.") if told.tag else _("The tag is missing.")
            )
        kind, branch = (self._given(told, key) for key in ("type", "branch"))
        if not (kind.is_active and branch.is_active):
            raise Wrong("type", _("This type or this branch is no longer in use."))
        number = next(self.numbers)
        asset = Asset(pk=number, type=kind, branch=branch, tag=told.tag or self._free_tag(kind, number))
        must_keep(asset, self.by)
        facts = self._facts(told, asset, batch)
        take(asset, {**facts, "type": kind, "branch": branch})
        asset.details = own_values(kind, self._own(told, kind))
        check(asset)
        if self._waits_for_parent(told, asset, batch):
            self.later.append((told.row, asset.pk, told.parent, ""))
        wanted = told.state or AssetState.IN_STOCK
        batch.entries.append(
            self._entry(AssetEvent.REGISTERED, asset, tag=asset.tag, title=asset.title, note=self.note)
        )
        if wanted != AssetState.IN_STOCK:
            self._move(asset, wanted, batch)
            batch.moved.append(asset)
        batch.new.append(asset if wanted == AssetState.IN_STOCK else _as_in_stock(asset))
        self.seen[asset.tag.upper()] = told.row
        self.counted["new"] += 1

    def _given(self, told: Told, key: str) -> Any:
        rows: dict[str, list[Any]] = self.types if key == "type" else self.branches
        if key in told.facts:
            return told.facts[key]
        default = self.job.defaults.get(key)
        for found in itertools.chain(*rows.values()):
            if found.pk == default:
                return found
        raise Wrong(
            key, _("A new asset needs its type.") if key == "type" else _("A new asset needs its branch.")
        )

    def _free_tag(self, kind: AssetType, number: int) -> str:
        """The next tag of the type that nobody has. One that is given out meanwhile ends this pass; another begins."""
        if kind.prefix not in self.given:
            named = Asset.objects.filter(tag__startswith=f"{kind.prefix}-").values_list("tag", flat=True)
            self.given[kind.prefix] = set(named.iterator())
        while (tag := f"{kind.prefix}-{number:05d}") in self.seen or tag in self.given[kind.prefix]:
            number = next(self.numbers)
        return tag

    # Changing ---------------------------------------------------------------------------------------------------------

    def _change(self, asset: Asset, told: Told, batch: _Batch) -> None:
        if self.job.mode == ImportMode.NEW or asset.pk not in batch.visible:
            raise Wrong("tag", _("There is an asset with the tag %(tag)s already.") % {"tag": asset.tag})
        if "branch" in told.facts and told.facts["branch"] != asset.branch and "room" not in told.facts:
            told.facts["room"] = None  # rooms stay where they are
        old = {
            name: getattr(asset, name)
            for name in ("type", "branch", "room", "holder", "parent", *_TEXTS, *columns.DATES, "cost")
        }
        own_before, state = dict(asset.details), asset.state
        was_theirs, facts = why_not(asset, "change", self.by), self._facts(told, asset, batch)
        if asset.custody_id and facts.get("holder", asset.holder) != asset.holder:
            raise NotPossible(rules.is_not_in_custody.message, rule=rules.is_not_in_custody.clause)
        take(asset, facts)
        if told.own or "type" in told.facts:
            asset.details = details_of(asset, self._own(told, asset.type))
        if self._waits_for_parent(told, asset, batch):
            self.later.append((told.row, asset.pk, told.parent, said(old["parent"])))
        changed = differences(asset, old, own_before)
        if not changed and (told.state or state) == state:
            self.counted["same"] += 1
            return
        if changed:
            if was_theirs is not None:
                raise was_theirs
            check(asset)
            if refusal := why_not(asset, "change", self.by):
                raise refusal
        batch.entries += [
            self._changed(asset, name, before, after)
            for name, before, after in changed
        ]  # fmt: skip
        if told.state and told.state != state:
            self._move(asset, told.state, batch)
        asset.changed_at = timezone.now()
        batch.changed.append(asset)
        self.counted["changed"] += 1

    def _move(self, asset: Asset, wanted: str, batch: _Batch) -> None:
        move, before, holder = _MOVES[AssetState(wanted)], asset.state, asset.holder
        if refusal := why_not(asset, move, self.by):
            raise refusal
        getattr(asset, move)()
        note_repair(asset=asset, before=before, reason=self.note, by=self.by)
        batch.entries.append(
            self._entry(
                AssetEvent.STATE_CHANGED,
                asset,
                state_before=before,
                asset_state=asset.state,
                reason=self.note,
            )
        )
        if holder is not None and wanted in (AssetState.IN_STOCK, AssetState.RETIRED):
            asset.holder = None
            batch.entries.append(
                self._entry(
                    AssetEvent.CHANGED, asset, asset_field="holder", before=said(holder), after=said(None)
                )
            )

    # Facts that need more than their cell ----------------------------------------------------------------------------

    def _facts(self, told: Told, asset: Asset, batch: _Batch) -> dict[str, Any]:
        facts = dict(told.facts)
        if facts.get("holder"):
            facts["holder"] = _holder(asset, facts["holder"], batch)
        if facts.get("room"):
            facts["room"] = self._room(facts.get("branch") or asset.branch, facts["room"], asset.room_id)
        if told.parent.upper() in batch.parents:
            facts["parent"] = batch.parents[told.parent.upper()]
        return facts

    def _room(self, branch: Branch, name: str, current: int | None) -> Room:
        found = self.rooms.get(branch.pk, {}).get(" ".join(name.split()).casefold())
        if found is None or not (found.is_active or found.pk == current):
            raise Wrong(
                "room", _("%(branch)s has no room called “%(name)s”.") % {"branch": branch, "name": name[:60]}
            )
        return found

    def _own(self, told: Told, kind: AssetType) -> dict[str, str]:
        fields = {
            f"{columns.OWN}{columns.plain(str(f.get('label') or f['name']))}": f for f in kind.own_fields
        }
        found = {}
        for key, cell in told.own.items():
            if key in fields:
                is_day = cell and fields[key]["kind"] == FieldKind.DATE
                found[fields[key]["name"]] = _iso(key, cell) if is_day else cell
            elif cell:
                raise Wrong(key, _("Assets of the type %(type)s do not have this.") % {"type": kind})
        return found

    def _waits_for_parent(self, told: Told, asset: Asset, batch: _Batch) -> bool:
        """It may stand further down in the same file."""
        return bool(told.parent) and told.parent.upper() not in batch.parents

    def finish(self) -> None:
        """What belongs to an asset of the same file is tied to it now."""
        for part in _parts(self.later, 500):
            self._tie(part)

    def _tie(self, part: Sequence[tuple[int, int, str, str]]) -> None:
        tags = {tag.upper() for _row, _pk, tag, _before in part}
        above = {
            asset.tag.upper(): asset
            for asset in Asset.objects.visible_to(self.by).annotate(big=Upper("tag")).filter(big__in=tags)
        }
        entries = []
        for row, pk, tag, before in part:
            found = above.get(tag.upper())
            if found is None and not (self.is_trial and tag.upper() in self.seen):
                self._wrong(
                    row,
                    "parent",
                    _("There is no asset with the tag %(tag)s that you may see.") % {"tag": tag[:60]},
                )
            elif found is not None and found.pk == pk:
                self._wrong(row, "parent", _("It cannot belong to something that belongs to it."))
            elif found is not None:
                Asset.objects.filter(pk=pk).update(parent=found)
                facts = {
                    "asset_field": "parent",
                    "before": before or said(None),
                    "after": found.tag,
                    "note": self.note,
                }
                entries.append(Entry(AssetEvent.CHANGED, Subject("inventory.asset", pk), facts, by=self.by))
        events.record_many(entries=entries, are_held=True)

    def _changed(self, asset: Asset, name: str, before: Any, after: Any) -> Entry:
        facts = {"asset_field": name, "before": said(before), "after": said(after), "note": self.note}
        return self._entry(AssetEvent.CHANGED, asset, **facts)

    def _entry(self, what: AssetEvent, asset: Asset, **facts: Any) -> Entry:
        return Entry(what, Subject.of(asset), facts, by=self.by)


def _unfit(key: str, cell: str) -> Wrong:
    said_ = {"value": cell[:60]}
    if key in columns.DATES:
        return Wrong(key, _("“%(value)s” is no date. Write it like 2026-05-31 or 31/05/2026.") % said_)
    if key == "cost":
        return Wrong(key, _("“%(value)s” is no amount. Write it like 5000000.") % said_)
    return Wrong(key, _("“%(value)s” is no state of an asset.") % said_)


def _iso(key: str, cell: str) -> str:
    try:
        return columns.day(cell).isoformat()
    except ValueError:
        raise Wrong(
            key, _("“%(value)s” is no date. Write it like 2026-05-31 or 31/05/2026.") % {"value": cell[:60]}
        ) from None


def _numbers() -> Iterator[int]:
    """Numbers for new assets, a few hundred at a time."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('inventory_asset', 'id')) FROM generate_series(1, 250)"
            )
            found = [number for (number,) in cursor.fetchall()]
        yield from found


def _by_names(rows: Any, names: Callable[[Any], Sequence[str]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        for name in {name.casefold() for name in names(row)}:
            found.setdefault(name, []).append(row)
    return found


def _only(rows: dict[str, list[Any]], key: str, cell: str) -> Any:
    found = rows.get(" ".join(cell.split()).casefold(), [])
    if len(found) == 1:
        return found[0]
    if found:
        raise Wrong(key, _("Several are called “%(name)s”. Write the code instead.") % {"name": cell[:60]})
    raise Wrong(
        key,
        _("%(what)s “%(name)s” is not known.")
        % {"what": capfirst(str(columns.BY_KEY[key].label)), "name": cell[:60]},
    )


def _holder(asset: Asset, name: str, batch: _Batch) -> User:
    if asset.holder is not None and name.lower() in (asset.holder.email.lower(), asset.holder.name.lower()):
        return asset.holder
    found = batch.people.get(name.lower(), [])
    if len(found) == 1:
        return found[0]
    raise Wrong(
        "holder",
        _("Several people are called that. Type the e-mail address.")
        if found
        else _("Nobody is called that. Type the name or the e-mail address."),
    )


def _as_in_stock(asset: Asset) -> Asset:
    """The same asset as it is registered; the move into its state follows."""
    return Asset(
        **{f.attname: getattr(asset, f.attname) for f in Asset._meta.concrete_fields if f.name != "state"}
    )


def _parts(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
