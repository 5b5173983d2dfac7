"""Queues in PostgreSQL: at least once, in order, with patience, and never lost."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.utils import timezone

from core import outbox
from events import actions as events
from events import registry
from events.enums import LedgerEvent
from events.models import Delivery
from events.subjects import Subject
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.refusals import not_yours


def queued(cast: Cast, *mailboxes: str) -> list[Delivery]:
    """One pending row per mailbox, in this order."""
    with transaction.atomic():
        event = events.record(
            LedgerEvent.REFERENCE_CHANGED, Subject("test", 1), by=cast.agent, what="x", fields="y"
        )
        Delivery.objects.all().delete()
        return [
            Delivery.objects.create(event=event, subscriber=f"test.{n}", mailbox=box)
            for n, box in enumerate(mailboxes)
        ]


def names(*rows: Delivery) -> list[str]:
    return [row.subscriber for row in rows]


@pytest.mark.django_db
def test_every_row_is_performed_once(cast: Cast) -> None:
    queued(cast, "a", "b", "c")
    seen: list[str] = []
    assert outbox.drain(Delivery, lambda row: seen.append(row.subscriber)) == 3
    assert outbox.drain(Delivery, lambda row: seen.append(row.subscriber)) == 0
    assert sorted(seen) == ["test.0", "test.1", "test.2"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db
def test_a_flood_of_one_kind_holds_up_no_other(cast: Cast) -> None:
    """The oldest goes first until its kind has had its share; of its own kind the oldest always goes first."""
    with transaction.atomic():
        about = [
            events.record(
                LedgerEvent.REFERENCE_CHANGED, Subject("test", n), by=cast.agent, what="x", fields="y"
            )
            for n in range(50)
        ]
        Delivery.objects.all().delete()
        for event in about:
            Delivery.objects.create(event=event, subscriber="flood", mailbox=f"flood {event.subject_id}")
        for name in ("a", "b"):
            Delivery.objects.create(event=about[0], subscriber=name, mailbox=name)
    seen: list[str] = []
    assert outbox.drain(Delivery, lambda row: seen.append(row.mailbox)) == 52
    assert seen[outbox.SHARE :][:2] == ["a", "b"]
    assert [box for box in seen if box.startswith("flood")] == [f"flood {n}" for n in range(50)]


@pytest.mark.django_db
def test_a_mailbox_keeps_its_order_and_a_broken_row_holds_only_its_own(cast: Cast, clock: Clock) -> None:
    queued(cast, "a", "b", "a")
    seen: list[str] = []

    def perform(row: Delivery) -> None:
        if row.subscriber == "test.0" and len(seen) < 2:
            seen.append("broken")
            raise ValueError("no")
        seen.append(row.subscriber)

    outbox.drain(Delivery, perform)
    assert seen == ["broken", "test.1"]
    clock.forward(seconds=3)
    outbox.drain(Delivery, perform)
    assert seen == ["broken", "test.1", "test.0", "test.2"]


@pytest.mark.django_db
def test_what_hangs_is_given_up_like_what_ends_its_process(cast: Cast, clock: Clock) -> None:
    """Every attempt of it costs half a minute of a worker: five of them, not ten."""
    (row,) = queued(cast, "a")

    def perform(row: Delivery) -> None:
        raise SoftTimeLimitExceeded

    for _attempt in range(outbox.MOST_CRASHES):
        with pytest.raises(SoftTimeLimitExceeded):
            outbox.drain(Delivery, perform)
        clock.forward(seconds=30)
    assert outbox.drain(Delivery, perform) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("dead", 5)
    assert row.last_error == "Its process died, or hung, 5 times in a row."


@pytest.mark.django_db
def test_a_failure_undoes_what_it_did_and_says_why(cast: Cast) -> None:
    (row,) = queued(cast, "a")

    def perform(row: Delivery) -> None:
        Delivery.objects.create(event=row.event, subscriber="half-done", mailbox="z")
        raise RuntimeError("the printer is on fire")

    assert outbox.drain(Delivery, perform) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == ("pending", 1, "RuntimeError: the printer is on fire")
    assert not Delivery.objects.filter(subscriber="half-done").exists()


@pytest.mark.django_db
def test_it_waits_longer_after_each_attempt_and_gives_up_after_ten(cast: Cast, clock: Clock) -> None:
    (row,) = queued(cast, "a")
    waits = []

    def perform(row: Delivery) -> None:
        raise RuntimeError

    for _attempt in range(Delivery.MOST_ATTEMPTS):
        outbox.drain(Delivery, perform)
        row.refresh_from_db()
        waits.append((row.due_at - clock.now).total_seconds())
        clock.to(row.due_at)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    outbox.drain(Delivery, perform)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("dead", 10)


def test_it_never_waits_longer_than_an_hour() -> None:
    assert outbox.backoff(30) == timedelta(hours=1)


@pytest.mark.django_db
def test_a_dead_row_does_not_hold_back_its_mailbox(cast: Cast) -> None:
    dead, _later = queued(cast, "a", "a")
    dead.state = "dead"
    dead.save()
    assert outbox.drain(Delivery, lambda row: None) == 1


@pytest.mark.django_db
def test_a_long_outage_leaves_no_more_dead_rows_than_one_pass_can_bury(cast: Cast) -> None:
    queued(cast, *(f"box{n}" for n in range(400)), "last")
    Delivery.objects.exclude(mailbox="last").update(attempts=Delivery.MOST_ATTEMPTS)
    assert outbox.drain(Delivery, lambda row: None) == 1
    assert Delivery.objects.filter(state="dead").count() == 400


@pytest.mark.django_db
def test_retry_is_for_operations_staff_and_recorded(cast: Cast) -> None:
    (row,) = queued(cast, "a")
    row.state, row.attempts = "dead", 10
    row.save()
    for name in ("agent", "director", "requester", "auditor", "foreign_it_manager"):
        person = cast[name]
        with not_yours():
            events.retry(delivery=row, by=person)
    events.retry(delivery=row, by=cast.administrator)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 0)


@pytest.mark.django_db
def test_a_process_that_dies_between_claim_and_act_loses_nothing(cast: Cast, clock: Clock) -> None:
    (row,) = queued(cast, "a")
    assert outbox._claim(Delivery, row.subscriber) == row.pk  # and here the process is killed
    assert outbox.drain(Delivery, lambda row: None) == 0, "not before its next attempt is due"
    clock.forward(seconds=outbox.LEASE.total_seconds() + 1)
    assert outbox.drain(Delivery, lambda row: None) == 1


@pytest.mark.django_db
def test_a_subscriber_that_is_gone_is_a_failure_that_names_it(cast: Cast) -> None:
    (row,) = queued(cast, "a")
    events.deliver()
    row.refresh_from_db()
    assert "test.0" in row.last_error
    assert "test.0" not in registry.SUBSCRIBERS


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_perform_the_same_row(cast: Cast) -> None:
    queued(cast, *(f"box{n % 5}" for n in range(30)))
    seen: list[int] = []
    done: list[int] = []

    def work() -> None:
        try:
            done.append(outbox.drain(Delivery, lambda row: seen.append(row.pk)))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.drain(Delivery, lambda row: seen.append(row.pk))
    assert len(seen) == len(set(seen)) == 30
    for box in range(5):
        mine = [pk for pk in seen if Delivery.objects.get(pk=pk).mailbox == f"box{box}"]
        assert mine == sorted(mine)


@pytest.mark.django_db(transaction=True)
def test_a_row_in_work_is_skipped_by_others(cast: Cast) -> None:
    queued(cast, "a", "b")
    seen: list[Any] = []
    inside, go_on = threading.Event(), threading.Event()

    def slow(row: Delivery) -> None:
        inside.set()
        assert go_on.wait(10)

    def work() -> None:
        try:
            outbox.drain(Delivery, slow, most=1)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(10)
    with Clock(timezone.now() + timedelta(minutes=5)):
        assert outbox.drain(Delivery, lambda row: seen.append(row.mailbox)) == 1
    go_on.set()
    thread.join()
    assert seen == ["b"]


@pytest.mark.django_db
def test_a_row_that_ends_its_process_every_time_is_given_up_after_five(cast: Cast, clock: Clock) -> None:
    """The process dies between claim and performance: nobody says how it went."""
    (row,) = queued(cast, "a")
    for _death in range(outbox.MOST_CRASHES):
        assert outbox._claim(Delivery, row.subscriber) == row.pk
        clock.forward(seconds=outbox.LEASE.total_seconds() + 1)
    assert outbox._claim(Delivery, row.subscriber) is None
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("dead", "Its process died, or hung, 5 times in a row.")
    outbox.retry(row)
    assert outbox.drain(Delivery, lambda row: None) == 1


@pytest.mark.django_db
def test_a_word_about_how_it_went_forgives_the_crashes_before(cast: Cast, clock: Clock) -> None:
    (row,) = queued(cast, "a")
    for _turn in range(3):
        assert outbox._claim(Delivery, row.subscriber) == row.pk
        clock.forward(seconds=outbox.LEASE.total_seconds() + 1)

    def perform(row: Delivery) -> None:
        raise ValueError("no")

    assert outbox.drain(Delivery, perform) == 0
    row.refresh_from_db()
    assert (row.state, row.crashes) == ("pending", 0)


@pytest.mark.django_db(transaction=True)
def test_an_effect_that_hangs_holds_up_only_itself(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LOCK_PATIENCE_MS", 50)
    monkeypatch.setattr(outbox, "LEASE", timedelta(0))
    queued(cast, "a", "b")
    hangs, go_on = threading.Event(), threading.Event()

    def perform(row: Delivery) -> None:
        if row.subscriber == "test.0":
            hangs.set()
            assert go_on.wait(20)

    def first() -> None:
        try:
            outbox.drain(Delivery, perform, most=1)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert hangs.wait(20)
        assert outbox.drain(Delivery, perform, most=3) == 1, "the other one"
    finally:
        go_on.set()
        thread.join()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
