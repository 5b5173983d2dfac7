"""Reports for the auditor: what each finds and leaves alone, for whom, and as a file."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts import actions as accounts
from approvals.models import Approval
from devflow import actions as devflow
from devflow import evasion
from devflow.models import DevelopmentRequest, System
from tests.cast import Cast
from tests.stages import Case, reach
from tickets import actions as tickets
from tickets.models import Ticket

ADDRESS = "/developments/audit/"


@pytest.fixture(autouse=True)
def _readers_of_english(cast: Cast) -> None:
    for name in ("auditor", "it_manager", "board"):
        accounts.set_preferences(user=cast[name], language="en")


def found(browser: Any, name: str, query: str = "") -> dict[str, list[str]]:
    """Numbers, each with what stands beside it."""
    answer = browser.get(f"{ADDRESS}{name}/{query}")
    assert answer.status_code == 200
    rows = BeautifulSoup(answer.content, "html.parser").select("tbody tr")
    return {
        row.select_one(".figures").get_text(): [cell.get_text(strip=True) for cell in row.select("td")[6:]]  # type: ignore[union-attr]
        for row in rows
    }


def numbers(*cases: Case) -> set[str]:
    return {case.ticket.number for case in cases}


@pytest.mark.parametrize(
    ("hours", "listed"), [("17.99", False), ("18", True), ("20", True), ("20.01", False)]
)
def test_just_under_is_from_ninety_percent(cast: Cast, page: Any, hours: str, listed: bool) -> None:
    case = reach(cast, "planned", hours=Decimal(hours))
    assert set(found(page(cast.auditor), "just-under")) == (numbers(case) if listed else set())


def test_parts_of_one_wish_are_summed(cast: Cast, page: Any) -> None:
    """Twelve and twelve of one person for one system; not a third of another system, nor a wish asked as a whole."""
    one, two, three = (reach(cast, "planned", hours=12) for _n in range(3))
    DevelopmentRequest.objects.filter(ticket_id=three.pk).update(system=System.objects.create(name="Kasir"))
    whole = reach(cast, "planned", hours=24)
    DevelopmentRequest.objects.filter(ticket_id=whole.pk).update(system=None)
    assert found(page(cast.auditor), "together") == {
        two.ticket.number: ["1", "24"],
        one.ticket.number: ["1", "24"],
    }


def test_parts_are_those_of_thirty_days(cast: Cast, page: Any, clock: Any) -> None:
    one = reach(cast, "planned", hours=12)
    clock.forward(days=31)
    two = reach(cast, "planned", hours=12)
    assert found(page(cast.auditor), "together") == {}
    clock.forward(days=-62)
    three = reach(cast, "planned", hours=12)
    assert found(page(cast.auditor), "together") == {}
    assert len({one.pk, two.pk, three.pk}) == 3


def test_linked_requests_are_summed(cast: Cast, page: Any) -> None:
    tied, other, part, whole, alone = (reach(cast, "planned", hours=11) for _n in range(5))
    tickets.tie(ticket=tied.ticket, other=other.ticket, kind="related", by=cast.agent)
    Ticket.objects.filter(pk=part.pk).update(parent=whole.pk)
    assert found(page(cast.auditor), "linked") == {
        number: ["1", "22"] for number in numbers(tied, other, part, whole)
    }
    assert alone.ticket.number not in found(page(cast.auditor), "linked")


def test_hours_beyond_the_estimate_are_told(cast: Cast, page: Any) -> None:
    over, within = reach(cast, "planned", hours=4), reach(cast, "planned", hours=4)
    over.book("5.5")
    within.book(4)
    assert found(page(cast.auditor), "over-estimate") == {over.ticket.number: ["1.5"]}


def test_a_pair_that_always_approves_is_named_from_what_is_asked(cast: Cast, page: Any) -> None:
    one = reach(cast, "brm_approved", hours=24)
    assert found(page(cast.auditor), "same-pair", "?least=2") == {}
    two = reach(cast, "brm_approved", hours=24)
    said = ["Bambang Hartono, Ratna Sari", "2", "2"]
    assert found(page(cast.auditor), "same-pair", "?least=2") == {c.ticket.number: said for c in (two, one)}
    assert found(page(cast.auditor), "same-pair") == {}
    text = page(cast.auditor).get(f"{ADDRESS}same-pair/?least=2&share=60").content.decode()
    assert "same-pair/csv/?share=60&amp;least=2" in text
    wrong = page(cast.auditor).get(f"{ADDRESS}same-pair/?least=1&share=x").content.decode()
    assert 'value="x"' in wrong
    assert "same-pair/csv/?share=80&amp;least=5" in wrong
    assert Approval.objects.filter(kind="brm", state="approved").count() == 2


def test_done_soon_after_going_back_is_told(cast: Cast, page: Any, clock: Any) -> None:
    quick, slow, straight = reach(cast, "on_training"), reach(cast, "on_training"), reach(cast, "done")
    for case, hours in ((quick, 1), (slow, 30)):
        case.built("1.1")
        case.on_trial()
        clock.forward(hours=hours)
        case.on_training()
        for step in ("tested", "uat_submitted", "signed", "done"):
            getattr(case, step)()
    listed = set(found(page(cast.auditor), "soon-again"))
    assert listed == numbers(quick)
    assert not listed & numbers(slow, straight)


def test_done_again_soon_after_it_was_taken_out_of_production_is_told(
    cast: Cast, page: Any, clock: Any
) -> None:
    cases = {}
    for hours in (30, 1):
        case = cases[hours] = reach(cast, "done")
        devflow.roll_back(build=case.build, reason="It counts twice.", by=cast.it_manager)
        clock.forward(hours=hours)
        case.built("1.1")
        for step in ("on_trial", "on_training", "tested", "uat_submitted", "signed", "done"):
            getattr(case, step)()
    assert set(found(page(cast.auditor), "soon-again")) == numbers(cases[1])


def test_an_estimate_lowered_to_within_the_limit_is_told(cast: Cast, page: Any) -> None:
    lowered, raised, within = (reach(cast, "planned", hours=h) for h in (24, 8, 19))
    for case, hours in ((lowered, 20), (raised, 30), (within, 10)):
        tickets.estimate(ticket=case.ticket, hours=Decimal(hours), reason="Looked again.", by=cast.it_manager)
    facts = found(page(cast.auditor), "lowered")
    assert set(facts) == numbers(lowered)
    was, became, _at, by = facts[lowered.ticket.number]
    assert (was, became, by) == ("24", "20", "Rina Kartika")


def test_emergency_fixes_are_told_with_who_agreed(cast: Cast, page: Any) -> None:
    case, usual = reach(cast, "on_training"), reach(cast, "done")
    devflow.ask_emergency(build=case.build, reason="Salaries are paid today.", by=cast.agent)
    assert found(page(cast.auditor), "emergencies") == {}
    case.agree("it_manager", "db_manager")
    case.done()
    told = found(page(cast.auditor), "emergencies")
    assert usual.ticket.number not in told
    why, agreed, _due, settled = told[case.ticket.number]
    assert (why, agreed, settled) == ("Salaries are paid today.", "Rina Kartika, Joko Susilo", "–")


def test_everybody_reads_of_the_cases_they_may_open_and_the_board_how_many_more_there_are(
    cast: Cast, page: Any
) -> None:
    case = reach(cast, "planned", hours=19)
    for name in ("auditor", "it_manager"):
        text = page(cast[name]).get(f"{ADDRESS}just-under/").content.decode()
        assert f'href="{case.ticket.url}"' in text
        assert "may not open" not in text
    text = page(cast.board).get(f"{ADDRESS}just-under/").content.decode()
    assert case.ticket.number not in text
    assert "1 more case meets this description that you may not open." in text
    assert "may not open" not in page(cast.board).get(f"{ADDRESS}lowered/").content.decode()
    asked = reach(cast, "director_signed", hours=24)
    tickets.estimate(ticket=asked.ticket, hours=Decimal(20), reason="Looked again.", by=cast.it_manager)
    for name, report in (("board", "lowered"), ("auditor", "lowered")):
        seen = page(cast[name]).get(asked.ticket.url).status_code == 200
        assert (asked.ticket.number in found(page(cast[name]), report)) == seen
    assert case.ticket.number not in page(cast.foreign_it_manager).get(ADDRESS).content.decode()


@pytest.mark.parametrize("name", ["agent", "requester", "director", "branch_head", "administrator"])
def test_others_find_no_reports(cast: Cast, page: Any, name: str) -> None:
    for address in (ADDRESS, f"{ADDRESS}lowered/", f"{ADDRESS}lowered/csv/"):
        assert page(cast[name]).get(address).status_code == 404


def test_what_is_no_report_is_not_found(cast: Cast, page: Any) -> None:
    for address in ("nothing/", "lowered/pdf/", "nothing/csv/"):
        assert page(cast.auditor).get(f"{ADDRESS}{address}").status_code == 404


@pytest.mark.parametrize("name", list(evasion.REPORTS))
def test_a_report_is_a_file_as_well(cast: Cast, page: Any, name: str) -> None:
    case = reach(cast, "planned", hours=19)
    answer: Any = page(cast.auditor).get(f"{ADDRESS}{name}/csv/")
    with translation.override("id"):  # the file is made when the request and its language have gone
        raw = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(raw, newline="")))
    assert head[:2] == ["Number", "Title"]
    assert [row[0] for row in rows] == ([case.ticket.number] if name == "just-under" else [])
    book: Any = page(cast.auditor).get(f"{ADDRESS}{name}/xlsx/")
    assert b"".join(book.streaming_content)[:2] == b"PK"


@pytest.mark.parametrize("name", list(evasion.REPORTS))
def test_a_report_asks_as_often_for_many_cases(cast: Cast, page: Any, name: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"{ADDRESS}{name}/")
        return len(queries)

    browser = page(cast.auditor)
    cases = [reach(cast, "planned", hours=19)]
    few = (asked(), asked())[1]
    cases += [reach(cast, "planned", hours=19) for _n in range(3)]
    for case in cases:
        case.book(20)
    tickets.tie(ticket=cases[0].ticket, other=cases[1].ticket, kind="related", by=cast.agent)
    assert asked() <= few + 1 <= 10  # where something is found: may its case be read?
