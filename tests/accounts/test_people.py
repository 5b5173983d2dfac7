# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Roles, substitutes with dates, proofs of identity, and keys to the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import actions as accounts
from accounts.enums import AccountEvent, Role
from accounts.models import ApiToken, Substitution, User, office_date
from tests.cast import PASSWORD, Cast
from tests.harness.clock import Clock
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours


def stand_in(
    cast: Cast, *, first: int, last: int, absent: str = "it_manager", substitute: str = "agent"
) -> Substitution:
    today = office_date()
    return accounts.name_substitute(
        absent=cast[absent], substitute=cast[substitute], first=today + timedelta(days=first),
        last=today + timedelta(days=last), reason="Leave", by=cast[absent],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "may"), [(0, 0, True), (-5, 0, True), (0, 5, True), (1, 5, False), (-3, 3, True)]
)
def test_a_substitute_has_the_role_between_both_dates(cast: Cast, first: int, last: int, may: bool) -> None:
    stand_in(cast, first=first, last=last)
    agent = cast.again("agent")
    assert agent.holds(Role.IT_MANAGER, branch_id=cast.bandung.pk) is may
    assert agent.stands_in_for(Role.IT_MANAGER) == (cast.it_manager if may else None)


def test_yesterdays_substitute_has_nothing(cast: Cast, clock: Clock) -> None:
    stand_in(cast, first=0, last=0)
    clock.forward(days=1)
    assert not cast.again("agent").holds(Role.IT_MANAGER)


def test_personal_roles_are_not_taken_over(cast: Cast) -> None:
    stand_in(cast, first=0, last=0, absent="auditor")
    stand_in(cast, first=0, last=0, absent="administrator")
    agent = cast.again("agent")
    assert not agent.holds_anywhere(Role.AUDITOR, Role.ADMINISTRATOR)
    assert not agent.is_staff


def test_a_substitute_of_a_substitute_has_nothing(cast: Cast) -> None:
    stand_in(cast, first=0, last=0)
    stand_in(cast, first=0, last=0, absent="agent", substitute="other_agent")
    assert not cast.again("other_agent").holds(Role.IT_MANAGER)


@pytest.mark.parametrize(("first", "last"), [(2, 1), (-5, -1)])
def test_a_period_that_makes_no_sense_is_refused(cast: Cast, first: int, last: int) -> None:
    _ = cast.it_manager, cast.agent
    with not_possible("last day"):
        stand_in(cast, first=first, last=last)


def test_nobody_stands_in_for_themselves_and_nobody_else_says_so(cast: Cast) -> None:
    today = office_date()
    everybody = {
        "absent": cast.it_manager,
        "substitute": cast.agent,
        "first": today,
        "last": today,
        "reason": "x",
    }
    with not_possible("another person"):
        accounts.name_substitute(**(everybody | {"substitute": cast.it_manager}), by=cast.it_manager)
    with not_yours():
        accounts.name_substitute(**everybody, by=cast.agent)
    with not_possible("cannot sign in"):
        accounts.name_substitute(**(everybody | {"substitute": accounts.robot("cast")}), by=cast.it_manager)
    with pytest.raises(IntegrityError, match="substitution_needs_two_people"), transaction.atomic():
        Substitution.objects.create(
            absent=cast.agent, substitute=cast.agent, first_date=today, last_date=today, reason="x"
        )


def test_roles_are_given_by_administrators(cast: Cast) -> None:
    for name in ("it_manager", "director", "auditor", "requester"):
        person = cast[name]
        with not_yours():
            accounts.grant_role(user=person, role=Role.ADMINISTRATOR, by=person)
    _ = cast.administrator, cast.requester
    with recorded(AccountEvent.ROLE_GRANTED, AccountEvent.ROLE_REVOKED):
        held = accounts.grant_role(user=cast.requester, role=Role.AGENT, by=cast.administrator)
        accounts.grant_role(user=cast.requester, role=Role.AGENT, by=cast.administrator)
        accounts.revoke_role(held=held, by=cast.administrator)


def test_a_role_for_one_branch_ends_at_its_door(cast: Cast) -> None:
    person = cast.foreign_agent
    assert person.holds(Role.AGENT, branch_id=cast.denpasar.pk)
    assert not person.holds(Role.AGENT, branch_id=cast.bandung.pk)
    assert not person.holds(Role.AGENT)


@pytest.mark.parametrize("address", ["SARI@kumala.example", "sari@KUMALA.example"])
def test_an_address_belongs_to_one_person_whatever_its_case(cast: Cast, address: str) -> None:
    accounts.enrol(email="sari@kumala.example", name="Sari", branch=None, password=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email=address, name="Another")


# Proofs ------------------------------------------------------------------------------------------------------------------


def test_a_proof_is_of_oneself_and_fresh(cast: Cast, clock: Clock) -> None:
    proof = accounts.confirm(by=cast.director, secret=PASSWORD)
    assert proof.covers(cast.director)
    assert not proof.covers(cast.board)
    clock.forward(minutes=5)
    assert not proof.covers(cast.director)


def test_guessing_ends_after_five_tries_also_with_the_right_one(cast: Cast, clock: Clock) -> None:
    person = cast.director
    for _try in range(accounts.MOST_TRIES):
        with pytest.raises(Exception, match="wrong"):
            accounts.confirm(by=person, secret="guess")
    with pytest.raises(Exception, match="Too many"):
        accounts.confirm(by=person, secret=PASSWORD)
    assert accounts.confirm(by=cast.board, secret=PASSWORD)
    clock.forward(minutes=6)
    assert accounts.confirm(by=person, secret=PASSWORD)


# Keys --------------------------------------------------------------------------------------------------------------------


def _me(secret: str) -> Any:
    return Client().get("/api/v1/me/", headers={"Authorization": f"Token {secret}"})


def test_a_key_is_kept_as_a_hash_only(cast: Cast) -> None:
    token, secret = accounts.issue_token(user=cast.agent, name="script", by=cast.agent)
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values())
    assert _me(secret).json()["email"] == "agent@kumala.example"


ENDED: dict[str, Callable[[Cast, ApiToken], Any]] = {
    "revoked": lambda cast, token: accounts.revoke_token(token=token, by=cast.agent),
    "expired": lambda cast, token: ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now()),
    "left": lambda cast, token: User.objects.filter(pk=cast.agent.pk).update(is_active=False),
}


@pytest.mark.parametrize("how", ENDED)
def test_a_key_that_has_ended_opens_nothing(cast: Cast, how: str) -> None:
    token, secret = accounts.issue_token(user=cast.agent, name="script", by=cast.agent)
    ENDED[how](cast, token)
    answer = _me(secret)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["Token ", "Token nonsense", "Bearer x", "", "Token \xff"])
def test_nonsense_opens_nothing(db: None, header: str) -> None:
    assert Client().get("/api/v1/me/", headers={"Authorization": header}).status_code == 401


def test_a_key_for_somebody_else_is_the_administrators(cast: Cast) -> None:
    director, manager = cast.director, cast.it_manager
    with not_yours():
        accounts.issue_token(user=director, name="x", by=manager)
    assert accounts.issue_token(user=cast.director, name="x", by=cast.administrator)[1].startswith("kumala_")


def test_whoever_left_is_out_at_once(cast: Cast, page: Any) -> None:
    browser = page(cast.agent)
    assert browser.get("/").status_code == 200
    User.objects.filter(pk=cast.agent.pk).update(is_active=False)
    assert browser.get("/").status_code == 302
