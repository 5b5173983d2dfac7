"""Whose address stands beside a signature: the person's, not that of our own proxy."""

from typing import Any

import pytest
from django.test import RequestFactory

from core.http import address_of


@pytest.mark.parametrize(
    ("proxies", "passed", "address"),
    [
        (0, "", "10.0.0.2"),
        (0, "203.0.113.9", "10.0.0.2"),  # nobody whom we trust has said so
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.2.3.4, 203.0.113.9", "203.0.113.9"),  # what the person claims stands before it
        (2, "203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.2"),
        (1, "<script>", "10.0.0.2"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_of_a_person(proxies: int, passed: str, address: str, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    more = {"X-Forwarded-For": passed} if passed else {}
    assert address_of(RequestFactory().get("/", REMOTE_ADDR="10.0.0.2", headers=more)) == address
