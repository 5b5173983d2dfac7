"""Many act on one development at the same moment: each step once, none skipped, one end (bar A2).

The bar itself: AT_ONCE=200 ROUNDS=200 make test T=tests/devflow/test_at_once.py
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from core.errors import NotPossible, PermissionDenied
from devflow import actions as devflow
from devflow.enums import RISKS, DevelopmentEvent
from devflow.models import Build, Deployment, EmergencyFix
from events.ledger import verify
from events.models import Event
from tests.cast import Cast
from tests.contracts.test_machine import NEVER as NEVER_OF_ALL
from tests.devflow.test_machine import NEVER
from tests.stages import Case, reach

AT_ONCE = int(os.environ.get("AT_ONCE", "24"))
ROUNDS = int(os.environ.get("ROUNDS", "1"))
HANDS = 8  # connections that act
Act = Callable[[Case, dict[str, User]], Any]


def _deploy(kind: str, who: str) -> Act:
    return lambda case, people: devflow.deploy(build=case.build, kind=kind, by=people[who])  # type: ignore[arg-type]


def _prepare(case: Case, people: dict[str, User]) -> Any:
    risks = dict.fromkeys(RISKS, random.random() < 0.5)
    return devflow.prepare(
        request=case.request, risks=risks, rollback_plan="The one before.", by=people["agent"]
    )


def _register(case: Case, people: dict[str, User]) -> Any:
    version = f"2.{random.randrange(10**9)}"
    return devflow.register_build(request=case.request, version=version, by=people["agent"])


def _agree(name: str) -> Act:
    def act(case: Case, people: dict[str, User]) -> Any:
        shown = case.build.emergency.content_hash
        proof = case.cast.proof(name, shown)
        return devflow.agree_emergency(build=case.build, by=people[name], proof=proof, shown_hash=shown)

    return act


def _another(kind: str) -> Act:
    """The newest build of another request, on the server that all of them share."""

    def act(case: Case, people: dict[str, User]) -> Any:
        build = Build.objects.for_rules().exclude(request__ticket=case.pk).latest("pk")
        return devflow.deploy(build=build, kind=kind, by=people["agent"])  # type: ignore[arg-type]

    return act


# From a signed build: released, replaced, held, ended, taken back; while another request goes to the same servers.
OF_SIGNED: dict[str, Act] = {
    "release": _deploy("production", "it_manager"),
    "release again": _deploy("production", "it_manager"),
    "take back": lambda c, p: devflow.roll_back(build=c.build_of("1.0"), reason="Bad.", by=p["it_manager"]),
    "register": _register,
    "on trial": _deploy("trial", "agent"),
    "on training": _deploy("training", "agent"),
    "another on trial": _another("trial"),
    "another on training": _another("training"),
    "hold": lambda c, p: devflow.hold(request=c.request, reason="Waits.", by=p["agent"]),
    "resume": lambda c, p: devflow.resume(request=c.request, by=p["agent"]),
    "end": lambda c, p: devflow.end(request=c.request, reason="Bought.", by=p["it_manager"]),
}
# From an emergency that was asked for: agreed, agreed again, released, while what was agreed to changes.
OF_ASKED: dict[str, Act] = {
    "manager": _agree("it_manager"),
    "second": _agree("db_manager"),
    "director": _agree("director"),
    "prepare": _prepare,
    "release": _deploy("production", "it_manager"),
    "hold": OF_SIGNED["hold"],
    "resume": OF_SIGNED["resume"],
    "review": lambda c, p: devflow.review_emergency(build=c.build, review="Tested late.", by=p["it_manager"]),
}


def _signed(cast: Cast) -> Case:
    """Beside another request on the same system."""
    reach(cast, "on_trial")
    return reach(cast, "signed")


def _asked(cast: Cast) -> Case:
    case = reach(cast, "on_training")
    devflow.ask_emergency(build=case.build, reason="Salaries are paid today.", by=cast.agent)
    return case


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("begin", "acts"), [(_signed, OF_SIGNED), (_asked, OF_ASKED)], ids=["signed", "asked"]
)  # fmt: skip
def test_many_at_once_move_one_development_step_by_step(
    cast: Cast, begin: Callable[[Cast], Case], acts: dict[str, Act]
) -> None:
    names = ("it_manager", "agent", "db_manager", "director")
    done: Counter[str] = Counter()
    for times in range(1, ROUNDS + 1):
        case = begin(cast)
        people = {name: cast[name] for name in names}
        done += _all_at_once(case, people, acts)
        _is_whole(case)
        refused = times * AT_ONCE - done.total()
        print(f"{times} times {AT_ONCE} acts at once, {refused} refused: {dict(done)}", flush=True)
    assert done


def _all_at_once(case: Case, people: dict[str, User], acts: dict[str, Act]) -> Counter[str]:
    """The acts in another order each time, from as many connections as there are hands; those that were done."""
    wanted = [list(acts)[n % len(acts)] for n in range(AT_ONCE)]
    random.shuffle(wanted)
    start = Barrier(HANDS)

    def hand(mine: list[str]) -> list[str]:
        start.wait()
        return [name for name in mine if _act(case, people, acts[name])]

    with ThreadPoolExecutor(HANDS) as pool:
        made = pool.map(hand, (wanted[n::HANDS] for n in range(HANDS)))
    return Counter(name for names in made for name in names)


def _act(case: Case, people: dict[str, User], act: Act) -> bool:
    """One act on its own connection; whether it was done."""
    try:
        act(case, people)
    except (NotPossible, PermissionDenied):
        return False
    finally:
        connection.close()
    return True


def _is_whole(case: Case) -> None:
    """No gate was passed unearned, nothing happened twice, and the history agrees with the rows."""
    with connection.cursor() as cursor:
        for said, query in (*NEVER.items(), *NEVER_OF_ALL.items()):
            cursor.execute(query)
            assert cursor.fetchall() == [], said
    about = Event.objects.about(case.ticket)
    releases = Deployment.objects.filter(build__request=case.request, environment__kind="production")
    taken = releases.filter(result="rolled_back").count()
    assert taken == about.filter(type=DevelopmentEvent.ROLLED_BACK).count() <= 1
    # What waits for its UAT may be put there once more; what is signed ends its request with the first release.
    may_repeat = EmergencyFix.objects.filter(build__request=case.request).exists()
    assert may_repeat or releases.filter(result="succeeded", build__version="1.0").count() <= 1
    assert about.filter(type="ticket.ended").count() == (case.request.stage == "cancelled")
    assert about.filter(type="ticket.done").count() <= 1
    assert list(verify()) == []
