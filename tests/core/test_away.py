"""The database is away: a clear page or problem, wherever in the request it is noticed."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from tests.cast import Cast


def broken(*args: Any, **kwargs: Any) -> Any:
    raise OperationalError("connection refused")


@pytest.mark.parametrize(
    "place", ["accounts.middleware.timezone.override", "tickets.views.reading.Ticket.objects.visible_to"]
)
def test_a_page_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.requester)
    monkeypatch.setattr(place, broken)
    answer = browser.get("/requests/")
    assert answer.status_code == 503
    assert 'data-page="error"' in answer.content.decode()


@pytest.mark.parametrize(
    "place", ["accounts.middleware.timezone.override", "tickets.api.Ticket.objects.visible_to"]
)
def test_the_api_says_so_as_a_problem(cast: Cast, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.requester)
    monkeypatch.setattr(place, broken)
    answer = browser.get("/api/v1/tickets/")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
