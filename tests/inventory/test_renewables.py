# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Licences, contracts and certificates: warned of once before they end, and seats against where programs are installed."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import office_date
from events.models import Event
from inventory import actions as inventory
from inventory.enums import RenewableEvent
from inventory.lists import BY_END
from inventory.models import Renewable
from inventory.querysets import InstallationRows
from notifications.models import Notification
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours
from tests.inventory.stage import asset, registered, told
from tickets.models import Ticket
from tickets.subscribers import ask_for_renewal


@pytest.fixture(autouse=True)
def _there(cast: Cast) -> None:
    """Whoever acts here exists before anything is compared."""
    for name in ("agent", "it_manager", "foreign_agent", "requester"):
        _ = cast[name]


def contract(cast: Cast, **facts: Any) -> Renewable:
    return inventory.keep_renewable(
        **{"kind": "contract", "name": "Internet", "branch": cast.bandung, "by": cast.agent} | facts
    )


def warned(row: Renewable) -> list[int]:
    """Of how many days before the end somebody was warned."""
    return [
        e.facts["days"] for e in Event.objects.about(row).filter(type=RenewableEvent.EXPIRING).order_by("seq")
    ]


def test_warnings_come_once_each_at_their_days(cast: Cast) -> None:
    today = office_date()
    row = contract(cast, ends_date=today + timedelta(days=100), lead_days=[60, 7])
    for day in (0, 39, 40, 40, 41, 92, 93, 93, 99, 100, 100, 101, 400):
        inventory.tell_expiring(today=today + timedelta(days=day))
    assert warned(row) == [60, 7, 0]
    assert Renewable.objects.get(pk=row.pk).warn_date is None


def test_a_night_without_workers_costs_only_time(cast: Cast) -> None:
    today = office_date()
    row = contract(cast, ends_date=today + timedelta(days=100), lead_days=[60, 30, 7])
    inventory.tell_expiring(today=today + timedelta(days=75))
    assert warned(row) == [25], "what was missed is said once"
    assert Renewable.objects.get(pk=row.pk).warn_date == today + timedelta(days=93)


def test_what_ends_soon_already_is_warned_of_at_once(cast: Cast) -> None:
    row = contract(cast, ends_date=office_date() - timedelta(days=3))
    assert inventory.tell_expiring() == 1
    assert inventory.tell_expiring() == 0
    assert warned(row) == [-3]
    assert contract(cast, name="Forever").warn_date is None


def test_a_warning_becomes_one_request_for_each_end(cast: Cast) -> None:
    row = registered(cast)
    for _again in range(2):
        inventory.tell_expiring()
    with recorded("ticket.opened", "clock.started"):
        deliver()
    event = Event.objects.about(row).get(type=RenewableEvent.EXPIRING)
    ask_for_renewal(event)  # a second time
    ticket = Ticket.objects.get(details__renewable=event.pk)
    assert (ticket.requester, ticket.branch, ticket.status) == (cast.agent, cast.bandung, "new")
    assert row.name in ticket.title
    people = set(Notification.objects.filter(event=event).values_list("person__email", flat=True))
    assert people == {"agent@kumala.example", "it_manager@kumala.example"}
    inventory.tell_expiring(today=row.ends_date)
    deliver()
    assert Ticket.objects.count() == 1, "the later warnings of the same end find it there"
    inventory.renew(renewable=row, ends_date=row.ends_date + timedelta(days=30), by=cast.agent)  # type: ignore[operator]
    inventory.tell_expiring()
    deliver()
    assert Ticket.objects.count() == 2


def test_what_nobody_sees_to_is_the_programs_request(cast: Cast) -> None:
    contract(cast, branch=None, ends_date=office_date(), by=cast.it_manager)
    inventory.tell_expiring()
    deliver()
    assert Ticket.objects.get().requester.is_robot


def test_renewing_asks_for_a_later_day_and_ended_ones_rest(cast: Cast) -> None:
    row = contract(cast, ends_date=date(2040, 1, 31))
    with not_possible("later than 31 January 2040"):
        inventory.renew(renewable=row, ends_date=date(2040, 1, 31), by=cast.agent)
    with recorded(RenewableEvent.RENEWED):
        row = inventory.renew(renewable=row, ends_date=date(2041, 1, 31), by=cast.agent)
    with not_possible("Say why"):
        inventory.end_renewable(renewable=row, reason=" ", by=cast.agent)
    with recorded(RenewableEvent.ENDED):
        row = inventory.end_renewable(renewable=row, reason="Fibre now.", by=cast.agent)
    assert row.warn_date is None
    for act in (
        lambda: inventory.renew(renewable=row, ends_date=date(2050, 1, 1), by=cast.agent),
        lambda: inventory.keep_renewable(renewable=row, note="x", by=cast.agent),
        lambda: inventory.attach_document(
            renewable=row, uploads=[("a.txt", io.BytesIO(b"x"))], by=cast.agent
        ),
    ):
        with not_possible("No longer renewed"):
            act()


def test_a_new_end_fits_what_is_written_there(cast: Cast, page: Any) -> None:
    row = contract(cast, starts_date=date(2040, 1, 1))
    for day, says in ((date(2039, 12, 31), "before it begins"), (date(1, 1, 5), "before 1990 is mistyped")):
        with not_possible(says):
            inventory.renew(renewable=row, ends_date=day, by=cast.agent)
    browser = page(cast.agent)
    for day in ("2039-12-31", "0001-01-05"):
        assert browser.post(f"{row.get_absolute_url()}renew/", {"ends_date": day}).status_code == 409
    typed = {
        "kind": "contract",
        "name": "x",
        "ends_date": "0001-01-05",
        "lead_days": "60",
        "branch": cast.bandung.pk,
    }
    assert browser.post("/assets/renewables/new/", typed).status_code == 409
    assert inventory.renew(renewable=row, ends_date=date(2040, 1, 2), by=cast.agent).ends_date == date(
        2040, 1, 2
    )


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"starts_date": date(2030, 1, 2), "ends_date": date(2030, 1, 1)}, "before it begins"),
        ({"ends_date": date(1, 1, 5)}, "mistyped"),
        ({"seats": 5}, "Only a licence"), ({"title_words": "Office"}, "Only a licence"),
        ({"kind": "licence", "publisher_words": "M"}, "names of the programs"), ({"lead_days": [0]}, "1 to"),
        ({"lead_days": "60"}, "at most"), ({"lead_days": [1, 2, 3, 4, 5, 6, 7]}, "at most"), ({"name": ""}, "name"),
        ({"kind": "lease"}, "kind"), ({"kind": "licence", "seats": 0}, "seats"),
    ],
)  # fmt: skip
def test_facts_that_do_not_fit_are_refused(cast: Cast, facts: dict[str, Any], says: str) -> None:
    with not_possible(says):
        contract(cast, **facts)


def test_only_who_keeps_the_branch_writes(cast: Cast) -> None:
    row = contract(cast)
    for by in ("foreign_agent", "requester"):
        with not_yours():
            inventory.keep_renewable(renewable=row, note="x", by=cast[by])
    with not_yours():  # the whole group's
        contract(cast, branch=None, by=cast.foreign_agent)
    with not_yours():
        inventory.keep_renewable(renewable=row, branch=cast.denpasar, by=cast.foreign_agent)
    assert list(Renewable.objects.visible_to(cast.foreign_agent)) == []
    whole = contract(cast, branch=None)
    assert list(Renewable.objects.visible_to(cast.foreign_agent)) == [whole]
    assert not Renewable.objects.visible_to(cast.requester).exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        Renewable.objects.filter(pk=row.pk).delete()


def test_seats_are_compared_with_machines_not_with_versions(cast: Cast) -> None:
    row = registered(cast)
    one, two = asset(cast), asset(cast, "DPS")
    told(one, ("OFFICE 365", "Microsoft", "1"), ("Office 0", "Vendor", "2"), ("LibreOffice", "", "7"))
    told(two, ("Office 365", "Microsoft", "1"))
    inventory.count_seats()
    row = Renewable.objects.get(pk=row.pk)
    assert (row.used, row.is_overused) == (2, True), "two machines of its branch, however many programs"
    inventory.keep_renewable(renewable=row, publisher_words="micro", branch=None, by=cast.it_manager)
    assert Renewable.objects.get(pk=row.pk).used is None
    inventory.count_seats()
    assert Renewable.objects.get(pk=row.pk).used == 2, "those of this publisher, in all branches"
    told(one)
    assert inventory.count_seats() == 0, "it was counted just now"


def test_seats_of_another_branch_are_counted_anew(cast: Cast) -> None:
    row = registered(cast)
    for thing in (asset(cast, "DPS"), asset(cast, "DPS")):
        told(thing, ("Office 0", "Vendor", "1.9"))
    inventory.count_seats()
    assert Renewable.objects.get(pk=row.pk).used == 1
    inventory.keep_renewable(renewable=row, branch=cast.denpasar, by=cast.it_manager)
    assert Renewable.objects.get(pk=row.pk).used is None
    inventory.count_seats()
    assert Renewable.objects.get(pk=row.pk).used == 2


@pytest.mark.parametrize("fact", ["branch", "publisher_words", "counted"])
def test_a_figure_of_what_was_counted_before_is_not_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, fact: str
) -> None:
    """Somebody changes the licence, or another sweep counts, between the counting and the writing."""
    row, of_licence = registered(cast), InstallationRows.of_licence

    def slowly(rows: Any, licence: Any) -> Any:
        if fact == "counted":
            Renewable.objects.filter(pk=row.pk).update(used=7, counted_at=timezone.now())
        else:
            new = {"branch": cast.denpasar, "publisher_words": "Other"}
            inventory.keep_renewable(renewable=row, by=cast.it_manager, **{fact: new[fact]})
        return of_licence(rows, licence)

    monkeypatch.setattr(InstallationRows, "of_licence", slowly)
    inventory.count_seats()
    assert Renewable.objects.get(pk=row.pk).used == (7 if fact == "counted" else None)


def test_the_list_is_read_in_the_order_of_an_index(cast: Cast) -> None:
    contract(cast, ends_date=date(2040, 1, 31))
    rows = BY_END.sorted(Renewable.objects.get_queryset().with_end().active())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = rows[:25].explain()
    assert "renewable_by_until" in plan
    assert "Sort" not in plan


def test_the_pages_of_what_runs_out(cast: Cast, page: Any) -> None:
    browser = page(cast.agent)
    typed = {
        "kind": "certificate", "name": "www.kumala.example", "ends_date": (office_date() + timedelta(days=20)).isoformat(),
        "lead_days": "30; 7", "branch": cast.bandung.pk, "responsible": cast.agent.email,
    }  # fmt: skip
    assert browser.post("/assets/renewables/new/", typed | {"lead_days": "soon"}).status_code == 422
    assert browser.post("/assets/renewables/new/", typed | {"seats": "3"}).status_code == 409
    address = browser.post("/assets/renewables/new/", typed)["Location"]
    row = Renewable.objects.get()
    assert (row.lead_days, row.warn_date, address) == ([30, 7], office_date(), row.get_absolute_url())
    later = contract(cast, ends_date=office_date() + timedelta(days=200))
    for query, found in (
        ("", {row, later}), ("?what=month", {row}), ("?kind=contract", {later}), ("?what=over", set()), ("?what=ended", set()),
    ):  # fmt: skip
        text = browser.get(f"/assets/renewables/{query}").content.decode()
        assert {r for r in (row, later) if r.get_absolute_url() in text} == found, query
    assert browser.get("/assets/renewables/?what=x").status_code == 422
    attached = browser.post(f"{address}attach/", {"uploads": io.BytesIO(b"paper")})
    assert attached.status_code == 302
    assert browser.post(f"{address}renew/", {"ends_date": "2020-01-01"}).status_code == 409
    text = browser.get(address).content.decode()
    assert "30, 7" in text
    assert 'value="30, 7"' in browser.get(f"{address}change/").content.decode()


def test_programs_write_down_what_runs_out(cast: Cast) -> None:
    program = Program(cast.agent)
    made = program.post(
        "renewables/", kind="licence", name="Office", seats=3, title_words="Office", ends_date="2040-01-31"
    )
    assert (program.status, made["lead_days"], made["branch"]) == (201, [60, 30, 7], None)
    address = f"renewables/{made['id']}/"
    assert program.patch(address, seats=4)["seats"] == 4
    assert program.post(f"{address}renew/", ends_date="2041-01-31")["ends_date"] == "2041-01-31"
    added = program.post(f"{address}files/", files=True, file=io.BytesIO(b"paper"))
    assert program.status == 201, added
    assert [r["id"] for r in program.rows("renewables/", kind="licence", ends_to="2041-12-31")] == [
        made["id"]
    ]
    assert program.post(f"{address}end/", reason="Replaced.")["state"] == "ended"
    program.patch(address, seats=5)
    program.refused(409)
