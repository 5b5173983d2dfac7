# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Who is told what, and in which language."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail

from accounts import actions as accounts
from devflow import actions as devflow
from notifications.models import Notification
from tests.cast import Cast
from tests.harness.events import deliver, names_told, told
from tests.stages import Case, plain, reach
from tests.tickets.desk import experts
from tickets import actions as tickets

Act = Callable[[Case], Any]
TOLD: list[tuple[str, Callable[[Cast], Case], Act, list[str]]] = [
    ("opened", Case, lambda c: c.opened(), ["it_manager", "requester"]),
    ("accepted", lambda c: plain(c, "opened"), lambda c: c.accepted(), ["agent", "requester"]),
    ("rejected", lambda c: plain(c, "opened"), lambda c: tickets.reject(ticket=c.ticket, reason="No.", by=c.cast.it_manager), ["requester"]),
    ("withdrawn", lambda c: plain(c, "accepted"), lambda c: tickets.cancel(ticket=c.ticket, by=c.cast.requester), ["agent", "it_manager"]),
    ("assigned", lambda c: plain(c, "started"), lambda c: tickets.assign(ticket=c.ticket, assignee=c.cast.other_agent, by=c.cast.it_manager), ["agent", "other_agent", "requester"]),
    ("started", lambda c: plain(c, "accepted"), lambda c: tickets.start(ticket=c.ticket, by=c.cast.agent), ["requester"]),
    ("handed_over", lambda c: plain(c, "started"), lambda c: tickets.hand_over(ticket=c.ticket, text="Try", by=c.cast.agent), ["requester"]),
    ("sent_back", lambda c: plain(c, "handed_over"), lambda c: tickets.send_back(ticket=c.ticket, text="No", by=c.cast.requester), ["agent"]),
    ("confirmed", lambda c: plain(c, "handed_over"), lambda c: tickets.confirm(ticket=c.ticket, by=c.cast.requester), ["agent", "it_manager"]),
    ("answered_by_it", lambda c: plain(c, "started"), lambda c: tickets.answer(ticket=c.ticket, text="Hi", by=c.cast.agent), ["requester"]),
    ("answered_by_requester", lambda c: plain(c, "started"), lambda c: tickets.answer(ticket=c.ticket, text="Hi", by=c.cast.requester), ["agent"]),
    ("answered_before_triage", lambda c: plain(c, "opened"), lambda c: tickets.answer(ticket=c.ticket, text="Hi", by=c.cast.requester), ["it_manager"]),
    ("noted", lambda c: plain(c, "started"), lambda c: tickets.note(ticket=c.ticket, text="Hi", by=c.cast.agent), []),
    ("held", lambda c: reach(c, "opened", hours=24), lambda c: c.accepted(), ["agent", "agent", "requester", "requester", "requester"]),
    ("submitted", lambda c: reach(c, "brm_written", hours=24), lambda c: c.brm_submitted(), ["director"]),
    ("director_signs", lambda c: reach(c, "brm_submitted", hours=24), lambda c: c.director_signed(), ["board", "it_manager", "requester"]),
    ("on_trial", lambda c: reach(c, "built"), lambda c: c.on_trial(), ["it_manager"]),
    ("on_training", lambda c: reach(c, "on_trial"), lambda c: c.on_training(), ["it_manager", "requester"]),
    ("signed", lambda c: reach(c, "uat_submitted"), lambda c: c.signed(), ["agent", "agent", "agent", "it_manager", "requester"]),
    ("released", lambda c: reach(c, "signed"), lambda c: c.done(), ["agent", "agent", "requester", "requester"]),
    ("grown", lambda c: reach(c, "on_trial"), lambda c: devflow.book_hours(request=c.request, hours=Decimal(22), day=c.ticket.created_at.date(), note="x", by=c.cast.agent), ["it_manager", "requester", "requester"]),
]  # fmt: skip


@pytest.mark.parametrize(("start", "act", "who"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_told(cast: Cast, start: Callable[[Cast], Case], act: Act, who: list[str]) -> None:
    _ = cast.other_agent
    case = start(cast)
    told()
    act(case)
    deliver()
    assert names_told() == who
    assert len(mail.outbox) + Notification.objects.waiting().count() == len(who), (
        "a letter now, or gathered later"
    )


def test_a_substitute_is_told_too(cast: Cast) -> None:
    case = Case(cast)
    today = accounts.timezone.localdate()
    accounts.name_substitute(
        absent=cast.it_manager,
        substitute=cast.other_agent,
        first=today,
        last=today,
        reason="Leave",
        by=cast.it_manager,
    )
    case.opened()
    told()
    tickets.answer(ticket=case.ticket, text="Hello?", by=cast.requester)
    deliver()
    assert names_told() == ["it_manager", "other_agent"]


def test_whoever_had_it_hears_that_it_is_no_longer_theirs(cast: Cast) -> None:
    """Also when experts were named; and the letter does not say that the work waits for them."""
    case, team = plain(cast, "started"), experts(cast, "other_agent")
    told()
    tickets.escalate(
        ticket=case.ticket, team=team, member=cast.other_agent, reason="Firewall.", by=cast.it_manager
    )
    deliver()
    assert names_told() == ["agent", "other_agent", "requester"]
    kinds = dict(Notification.objects.filter(event__type="ticket.escalated").values_list("person", "kind"))
    assert (kinds[cast.agent.pk], kinds[cast.other_agent.pk]) == ("request", "task")


def test_everyone_reads_it_in_their_language(cast: Cast) -> None:
    accounts.set_preferences(user=cast.it_manager, language="en")
    plain(cast, "opened")
    deliver()
    titles = {n.person.language: n.title for n in Notification.objects.select_related("person")}
    assert "New request" in titles["en"]
    assert "permintaan" in titles["id"].lower()


def test_a_letter_is_made_for_machines_and_people(cast: Cast) -> None:
    case = plain(cast, "opened")
    deliver()
    letter = next(m for m in mail.outbox if m.to == ["requester@kumala.example"])
    message = letter.message()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].startswith("<notification.")
    assert f"/requests/{case.pk}/" in letter.body
    assert "\n" not in message["Subject"].replace("\n ", " ")
