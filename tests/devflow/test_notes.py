"""Release notes: from done requests alone, for those who may see them, by days and versions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bs4 import BeautifulSoup

from devflow import actions as devflow
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.stages import Case, reach, system
from tickets import actions as tickets
from tickets.models import Ticket


def _released(cast: Cast, title: str, version: str) -> Case:
    case = Case(cast)
    case.opened()
    Ticket.objects.filter(pk=case.pk).update(title=title)
    for step in ("accepted", "planned", "started"):
        getattr(case, step)()
    case.built(version)
    for step in ("on_trial", "on_training", "tested", "uat_submitted", "signed", "done"):
        getattr(case, step)()
    return case


def _address(rest: str = "") -> str:
    return f"/developments/systems/{system().pk}/notes/{rest}"


def test_what_is_done_is_told_to_those_who_may_see_it(cast: Cast, page: Any) -> None:
    done, open_ = _released(cast, "Stock report", "1.0"), reach(cast, "signed")
    for person in (cast.requester, cast.agent):
        shown = page(person).get(_address()).content.decode()
        assert done.ticket.number in shown
        assert open_.ticket.number not in shown
    assert done.ticket.number not in page(cast.outsider).get(_address()).content.decode()
    assert Program(cast.outsider).rows(f"systems/{system().pk}/notes/") == []


def test_they_tell_what_users_have_and_nothing_of_hours(cast: Cast, page: Any) -> None:
    """What was taken out of Production is no news; what was booked, taken back or estimated anew never is."""
    kept, bad = _released(cast, "Stock report", "1.0"), _released(cast, "Price list", "1.1")
    devflow.roll_back(build=bad.build, reason="Prices are zero.", restore=kept.build, by=cast.it_manager)
    devflow.take_back_hours(entry=bad.book("7"), reason="It was 0.7.", by=cast.it_manager)
    tickets.estimate(ticket=bad.ticket, hours=Decimal(9), reason="The prices again.", by=cast.agent)
    shown = BeautifulSoup(page(cast.agent).get(_address()).content, "html.parser").find("main").get_text()  # type: ignore[union-attr]
    told = page(cast.agent).get(_address("file/")).content.decode()
    for text in (shown, told):
        assert "Stock report" in text
        for word in ("Price list", "1.1", " jam", "0.7"):
            assert word not in text, word


def test_between_days_and_versions(cast: Cast, page: Any) -> None:
    now = datetime.now(UTC)
    for days, version in ((20, "1.0"), (10, "1.1"), (0, "1.2")):
        with Clock(now - timedelta(days=days)):
            _released(cast, f"Part {version}", version)
    agent, path = Program(cast.agent), f"systems/{system().pk}/notes/"

    def told(**asked: Any) -> list[str]:
        return [row["version"] for row in agent.rows(path, **asked)]

    assert told() == ["1.2", "1.1", "1.0"]
    assert told(after="1.0") == ["1.2", "1.1"]
    assert told(after="1.0", up_to="1.1") == ["1.1"]
    assert told(since=(now - timedelta(days=12)).date()) == ["1.2", "1.1"]
    assert told(until=(now - timedelta(days=8)).date()) == ["1.1", "1.0"]
    agent.get(path, since="soon")
    agent.refused(400)
    shown = page(cast.agent).get(_address() + "?version=1.0&up_to=1.1").content.decode()
    assert "Part 1.1" in shown
    assert "Part 1.2" not in shown
    assert page(cast.agent).get(_address() + "?since=soon").status_code == 200


def test_markdown_says_what_was_typed_and_nothing_more(cast: Cast, page: Any) -> None:
    case = _released(cast, "Stock *report* [per](http://x) <b>branch</b>", "1.0")
    answer = page(cast.requester).get(_address("file/"))
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    text = answer.content.decode()
    assert rf"Stock \*report\* \[per\](http://x) \<b\>branch\</b\> ({case.ticket.number}, 1.0)" in text


def test_notes_end(cast: Cast, page: Any) -> None:
    _released(cast, "Stock report", "1.0")
    shown = page(cast.agent).get(_address() + "?before=1").content.decode()
    assert "Stock report" not in shown
