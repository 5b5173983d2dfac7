"""Reference data: kept by administrators, by actions, told to the ledger."""

from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.test import Client

from accounts.models import ApiToken, Branch, Substitution, User
from events.models import Event
from tests.cast import Cast

ROLES = {"roles-TOTAL_FORMS": "1", "roles-INITIAL_FORMS": "0", "roles-0-role": "agent", "roles-0-branch": ""}
PERSON = {"name": "Baru Sekali", "email": "Baru@Kumala.example", "language": "id", "is_active": "on"}


@pytest.fixture
def office(cast: Cast, page: Any) -> Client:
    """An administrator's browser."""
    browser: Client = page(cast.administrator)
    return browser


def _types(subject: Any) -> list[str]:
    return list(Event.objects.about(subject).values_list("type", flat=True))


def test_only_our_own_pages_are_there() -> None:
    assert {m.__name__ for m in admin.site._registry} == {
        "AdmittedDomain", "ApiToken", "Branch", "Calendar", "CannedAnswer", "Certificate", "Guide",
        "Policy", "Substitution", "System", "Team", "User",
    }  # fmt: skip


def test_a_branch_is_opened_and_the_ledger_knows(cast: Cast, office: Client) -> None:
    facts = {
        "code": "YOG",
        "name": "Cabang Yogya",
        "city": "Yogyakarta",
        "time_zone": "Asia/Jakarta",
        "is_active": "on",
    }
    assert office.post("/admin/accounts/branch/add/", facts).status_code == 302
    made = Branch.objects.get(code="YOG")
    event = Event.objects.about(made).get()
    assert (event.type, event.actor_id) == ("reference.changed", cast.administrator.pk)
    assert office.post(f"/admin/accounts/branch/{made.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_new_person_gets_a_link_and_roles_by_their_actions(cast: Cast, office: Client) -> None:
    assert office.post("/admin/accounts/user/add/", PERSON | ROLES).status_code == 302
    person = User.objects.get(email="baru@kumala.example")
    assert not person.has_usable_password()
    assert [m.to for m in mail.outbox] == [["baru@kumala.example"]]
    held = person.roles.get()
    taken = {
        "roles-TOTAL_FORMS": "1", "roles-INITIAL_FORMS": "1", "roles-0-id": held.pk, "roles-0-user": person.pk,
        "roles-0-DELETE": "on",
    }  # fmt: skip
    office.post(f"/admin/accounts/user/{person.pk}/change/", PERSON | taken)
    assert not person.roles.exists()
    assert {"account.role_granted", "account.role_revoked"} <= set(_types(person))


def test_a_substitute_is_named_by_the_action(cast: Cast, office: Client) -> None:
    facts = {"absent": cast.director.pk, "substitute": cast.agent.pk, "reason": "Leave"}
    past = office.post(
        "/admin/accounts/substitution/add/", facts | {"first_date": "2020-01-01", "last_date": "2020-01-02"}
    )
    assert past.status_code == 200
    assert not Substitution.objects.exists()
    office.post(
        "/admin/accounts/substitution/add/", facts | {"first_date": "2020-01-01", "last_date": "2999-01-02"}
    )
    assert _types(cast.director).count("account.substitute_named") == 1
    row = Substitution.objects.get()
    assert office.get(f"/admin/accounts/substitution/{row.pk}/change/").status_code == 200
    assert office.post(f"/admin/accounts/substitution/{row.pk}/change/", facts).status_code == 403


def test_a_key_is_revoked(cast: Cast, office: Client) -> None:
    from_agent = ApiToken.objects.create(
        user=cast.agent, name="script", digest="x", expires_at="2999-01-01T00:00:00Z"
    )
    office.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [from_agent.pk]})
    assert ApiToken.objects.get().revoked_at is not None


def test_others_are_kept_out(cast: Cast, page: Any) -> None:
    assert page(cast.it_manager).get("/admin/login/").status_code == 403
    assert page().get("/admin/accounts/user/").url.startswith("/account/login/")
