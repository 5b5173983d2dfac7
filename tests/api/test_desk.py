"""The service desk over the API: every verb of the page, the same answers."""

from tests.api.client import Program
from tests.cast import Cast
from tests.stages import plain
from tests.tickets.desk import asked, experts
from tickets.models import Watcher


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
