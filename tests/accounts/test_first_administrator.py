"""The first person of a new installation."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.enums import Role
from accounts.models import User
from tests.cast import Cast


def add(monkeypatch: pytest.MonkeyPatch, password: str, email: str = "first@kumala.example") -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    call_command("add_administrator", email, "Pertama Sekali", "--stdin", stdout=io.StringIO())


@pytest.mark.django_db
def test_an_administrator_is_made_and_may_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, "sebuah kalimat yang panjang")
    person = User.objects.get(email="first@kumala.example")
    assert person.holds(Role.ADMINISTRATOR)
    assert person.check_password("sebuah kalimat yang panjang")


@pytest.mark.django_db
def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="too short"):
        add(monkeypatch, "abc")
    assert not User.objects.filter(email="first@kumala.example").exists()


def test_a_taken_address_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="already"):
        add(monkeypatch, "sebuah kalimat yang panjang", cast.requester.email.upper())
