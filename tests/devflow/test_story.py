"""The whole story by actions alone."""

from typing import Any

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


def test_who_may_not_write_the_brm_reads_it(cast: Cast, page: Any) -> None:
    """The worker may open the form for the others, but only the requester and the IT Manager fill it in."""
    case = reach(cast, "planned", hours=24)
    for name, ending in (("agent", ""), ("requester", "edit/"), ("it_manager", "edit/")):
        browser = page(cast[name])
        asked = browser.post(f"/developments/{case.request.pk}/brm/")
        assert asked["Location"] == f"/approvals/{case.brm.pk}/{ending}"
        assert browser.get(asked["Location"]).status_code == 200
