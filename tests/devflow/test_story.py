"""The whole story by actions alone."""

from django.core import mail

from events.ledger import verify
from events.models import Event
from tests.cast import Cast
from tests.harness.events import deliver
from tests.stages import reach


def test_a_request_of_24_hours_comes_to_production(cast: Cast) -> None:
    case = reach(cast, "done", hours=24)
    assert case.ticket.status == "done"
    assert case.request.stage == "done"
    assert list(verify()) == []


def test_everyone_concerned_is_told_by_mail(cast: Cast) -> None:
    case = reach(cast, "done", hours=24, then=deliver)
    assert {m.to[0].partition("@")[0] for m in mail.outbox} == {
        "requester",
        "agent",
        "it_manager",
        "director",
        "board",
    }
    assert Event.objects.about(case.ticket).count() > 20
