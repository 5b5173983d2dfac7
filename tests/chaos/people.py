"""Runs inside the product: people who will ask, each with a password and an API token. Prints them as JSON."""

import json
import sys

import django

django.setup()

from accounts import actions  # noqa: E402 - Django must be set up first
from accounts.enums import Role  # noqa: E402
from accounts.models import Branch, User  # noqa: E402

PASSWORD = "rimba-raya-4711-chaos"


def main(count: int) -> None:
    """One branch, an IT Manager who is told of everything, and `count` requesters; twice gives the same people."""
    branch, _new = Branch.objects.get_or_create(
        code="CHAOS", defaults={"name": "Cabang Uji", "city": "Banjarmasin"}
    )
    if not User.objects.filter(email="boss@chaos.example").exists():
        boss = _person("boss", "Manajer", branch)
        actions.grant_role(user=boss, role=Role.IT_MANAGER, by=actions.robot("chaos"))
    people = []
    for number in range(count):
        user = _person(f"asker{number}", f"Penanya {number}", branch)
        _token, secret = actions.issue_token(user=user, name="chaos", by=user)
        people.append({"email": user.email, "password": PASSWORD, "token": secret})
    print(json.dumps(people))


def _person(key: str, name: str, branch: Branch) -> User:
    email = f"{key}@chaos.example"
    known = User.objects.filter(email=email).first()
    return known or actions.enrol(email=email, name=name, branch=branch, password=PASSWORD)


if __name__ == "__main__":
    main(int(sys.argv[1]))
