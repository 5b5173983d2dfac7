"""Digests instead of floods: gathered exactly once, at the person's hour, whatever dies in between."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.utils import timezone

from notifications import actions, wishes
from notifications.enums import Kind, Letter
from notifications.models import Mail, Notification
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.events import deliver
from tests.stages import Case, plain
from tickets import actions as tickets


def _gathered(person: Any, *, hour: int | None = 8) -> None:
    wanted = {kind: (True, Letter.DIGEST) for kind in Kind if not wishes.default(kind, person).fixed}
    actions.prefer(by=person, wanted=wanted, hour=hour)


def _letters(person: Any) -> list[Any]:
    return [m for m in mail.outbox if m.to == [person.email]]


def _chat(cast: Cast, case: Case, times: int) -> None:
    for n in range(times):
        tickets.answer(ticket=case.ticket, text=f"Sentence {n}.", by=cast.agent)
    deliver()


def test_gathered_messages_leave_as_one_letter_at_the_persons_hour(cast: Cast, clock: Clock) -> None:
    _gathered(cast.requester)
    plain(cast, "started")
    deliver()
    assert _letters(cast.requester) == []
    assert actions.gather() == 0
    clock.forward(hours=25)
    assert actions.gather() == 1
    assert actions.gather() == 0
    deliver()
    (letter,) = _letters(cast.requester)
    assert "3" in letter.subject
    assert letter.body.count("* ") == 3
    assert Notification.objects.visible_to(cast.requester).count() == 3, "the bell shows them one by one"


def test_what_was_read_on_the_bell_is_not_written_again(cast: Cast, clock: Clock) -> None:
    _gathered(cast.requester)
    plain(cast, "started")
    deliver()
    actions.read_all(by=cast.requester)
    clock.forward(hours=25)
    assert actions.gather() == 0
    assert not Notification.objects.waiting().filter(person=cast.requester).exists()


def test_a_single_message_is_a_letter_of_its_own(cast: Cast, clock: Clock) -> None:
    _gathered(cast.requester, hour=None)
    case = plain(cast, "opened")
    deliver()
    clock.forward(hours=1)
    assert actions.gather() == 1
    deliver()
    (letter,) = _letters(cast.requester)
    assert case.ticket.number in letter.subject


def test_a_pass_that_dies_leaves_everything_to_the_next_one(cast: Cast, clock: Clock) -> None:
    _gathered(cast.requester)
    plain(cast, "started")
    deliver()
    clock.forward(hours=25)
    with mock.patch.object(actions, "_post", side_effect=OSError), pytest.raises(OSError):  # noqa: PT011
        actions.gather()
    assert Notification.objects.waiting().filter(person=cast.requester).count() == 3
    assert actions.gather() == 1
    assert Mail.objects.filter(notification__person=cast.requester).count() == 1


def test_a_flood_becomes_ten_letters_and_one(cast: Cast, clock: Clock) -> None:
    case = plain(cast, "started")
    deliver()
    clock.forward(minutes=20)
    mail.outbox.clear()
    _chat(cast, case, 25)
    assert len(_letters(cast.requester)) == actions.FLOOD
    clock.forward(minutes=11)
    assert actions.gather() == 1
    deliver()
    assert len(_letters(cast.requester)) == actions.FLOOD + 1
    assert _letters(cast.requester)[-1].body.count("* ") == 15


def test_after_the_flood_letters_leave_at_once_again(cast: Cast, clock: Clock) -> None:
    case = plain(cast, "started")
    _chat(cast, case, 15)
    clock.forward(minutes=11)
    actions.gather()
    deliver()
    clock.forward(minutes=11)
    before = len(_letters(cast.requester))
    _chat(cast, case, 1)
    assert len(_letters(cast.requester)) == before + 1


def test_a_long_digest_says_how_many_more_there_are(cast: Cast, clock: Clock) -> None:
    _gathered(cast.requester)
    case = plain(cast, "started")
    _chat(cast, case, 60)
    clock.forward(hours=25)
    actions.gather()
    deliver()
    (letter,) = _letters(cast.requester)
    assert letter.body.count("* ") == 50
    assert "13" in letter.body


@pytest.mark.parametrize(
    ("hour", "now", "then"),
    [
        (8, "2026-03-02T00:59:00", "2026-03-02T01:00:00"),  # 07:59 WIB
        (8, "2026-03-02T01:00:00", "2026-03-03T01:00:00"),
        (0, "2026-03-02T16:30:00", "2026-03-02T17:00:00"),  # midnight WIB
        (None, "2026-03-02T01:20:00", "2026-03-02T02:00:00"),
    ],
)
def test_the_hour_is_one_of_the_persons_own_day(cast: Cast, hour: int | None, now: str, then: str) -> None:
    actions.prefer(by=cast.requester, wanted={}, hour=hour)
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert wishes.next_digest(cast.requester, at) == datetime.fromisoformat(then).replace(tzinfo=UTC)


def test_denpasar_reads_its_digest_an_hour_before_bandung(cast: Cast) -> None:
    at = timezone.now()
    east, west = wishes.next_digest(cast.outsider, at), wishes.next_digest(cast.requester, at)
    assert (west - east) % timedelta(days=1) == timedelta(hours=1)
