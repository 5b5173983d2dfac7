"""Tickets over the API."""

import io

import pytest

from accounts.enums import Scope
from events.models import Event
from tests.api.client import Program, verbs
from tests.cast import Cast
from tests.stages import plain, reach
from tickets.enums import Kind
from tickets.models import Comment, Ticket

ASKED = {"kind": "troubleshooting", "title": "Printer mati", "description": "Sejak pagi."}


def test_asking_receiving_working_and_confirming(cast: Cast) -> None:
    requester, manager, agent = Program(cast.requester), Program(cast.it_manager), Program(cast.agent)
    ticket = requester.post("tickets/", **ASKED)
    assert (requester.status, ticket["status"], ticket["channel"]) == (201, "new", "api")
    path = f"tickets/{ticket['id']}/"
    manager.post(path + "accept/", priority="high", assignee=cast.agent.pk, answer_text="We come.")
    assert manager.status == 200
    assert agent.post(path + "start/")["status"] == "in_progress"
    assert agent.post(path + "hand-over/", text="Please try.")["status"] == "user_testing"
    assert requester.post(path + "send-back/", text="Still dark.")["status"] == "in_progress"
    agent.post(path + "hand-over/", text="And now?")
    assert requester.post(path + "confirm/")["status"] == "done"
    assert requester.get(path)["response_state"] == "met"


def test_the_same_key_asks_once_files_included(cast: Cast) -> None:
    requester = Program(cast.requester)

    def ask(content: bytes) -> dict[str, object]:
        file = io.BytesIO(content)
        file.name = "../../etc/log.txt"
        return requester.post("tickets/", key="k1", files=True, attachments=[file], **ASKED)

    first, second = ask(b"one"), ask(b"one")
    assert first == second
    assert Ticket.objects.count() == 1
    assert [a["name"] for a in first["attachments"]] == ["log.txt"]  # type: ignore[attr-defined]
    ask(b"two")
    requester.refused(409)


def test_a_file_is_downloaded_by_those_in_the_case_only(cast: Cast) -> None:
    file = io.BytesIO(b"line")
    file.name = "log.txt"
    requester, outsider = Program(cast.requester), Program(cast.outsider)
    ticket = requester.post("tickets/", files=True, attachments=[file], **ASKED)
    path = f"tickets/{ticket['id']}/attachments/{ticket['attachments'][0]['id']}/"
    answer = requester.get(path)
    assert b"".join(answer.streaming_content) == b"line"
    assert answer["Content-Disposition"].startswith("attachment")
    outsider.get(path)
    outsider.refused(404)


def test_a_refused_file_leaves_no_request_behind(cast: Cast) -> None:
    requester = Program(cast.requester)
    page = io.BytesIO(b"<!doctype html><script>")
    page.name = "photo.png"
    requester.post("tickets/", files=True, attachments=[page], **ASKED)
    requester.refused(409)
    assert not Ticket.objects.exists()
    assert not Event.objects.filter(type="ticket.opened").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "wish"),
        ("title", ""),
        ("title", "x" * 151),
        ("description", " "),
        ("details", {"impact": "all"}),
    ],
)
def test_what_cannot_be_understood_names_its_field(cast: Cast, field: str, value: object) -> None:
    requester = Program(cast.requester)
    requester.post("tickets/", **{**ASKED, field: value})
    requester.refused(400)
    assert list(requester.said["errors"]) == [field]


def test_only_people_whom_one_sees_can_be_named(cast: Cast) -> None:
    case = plain(cast, "opened")
    manager = Program(cast.it_manager)
    for nobody in (10**9, 10**30, "x", None):
        manager.post(f"tickets/{case.pk}/accept/", priority="high", assignee=nobody)
        manager.refused(400)
        assert list(manager.said["errors"]) == ["assignee"]


def test_the_verbs_say_what_the_call_would_say(cast: Cast) -> None:
    case = reach(cast, "accepted")
    agent = Program(cast.agent)
    assert verbs(agent.get(f"tickets/{case.pk}/"))["start"] == "SOP-A2"
    agent.post(f"tickets/{case.pk}/start/")
    agent.refused(409, "SOP-A2")
    assert "roles" in verbs(agent.get(f"tickets/{case.pk}/"))["accept"]


def test_lists_filter(cast: Cast) -> None:
    mine, other = plain(cast, "accepted"), plain(cast, "opened", kind=Kind.DATA_UPDATE)
    agent = Program(cast.agent)

    def found(**facts: object) -> set[int]:
        return {t["id"] for t in agent.rows("tickets/", **facts)}

    assert found() == {mine.pk, other.pk}
    assert found(status="new") == found(kind="data_update") == found(mine="false") == {other.pk}
    assert found(mine="true") == found(assignee=cast.agent.pk) == found(q=mine.ticket.number) == {mine.pk}
    assert found(open="false") == found(branch=cast.denpasar.pk) == set()
    agent.get("tickets/", status="bogus")
    agent.refused(400)


def test_pages_follow_each_other(cast: Cast) -> None:
    pks = [plain(cast, "opened").pk for _ in range(3)]
    agent = Program(cast.agent)
    first = agent.get("tickets/", page_size=2)
    assert [t["id"] for t in first["results"]] == [pks[2], pks[1]]
    rest = agent.get(first["next"].partition("/api/v1/")[2])
    assert [t["id"] for t in rest["results"]] == [pks[0]]


def test_internal_notes_stay_internal(cast: Cast) -> None:
    case = plain(cast, "accepted")
    agent, requester = Program(cast.agent), Program(cast.requester)
    agent.post(f"tickets/{case.pk}/note/", text="Same disk as last week.")
    agent.post(f"tickets/{case.pk}/answer/", text="We order a disk.")
    assert [c["text"] for c in requester.rows(f"tickets/{case.pk}/comments/")] == ["We order a disk."]
    assert len(agent.rows(f"tickets/{case.pk}/comments/")) == 2
    told = {e["type"] for e in requester.rows(f"tickets/{case.pk}/timeline/", page_size=100)}
    assert "ticket.answered" in told
    assert not told & {"ticket.noted", "clock.started"}


def test_another_branch_finds_nothing(cast: Cast) -> None:
    case = plain(cast, "accepted")
    outsider = Program(cast.outsider)
    for part in ("", "comments/", "timeline/", "attachments/"):
        outsider.get(f"tickets/{case.pk}/{part}")
        outsider.refused(404)
    outsider.post(f"tickets/{case.pk}/answer/", text="Hello?")
    outsider.refused(404)
    assert not Comment.objects.exists()


def test_a_reading_token_reads_only(cast: Cast) -> None:
    case = plain(cast, "opened")
    reader = Program(cast.requester, Scope.READ)
    reader.get(f"tickets/{case.pk}/")
    assert reader.status == 200
    reader.post("tickets/", **ASKED)
    reader.refused(403)


@pytest.mark.parametrize(
    "address", ["tickets/abc/", "tickets/999999/", "tickets/" + "9" * 40 + "/", "nothing/here/"]
)
def test_what_is_not_there_is_a_problem_not_a_page(cast: Cast, address: str) -> None:
    agent = Program(cast.agent)
    agent.get(address)
    agent.refused(404)


def test_brackets_without_end_are_the_senders_mistake(cast: Cast) -> None:
    requester = Program(cast.requester)
    requester.post_raw("tickets/", b"[" * 10000 + b"]" * 10000)
    requester.refused(400)
