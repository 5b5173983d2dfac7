"""Runs inside the product: people who will ask, each with a password and an API token. Prints them as JSON."""

import json
import sys

import django

django.setup()

from accounts import actions  # noqa: E402 - Django must be set up first
from accounts.enums import Role  # noqa: E402
from accounts.models import Branch  # noqa: E402

PASSWORD = "rimba-raya-4711-chaos"


def main(count: int) -> None:
    """One branch, an IT Manager who is told of everything, and `count` requesters."""
    branch, _new = Branch.objects.get_or_create(
        code="CHAOS", defaults={"name": "Cabang Uji", "city": "Banjarmasin"}
    )
    robot = actions.robot("chaos")
    boss = actions.enrol(email="boss@chaos.example", name="Manajer", branch=branch, password=PASSWORD)
    actions.grant_role(user=boss, role=Role.IT_MANAGER, by=robot)
    people = []
    for number in range(count):
        email = f"asker{number}@chaos.example"
        user = actions.enrol(email=email, name=f"Penanya {number}", branch=branch, password=PASSWORD)
        _token, secret = actions.issue_token(user=user, name="chaos", by=user)
        people.append({"email": email, "password": PASSWORD, "token": secret})
    print(json.dumps(people))


if __name__ == "__main__":
    main(int(sys.argv[1]))
