"""What people want to hear of: defaults by role, their own choice, what cannot be switched off."""

from typing import Any

import pytest
from django.core import mail

from accounts import actions as accounts
from core.errors import NotPossible
from notifications import actions, wishes
from notifications.enums import Kind, Letter
from notifications.models import Mail, Notification
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.events import deliver
from tests.stages import plain
from tickets import actions as tickets


def _want(person: Any, kind: Kind, *, on_bell: bool, letter: Letter) -> None:
    actions.prefer(by=person, wanted={kind: (on_bell, letter)}, hour=8)


def test_a_requester_gets_every_letter_at_once(cast: Cast) -> None:
    assert {w.letter for k, w in wishes.wishes(cast.requester).items() if k != Kind.SIGN} == {Letter.NOW}


def test_it_staff_gets_the_course_of_requests_gathered(cast: Cast) -> None:
    found = wishes.wishes(cast.agent)
    assert found[Kind.REQUEST].letter == Letter.DIGEST
    assert found[Kind.TASK].letter == Letter.NOW


def test_what_is_switched_off_is_not_told_at_all(cast: Cast) -> None:
    _want(cast.requester, Kind.REQUEST, on_bell=False, letter=Letter.NEVER)
    plain(cast, "started")
    deliver()
    assert not Notification.objects.filter(person=cast.requester).exists()


def test_only_the_bell_means_no_letter(cast: Cast) -> None:
    _want(cast.requester, Kind.REQUEST, on_bell=True, letter=Letter.NEVER)
    plain(cast, "started")
    deliver()
    assert Notification.objects.visible_to(cast.requester).count() == 3
    assert [m for m in mail.outbox if m.to == [cast.requester.email]] == []


def test_only_letters_leave_the_bell_empty(cast: Cast, page: Any) -> None:
    _want(cast.requester, Kind.REQUEST, on_bell=False, letter=Letter.NOW)
    plain(cast, "opened")
    deliver()
    assert [m.to for m in mail.outbox if m.to == [cast.requester.email]] == [[cast.requester.email]]
    assert not Notification.objects.visible_to(cast.requester).exists()
    assert b"T-0" not in page(cast.requester).get("/notifications/").content


def test_one_choice_leaves_the_other_kinds_alone(cast: Cast) -> None:
    _want(cast.requester, Kind.REQUEST, on_bell=False, letter=Letter.NEVER)
    case = plain(cast, "started")
    tickets.answer(ticket=case.ticket, text="Tomorrow.", by=cast.agent)
    deliver()
    assert [n.kind for n in Notification.objects.filter(person=cast.requester)] == [Kind.CONVERSATION]


def test_nobody_switches_off_a_form_to_sign(cast: Cast) -> None:
    with pytest.raises(NotPossible, match="cannot be switched off"):
        _want(cast.director, Kind.SIGN, on_bell=True, letter=Letter.NEVER)


def test_the_it_manager_hears_of_every_breach_and_an_agent_may_choose(cast: Cast) -> None:
    with pytest.raises(NotPossible, match="cannot be switched off"):
        _want(cast.it_manager, Kind.BREACH, on_bell=True, letter=Letter.DIGEST)
    _want(cast.agent, Kind.BREACH, on_bell=True, letter=Letter.DIGEST)
    assert wishes.wish(Kind.BREACH, cast.agent).letter == Letter.DIGEST


def test_a_choice_from_before_the_role_does_not_silence_a_breach(cast: Cast) -> None:
    _want(cast.agent, Kind.BREACH, on_bell=False, letter=Letter.NEVER)
    accounts.grant_role(user=cast.agent, role="it_manager", branch=None, by=accounts.robot("cast"))
    assert wishes.wish(Kind.BREACH, cast.again("agent")) == wishes.Wish(fixed=True)


def test_the_same_event_is_something_else_for_each_reader(cast: Cast) -> None:
    plain(cast, "accepted")
    deliver()
    kinds = {n.person.name: n.kind for n in Notification.objects.select_related("person").order_by("pk")}
    assert kinds[cast.requester.name] == Kind.REQUEST
    assert kinds[cast.agent.name] == Kind.TASK
    assert kinds[cast.it_manager.name] == Kind.NEW_REQUEST


def test_the_page_keeps_what_was_chosen_and_forgets_it_again(cast: Cast, page: Any) -> None:
    browser = page(cast.director)
    shown = browser.get("/notifications/preferences/")
    assert "SOP" in shown.content.decode()
    typed = {"hour": "16"}
    for kind in Kind:
        typed |= {f"letter_{kind}": "digest"} | ({f"bell_{kind}": "on"} if kind != Kind.REQUEST else {})
    answer = browser.post("/notifications/preferences/", typed)
    assert answer.status_code == 302
    found = wishes.wishes(cast.director)
    assert found[Kind.REQUEST] == wishes.Wish(on_bell=False, letter=Letter.DIGEST)
    assert found[Kind.SIGN] == wishes.Wish(fixed=True)
    assert wishes.digest_hour(cast.director) == 16
    browser.post("/notifications/preferences/", {"defaults": "1"})
    assert wishes.wishes(cast.director)[Kind.REQUEST] == wishes.Wish()


def test_only_what_can_reach_somebody_is_offered(cast: Cast, page: Any) -> None:
    asks = {Kind.REQUEST, Kind.CONVERSATION, Kind.MENTION, Kind.TASK}
    for who in ("requester", "branch_head", "nobody"):
        assert set(wishes.wishes(cast[who])) == asks
    assert set(wishes.wishes(cast.it_manager)) == set(Kind)
    assert Kind.NEW_REQUEST not in wishes.wishes(cast.agent)
    assert "letter_breach" not in page(cast.requester).get("/notifications/preferences/").content.decode()


def test_a_program_reads_and_changes_them(cast: Cast) -> None:
    program = Program(cast.it_manager)
    found = {row["kind"]: row for row in program.get("notifications/preferences/")["kinds"]}
    assert found["breach"]["fixed"] is True
    row = {"kind": "conversation", "on_bell": True, "letter": "digest"}
    said = program.patch("notifications/preferences/", hour=None, kinds=[row])
    assert said["hour"] is None
    assert {k["kind"]: k["letter"] for k in said["kinds"]}["conversation"] == "digest"
    row = {"kind": "breach", "on_bell": False, "letter": "never"}
    program.patch("notifications/preferences/", kinds=[row])
    program.refused(409)


def test_the_pages_ask_little(cast: Cast, page: Any, django_assert_max_num_queries: Any) -> None:
    browser = page(cast.it_manager)
    browser.get("/notifications/preferences/")
    with django_assert_max_num_queries(10):
        browser.get("/notifications/preferences/")


def test_telling_twice_adds_nothing(cast: Cast) -> None:
    plain(cast, "opened")
    deliver()
    before = (Notification.objects.count(), Mail.objects.count())
    note = Notification.objects.filter(person=cast.requester).select_related("event")[0]
    again = actions.tell_oneself(event=note.event, person=cast.requester, title="x", path="/")
    assert again == 0
    assert (Notification.objects.count(), Mail.objects.count()) == before
