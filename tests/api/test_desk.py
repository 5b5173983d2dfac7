"""The service desk over the API: every verb of the page, the same answers."""

from tests.api.client import Program
from tests.cast import Cast
from tests.stages import plain
from tests.tickets.desk import again, asked, experts
from tickets.enums import Kind
from tickets.models import Guide, Watcher


def test_asking_back_planning_and_experts(cast: Cast) -> None:
    cast.everybody()
    case, team = plain(cast, "opened"), experts(cast, "other_agent")
    manager, agent, expert = Program(cast.it_manager), Program(cast.agent), Program(cast.other_agent)
    path = f"tickets/{case.pk}/"
    asked_back = manager.post(path + "ask-back/", text="@Wati: which?")
    assert (manager.status, asked_back["unclear_mentions"]) == (201, ["Wati"])
    given = {
        "priority": "low",
        "assignee": cast.agent.pk,
        "start_date": "2031-01-06",
        "finish_date": "2031-01-08",
    }
    accepted = manager.post(path + "accept/", **given)
    assert (accepted["start_date"], accepted["finish_date"]) == ("2031-01-06", "2031-01-08")
    assert accepted["asked_back_at"] is not None
    agent.post(path + "plan/", start_date="2031-01-08", finish_date="2031-01-06")
    agent.refused(409)
    agent.post(path + "escalate/", team=team.pk, reason="Hard.")
    assert [t["name"] for t in agent.get("teams/")["results"]] == ["Network"]
    taken = expert.post(path + "take/")
    assert (taken["assignee"]["name"], taken["team"]["name"]) == ("Agung Pratama", "Network")


def test_ending_opening_again_and_satisfaction(cast: Cast) -> None:
    case = plain(cast, "confirmed")
    requester = Program(cast.requester)
    path = f"tickets/{case.pk}/"
    assert requester.post(path + "rate/", score=5, text="Quick.")["score"] == 5
    requester.post(path + "rate/", score=1)
    requester.refused(409)
    requester.post(path + "rate/", score=9)
    requester.refused(400)
    assert requester.post(path + "reopen/", text="Again.")["status"] == "in_progress"


def test_relations_are_those_one_may_see(cast: Cast) -> None:
    cast.everybody()
    whole, part, foreign = plain(cast, "started"), asked(cast), asked(cast, by="outsider")
    agent, requester = Program(cast.agent), Program(cast.requester)
    path = f"tickets/{whole.pk}/"
    agent.post(path + "tie/", other=foreign.pk, kind="same_cause")
    agent.post(f"tickets/{part.pk}/adopt/", other=whole.pk)
    split = agent.post(path + "split/", title="Scanner", description="Grey.")
    assert (agent.status, split["status"]) == (201, "new")
    seen = [(r["code"], r["ticket"]["id"]) for r in agent.get(path + "relations/")]
    assert seen == [("part", part.pk), ("split_off", split["id"]), ("linked", foreign.pk)]
    assert [r["code"] for r in requester.get(path + "relations/")] == ["part", "split_off"]
    agent.post(f"tickets/{part.pk}/disown/")
    agent.post(path + "untie/", other=foreign.pk)
    assert [r["code"] for r in agent.get(path + "relations/")] == ["split_off"]
    manager = Program(cast.it_manager)
    merged = manager.post(f"tickets/{split['id']}/merge/", other=part.pk)
    assert (manager.status, merged["status"]) == (200, "cancelled")


def test_words_are_changed_and_crossing_answers_are_refused(cast: Cast) -> None:
    case = plain(cast, "started")
    agent, requester = Program(cast.agent), Program(cast.requester)
    path = f"tickets/{case.pk}/"
    said = agent.post(path + "answer/", text="On Monday.")
    changed = agent.post(f"{path}comments/{said['id']}/edit/", text="On Tuesday.")
    assert (changed["text"], changed["edited_at"] is not None) == ("On Tuesday.", True)
    requester.post(f"{path}comments/{said['id']}/edit/", text="Never.")
    requester.refused(403)
    requester.post(path + "answer/", text="Too late.")
    agent.post(path + "answer/", text="Why?", seen=said["id"])
    agent.refused(409)
    agent.post(path + "watch/")
    assert [w.person for w in Watcher.objects.filter(ticket=case.pk)] == [cast.agent]
    agent.post(path + "unwatch/")
    assert not Watcher.objects.filter(ticket=case.pk).exists()


def test_several_are_received_at_once_and_each_says_what_became_of_it(cast: Cast) -> None:
    cast.everybody()
    one, gone, two = asked(cast), asked(cast), asked(cast)
    manager = Program(cast.it_manager)
    manager.post(f"tickets/{gone.pk}/reject/", text="No.")
    given = {"priority": "high", "assignee": cast.agent.pk, "answer_text": "We are on it."}
    told = manager.post("tickets/bulk-accept/", tickets=[two.pk, gone.pk, one.pk, 999_999, two.pk], **given)
    assert [(t["ticket"], t["done"]) for t in told] == [
        (two.pk, True), (gone.pk, False), (one.pk, True), (999_999, False),
    ]  # fmt: skip
    assert told[1]["reason"] == "This is not possible while it is “Rejected”."
    assert "no request with this number" in told[3]["reason"]
    assert [again(t).status for t in (one, gone, two)] == ["waiting", "rejected", "waiting"]
    assert again(one).answered_at is not None


def test_several_are_asked_back_joined_and_estimated(cast: Cast) -> None:
    cast.everybody()
    one, two, three, work = asked(cast), asked(cast), asked(cast), asked(cast, kind=Kind.DEVELOPMENT)
    manager = Program(cast.it_manager)
    told = manager.post("tickets/bulk-ask-back/", tickets=[one.pk, two.pk], text="Which floor?")
    assert [t["done"] for t in told] == [True, True]
    assert again(two).asked_back_at is not None
    told = manager.post("tickets/bulk-merge/", tickets=[three.pk, one.pk, work.pk, 999_999])
    assert [(t["ticket"], t["done"]) for t in told] == [
        (three.pk, True), (work.pk, False), (999_999, False),
    ]  # fmt: skip
    assert again(three).merged_into == one
    given = {"priority": "high", "assignee": cast.agent.pk, "estimate_hours": "8"}
    manager.post("tickets/bulk-accept/", tickets=[one.pk, work.pk], **given)
    assert [again(t).estimate_hours for t in (one, work)] == [None, 8]
    for who in ("agent", "requester", "administrator"):
        program = Program(cast[who])
        program.post("tickets/bulk-merge/", tickets=[one.pk, two.pk])
        program.refused(403)


def test_several_are_rejected_and_a_repeated_call_does_it_once(cast: Cast) -> None:
    cast.everybody()
    rows = [asked(cast), asked(cast)]
    manager = Program(cast.it_manager)
    body = {"tickets": [t.pk for t in rows], "text": "The leasing company does it."}
    first = manager.post("tickets/bulk-reject/", key="k", **body)
    assert manager.post("tickets/bulk-reject/", key="k", **body) == first
    assert [t["done"] for t in first] == [True, True]
    assert [t["done"] for t in manager.post("tickets/bulk-reject/", **body)] == [False, False]
    manager.post("tickets/bulk-reject/", tickets=[], text="No.")
    manager.refused(400)


def test_a_manager_of_one_branch_decides_there_only_and_nobody_else_at_all(cast: Cast) -> None:
    cast.everybody()
    here, there = asked(cast), asked(cast, by="outsider")
    body = {"tickets": [here.pk, there.pk], "text": "No."}
    for name in ("agent", "requester", "auditor", "administrator"):
        program = Program(cast[name])
        program.post("tickets/bulk-reject/", **body)
        program.refused(403)
    told = Program(cast.foreign_it_manager).post("tickets/bulk-reject/", **body)
    assert [t["done"] for t in told] == [False, True]
    assert [again(t).status for t in (here, there)] == ["new", "rejected"]


def test_guides_are_read_and_said_to_have_helped(cast: Cast) -> None:
    cast.everybody()
    guide = Guide.objects.create(title="Paper jam", text="Open the flap.", language="en")
    Guide.objects.create(title="Not yet", text="x", is_published=False)
    requester, manager = Program(cast.requester), Program(cast.it_manager)
    assert [g["title"] for g in requester.rows("guides/")] == ["Paper jam"]
    for _time in (1, 2):
        said = requester.post(f"guides/{guide.pk}/helped/")
        assert (said["helped_me"], said["helped"]) == (True, None)
    seen = manager.get(f"guides/{guide.pk}/")
    assert (seen["helped_me"], seen["helped"]) == (False, 1)
