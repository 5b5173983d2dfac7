"""The rows of a file become assets: looked up and written by the batch, with the checks and events of single ones.

A trial goes the same way: each batch is written and taken back (`actions.importing`).
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models.functions import Lower
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
from inventory import columns
from inventory.actions._parts import (
    check,
    custody_keeps_its_holder,
    details_of,
    differences,
    hold_ties,
    leads_back,
    must_keep,
    note_repair,
    own_values,
    repair_of,
    said,
    take,
)
from inventory.enums import AssetEvent, AssetState, FieldKind, ImportMode
from inventory.models import Asset, AssetImport, AssetType, Repair, Room

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


@dataclass(frozen=True)
class _Tie:
    """To what an asset of the file belongs; `tag` is that of the whole, "" for nothing, `before` what stood there."""

    row: int
    pk: int
    tag: str
    before: str = ""
    is_written: bool = False


@dataclass
class _Batch:
    """What a batch of rows is looked up in, and what it writes."""

    known: dict[str, Asset] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)  # those of them that the importer may see, and that are held
    people: dict[str, list[User]] = field(default_factory=dict)
    parents: dict[str, Asset] = field(default_factory=dict)
    new: list[Asset] = field(default_factory=list)
    moved: list[Asset] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    changed: list[Asset] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class Bringing:
    """One pass over the rows of a file, for the person who uploaded it.

    `held`: the assets whose cases the import holds from its beginning to its end, in one order with everybody else
    (`held_for`). None for a trial, which holds those of a batch as long as the batch.
    """

    def __init__(self, job: AssetImport, *, held: set[int] | None) -> None:
        self.job, self.by, self.held, self.is_trial = job, job.by, held, held is None
        self.counted: Counter[str] = Counter()
        self.problems: list[tuple[int, str, str]] = []
        self.seen: dict[str, int] = {}
        self.ties: list[_Tie] = []
        self.made: dict[str, int] = {}  # the new ones, by their tags in capitals
        self.numbers = itertools.count(_TRIAL) if self.is_trial else _numbers()
        self.types = _by_names(AssetType.objects.visible_to(self.by), lambda t: (t.name, t.prefix))
        self.branches = _by_names(Branch.objects.visible_to(self.by), lambda b: (b.code, b.name))
        self.rooms: dict[int, dict[str, Room]] = {}
        for room in Room.objects.visible_to(self.by).select_related("branch").order_by("pk"):
            self.rooms.setdefault(room.branch_id, {})[room.name.casefold()] = room
        types = set(itertools.chain(*self.types.values()))
        self.labels = {f.key: f.label for f in columns.own_fields(types)}
        self.fields = {kind.pk: {columns.key_of(f): f for f in kind.own_fields} for kind in types}
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
        Repair.objects.bulk_create(batch.repairs)
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
            key: _meant(self.job, cell)
            for key, cell in itertools.zip_longest(self.job.mapping, cells, fillvalue="") if key
        }  # fmt: skip
        told.tag = said_.pop("tag", "").strip()
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
        elif key == "parent":
            told.parent = cell.strip()
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
        tags = {one.tag for one in told if one.tag}
        batch.open = held_for(by=self.by, tags=tags) if self.held is None else self.held
        rows = Asset.objects.select_related("type", "branch", "room__branch", "holder", "parent").called(tags)
        for asset in rows.order_by("pk"):
            batch.known[asset.tag.upper()] = asset
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
        above = {one.parent for one in told if one.parent}
        for found_above in Asset.objects.visible_to(self.by).called(above):
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
        whole = batch.parents.get(told.parent.upper())  # it may stand further down in the same file
        take(asset, {**facts, "type": kind, "branch": branch, "parent": whole})
        asset.details = own_values(kind, self._own(told, kind))
        check(asset)
        wanted = told.state or AssetState.IN_STOCK
        batch.entries.append(
            self._entry(AssetEvent.REGISTERED, asset, tag=asset.tag, title=asset.title, note=self.note)
        )
        if wanted != AssetState.IN_STOCK:
            self._move(asset, wanted, batch)
            batch.moved.append(asset)
        batch.new.append(asset if wanted == AssetState.IN_STOCK else _as_in_stock(asset))
        if told.parent:
            self.ties.append(_Tie(told.row, asset.pk, told.parent, is_written=whole is not None))
        self.seen[asset.tag.upper()] = told.row
        self.made[asset.tag.upper()] = asset.pk
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
            named = Asset.objects.filter(tag__istartswith=f"{kind.prefix}-").values_list("tag", flat=True)
            self.given[kind.prefix] = {tag.upper() for tag in named.iterator()}
        while (tag := f"{kind.prefix}-{number:05d}") in self.seen or tag in self.given[kind.prefix]:
            number = next(self.numbers)
        return tag

    # Changing ---------------------------------------------------------------------------------------------------------

    def _change(self, asset: Asset, told: Told, batch: _Batch) -> None:
        if self.job.mode == ImportMode.NEW or asset.pk not in batch.open:
            raise Wrong("tag", _("There is an asset with the tag %(tag)s already.") % {"tag": asset.tag})
        if "branch" in told.facts and told.facts["branch"] != asset.branch and "room" not in told.facts:
            told.facts["room"] = None  # rooms stay where they are
        old = {
            name: getattr(asset, name)
            for name in ("type", "branch", "room", "holder", "parent", *_TEXTS, *columns.DATES, "cost")
        }
        own_before, state = dict(asset.details), asset.state
        was_theirs, facts = why_not(asset, "change", self.by), self._facts(told, asset, batch)
        custody_keeps_its_holder(asset, facts)
        take(asset, facts)
        if told.own or "type" in told.facts:
            asset.details = details_of(asset, self._own(told, asset.type))
        changed = differences(asset, old, own_before)
        is_tied = bool(told.parent) and told.parent.upper() != said(old["parent"]).upper()
        if not (changed or is_tied) and (told.state or state) == state:
            self.counted["same"] += 1
            return
        if changed or is_tied:
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
        if is_tied:
            self.ties.append(_Tie(told.row, asset.pk, told.parent, said(old["parent"])))
        elif asset.parent != old["parent"]:
            self.ties.append(_Tie(told.row, asset.pk, "", is_written=True))
        self.counted["changed"] += 1

    def _move(self, asset: Asset, wanted: str, batch: _Batch) -> None:
        move, before, holder = _MOVES[AssetState(wanted)], asset.state, asset.holder
        if refusal := why_not(asset, move, self.by):
            raise refusal
        getattr(asset, move)()
        if wanted == AssetState.REPAIR:
            batch.repairs.append(repair_of(asset, self.note, self.by))
        else:
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
        return facts

    def _room(self, branch: Branch, name: str, current: int | None) -> Room:
        found = self.rooms.get(branch.pk, {}).get(" ".join(name.split()).casefold())
        if found is None or not (found.is_active or found.pk == current):
            raise Wrong(
                "room", _("%(branch)s has no room called “%(name)s”.") % {"branch": branch, "name": name[:60]}
            )
        return found

    def _own(self, told: Told, kind: AssetType) -> dict[str, str]:
        fields, found = self.fields[kind.pk], {}
        for key, cell in told.own.items():
            if key in fields:
                is_day = cell and fields[key]["kind"] == FieldKind.DATE
                found[fields[key]["name"]] = _iso(key, cell) if is_day else cell
            elif cell:
                raise Wrong(key, _("Assets of the type %(type)s do not have this.") % {"type": kind})
        return found

    # What belongs to what ---------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Tie the parts to their wholes, now that all rows are known; a whole may have stood further down in the file.

        A trial, whose rows are gone again, only looks whether that is possible.
        """
        if self.ties and not self.is_trial:
            hold_ties()
        wholes = self._wholes()
        above = _above(
            {tie.pk: wholes.get(tie.tag.upper()) for tie in self.ties if self._is_known(tie, wholes)}
        )
        fine = [tie for tie in self.ties if self._attempted(tie.row, self._must_fit, tie, wholes, above)]
        if not self.is_trial:
            for part in _parts([tie for tie in fine if not tie.is_written], 500):
                self._tie(part, wholes)

    def _wholes(self) -> dict[str, int]:
        """To what something belongs, by tags in capitals: new ones of the file, and those that the importer may see."""
        found, tags = dict(self.made), sorted({tie.tag for tie in self.ties if tie.tag})
        for part in _parts(tags, 5000):
            named = Asset.objects.visible_to(self.by).called(part).values_list("tag", "pk")
            found |= {tag.upper(): pk for tag, pk in named}
        return found

    def _is_known(self, tie: _Tie, wholes: dict[str, int]) -> bool:
        return not tie.tag or tie.tag.upper() in wholes

    def _must_fit(self, tie: _Tie, wholes: dict[str, int], above: dict[int, int | None]) -> bool:
        """Whether it can be written. What belongs to a row that is wrong itself is not complained of a second time."""
        if not self._is_known(tie, wholes):
            if self.is_trial and tie.tag.upper() in self.seen:
                return False
            said_ = _("There is no asset with the tag %(tag)s that you may see.") % {"tag": tie.tag[:60]}
            raise Wrong("parent", said_)
        if leads_back(tie.pk, above.get):
            raise Wrong("parent", _("It cannot belong to something that belongs to it."))
        return True

    def _tie(self, part: Sequence[_Tie], wholes: dict[str, int]) -> None:
        rows = [Asset(pk=tie.pk, parent_id=wholes[tie.tag.upper()]) for tie in part]
        Asset.objects.bulk_update(rows, ["parent"])
        tags = dict(Asset.objects.filter(pk__in={row.parent_id for row in rows}).values_list("pk", "tag"))
        entries = []
        for tie, row in zip(part, rows, strict=True):
            facts = {
                "asset_field": "parent",
                "before": tie.before or said(None),
                "after": tags[row.parent_id or 0],
                "note": self.note,
            }
            entries.append(Entry(AssetEvent.CHANGED, Subject("inventory.asset", tie.pk), facts, by=self.by))
        events.record_many(entries=entries, are_held=True)

    # What the history says --------------------------------------------------------------------------------------------

    def _changed(self, asset: Asset, name: str, before: Any, after: Any) -> Entry:
        facts = {"asset_field": name, "before": said(before), "after": said(after), "note": self.note}
        return self._entry(AssetEvent.CHANGED, asset, **facts)

    def _entry(self, what: AssetEvent, asset: Asset, **facts: Any) -> Entry:
        return Entry(what, Subject.of(asset), facts, by=self.by)


def tag_of(*, job: AssetImport, cell: str) -> str:
    """The tag that stands in a cell."""
    return _meant(job, cell).strip()


def _meant(job: AssetImport, cell: str) -> str:
    return as_meant(cell) if job.form == "csv" else cell


def held_for(*, by: User, tags: Iterable[str], most: int | None = None) -> set[int]:
    """Hold the known assets of these tags until the transaction ends, and which ones: those that a person may see.

    All of them in one call, so that nobody waits for another in a circle; all assets where they are more than `most`.
    Those of others are not held up.
    """
    seen, keys, held = Asset.objects.visible_to(by), set[int](), set[int]()
    for part in _parts(sorted(tags), 5000):
        keys |= set(seen.called(part).values_list("pk", flat=True))
    if most is not None and len(keys) > most:
        locks.hold_all("inventory.asset")
    else:
        locks.hold_cases(("inventory.asset", pk) for pk in keys)
    for part in _parts(sorted(keys), 5000):
        rows = seen.filter(pk__in=part).order_by("pk").select_for_update()
        held |= set(rows.values_list("pk", flat=True))
    return held


def _above(tied: dict[int, int | None]) -> dict[int, int | None]:
    """To what each asset belongs once the file is imported: as it says, and above that as the rows stand now."""
    above, wanted = dict(tied), {whole for whole in tied.values() if whole} - set(tied)
    while wanted:
        found: dict[int, int | None] = {}
        for part in _parts(sorted(wanted), 5000):
            found |= dict(Asset.objects.filter(pk__in=part).values_list("pk", "parent_id"))
        above |= found
        wanted = {whole for whole in found.values() if whole} - set(above)
    return above


def _unfit(key: str, cell: str) -> Wrong:
    said_ = {"value": cell[:60]}
    if key in columns.DATES:
        return Wrong(key, _("“%(value)s” is no date. Write it like 2026-05-31 or 31/05/2026.") % said_)
    if key == "cost":
        return Wrong(key, _("“%(value)s” is no amount. Write it like 5000000.") % said_)
    said_["states"] = ", ".join(map(str, AssetState.labels))
    return Wrong(key, _("“%(value)s” is no state of an asset. Write one of these: %(states)s.") % said_)


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
