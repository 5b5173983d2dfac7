"""What the pages of the mirror do, a program does as well: the same acts, over the API."""

import json
from datetime import datetime
from typing import Any

from django.test import Client

from integrations.monday import actions
from integrations.monday.enums import LinkState
from integrations.monday.models import Connection, Difference, Link, MondayPerson, Remark, Stray
from tests.cast import Cast
from tests.mirror.conftest import Mirror
from tests.stages import plain
from tests.world import mirrored
from tickets.models import Ticket

ROOT = "/api/v1/monday/"


class Caller:
    """Somebody's program."""

    def __init__(self, browser: Client) -> None:
        self.browser = browser

    def get(self, path: str = "") -> Any:
        """What is told."""
        return self.browser.get(ROOT + path).json()

    def post(self, path: str, *, status: int = 200, **facts: Any) -> Any:
        """What is done; the answer."""
        answer = self.browser.post(ROOT + path, json.dumps(facts), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None


def test_settings_and_the_token(cast: Cast, page: Any) -> None:
    admin = Caller(page(cast.administrator))
    told = admin.post(
        "settings/", plan="pro", new_items="ignore", mirrors_answers=True, token="a-secret-token"
    )
    kept = [told[name] for name in ("plan", "new_items", "mirrors_answers", "has_token")]
    assert kept == ["pro", "ignore", True, True]
    assert "a-secret-token" not in json.dumps(told)
    assert admin.post("settings/", plan="free")["has_token"], "what is left out stays"
    refused = admin.post("settings/", status=409, is_active=True)
    assert refused["title"]
    assert admin.post("settings/", status=400, plan="huge")
    assert not admin.post("settings/", token="")["has_token"]
    Caller(page(cast.it_manager)).post("settings/", status=403, plan="pro")


def test_who_is_who(mirror: Mirror, page: Any) -> None:
    admin, cast = Caller(page(mirror.cast.administrator)), mirror.cast
    MondayPerson.objects.all().delete()
    number = mirror.there["agent"].id
    told = admin.post("people/", user=cast.agent.pk, monday_id=number)
    assert (told["person"]["name"], told["is_checked"]) == (cast.agent.name, True)
    admin.post("people/", status=409, user=cast.other_agent.pk, monday_id=number)
    (row,) = admin.get("people/")["results"]
    assert (row["user"]["id"], row["monday_id"]) == (cast.agent.pk, number)
    told = admin.post("people/", user=cast.agent.pk, monday_id="")
    assert told == {"person": None, "is_checked": True, "remark": ""}
    admin.post("people/match/", status=204)
    assert MondayPerson.objects.get(user=cast.agent).monday_id == mirror.there["agent"].id


def test_the_breaker_is_closed_and_both_sides_are_compared(mirror: Mirror, page: Any) -> None:
    admin = Caller(page(mirror.cast.administrator))
    mirror.case("accepted")
    mirror.turn()
    mirror.fake.fails("401")
    mirror.case("accepted")
    mirror.turn()
    assert admin.get()["state"] == "blocked"
    assert admin.post("try/")["state"] == "works"
    actions.sweep()
    mirror.clock.forward(minutes=1)
    assert not actions.sweep(), "not its turn yet"
    admin.post("compare/", status=409)
    mirror.clock.forward(minutes=5)
    admin.post("compare/")
    assert actions.sweep()
    told = admin.get()
    assert told["differences"] == []
    assert datetime.fromisoformat(told["reported_at"]) == mirror.clock.now.replace(microsecond=0)
    Connection.objects.update(is_active=False)
    admin.post("compare/", status=409)


def test_what_was_given_up_is_tried_again(mirror: Mirror, page: Any) -> None:
    rows, operator = mirrored(plain(mirror.cast, "started").ticket), Caller(page(mirror.cast.it_manager))
    (dead,) = operator.get("links/?state=dead")["results"]
    assert (dead["id"], dead["last_error"]) == (rows["link"].pk, "Refused: no such label")
    assert operator.post(f"links/{dead['id']}/retry/")["state"] == "active"
    operator.post(f"links/{dead['id']}/retry/", status=409)
    (remark,) = operator.get("remarks/?dead=true")["results"]
    assert (remark["id"], remark["ticket"]) == (rows["remark"].pk, rows["link"].ticket_id)
    assert "text" not in remark, "whoever runs operations may see no request"
    assert operator.post(f"remarks/{remark['id']}/retry/")["is_dead"] is False
    operator.post(f"remarks/{remark['id']}/retry/", status=409)
    assert (
        operator.get("remarks/?dead=true")["results"] == operator.get("remarks/?sent=true")["results"] == []
    )
    assert operator.get(f"remarks/{remark['id']}/")["sent_at"] is None


def test_a_stopped_field_and_a_lost_card(mirror: Mirror, page: Any) -> None:
    case, operator = mirror.case("accepted"), Caller(page(mirror.cast.it_manager))
    mirror.turn()
    link = mirror.link(case)
    operator.post(f"links/{link.pk}/resume/", status=409)
    operator.post(f"links/{link.pk}/renew/", status=409)
    Link.objects.update(paused={"priority": "2026-11-30T00:00:00+00:00"})
    assert operator.post(f"links/{link.pk}/resume/")["paused"] == {}
    Link.objects.update(state=LinkState.GONE)
    assert operator.post(f"links/{link.pk}/renew/")["state"] == "new"
    assert operator.get(f"links/?ticket={case.pk}")["results"][0]["item_id"] == ""


def test_findings_are_seen(mirror: Mirror, page: Any) -> None:
    rows, operator = mirrored(plain(mirror.cast, "started").ticket), Caller(page(mirror.cast.it_manager))
    (row,) = operator.get("findings/?open=true&matter=conflict")["results"]
    assert (row["ours"], row["theirs"], row["kept"]) == ("High", "Low", "High")
    seen = operator.post(f"findings/{row['id']}/seen/")
    assert seen["seen_by"]["id"] == mirror.cast.it_manager.pk
    assert operator.get("findings/?open=true")["results"] == []
    assert operator.get(f"findings/{row['id']}/")["seen_at"]
    assert Difference.objects.get(pk=rows["difference"].pk).seen_by == mirror.cast.it_manager
    Caller(page(mirror.cast.auditor)).post(f"findings/{row['id']}/seen/", status=403)


def test_cards_made_by_hand_are_decided_on(mirror: Mirror, page: Any) -> None:
    cast = mirror.cast
    for name in ("The printer is broken", "A note"):
        mirror.fake.world.by(mirror.stranger).add(mirror.board, name)
    mirror.turn()
    manager = Caller(page(cast.it_manager))
    note, printer = manager.get("cards/?state=waits")["results"]
    told = manager.post(f"cards/{printer['id']}/adopt/", requester=cast.requester.pk)
    assert (told["state"], told["ticket"]) == ("adopted", Ticket.objects.get().pk)
    manager.post(f"cards/{printer['id']}/adopt/", status=409, requester=cast.requester.pk)
    manager.post(f"cards/{printer['id']}/leave/", status=409)
    assert manager.post(f"cards/{note['id']}/leave/")["state"] == "ignored"
    assert manager.get(f"cards/{note['id']}/")["name"] == "A note"
    assert not Stray.objects.waiting().exists()
    assert Ticket.objects.get().requester == cast.requester


def test_a_key_makes_an_act_happen_once(mirror: Mirror, page: Any) -> None:
    rows = mirrored(plain(mirror.cast, "started").ticket)
    browser, path = page(mirror.cast.it_manager), f"{ROOT}remarks/{rows['remark'].pk}/retry/"
    answers = [browser.post(path, headers={"Idempotency-Key": "once"}) for _n in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not Remark.objects.get(pk=rows["remark"].pk).is_dead
