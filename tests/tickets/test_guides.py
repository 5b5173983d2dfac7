"""Guides and solved requests, offered while the title is typed; a draft that is no longer needed."""

from typing import Any

import pytest

from accounts import actions as accounts
from tests.cast import Cast
from tests.harness.refusals import not_yours, refused_by_postgres
from tests.stages import Case, plain
from tickets import actions as tickets
from tickets.enums import Kind
from tickets.models import Draft, Guide, GuideHelp


@pytest.fixture
def guide(cast: Cast) -> Guide:
    """How to clear a printer."""
    text = "Matikan printer, buka penutup, tarik kertas pelan-pelan."
    return Guide.objects.create(title="Kertas macet di printer", text=text)


def _draft(person: Any) -> Draft:
    return tickets.begin_draft(kind=Kind.TROUBLESHOOTING, by=person)


def _hints(browser: Any, draft: Draft, title: str) -> str:
    answer = browser.get(f"/requests/drafts/{draft.pk}/similar/", {"title": title})
    assert answer.status_code == 200
    return str(answer.content.decode())


def _solved(cast: Cast, title: str, *, requester: str = "requester") -> Case:
    case = Case(cast, kind=Kind.TROUBLESHOOTING)
    _ = cast[requester]
    case.requester = requester
    case.pk = tickets.open_ticket(
        kind=Kind.TROUBLESHOOTING, title=title, description="Tolong.", by=cast[requester], channel="browser"  # type: ignore[arg-type]
    ).pk  # fmt: skip
    case.accepted()
    tickets.start(ticket=case.ticket, by=cast.agent)
    tickets.note(ticket=case.ticket, text="RAHASIA among IT", by=cast.agent)
    tickets.answer(ticket=case.ticket, text="Ganti kabel USB di belakang printer.", by=cast.agent)
    tickets.hand_over(ticket=case.ticket, text="Silakan coba.", by=cast.agent)
    tickets.confirm(ticket=case.ticket, by=cast[requester])
    return case


@pytest.mark.parametrize("title", ["printer", "Printernya macet lagi", "kertas", "print"])
def test_a_guide_is_offered_by_its_words(cast: Cast, page: Any, guide: Guide, title: str) -> None:
    assert "Kertas macet di printer" in _hints(page(cast.requester), _draft(cast.requester), title)


@pytest.mark.parametrize("title", ["", "tidak bisa", "' | & ! <-> :*", "x", "Monitor gelap"])
def test_nothing_is_offered_for_words_that_say_nothing(
    cast: Cast, page: Any, guide: Guide, title: str
) -> None:
    assert "macet" not in _hints(page(cast.requester), _draft(cast.requester), title)


def test_guides_are_offered_in_the_readers_language_and_when_published(cast: Cast, page: Any) -> None:
    Guide.objects.create(title="Printer paper jam", text="Open it.", language="en")
    Guide.objects.create(title="Printer rahasia", text="Belum.", is_published=False)
    draft = _draft(cast.requester)
    assert "Printer" not in _hints(page(cast.requester), draft, "printer")
    accounts.set_preferences(user=cast.requester, language="en")
    assert "Printer paper jam" in _hints(page(cast.requester), draft, "printer")


def test_a_solved_request_is_offered_with_the_last_public_answers_of_it(cast: Cast, page: Any) -> None:
    case = _solved(cast, "Printer kasir tidak mencetak struk")
    said = _hints(page(cast.requester), _draft(cast.requester), "Printer kasir mati")
    assert case.ticket.number in said
    assert said.index("Ganti kabel USB") < said.index("Silakan coba.")
    assert "RAHASIA" not in said


def test_solved_requests_of_others_stay_with_them(cast: Cast, page: Any) -> None:
    _solved(cast, "Printer kasir tidak mencetak struk", requester="colleague")
    assert "Printer kasir" not in _hints(page(cast.requester), _draft(cast.requester), "Printer kasir mati")
    _ = cast.branch_head
    assert "Printer kasir" in _hints(page(cast.branch_head), _draft(cast.branch_head), "Printer kasir mati")


def test_what_is_still_open_is_no_solution(cast: Cast, page: Any) -> None:
    plain(cast, "handed_over")
    said = _hints(page(cast.requester), _draft(cast.requester), "Stock report per warehouse")
    assert "T-0" not in said


def test_step_two_shows_them_without_javascript(cast: Cast, page: Any, guide: Guide) -> None:
    draft, browser = _draft(cast.requester), page(cast.requester)
    browser.post(f"/requests/drafts/{draft.pk}/1/", {"title": "Printer macet", "description": "Sejak pagi."})
    assert "Kertas macet di printer" in browser.get(f"/requests/drafts/{draft.pk}/2/").content.decode()


def test_reading_a_guide_keeps_the_draft_and_being_helped_ends_it(
    cast: Cast, page: Any, guide: Guide
) -> None:
    draft, browser = _draft(cast.requester), page(cast.requester)
    shown = browser.get(f"/requests/guides/{guide.pk}/?draft={draft.pk}").content.decode()
    assert f"/requests/drafts/{draft.pk}/1/" in shown
    assert Draft.objects.filter(pk=draft.pk).exists()
    answer = browser.post(f"/requests/guides/{guide.pk}/helped/", {"draft": draft.pk}, follow=True)
    assert "Tidak ada yang dikirim" in answer.content.decode()
    assert not Draft.objects.filter(pk=draft.pk).exists()
    assert [(row.guide, row.person) for row in GuideHelp.objects.all()] == [(guide, cast.requester)]


def test_a_guide_counts_each_person_once_and_the_manager_sees_how_many(
    cast: Cast, page: Any, guide: Guide
) -> None:
    address = f"/requests/guides/{guide.pk}/helped/"
    accounts.set_preferences(user=cast.it_manager, language="en")
    manager, browser = page(cast.it_manager), page(cast.requester)
    assert "Has helped nobody yet" in manager.get(f"/requests/guides/{guide.pk}/").content.decode()
    for _time in (1, 2):
        browser.post(address, {"draft": _draft(cast.requester).pk})
    assert address not in browser.get(f"/requests/guides/{guide.pk}/").content.decode()
    page(cast.colleague).post(address)
    for path in ("/requests/guides/", f"/requests/guides/{guide.pk}/"):
        assert "Helped 2 people" in manager.get(path).content.decode()
        assert "Membantu 2" not in browser.get(path).content.decode()


def test_a_draft_of_somebody_else_stays(cast: Cast, page: Any, guide: Guide) -> None:
    draft = _draft(cast.colleague)
    page(cast.requester).post(f"/requests/guides/{guide.pk}/helped/", {"draft": draft.pk})
    with not_yours():
        tickets.say_it_helped(guide=guide, draft=draft, by=cast.requester)
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_postgres_keeps_what_was_said_of_a_guide(cast: Cast, guide: Guide) -> None:
    tickets.say_it_helped(guide=guide, by=cast.requester)
    with refused_by_postgres("guide_helped_once"):
        GuideHelp.objects.create(guide=guide, person=cast.requester)
    with refused_by_postgres("Cannot"):
        GuideHelp.objects.all().delete()


def test_a_guide_knows_no_draft_of_somebody_else(cast: Cast, page: Any, guide: Guide) -> None:
    draft = _draft(cast.colleague)
    shown = page(cast.requester).get(f"/requests/guides/{guide.pk}/?draft={draft.pk}").content.decode()
    assert f"/drafts/{draft.pk}/" not in shown


def test_everybody_reads_the_list_and_finds_in_it(cast: Cast, page: Any, guide: Guide) -> None:
    Guide.objects.create(title="Lupa kata sandi", text="Tekan Lupa kata sandi.")
    browser = page(cast.requester)
    assert "Lupa kata sandi" in browser.get("/requests/guides/").content.decode()
    found = browser.get("/requests/guides/", {"q": "printer"}).content.decode()
    assert "Kertas macet" in found
    assert "Lupa kata sandi" not in found


def test_a_guide_shows_text_and_no_markup(cast: Cast, page: Any) -> None:
    row = Guide.objects.create(title="<b>x</b>", text="<script>alert(1)</script> https://kumala.example/a")
    shown = page(cast.requester).get(f"/requests/guides/{row.pk}/").content.decode()
    assert "<script>alert" not in shown
    assert 'href="https://kumala.example/a"' in shown


def test_hints_ask_little(cast: Cast, page: Any, guide: Guide, django_assert_max_num_queries: Any) -> None:
    for n in range(4):
        _solved(cast, f"Printer kasir nomor {n} tidak mencetak")
    draft, browser = _draft(cast.requester), page(cast.requester)
    _hints(browser, draft, "printer kasir")
    with django_assert_max_num_queries(9):
        _hints(browser, draft, "printer kasir")
