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
from inventory import actions as inventory
from inventory.actions import Item
from inventory.enums import ImportState
from inventory.models import Asset, AssetImport, Handover
from tests.cast import Cast
from tests.inventory import stage

both = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> None:
    """Each in a thread with a connection of its own."""
    problems: list[Exception] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


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
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
            )
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


def asked(cast: Cast, text: str, by: str = "agent") -> AssetImport:
    job = inventory.upload(name="a.csv", file=io.BytesIO(text.encode()), by=cast[by])
    return inventory.ask_check(job=job, mapping=job.mapping, by=cast[by])


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
