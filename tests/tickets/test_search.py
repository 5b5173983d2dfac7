"""Words find tickets: stems, beginnings, numbers, names; notes for those who read them; no question is an error."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import actions as accounts
from accounts.models import User
from tests.cast import Cast
from tests.stages import plain
from tickets import actions as tickets
from tickets import search
from tickets.enums import Channel, Kind
from tickets.models import Comment, Guide, SearchText, Ticket


def ask(cast: Cast, title: str, description: str = "Mohon dibantu.", by: User | None = None) -> Ticket:
    return tickets.open_ticket(
        kind=Kind.TROUBLESHOOTING, title=title, description=description, by=by or cast.requester,
        channel=Channel.BROWSER,
    )  # fmt: skip


def found(question: str, by: User) -> set[int]:
    rows = Ticket.objects.visible_to(by).matching(by=by, now=timezone.now(), status="all", q=question)
    return set(rows.values_list("pk", flat=True))


@pytest.mark.parametrize(
    "question",
    [
        "cetak", "MENCETAK", "dicetak", "printer", "printers", "prin", "invoices", "invoice", "printer mencetak",
        "mencetak  printer", "budi@kumala.example", "kumala", "10.1.2.3", "10-1-2-3", "A/113-b", "sari",
        "wulandari printer",
    ],
)  # fmt: skip
def test_a_word_is_found_by_its_stem_its_beginning_or_its_owner(cast: Cast, question: str) -> None:
    ticket = ask(
        cast, "Printer tidak mencetak", "The invoices of budi@kumala.example at 10.1.2.3, no. A/113-B."
    )
    ask(cast, "Layar gelap", by=cast.colleague)
    assert found(question, cast.agent) == {ticket.pk}


@pytest.mark.parametrize("question", ["printer gelap", "inter", "in", "x" * 500, "!!!", "→"])
def test_every_word_must_stand_there(cast: Cast, question: str) -> None:
    ask(cast, "Printer tidak mencetak")
    ask(cast, "Layar gelap")
    assert found(question, cast.agent) == set()


def test_a_number_finds_its_ticket_and_whoever_mentions_it(cast: Cast) -> None:
    ticket, other = ask(cast, "Printer"), ask(cast, "Layar")
    third = ask(cast, f"Seperti {ticket.pk}", f"Lihat {ticket.number}")
    for asked in (ticket.number, ticket.number.lower(), f"#{ticket.pk}", f" T-{ticket.pk} "):
        assert found(asked, cast.agent) == {ticket.pk}
    assert found(str(ticket.pk), cast.agent) == {ticket.pk, third.pk}
    assert found("T-99999999999999999", cast.agent) == set()
    assert other.pk in found("layar", cast.agent)


def test_what_is_written_later_is_found_at_once(cast: Cast) -> None:
    ticket = ask(cast, "Printer")
    comment = tickets.answer(ticket=ticket, text="Kami mengganti selenoid.", by=cast.agent)
    assert found("selenoid", cast.requester) == {ticket.pk}
    Comment.objects.filter(pk=comment.pk).update(text="Kami mengganti roda.")
    assert found("selenoid", cast.requester) == set()
    assert found("roda", cast.requester) == {ticket.pk}
    Ticket.objects.filter(pk=ticket.pk).update(title="Mesin fotokopi")
    assert (found("printer", cast.agent), found("fotokopi roda", cast.agent)) == (set(), {ticket.pk})


def test_what_was_done_and_why_not_is_found_as_well(cast: Cast) -> None:
    """The words of a hand-over, a return, a second time and a rejection are answers like all others."""
    case, rejected = plain(cast, "started"), plain(cast, "opened")
    tickets.hand_over(ticket=case.ticket, text="Fuser sudah diganti, silakan coba.", by=cast.agent)
    tickets.send_back(ticket=case.ticket, text="Masih bergaris.", by=cast.requester)
    tickets.hand_over(ticket=case.ticket, text="Drum juga diganti.", by=cast.agent)
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    tickets.reopen(ticket=case.ticket, text="Tintanya luntur.", by=cast.requester)
    tickets.reject(ticket=rejected.ticket, reason="Anggarannya habis.", by=cast.it_manager)
    for word in ("fuser", "bergaris", "drum", "luntur"):
        assert found(word, cast.requester) == {case.pk}
    assert found("anggaran", cast.requester) == {rejected.pk}


@pytest.mark.parametrize(
    ("question", "details"),
    [
        ("BDG-0142", {"place": "Epson TM-T82, stiker BDG-0142", "impact": "me"}),
        ("keuangan", {"application": "Keuangan Pusat"}),
        ("0083-4417", {"before": "0083-4471-20", "after": "0083-4417-20"}),
        ("lembur", {"benefit": "Pembayaran lembur tepat waktu"}),
    ],
)
def test_what_was_answered_in_the_form_is_found(cast: Cast, question: str, details: dict[str, str]) -> None:
    ticket = tickets.open_ticket(
        kind=Kind.TROUBLESHOOTING, title="Tidak mencetak", description="Mohon dibantu.", details=details,
        by=cast.requester, channel=Channel.BROWSER,
    )  # fmt: skip
    ask(cast, "Layar gelap")
    assert found(question, cast.agent) == {ticket.pk}
    assert found("branch", cast.agent) == set(), "the code of a choice is no word"


def test_internal_notes_are_searched_by_those_who_read_them(cast: Cast) -> None:
    ticket = ask(cast, "Printer")
    tickets.note(ticket=ticket, text="Garansi habis.", by=cast.agent)
    assert found("garansi", cast.agent) == {ticket.pk}
    assert found("garansi printer", cast.auditor) == {ticket.pk}, "one word aloud, one in a note"
    assert found("garansi", cast.requester) == found("garansi", cast.branch_head) == set()


def test_notes_of_other_branches_are_not_searched(cast: Cast) -> None:
    """An agent of Denpasar who helps with one request of Bandung."""
    ticket = plain(cast, "accepted").ticket
    Ticket.objects.filter(pk=ticket.pk).update(assignee=cast.foreign_agent)
    tickets.note(ticket=ticket, text="Garansi habis.", by=cast.agent)
    assert found("stock", cast.foreign_agent) == {ticket.pk}
    assert found("garansi", cast.foreign_agent) == set()


def test_a_common_word_is_found_as_well(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """More matches than the index is asked for: the list is read from its top instead."""
    wanted = {ask(cast, f"Printer {n}").pk for n in range(4)}
    ask(cast, "Layar")
    monkeypatch.setattr(search, "COMMON", 2)
    assert found("printer", cast.agent) == wanted == found("printer", cast.requester)
    assert found("printer", cast.outsider) == set()


def test_nobody_finds_what_they_may_not_see(cast: Cast) -> None:
    ticket = ask(cast, "Kaleidoskop")
    assert found("kaleidoskop", cast.outsider) == found("kaleidoskop", cast.colleague) == set()
    assert found(ticket.number, cast.outsider) == set()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(question=st.one_of(st.text(max_size=80), st.text(alphabet="':&|!()<->*\\\"%_ a1é\x00\n", max_size=40)))
def test_no_question_is_an_error(cast: Cast, question: str) -> None:
    found(question, cast.agent)
    found(question, cast.requester)


@pytest.mark.parametrize(
    "question", ["'", "a'b:*", "printer & !layar", "(((", "\\", "%", "a:*", "<->", "1e999", "é"]
)
def test_operators_are_punctuation(cast: Cast, page: Any, question: str) -> None:
    ask(cast, "Printer")
    for address in ("/requests/", "/requests/board/"):
        assert page(cast.agent).get(address, {"q": question, "status": "all"}).status_code == 200


def test_a_case_that_grows_too_long_keeps_what_fits_and_refuses_nothing(cast: Cast) -> None:
    ticket = ask(cast, "Printer", "awal cerita")
    for part in range(12):
        words = " ".join(f"kata{part}x{n}" for n in range(1700))
        tickets.answer(ticket=ticket, text=words, by=cast.agent)
    Comment.objects.filter(ticket=ticket).order_by("pk")[0].save(update_fields=["text"])
    wide = " ".join(chr(0x4E00 + n) * 3 + str(n) for n in range(3000))
    assert tickets.answer(ticket=ticket, text=wide, by=cast.agent).pk
    assert Comment.objects.filter(ticket=ticket).count() == 13
    assert found("awal", cast.agent) == {ticket.pk}
    assert len(str(SearchText.objects.get(ticket=ticket).words)) > 10000


def test_an_act_that_changes_no_word_writes_no_word(cast: Cast) -> None:
    ticket = ask(cast, "Printer")
    before = _version(ticket)
    tickets.cancel(ticket=ticket, by=cast.it_manager)
    Ticket.objects.filter(pk=ticket.pk).update(title="Printer")
    assert _version(ticket) == before


def _version(ticket: Ticket) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(words::text), xmin, cmin FROM tickets_searchtext WHERE ticket_id = %s", [ticket.pk]
        )
        return str(cursor.fetchone())


def test_the_words_of_a_robots_ticket_have_its_name(cast: Cast) -> None:
    robot = accounts.robot("monday")
    User.objects.filter(pk=robot.pk).update(branch=cast.bandung)
    robot.refresh_from_db()
    ticket = ask(cast, "Printer", by=robot)
    assert ticket.pk in found("monday", cast.agent)


def test_a_guide_has_its_words(cast: Cast) -> None:
    guide = Guide.objects.create(title="Mengganti tinta", text="Buka penutup printer.")
    assert Guide.objects.filter(pk=guide.pk, vector=search.term("ganti")).exists()
    Guide.objects.filter(pk=guide.pk).update(text="Buka laci.")
    assert not Guide.objects.filter(pk=guide.pk, vector=search.term("printer")).exists()
