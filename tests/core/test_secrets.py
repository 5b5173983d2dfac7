"""What is sealed opens with the same key and for the same purpose only."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from core import secrets


def test_what_was_sealed_is_opened_and_never_looks_the_same_twice() -> None:
    once, again = (secrets.seal(b"a private key", purpose="test") for _ in range(2))
    assert once != again
    assert b"private" not in once
    assert secrets.unseal(once, purpose="test") == secrets.unseal(again, purpose="test") == b"a private key"


def test_another_purpose_another_key_and_changed_bytes_open_nothing(settings: Any) -> None:
    sealed = secrets.seal(b"a private key", purpose="test")
    for wrong in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b""):
        with pytest.raises(secrets.WrongKey):
            secrets.unseal(wrong, purpose="test")
    with pytest.raises(secrets.WrongKey):
        secrets.unseal(sealed, purpose="another")
    settings.SIGNING_KEY = "z" * 50
    with pytest.raises(secrets.WrongKey, match="SIGNING_KEY"):
        secrets.unseal(sealed, purpose="test")


@pytest.mark.parametrize("key", ["", "short"])
def test_nothing_starts_without_a_key(settings: Any, key: str) -> None:
    settings.SIGNING_KEY = key
    with pytest.raises(ImproperlyConfigured, match="SIGNING_KEY"):
        secrets.seal(b"", purpose="test")
    with pytest.raises(SystemCheckError, match="SIGNING_KEY"):
        call_command("check")
