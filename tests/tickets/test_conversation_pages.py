"""The pages of a ticket: what stands there for whom, what is kept when two answer at once, and how often it asks."""

import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from tests.cast import Cast
from tests.inventory.stage import asset
from tests.stages import plain
from tests.tickets.desk import asked, experts
from tickets import actions as tickets
from tickets.enums import TieKind
from tickets.models import CannedAnswer, Comment, Presence, Watcher


@pytest.fixture(autouse=True)
def _everybody(cast: Cast) -> None:
    cast.everybody()
    for person in (cast.agent, cast.requester, cast.it_manager, cast.other_agent, cast.outsider):
        person.language = "en"
        person.save()


def _body(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_an_answer_that_crosses_another_is_shown_and_nothing_is_lost(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    browser = page(cast.agent)
    shown = _body(browser.get(case.ticket.url))
    seen = re.search(r'name="seen" value="(\d+)"', shown)
    assert seen is not None
    tickets.answer(ticket=case.ticket, text="It is the one at the till.", by=cast.requester)
    typed = {"text": "Which printer?", "seen": seen[1], "attachments": [io.BytesIO(b"x")]}
    answer = browser.post(f"{case.ticket.url}answer/", typed)
    body = _body(answer)
    assert answer.status_code == 409
    assert "It is the one at the till." in body
    assert "Which printer?" in body
    assert "Files have to be chosen again." in body
    assert "hx-swap-oob" not in body, "what was written meanwhile is no news of the bell"
    now = re.search(r'name="seen" value="(\d+)"', body)
    assert now is not None
    sent = browser.post(f"{case.ticket.url}answer/", {"text": "Which printer?", "seen": now[1]})
    assert sent.status_code == 302
    assert Comment.objects.latest("pk").text == "Which printer?"


def test_a_name_that_reached_nobody_is_said(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    browser = page(cast.agent)
    answer = browser.post(f"{case.ticket.url}answer/", {"text": "@Wati please"}, follow=True)
    assert "“@Wati” is nobody who can read this" in _body(answer)


def test_a_canned_answer_is_in_the_form_with_its_places_filled(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    mine = CannedAnswer.objects.create(title="Hello", text="Dear {requester}, about {number}.")
    off = CannedAnswer.objects.create(title="Old", text="Old", is_active=False)
    other = CannedAnswer.objects.create(title="Other kind", text="x", kind="development")
    browser = page(cast.agent)
    listed = _body(browser.get(f"{case.ticket.url}canned/"))
    assert f"Dear Sari Wulandari, about {case.ticket.number}." in listed
    assert "Old" not in listed
    assert "Other kind" not in listed
    assert "Dear Sari Wulandari" in _body(browser.get(f"{case.ticket.url}answer/?canned={mine.pk}"))
    for key in (off.pk, other.pk, "x", "9" * 30):
        assert browser.get(f"{case.ticket.url}answer/?canned={key}").status_code == 200
    assert page(cast.requester).get(f"{case.ticket.url}canned/").status_code == 403


def test_changed_words_show_how_they_read_before(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    said = tickets.answer(ticket=case.ticket, text="On Monday.", by=cast.agent)
    browser = page(cast.agent)
    answer = browser.post(f"/requests/answers/{said.pk}/edit/", {"text": "On Tuesday."})
    assert answer["Location"].endswith(f"#c{said.pk}")
    for name in ("agent", "requester"):
        shown = _body(page(cast[name]).get(case.ticket.url))
        assert "On Tuesday." in shown
        assert "On Monday." in shown
    assert page(cast.requester).get(f"/requests/answers/{said.pk}/edit/").status_code == 403
    note = tickets.note(ticket=case.ticket, text="Hm.", by=cast.agent)
    assert page(cast.requester).get(f"/requests/answers/{note.pk}/edit/").status_code == 404


def test_whose_turn_it_is_depends_on_who_reads(cast: Cast, page: Any) -> None:
    """What was done stands among the answers, and only the requester is told that it is their turn."""
    case = plain(cast, "handed_over")
    asked, worker = (_body(page(cast[name]).get(case.ticket.url)) for name in ("requester", "agent"))
    assert "Please try." in asked
    assert "Your turn: please test it." in asked
    assert "Your turn" not in worker
    assert "The requester is asked to test it." in worker


def test_two_of_it_see_each_other(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    address = f"{case.ticket.url}presence/"
    page(cast.other_agent).post(address, {"writing": "1"})
    assert "Agung Pratama is writing an answer." in _body(page(cast.agent).post(address))
    assert "Budi Santoso has this open." in _body(page(cast.other_agent).post(address, {"writing": ""}))
    assert "Budi" not in _body(page(cast.requester).get(address))
    assert page(cast.requester).post(address).status_code == 403
    Presence.objects.update(seen_at=timezone.now() - tickets.HERE * 2)
    assert "Budi" not in _body(page(cast.other_agent).get(address))


def test_following_is_one_button(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    browser = page(cast.other_agent)
    assert "Follow it" in _body(browser.get(f"{case.ticket.url}around/"))
    browser.post(f"{case.ticket.url}watch/", {"on": "1"})
    assert "No longer follow it" in _body(browser.get(f"{case.ticket.url}around/"))
    page(cast.agent).post(f"{case.ticket.url}watch/", {"person": cast.other_agent.pk})
    assert not Watcher.objects.exists()


def test_relations_stand_there_only_for_who_sees_the_other(cast: Cast, page: Any) -> None:
    here, there = plain(cast, "started").ticket, asked(cast, "RAHASIA", by="outsider")
    tickets.tie(ticket=here, other=there, by=cast.agent)
    tickets.adopt(ticket=there, parent=here, by=cast.agent)
    part = tickets.split(ticket=here, title="Scanner", description="Grey", by=cast.agent)
    assert "RAHASIA" in _body(page(cast.agent).get(f"{here.url}around/"))
    for name, address in (("requester", f"{here.url}around/"), ("outsider", f"{there.url}around/")):
        assert here.title not in _body(page(cast[name]).get(address)) or name == "requester"
        assert "RAHASIA" not in _body(page(cast[name]).get(f"{here.url}around/"))
    assert "Scanner" in _body(page(cast.requester).get(f"{here.url}around/"))
    assert "Made out of a part of" in _body(page(cast.agent).get(f"{part.url}around/"))


def test_rare_acts_stand_behind_more_and_impossible_ones_nowhere(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    shown = _body(page(cast.agent).get(case.ticket.url))
    more = shown[shown.index("verbs-more") : shown.index("</details>", shown.index("verbs-more"))]
    for name in ("escalate", "plan", "estimate", "split", "tie", "adopt", "add-watcher"):
        assert f"/{name}/" in more, name
    for name in ("disown", "merge", "take", "rate"):
        assert f"{case.ticket.url}{name}/" not in shown, name
    requesters = _body(page(cast.requester).get(case.ticket.url))
    assert "verbs-more" not in requesters
    assert "/presence/" not in requesters


def test_a_part_is_filled_from_an_answer_but_never_from_a_note(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    said = tickets.answer(
        ticket=case.ticket,
        text="And the scanner\nscans grey.",
        by=cast.requester,
        uploads=[("s.txt", io.BytesIO(b"x"))],
    )
    note = tickets.note(ticket=case.ticket, text="Secret", by=cast.agent)
    browser = page(cast.agent)
    form = _body(browser.get(f"{case.ticket.url}split/?comment={said.pk}"))
    assert 'value="And the scanner"' in form
    assert "s.txt" in form
    assert "Secret" not in _body(browser.get(f"{case.ticket.url}split/?comment={note.pk}"))


def test_other_requests_are_named_by_their_number(cast: Cast, page: Any) -> None:
    older, newer, foreign = asked(cast), asked(cast), asked(cast, by="outsider")
    browser = page(cast.it_manager)
    for typed in ("nonsense", "T-99999", "", "9" * 25):
        assert browser.post(f"{newer.url}merge/", {"other": typed}).status_code == 422
    assert browser.post(f"{newer.url}merge/", {"other": f" t-{older.pk:05d} "}).status_code == 302
    answer = page(cast.foreign_it_manager).post(f"{foreign.url}merge/", {"other": older.number})
    assert answer.status_code == 422


def test_the_page_of_a_ticket_asks_as_often_with_many_answers(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    team = experts(cast, "other_agent")
    tickets.escalate(ticket=case.ticket, team=team, reason="Hard.", by=cast.agent)
    for n in range(12):
        said = tickets.answer(
            ticket=case.ticket, text=f"Word {n}", by=cast.agent, uploads=[(f"{n}.txt", io.BytesIO(b"x"))]
        )
        tickets.edit(comment=said, text=f"Words {n}", by=cast.agent)
        tickets.note(ticket=case.ticket, text=f"Note {n}", by=cast.other_agent)
    address = case.ticket.url
    for name in ("agent", "it_manager", "other_agent", "requester"):
        browser = page(cast[name])
        browser.get(address)
        with CaptureQueriesContext(connection) as asked_:
            assert browser.get(address).status_code == 200
        assert len(asked_) <= 10, "\n".join(q["sql"][:150] for q in asked_.captured_queries)


def test_it_reads_whose_turn_it_is_and_the_requester_until_when(cast: Cast, page: Any) -> None:
    case = plain(cast, "opened")
    for who, told in ((cast.requester, True), (cast.agent, False), (cast.it_manager, False)):
        shown = page(who).get(case.ticket.url).content.decode()
        assert ("You will be answered before" in shown) is told
        assert ("The IT Manager is deciding on it." in shown) is not told


def test_a_link_is_taken_away_only_where_there_is_one(cast: Cast, page: Any) -> None:
    one, other = plain(cast, "started"), plain(cast, "started")
    address, browser = f"/requests/{one.pk}/untie/", page(cast.agent)
    assert address not in browser.get(one.ticket.url).content.decode()
    tickets.tie(ticket=one.ticket, other=other.ticket, kind=TieKind.RELATED, by=cast.agent)
    assert address in browser.get(one.ticket.url).content.decode()
    assert f"/requests/{other.pk}/untie/" in browser.get(other.ticket.url).content.decode()


def test_an_asset_is_taken_away_only_where_one_is_named(cast: Cast, page: Any) -> None:
    case, browser = plain(cast, "started"), page(cast.agent)
    address = f"/requests/{case.pk}/unname-asset/"
    assert address not in browser.get(case.ticket.url).content.decode()
    tickets.name_asset(ticket=case.ticket, asset=asset(cast), by=cast.agent)
    assert address in browser.get(case.ticket.url).content.decode()


def test_the_conversation_renews_itself_and_where_it_stands(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")
    browser, asks = page(cast.agent), {"HX-Request": "true", "HX-Target": "talk"}
    first = browser.get(case.ticket.url, headers=asks)
    assert b"<html" not in first.content
    again = browser.get(case.ticket.url, headers=asks | {"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    tickets.answer(ticket=case.ticket, text="It burns.", by=cast.requester)
    renewed = browser.get(case.ticket.url, headers=asks | {"If-None-Match": first["ETag"]})
    shown = renewed.content.decode()
    assert "It burns." in shown
    assert "id_text" not in shown, "what is being typed is left alone"
    tickets.hand_over(ticket=case.ticket, text="Please try.", by=cast.agent)
    handed = browser.get(case.ticket.url, headers=asks | {"If-None-Match": renewed["ETag"]}).content.decode()
    assert "Please try." in handed
    assert "User Testing" in handed, "where it stands comes along"


def test_photos_are_shown_small_to_those_who_may_see_them(cast: Cast, page: Any) -> None:
    case, out = plain(cast, "started"), io.BytesIO()
    Image.new("RGB", (900, 600), "red").save(out, "PNG")
    for name, content in (("photo.png", out.getvalue()), ("log.txt", b"line")):
        tickets.answer(
            ticket=case.ticket, text=name, uploads=[(name, io.BytesIO(content))], by=cast.requester
        )
    photo, log = case.ticket.attachments.order_by("pk")
    browser = page(cast.agent)
    shown = browser.get(case.ticket.url).content.decode()
    assert f'src="/requests/files/{photo.pk}/small/"' in shown
    assert 'loading="lazy"' in shown
    assert f"/requests/files/{log.pk}/small/" not in shown
    small = browser.get(f"/requests/files/{photo.pk}/small/")
    assert (small.status_code, small["Content-Type"]) == (200, "image/jpeg")
    assert "sandbox" in small["Content-Security-Policy"]
    assert len(b"".join(small.streaming_content)) < 5000
    assert browser.get(f"/requests/files/{log.pk}/small/")["Location"] == f"/requests/files/{log.pk}/"
    assert page(cast.outsider).get(f"/requests/files/{photo.pk}/small/").status_code == 404
