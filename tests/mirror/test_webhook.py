"""The address that monday.com calls: who is let in, what is kept, and how little is believed."""

import json
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from integrations.monday import actions
from integrations.monday.models import Connection, Incoming
from tests.fakes.monday.hooks import echo, jwt
from tests.mirror.conftest import SUBSCRIBED, Mirror
from tickets.enums import Priority


def _call(mirror: Mirror, told: Any, *, secret: str = "", header: str = "") -> Any:
    path = f"/integrations/monday/webhook/{secret or mirror.connection.webhook_secret}/"
    headers = {"Authorization": header} if header else {}
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Client().post(path, data=body, content_type="application/json", headers=headers)


def _event(mirror: Mirror, **facts: Any) -> dict[str, Any]:
    told = {"type": "update_column_value", "boardId": int(mirror.board.id), "pulseId": 5, "columnId": "priority",
            "userId": int(mirror.there["it_manager"].id), "triggerUuid": "one", "subscriptionId": 7}  # fmt: skip
    return {"event": told | facts}


def test_a_challenge_is_echoed_and_leaves_nothing(mirror: Mirror) -> None:
    answer = _call(mirror, {"challenge": "abc"})
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
    assert not Incoming.objects.exists()


def test_another_secret_finds_nothing(mirror: Mirror) -> None:
    assert _call(mirror, _event(mirror), secret="x" * 43).status_code == 404
    assert _call(mirror, {"challenge": "abc"}, secret="x" * 43).status_code == 404
    assert not Incoming.objects.exists()


def test_a_message_is_kept_once(mirror: Mirror) -> None:
    for _n in range(3):
        assert _call(mirror, _event(mirror)).status_code == 200
    row = Incoming.objects.get()
    assert (row.trigger, row.item_id, row.column_id, row.is_signed) == ("one", "5", "priority", False)
    assert row.payload["userId"] == int(mirror.there["it_manager"].id)
    assert Connection.objects.get().heard_at == mirror.clock.now


def test_it_is_answered_after_a_few_statements(mirror: Mirror, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):
        assert _call(mirror, _event(mirror)).status_code == 200
    assert Incoming.objects.waiting().count() == 1, "kept; the work itself comes later"


def test_another_board_is_answered_and_not_kept(mirror: Mirror) -> None:
    assert _call(mirror, _event(mirror, boardId=3)).status_code == 200
    assert not Incoming.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b'"x"', 400), (b"[" * 100_000, 413), (b"[" * 3000, 400), (b"{}", 200),
     (json.dumps({"event": {"a": [[[[[[[[[[[[1]]]]]]]]]]]]}}).encode(), 400), (b'{"event": 3}', 200)],
)  # fmt: skip
def test_nonsense_is_refused_and_breaks_nothing(mirror: Mirror, body: bytes, status: int) -> None:
    assert _call(mirror, body).status_code == status
    assert not Incoming.objects.exists()


def test_other_methods_are_not_there(mirror: Mirror) -> None:
    assert (
        Client().get(f"/integrations/monday/webhook/{mirror.connection.webhook_secret}/").status_code == 405
    )


def test_a_message_without_a_change_on_the_board_changes_nothing(mirror: Mirror) -> None:
    """It is only a hint: the card itself is read."""
    case = mirror.case("accepted")
    mirror.turn()
    event = _event(mirror, pulseId=int(mirror.item(case).id), value={"label": {"index": 2}})
    assert _call(mirror, event).status_code == 200
    mirror.turn()
    assert case.ticket.priority == Priority.HIGH


def _claims(mirror: Mirror, **other: Any) -> dict[str, Any]:
    now = int(mirror.clock.now.timestamp())
    return {
        "accountId": int(mirror.fake.account),
        "aud": mirror.address,
        "iat": now,
        "exp": now + 300,
    } | other


def test_where_an_app_signs_nothing_else_is_believed(mirror: Mirror, settings: Any) -> None:
    settings.MONDAY_SIGNING_SECRET = secret = "a-signing-secret-of-some-length-here"
    now = int(mirror.clock.now.timestamp())
    wrong = [
        "", "Bearer", jwt(_claims(mirror), secret + "x"), jwt(_claims(mirror, exp=now - 3600), secret),
        jwt(_claims(mirror, aud="https://elsewhere.example/"), secret), jwt(_claims(mirror, accountId=3), secret),
        jwt({k: v for k, v in _claims(mirror).items() if k != "exp"}, secret), "x" * 5000,
    ]  # fmt: skip
    for header in wrong:
        assert _call(mirror, _event(mirror), header=header).status_code == 401, header[:20]
    assert not Incoming.objects.exists()
    assert Connection.objects.get().refused_at == mirror.clock.now
    for header in (jwt(_claims(mirror), secret), "Bearer " + jwt(_claims(mirror), secret)):
        assert _call(mirror, _event(mirror), header=header).status_code == 200
    assert Incoming.objects.get().is_signed


def test_a_signature_that_is_not_asked_for_is_no_proof_of_anything(mirror: Mirror) -> None:
    assert _call(mirror, _event(mirror), header="nonsense").status_code == 200
    assert not Incoming.objects.get().is_signed


def _walk(mirror: Mirror) -> list[str]:
    """The walk of a night; what the board tells us from then on."""
    mirror.clock.forward(days=1)
    assert actions.sweep()
    return sorted(hook.event for hook in mirror.fake.world.hooks.values())


def test_the_board_tells_us_what_happens_and_what_was_taken_away_is_subscribed_to_again(
    mirror: Mirror, settings: Any
) -> None:
    mirror.fake.world.hooks.clear()
    mirror.fake.hooks.receiver = (
        echo  # the fake asks from a thread that does not see what this test has not committed
    )
    assert _walk(mirror) == [], "nobody can reach us over HTTP"
    settings.BASE_URL, settings.MONDAY_WEBHOOKS = "https://itsm.kumala.example", True
    assert _walk(mirror) == sorted(SUBSCRIBED)
    assert _walk(mirror) == sorted(SUBSCRIBED), "each once"
    mirror.fake.world.hooks.popitem()
    assert _walk(mirror) == sorted(SUBSCRIBED)
    assert set(Connection.objects.get().webhooks) == set(mirror.fake.world.hooks)
    assert not Incoming.objects.exists(), "challenges leave nothing"


def test_where_monday_com_cannot_reach_us_the_walk_goes_on_and_the_page_says_so(
    mirror: Mirror, settings: Any, page: Any
) -> None:
    case = mirror.case("accepted")
    mirror.turn()
    mirror.fake.world.hooks.clear()
    mirror.fake.hooks.receiver = lambda url, body, headers: (0, b"")
    settings.MONDAY_WEBHOOKS = True
    mirror.set(case, "priority", {"index": 2})
    assert _walk(mirror) == []
    mirror.turn()
    assert case.ticket.priority == Priority.LOW
    for days in (0, 1):  # also after a walk in between, which asks for no webhook
        mirror.clock.forward(hours=1 + days)
        assert actions.sweep()
        shown = page(mirror.cast.administrator).get("/integrations/monday/").content.decode()
        assert "did not answer its challenge" in shown
    mirror.fake.hooks.receiver = echo
    assert _walk(mirror) == sorted(SUBSCRIBED)
    connection = Connection.objects.get()
    assert (connection.trouble, connection.notices) == ("", {})


def test_whether_monday_com_can_reach_us_is_a_word_of_the_installation(mirror: Mirror, settings: Any) -> None:
    """Behind a firewall HTTPS is not enough; a fake on the same machine needs none."""
    mirror.fake.world.hooks.clear()
    mirror.fake.hooks.receiver = echo
    settings.BASE_URL, settings.DEMO, settings.MONDAY_WEBHOOKS = "https://itsm.kumala.example", True, False
    assert _walk(mirror) == []
    settings.BASE_URL, settings.DEMO, settings.MONDAY_WEBHOOKS = "http://127.0.0.1:8000", False, True
    assert _walk(mirror) == sorted(SUBSCRIBED)


@pytest.mark.parametrize(
    ("given", "reached"),
    [
        ({"BASE_URL": "https://itsm.kumala.example"}, True),
        (
            {"BASE_URL": "http://127.0.0.1:8000", "DEMO": "1", "MONDAY_API_URL": "http://127.0.0.1:8131/v2"},
            False,
        ),
        ({"BASE_URL": "https://itsm.kumala.example", "MONDAY_WEBHOOKS": "0"}, False),
        ({"BASE_URL": "http://127.0.0.1:8000", "MONDAY_WEBHOOKS": "1"}, True),
    ],
)
def test_without_a_word_https_counts_as_reachable(given: dict[str, str], reached: bool) -> None:
    words = f"import os; os.environ.pop('MONDAY_WEBHOOKS', 0); os.environ.update({given!r})"
    shown = "from kumala_itsm import settings; print(settings.MONDAY_WEBHOOKS)"
    told = subprocess.run(
        [sys.executable, "-c", f"{words}; {shown}"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == str(reached)


def test_what_the_board_lacks_and_that_we_hear_nothing_stand_side_by_side(
    mirror: Mirror, settings: Any, page: Any
) -> None:
    """Each in the words of whoever reads it, until the next look at the board."""
    mirror.fake.hooks.receiver = lambda url, body, headers: (0, b"")
    settings.MONDAY_WEBHOOKS = True
    mirror.fake.world.hooks.clear()
    estimate, status = mirror.board.column("estimate"), mirror.board.column("status")
    assert estimate
    assert status
    estimate.archived = True
    status.labels = [label for label in status.labels if label.id != 3]
    _walk(mirror)
    browser = page(mirror.cast.administrator)
    shown = browser.get("/integrations/monday/").content.decode()
    assert "Papan tidak punya: Estimasi, Status: Deploy" in shown
    assert "monday.com tidak bisa memberi tahu kita apa yang terjadi: " in shown
    assert len(browser.get("/api/v1/monday/").json()["notices"]) == 2
    assert Connection.objects.get().trouble == "", "what is wrong with the board is no trouble of a call"
    mirror.fake.hooks.receiver = echo
    _walk(mirror)
    assert list(Connection.objects.get().notices) == ["lacks"]
