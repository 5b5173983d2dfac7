# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Two people act on the same thing at the same moment: one is done, the other reads a sentence, nothing happens twice."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from approvals.models import Decision
from core.errors import NotPossible
from devflow import actions as devflow
from devflow.models import Deployment, HourEntry
from events.ledger import verify
from events.models import Event
from tests.cast import Cast
from tests.stages import plain, reach
from tickets import actions as tickets

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """All acts start together, each in a connection of its own; what each gave or raised."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            with translation.override("en"):
                gate.wait(10)
                results[number] = act()
        except Exception as problem:
            results[number] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def one_refused(results: list[Any]) -> NotPossible:
    """Exactly one was done, all others were refused with a sentence."""
    refused = [r for r in results if isinstance(r, Exception)]
    assert len(refused) == len(results) - 1, results
    assert all(isinstance(r, NotPossible) and str(r) for r in refused), refused
    return refused[0]


def test_accepting(cast: Cast) -> None:
    case = plain(cast, "opened")
    ticket, agent = case.ticket, cast.agent

    def accept(by: Any) -> Any:
        return tickets.accept(
            ticket=ticket, priority="high", assignee=agent, by=by, estimate_hours=Decimal(2)
        )  # type: ignore[arg-type]

    manager = cast.it_manager
    refusal = one_refused(at_once(lambda: accept(manager), lambda: accept(manager)))
    assert "Waiting" in str(refusal)
    assert Event.objects.about(ticket).filter(type="ticket.accepted").count() == 1


def test_accepting_and_withdrawing(cast: Cast) -> None:
    case = plain(cast, "opened")
    ticket, agent, manager, requester = case.ticket, cast.agent, cast.it_manager, cast.requester
    results = at_once(
        lambda: tickets.reject(ticket=ticket, reason="No.", by=manager),
        lambda: tickets.cancel(ticket=ticket, by=requester),
    )
    one_refused(results)
    assert agent is not None
    ended = Event.objects.about(ticket).filter(type__in=["ticket.rejected", "ticket.cancelled"])
    assert ended.count() == 1


def test_signing_twice(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    form = case.brm
    one_refused(at_once(lambda: case.decide(form, "director"), lambda: case.decide(form, "director")))
    assert Decision.objects.count() == 1


def test_releasing_twice(cast: Cast) -> None:
    case = reach(cast, "signed")
    build, manager = case.build, cast.it_manager

    def release() -> Any:
        return devflow.deploy(build=build, kind="production", by=manager)  # type: ignore[arg-type]

    one_refused(at_once(release, release))
    assert Deployment.objects.filter(environment__kind="production").count() == 1


def test_booking_hours_together_loses_none(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    request, people = case.request, [cast.agent, cast.other_agent, cast.it_manager]
    day = case.ticket.created_at.date()

    def book(by: Any) -> Any:
        return devflow.book_hours(request=request, hours=Decimal(8), day=day, note="x", by=by)

    results = at_once(*(lambda by=by: book(by) for by in people))
    assert not any(isinstance(r, Exception) for r in results), results
    assert case.request.booked_hours == 24
    assert case.request.needs_brm
    assert Event.objects.about(case.ticket).filter(type="development.held").count() == 1


def test_booking_on_two_requests_at_once_stays_within_the_day(cast: Cast) -> None:
    requests, agent = [reach(cast, "on_trial").request for _n in range(2)], cast.agent
    day = timezone.localdate()

    def book(request: Any) -> Any:
        return devflow.book_hours(request=request, hours=Decimal(13), day=day, note="x", by=agent)

    one_refused(at_once(*(lambda request=request: book(request) for request in requests)))
    assert HourEntry.objects.of_day(agent, day) == 13


def test_writing_together_keeps_the_chain_whole(cast: Cast) -> None:
    case = plain(cast, "accepted")
    ticket, agent, requester = case.ticket, cast.agent, cast.requester
    results = at_once(
        *(
            lambda by=by: tickets.answer(ticket=ticket, text="Hello.", by=by)
            for by in (agent, requester, agent, requester)
        )
    )
    assert not any(isinstance(r, Exception) for r in results), results
    assert list(verify()) == []
    assert Event.objects.about(ticket).filter(type="clock.met").count() == 1
