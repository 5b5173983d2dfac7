"""An unsafe API request that is sent twice acts once."""

import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts import actions as accounts
from core.models import IdempotencyKey
from tests.cast import Cast
from tickets.models import Ticket

ASK = {"kind": "troubleshooting", "title": "Printer", "description": "It smokes."}


def _post(secret: str, key: str = "", **fields: str) -> Any:
    headers = {"Authorization": f"Token {secret}"} | ({"Idempotency-Key": key} if key else {})
    return Client().post("/api/v1/tickets/", json.dumps(ASK | fields), "application/json", headers=headers)


@pytest.fixture
def secret(cast: Cast) -> str:
    return accounts.issue_token(user=cast.requester, name="t", by=cast.requester)[1]


def test_the_same_key_gives_the_same_answer(secret: str) -> None:
    first, second = _post(secret, "k1"), _post(secret, "k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert Ticket.objects.count() == 1


def test_without_a_key_or_with_another_it_acts_again(secret: str) -> None:
    for key in ("", "", "k1", "k2"):
        assert _post(secret, key).status_code == 201
    assert Ticket.objects.count() == 4


def test_the_same_key_for_something_else_is_refused(secret: str) -> None:
    _post(secret, "k1")
    answer = _post(secret, "k1", title="Another")
    assert answer.status_code == 409
    assert Ticket.objects.count() == 1


def test_a_key_belongs_to_one_person(cast: Cast, secret: str) -> None:
    other = accounts.issue_token(user=cast.outsider, name="t", by=cast.outsider)[1]
    assert _post(secret, "k1").json()["id"] != _post(other, "k1").json()["id"]


def test_a_refused_request_uses_no_key(secret: str) -> None:
    assert _post(secret, "k1", title="").status_code == 400
    assert IdempotencyKey.objects.count() == 0
    assert _post(secret, "k1").status_code == 201


def test_a_key_that_is_too_long_is_refused(secret: str) -> None:
    assert _post(secret, "k" * 101).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_both_at_the_same_time_act_once(cast: Cast) -> None:
    _token, secret = accounts.issue_token(user=cast.requester, name="t", by=cast.requester)
    answers: list[Any] = []

    def send() -> None:
        try:
            answers.append(_post(secret, "k1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status_code for a in answers] == [201, 201, 201]
    assert len({a.json()["id"] for a in answers}) == 1
    assert Ticket.objects.count() == 1
