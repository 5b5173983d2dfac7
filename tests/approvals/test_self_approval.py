"""A1: nobody approves what they asked for, by any address there is; A2: many at once decide one thing once."""

import json
import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts import actions as accounts
from accounts.enums import Role
from accounts.models import User
from approvals import actions as approvals
from approvals.enums import CONSENT_VERSION
from approvals.models import Approval, Decision
from core.errors import NotPossible, PermissionDenied
from tests.approvals.policies import stands_in
from tests.cast import PASSWORD, Cast
from tests.harness.ink import DRAWN
from tests.stages import Case, reach

SKIPPED = ("logout", "__debug__")


def _addresses(patterns: Any, before: tuple[str, ...] = ()) -> list[str]:
    """The names of all routes of the product, with their namespaces."""
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inside = (*before, pattern.namespace) if pattern.namespace else before
            found += _addresses(pattern.url_patterns, inside)
        elif isinstance(pattern, URLPattern) and pattern.name and pattern.name not in SKIPPED:
            found.append(":".join([*before, pattern.name]))
    return list(dict.fromkeys(found))


def _reached(name: str, keys: list[int]) -> list[str]:
    """The addresses of a route for every number that could be meant by it."""
    found = []
    for arguments in [[], *([key] for key in keys), *([key, keys[0]] for key in keys)]:
        with suppress(NoReverseMatch):  # a route that takes other arguments
            found.append(reverse(name, args=arguments))
    return found


def _wishes(form: Approval) -> list[dict[str, Any]]:
    """Everything that an approval might be called in a request."""
    typed = {
        "shown": form.content_hash,
        "password": PASSWORD,
        "signature": "",
        "signature_drawn": DRAWN,
        "consent": CONSENT_VERSION,
    }
    return [
        {"outcome": "approve"} | {f"approve-{name}": value for name, value in typed.items()},
        {"outcome": "approve", "secret": PASSWORD, "drawing": DRAWN, "shown_hash": form.content_hash,
         "consent_version": CONSENT_VERSION,
         "state": "approved", "decided_by": form.requester_id, "status": "approved", "verb": "decide",
         "action": "approve", "ids": [form.pk], "_selected_action": form.pk, "barred": [],
         "text": "approve", "reason": "approve", "version": form.version},
    ]  # fmt: skip


def _sign_in(browser: Client, person: User) -> None:
    """Unless they are: some addresses end a visit."""
    if browser.session.get("_auth_user_id") != str(person.pk):
        browser.force_login(person)


@pytest.mark.parametrize("how", ["herself", "as a substitute", "through a substitute"])
def test_no_address_approves_ones_own_wish(cast: Cast, how: str) -> None:
    """Every route of the product, page and API, with everything an approval might be called."""
    who = "requester"
    if how == "as a substitute":
        case = reach(cast, "brm_submitted", hours=24)
        stands_in(cast, "requester", "director")
    else:
        accounts.grant_role(user=cast.requester, role=Role.DIRECTOR, by=cast.administrator)
        accounts.grant_role(user=cast.requester, role=Role.ADMINISTRATOR, by=cast.administrator)
        cast.again("requester")
        case = reach(cast, "brm_submitted", hours=24)
    if how == "through a substitute":
        stands_in(cast, "colleague", "requester")
        who = "colleague"
    form, person = case.brm, cast.again(who)
    _token, secret = accounts.issue_token(user=person, name="test", by=person)
    keys = list(dict.fromkeys([form.pk, case.pk, case.request.pk, *form.steps.values_list("pk", flat=True)]))
    names = _addresses(get_resolver().url_patterns)
    assert "approvals:decide" in names
    assert "approval-decide" in names
    browser, program = Client(raise_request_exception=False), Client(raise_request_exception=False)
    tried = 0
    for address in {a for name in names for a in _reached(name, keys)}:
        for wish in _wishes(form):
            if "/api/" in address:
                for method in ("post", "patch", "put"):
                    getattr(program, method)(
                        address,
                        json.dumps(wish),
                        "application/json",
                        headers={"Authorization": f"Token {secret}"},
                    )
            else:
                _sign_in(browser, person)
                browser.post(address, wish)
            tried += 1
    assert tried > 200
    assert not Decision.objects.filter(decided_by=person).exists()
    assert not Approval.objects.filter(state="approved").exists()


@pytest.mark.parametrize(("name", "nth"), [("approvals:decide", 0), ("approval-decide", 1)])
def test_the_same_words_approve_for_whoever_may(cast: Cast, name: str, nth: int) -> None:
    """What is refused above is refused for who says it, not for how it is said."""
    form = reach(cast, "brm_submitted", hours=24).brm
    wish, address = _wishes(form)[nth], reverse(name, args=[form.pk])
    if nth:
        _token, secret = accounts.issue_token(user=cast.director, name="test", by=cast.director)
        Client().post(
            address, json.dumps(wish), "application/json", headers={"Authorization": f"Token {secret}"}
        )
    else:
        browser = Client()
        _sign_in(browser, cast.director)
        browser.post(address, wish)
    assert Decision.objects.get(approval=form).decided_by == cast.director


# The bar A2: AT_ONCE=200 ROUNDS=200 make test T="tests/approvals/test_self_approval.py -k many"
AT_ONCE = int(os.environ.get("AT_ONCE", "40"))
ROUNDS = int(os.environ.get("ROUNDS", "1"))
HANDS = 16  # connections that act; PostgreSQL has a hundred
ACTS = ("approve", "second", "refuse", "revise", "withdraw", "save", "ask", "sweep")
# Whoever may withdraw always can in the end: without that, others decide how it ends.
LEFT_OUT = (
    (),
    ("withdraw",),
    ("withdraw", "refuse"),
    ("withdraw", "revise"),
    ("withdraw", "refuse", "revise"),
)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_decide_one_thing_once(cast: Cast) -> None:
    """So many acts at the same moment on one form: each decision once, no step skipped, one end."""
    ends: Counter[str] = Counter()
    for _round in range(ROUNDS):
        case = reach(cast, "brm_submitted", hours=24)
        _all_at_once(cast, case)
        ends[_one_end(case.brm)] += 1
    assert set(ends) <= {"pending", "draft", "refused", "withdrawn", "approved"}
    print(f"{ROUNDS} times {AT_ONCE} acts at once: {dict(ends)}")


def _all_at_once(cast: Cast, case: Case) -> None:
    """The acts in another order each time, from as many connections as there are hands."""
    people = {name: cast[name] for name in ("director", "board", "requester", "agent")}
    left_out = random.choice(LEFT_OUT)
    possible = [name for name in ACTS if name not in left_out]
    acts = [possible[n % len(possible)] for n in range(AT_ONCE)]
    random.shuffle(acts)
    start, form = Barrier(HANDS), case.brm

    def hand(mine: list[str]) -> list[str]:
        start.wait()
        return [_act(case, form, people, name) for name in mine]

    with ThreadPoolExecutor(HANDS) as pool:
        done = [name for made in pool.map(hand, (acts[n::HANDS] for n in range(HANDS))) for name in made]
    assert any(name in ("approve", "refuse", "revise", "withdraw") for name in done)


def _one_end(form: Approval) -> str:
    after = Approval.objects.get(pk=form.pk)
    made = list(Decision.objects.filter(approval=form).order_by("pk"))
    assert len(made) == len({(d.edition, d.decided_by_id) for d in made})
    assert len([d for d in made if d.edition == 1]) <= 2
    assert all(d.as_role == "director" for d in made[:1])
    approved = [d for d in made if d.outcome == "approve" and d.edition == after.edition]
    assert (after.state == "approved") == (len(approved) == 2)
    return after.state


def _act(case: Case, form: Approval, people: dict[str, User], name: str) -> str:
    """One act on its own connection; its name if it was done."""
    try:
        if name in ("approve", "refuse", "revise"):
            case.decide(form, "director", outcome=name, reason="Because.", by=people["director"])
        elif name == "second":
            case.decide(form, "board", by=people["board"])
        elif name == "withdraw":
            approvals.withdraw(approval=form, by=people["requester"])
        elif name == "save":
            approvals.save_draft(
                approval=form, content={"cost": "1"}, version=form.version, by=people["requester"]
            )
        elif name == "ask":
            approvals.ask(approval=form, text="Why?", by=people["director"])
        else:
            approvals.look_after()
    except (NotPossible, PermissionDenied):
        return ""
    finally:
        connection.close()
    return name
