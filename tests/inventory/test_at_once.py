"""Two at a time: imports, hand-overs and others take the assets in one order, so that nobody waits in a circle."""

import io
import threading
import time
from collections.abc import Callable, Sequence

import pytest
from django.db import connection, transaction
from django.utils import translation

from accounts.actions import robot
from core import locks
from core.errors import NotPossible
from events.ledger import verify
from events.models import Event
from inventory import actions as inventory
from inventory.actions import Item
from inventory.actions.bringing import Bringing, Row
from inventory.enums import AssetEvent, ImportMode, ImportState
from inventory.models import Asset, AssetImport, Handover
from tests.cast import Cast
from tests.harness.at_once import at_once
from tests.inventory import stage

both = pytest.mark.django_db(transaction=True)


def by_key(things: Sequence[Asset]) -> list[Asset]:
    """In the order in which everybody takes them."""
    return sorted(things, key=lambda thing: locks.key("case", "inventory.asset", thing.pk))


def crossed(cast: Cast) -> tuple[Asset, Asset]:
    """Two assets of which the one that was registered first is taken last."""
    things = [stage.asset(cast) for _n in range(8)]
    return next((a, b) for a in things for b in things if a.pk < b.pk and by_key([a, b])[0] == b)


def somebody_waits() -> None:
    """Until somebody waits for a lock."""
    for _n in range(400):
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def holding(first: Asset, last: Asset, held: threading.Event) -> Callable[[], None]:
    """Somebody who takes both in the order of everybody, the second when the other act waits for the first."""

    def act() -> None:
        with transaction.atomic():
            locks.hold_case(first)
            held.set()
            somebody_waits()
            locks.hold_case(last)

    return act


def asked(cast: Cast, text: str, by: str = "agent", mode: str = ImportMode.BOTH) -> AssetImport:
    job = inventory.upload(name="a.csv", file=io.BytesIO(text.encode()), by=cast[by])
    return inventory.ask_check(job=job, mapping=job.mapping, mode=mode, by=cast[by])


def ready(cast: Cast, text: str, mode: str = ImportMode.BOTH) -> AssetImport:
    """Tried, faultless, and wanted."""
    job = asked(cast, text, mode=mode)
    inventory.perform_import(job=job, by=robot("inventory"))
    return inventory.ask_import(job=AssetImport.objects.get(pk=job.pk), by=cast.agent)


def new_ones(tags: Sequence[str], name: str) -> str:
    return "Tag,Type,Branch,Name\n" + "".join(f"{tag},Computer,BDG,{name}\n" for tag in tags)


def after_its_first_row(monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """Once in each thread: the first row of an import is written, but not for others to see."""
    monkeypatch.setattr("inventory.actions.importing._BATCH", 1)
    take, known = Bringing.take, set[int]()

    def taken(self: Bringing, rows: Sequence[Row]) -> None:
        take(self, rows)
        if not self.is_trial and threading.get_ident() not in known:
            known.add(threading.get_ident())
            then()

    monkeypatch.setattr(Bringing, "take", taken)


@both
@pytest.mark.parametrize("most", [2000, 0], ids=["hold_cases", "hold_all"])
def test_an_import_takes_its_assets_as_everybody_does(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("inventory.actions.importing._BATCH", 1)
    monkeypatch.setattr("inventory.actions.importing._MOST_LOCKED", most)
    cast, worker, held = Cast(), robot("inventory"), threading.Event()
    first, last = by_key([stage.asset(cast) for _n in range(2)])
    job = asked(cast, f"Tag,Serial number\n{last.tag},1\n{first.tag},2\n")
    inventory.perform_import(job=job, by=worker)
    job = inventory.ask_import(job=AssetImport.objects.get(), by=cast.agent)

    def bring() -> None:
        assert held.wait(20)
        inventory.perform_import(job=job, by=worker)

    at_once(holding(first, last, held), bring)
    assert AssetImport.objects.get().state == ImportState.DONE
    assert dict(Asset.objects.values_list("tag", "serial")) == {last.tag: "1", first.tag: "2"}
    assert list(verify()) == []


@both
def test_two_imports_of_the_same_assets_follow_each_other(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory.actions.importing._BATCH", 1)
    cast, worker = Cast(), robot("inventory")
    things, jobs = [stage.asset(cast) for _n in range(12)], []
    for serial, order in (("1", things), ("2", things[::-1])):
        job = asked(cast, "Tag,Serial number\n" + "".join(f"{thing.tag},{serial}\n" for thing in order))
        inventory.perform_import(job=job, by=worker)
        jobs.append(inventory.ask_import(job=AssetImport.objects.get(pk=job.pk), by=cast.agent))
    start = threading.Barrier(2)

    def bring(job: AssetImport) -> None:
        start.wait()
        inventory.perform_import(job=job, by=worker)

    at_once(lambda: bring(jobs[0]), lambda: bring(jobs[1]))
    assert set(AssetImport.objects.values_list("state", flat=True)) == {ImportState.DONE}
    assert len(set(Asset.objects.values_list("serial", flat=True))) == 1, "one of them was the last, for all"
    assert list(verify()) == []


@both
def test_two_that_tie_two_assets_to_each_other_at_once_make_no_circle(transactional_db: None) -> None:
    cast = Cast()
    agent, one, other = cast.agent, stage.asset(cast), stage.asset(cast)
    tied, refused = threading.Event(), []

    def first() -> None:
        with transaction.atomic():
            inventory.change(asset=one, parent=other, by=agent)
            tied.set()
            somebody_waits()

    def second() -> None:
        assert tied.wait(20)
        try:
            with translation.override("en"):
                inventory.change(asset=other, parent=one, by=agent)
        except NotPossible as refusal:
            refused.append(str(refusal))

    at_once(first, second)
    assert ["belongs to it" in said for said in refused] == [True]
    assert list(Asset.objects.order_by("pk").values_list("parent", flat=True)) == [other.pk, None]


@both
def test_a_hand_over_and_its_signature_take_the_items_as_everybody_does(transactional_db: None) -> None:
    cast = Cast()
    _ = cast.requester, cast.agent
    last, first = crossed(cast)
    for act in (
        lambda: inventory.hand_over(person=cast.requester, items=[Item(last), Item(first)], by=cast.agent),
        lambda: stage.decides(Handover.objects.get(), cast.requester),
    ):
        held = threading.Event()

        def then(act: Callable[[], object] = act, held: threading.Event = held) -> None:
            assert held.wait(20)
            act()

        at_once(holding(first, last, held), then)
    assert Asset.objects.filter(holder=cast.requester).count() == 2
    assert list(verify()) == []


@both
def test_tags_of_others_hold_nobody_up(transactional_db: None) -> None:
    cast, worker = Cast(), robot("inventory")
    foreign = stage.asset(cast)
    job = asked(cast, f"Tag,Serial number\n{foreign.tag},1\n", by="foreign_agent")
    held, done = threading.Event(), threading.Event()

    def somebody() -> None:
        with transaction.atomic():
            Asset.objects.lock(foreign)
            held.set()
            assert done.wait(20), "the import waited for an asset that is none of its business"

    def bring() -> None:
        assert held.wait(20)
        inventory.perform_import(job=job, by=worker)
        done.set()

    at_once(somebody, bring)
    assert AssetImport.objects.get().found["wrong"] == 1


NEW = [f"NEW-{number}" for number in range(1, 7)]


@both
@pytest.mark.parametrize("mode", [ImportMode.NEW, ImportMode.BOTH])
def test_of_two_imports_of_the_same_new_tags_one_is_told(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Each has written what the other writes next, so that both wait: PostgreSQL ends one of them."""
    cast, worker = Cast(), robot("inventory")
    _ = stage.kind(cast), cast.bandung
    jobs = [ready(cast, new_ones(*facts), mode) for facts in ((NEW, "one"), (NEW[::-1], "other"))]
    meet = threading.Barrier(2)
    after_its_first_row(monkeypatch, lambda: meet.wait(30))
    at_once(*(lambda job=job: inventory.perform_import(job=job, by=worker) for job in jobs))  # type: ignore[misc]
    won = AssetImport.objects.get(state=ImportState.DONE)
    lost = AssetImport.objects.get(state=ImportState.CHECKED)
    assert won.found["new"] == len(NEW)
    assert len(set(Asset.objects.values_list("name", flat=True))) == 1, (
        "all of one file, nothing of the other"
    )
    assert sorted(Asset.objects.values_list("tag", flat=True)) == NEW
    assert Event.objects.filter(type=AssetEvent.REGISTERED).count() == len(NEW)
    assert list(verify()) == []
    if mode == ImportMode.NEW:
        assert lost.found["wrong"] == len(NEW)
        rows = list(lost.problems.order_by("row").values_list("row", "column", "said"))
        assert [row for row, column, said in rows if column == "Label" and "NEW-" in said] == [
            2,
            3,
            4,
            5,
            6,
            7,
        ]
        return
    assert (lost.found["new"], lost.found["changed"], lost.found["wrong"]) == (0, len(NEW), 0)
    assert lost.why, "nobody was told that it would change them"
    monkeypatch.undo()
    inventory.perform_import(job=inventory.ask_import(job=lost, by=cast.agent), by=worker)
    again = AssetImport.objects.get(pk=lost.pk)
    assert (again.state, again.why) == (ImportState.DONE, "")


@both
def test_a_tag_that_somebody_registers_by_hand_meanwhile_is_told_in_its_row(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, worker, held, written = Cast(), robot("inventory"), threading.Event(), threading.Event()
    _ = stage.kind(cast), cast.bandung
    job = ready(cast, new_ones(NEW, "file"), ImportMode.NEW)
    after_its_first_row(monkeypatch, lambda: written.set() or held.wait(30))

    def by_hand() -> None:
        assert written.wait(30)
        with transaction.atomic():
            stage.asset(cast, tag=NEW[3].lower())
            held.set()
            somebody_waits()

    at_once(by_hand, lambda: inventory.perform_import(job=job, by=worker))
    job = AssetImport.objects.get()
    assert (job.state, job.found["wrong"]) == (ImportState.CHECKED, 1)
    assert list(job.problems.values_list("row", "column")) == [(5, "Label")]
    assert list(Asset.objects.values_list("tag", flat=True)) == [NEW[3].lower()]


@both
def test_who_registers_a_tag_by_hand_that_an_import_brings_is_refused(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, worker, written = Cast(), robot("inventory"), threading.Event()
    _ = stage.kind(cast), cast.bandung
    job = ready(cast, new_ones(NEW, "file"))
    after_its_first_row(monkeypatch, lambda: written.set() or somebody_waits())

    def by_hand() -> None:
        assert written.wait(30)
        with translation.override("en"), pytest.raises(NotPossible, match="already"):
            stage.asset(cast, tag=NEW[0])

    at_once(by_hand, lambda: inventory.perform_import(job=job, by=worker))
    assert AssetImport.objects.get().state == ImportState.DONE
    assert sorted(Asset.objects.values_list("tag", flat=True)) == NEW


@both
def test_two_trials_of_the_same_new_tags_both_end(transactional_db: None) -> None:
    cast, worker, tags = Cast(), robot("inventory"), [f"NEW-{number}" for number in range(600)]
    _ = stage.kind(cast), cast.bandung
    jobs = [asked(cast, new_ones(order, "x")) for order in (tags, tags[::-1])]
    start = threading.Barrier(2)

    def attempt(job: AssetImport) -> None:
        start.wait(30)
        inventory.perform_import(job=job, by=worker)

    at_once(*(lambda job=job: attempt(job) for job in jobs))  # type: ignore[misc]
    assert [job.found["new"] for job in AssetImport.objects.all()] == [600, 600]
    assert set(AssetImport.objects.values_list("state", flat=True)) == {ImportState.CHECKED}
