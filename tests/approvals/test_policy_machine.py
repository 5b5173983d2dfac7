"""No sequence of acts gets an approval that the policy does not grant, and none is refused that it grants.

Random policies, people, roles and substitutes; beside the product a slow and obvious book of who may count, kept from
plain rows, without a line of the product's own rules.
"""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import actions as accounts
from accounts.enums import Role
from accounts.models import RoleAssignment, Substitution, User, office_date
from approvals import actions as approvals
from approvals.models import Decision
from core.errors import NotPossible, PermissionDenied
from tests.approvals.policies import policy, step
from tests.cast import Cast
from tests.stages import Case

PEOPLE = ("requester", "colleague", "director", "board", "db_manager", "other_agent", "auditor")
ROLES = (Role.DIRECTOR, Role.BOD)
people = st.sampled_from(PEOPLE)
steps = st.lists(
    st.tuples(
        st.sampled_from([["director"], ["bod"], ["director", "bod"]]),
        st.sampled_from(
            [("one", 0), ("all", 0), ("majority", 0), ("number", 1), ("number", 2), ("number", 3)]
        ),
    ),
    min_size=1,
    max_size=3,
)


class Book:
    """What the policy grants, told as slowly as it can be told."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], int]] = []  # roles and number needed, in order
        self.approved: list[list[tuple[int, int]]] = []  # who, and in whose place, by step
        self.barred: set[int] = set()

    def begin(self, wanted: Any, branch: int, barred: set[int]) -> None:
        """A form is submitted: who would count now."""
        self.barred = barred
        self.asked, self.approved = [], [[] for _ in wanted]
        for roles, (quorum, number) in wanted:
            holders = {key for key in self.holders(roles, branch) if key not in barred}
            needed = {
                "one": 1,
                "all": len(holders) or 1,
                "majority": len(holders) // 2 + 1,
                "number": number,
            }[quorum]
            self.asked.append((roles, needed))

    def holders(self, roles: list[str], branch: int) -> set[int]:
        """Who holds one of the roles for this branch."""
        found = set()
        for held in RoleAssignment.objects.all():
            if held.role in roles and held.branch_id in (None, branch):
                found.add(held.user_id)
        return found

    @property
    def place(self) -> int | None:
        """Which step waits; None when all have enough."""
        for n, (_roles, needed) in enumerate(self.asked):
            if len(self.approved[n]) < needed:
                return n
        return None

    def may(self, person: int, branch: int) -> set[int]:
        """In whose place this person may approve now: themselves, absent colleagues, or nobody's."""
        place = self.place
        used = {key for made in self.approved for pair in made for key in pair}
        if place is None or person in self.barred or person in used:
            return set()
        holders = self.holders(self.asked[place][0], branch)
        today, found = office_date(), {person} & holders
        for row in Substitution.objects.filter(substitute_id=person):
            if row.first_date <= today <= row.last_date and row.absent_id in holders:
                found.add(row.absent_id)
        return {key for key in found if key not in self.barred and key not in used}


class Deciding(RuleBasedStateMachine):
    """One BRM, and everybody who might want to decide on it."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.cast, self.book = Cast(), Book()
        self.state = "draft"

    def teardown(self) -> None:
        """As if it had never been."""
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    @initialize(wanted=steps)
    def begin(self, wanted: Any) -> None:
        """A policy is published, a request asks for 24 hours."""
        self.wanted = wanted
        for name in PEOPLE:
            _ = self.cast[name]
        policy(self.cast, *(self._asked(roles, quorum) for roles, quorum in wanted))
        self.case = Case(self.cast, hours=24)
        for name in ("opened", "accepted", "planned", "brm_written"):
            getattr(self.case, name)()

    def _asked(self, roles: list[str], quorum: tuple[str, int]) -> dict[str, Any]:
        return step(*roles, quorum=quorum[0], **({"number": quorum[1]} if quorum[1] else {}))

    @rule(name=people, role=st.sampled_from(ROLES), where=st.sampled_from(["", "", "BDG", "DPS"]))
    def grant(self, name: str, role: Role, where: str) -> None:
        """Somebody gets a role."""
        branch = self.cast.branch(where) if where else None
        accounts.grant_role(user=self.cast[name], role=role, branch=branch, by=self.cast.administrator)

    @rule(name=people)
    def revoke(self, name: str) -> None:
        """Somebody loses a role."""
        held = RoleAssignment.objects.filter(user=self.cast[name], role__in=ROLES).order_by("pk").first()
        if held is not None:
            accounts.revoke_role(held=held, by=self.cast.administrator)

    @rule(absent=people, substitute=people)
    def go_on_leave(self, absent: str, substitute: str) -> None:
        """Somebody acts for somebody today."""
        if absent != substitute:
            today = office_date()
            accounts.name_substitute(
                absent=self.cast[absent], substitute=self.cast[substitute], first=today, last=today, reason="Leave",
                by=self.cast[absent],
            )  # fmt: skip

    @precondition(lambda self: self.state == "draft")
    @rule()
    def submit(self) -> None:
        """The form asks for decisions."""
        form = self.case.brm
        barred = {form.requested_by_id, form.requester_id, self.cast.requester.pk, *form.barred}
        self.case.brm_submitted()
        self.book.begin(self.wanted, form.branch_id, barred)
        self.state = "pending"

    @precondition(lambda self: self.state != "draft")
    @rule(name=people, outcome=st.sampled_from(["approve"] * 6 + ["refuse", "revise"]))
    def decide(self, name: str, outcome: str) -> None:
        """Somebody tries; the book says beforehand whether they may."""
        form, person = self.case.brm, self.cast.again(name)
        may = self.book.may(person.pk, form.branch_id) if self.state == "pending" else set()
        try:
            with transaction.atomic():
                self.case.decide(form, name, outcome=outcome, reason="Because.")
        except (NotPossible, PermissionDenied):
            assert may == set(), f"{name} was refused what the policy grants"
            return
        made = Decision.objects.latest("pk")
        assert (made.on_behalf_of_id or made.decided_by_id) in may, (
            f"{name} counted for somebody who does not"
        )
        self._note(outcome, made)

    def _note(self, outcome: str, made: Decision) -> None:
        if outcome != "approve":
            self.state = {"refuse": "refused", "revise": "draft"}[outcome]
            return
        place = self.book.place
        assert place is not None
        self.book.approved[place].append((made.decided_by_id, made.on_behalf_of_id or made.decided_by_id))
        if self.book.place is None:
            self.state = "approved"

    @rule()
    def sweep(self) -> None:
        """Somebody notices who is missing."""
        approvals.look_after()

    @rule(wanted=steps)
    def publish(self, wanted: Any) -> None:
        """Another policy: not for this form."""
        policy(self.cast, *(self._asked(roles, quorum) for roles, quorum in wanted))

    @invariant()
    def the_form_stands_where_the_book_says(self) -> None:
        """After every act."""
        if hasattr(self, "case"):
            assert self.case.brm.state == self.state

    @invariant()
    def who_is_asked_is_who_may(self) -> None:
        """The list of each person says the same as the book."""
        if not hasattr(self, "case") or self.state != "pending":
            return
        form = self.case.brm
        for name in PEOPLE:
            person = User.objects.get(pk=self.cast[name].pk)
            waits = type(form).objects.waiting_for(person).filter(pk=form.pk).exists()
            assert waits == bool(self.book.may(person.pk, form.branch_id)), name


@pytest.mark.django_db
def test_no_sequence_of_acts_gets_an_approval_that_the_policy_does_not_grant() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Deciding,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
