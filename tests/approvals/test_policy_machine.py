"""No sequence of acts gets an approval that the policy does not grant, and none is refused that it grants.

Random policies, people, roles, substitutes and hours; acts of people, of time, and past the actions. Beside the product
stands `tests.approvals.book`. EXAMPLES and STEPS in the environment play more than the tests do.

People and a request are there before the first walk; each walk is a transaction upon them that is undone. Who holds
which role is read again whenever it has changed, and only then: what waits for whom is one statement after every act.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Value
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
from accounts.enums import Factor, Role
from accounts.models import RoleAssignment, Substitution, User, office_date
from approvals import actions as approvals
from approvals.enums import Kind
from approvals.models import Approval, Decision, Signature, Step
from core.errors import NotPossible, PermissionDenied
from devflow import actions as devflow
from devflow.enums import EnvironmentKind
from devflow.models import DevelopmentRequest
from tests.approvals.book import Asked, Book, Staff, Time
from tests.cast import Cast
from tests.harness import database
from tests.harness.clock import Clock
from tests.stages import Case
from tickets import actions as tickets

EXAMPLES, STEPS = int(os.environ.get("EXAMPLES", "8")), int(os.environ.get("STEPS", "25"))
PEOPLE = ("requester", "colleague", "director", "board", "db_manager", "other_agent", "agent")
LEAVING = PEOPLE[1:6]
ROLES = (Role.DIRECTOR, Role.BOD, Role.DB_MANAGER)
PAST = timedelta(hours=100)  # the story begins so long ago and never overtakes PostgreSQL's own clock
# Substitutes begin and end further away than the story is long: both clocks see the same.
AGO, SOON = timedelta(days=20), timedelta(days=10)
DEAR = "5000000"  # rupiah; policies ask others from a million on

people = st.sampled_from(PEOPLE)
costs = st.sampled_from(["", "", DEAR, None])
quorums = st.sampled_from(
    [("one", 0), ("one", 0), ("all", 0), ("majority", 0), ("number", 1), ("number", 2), ("number", 3)]
)
whom = st.one_of(
    st.tuples(st.sampled_from([("director",), ("bod",), ("director", "bod"), ("db_manager",)]), st.just(())),
    st.tuples(
        st.sampled_from([(), ("bod",)]),
        st.lists(st.sampled_from(LEAVING), min_size=1, max_size=2, unique=True).map(tuple),
    ),
)
steps = st.lists(st.tuples(whom, quorums), min_size=1, max_size=3)
times = st.one_of(
    st.just(Time()),
    st.builds(Time, st.sampled_from([10, 30]), st.sampled_from(["nothing", "refuse"])),
    st.builds(Time, st.sampled_from([10, 30]), st.just("escalate"), st.sampled_from(["director", "bod"])),
)
outcomes = st.sampled_from(["approve"] * 6 + ["refuse", "revise"])
attempts = st.tuples(people, st.sampled_from(["", *ROLES]), st.none() | people)  # who, as what, for whom
begin, length = st.sampled_from([-AGO, -AGO, SOON]), st.sampled_from([SOON, AGO * 2, AGO * 2])
ways: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "grant": st.tuples(people, st.sampled_from(ROLES), st.sampled_from(["", "", "", "BDG", "DPS"])),
    "stand_in": st.tuples(st.sampled_from(LEAVING), st.sampled_from(["agent", *PEOPLE]), begin, length),
    "publish": st.tuples(steps, steps, times),
    "revoke": st.tuples(people),
    "vacate": st.tuples(st.sampled_from(ROLES)),
    "leave_or_return": st.tuples(st.sampled_from(LEAVING)),
}
changes = st.sampled_from([*["grant"] * 3, *["stand_in"] * 3, *ways]).flatmap(
    lambda what: st.tuples(st.just(what), ways[what])
)


class Deciding(RuleBasedStateMachine):
    """One form, and everybody who might want to decide on it."""

    kind: Kind
    hours: int
    stages: tuple[str, ...]  # how far the request has come before a walk begins
    begun: tuple[Cast, int]  # the people and the request that every walk finds
    told: Counter[str]
    lists: dict[tuple[Any, ...], tuple[str, Any]]  # how the product asks for what waits for somebody

    @classmethod
    def prepare(cls) -> None:
        """People and a request, for all walks."""
        with Clock(datetime.now(UTC) - PAST):
            cast = Cast()
            for name in (*PEOPLE, "administrator"):
                _ = cast[name]
            for name, role in (("colleague", Role.DIRECTOR), ("other_agent", Role.BOD)):
                accounts.grant_role(user=cast[name], role=role, by=cast.administrator)
            case = Case(cast, hours=cls.hours)
            for stage in cls.stages:
                getattr(case, stage)()
        cls.begun, cls.told, cls.lists = (cast, case.pk), Counter(), {}

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {database.APP}")
        self.clock = Clock(datetime.now(UTC) - PAST)
        self.clock.__enter__()
        cast, self.key = self.begun
        self.cast = cast.read_again()
        self.case = Case(self.cast, hours=self.hours)
        self.case.pk = self.key
        self.policy: tuple[list[Asked], list[Asked], Time] = ([], [], Time())
        self.ready = False
        self._people_changed()

    def teardown(self) -> None:
        """What PostgreSQL looks at only at the end, it looks at now. Then it is as if it had never been."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self.told["walks"] += 1
        finally:
            self.clock.__exit__()
            transaction.set_rollback(True)
            self.whole.__exit__(None, None, None)

    # What the two kinds differ in -------------------------------------------------------------------------------------

    @property
    def form(self) -> Approval:
        """The form as it stands."""
        return Approval.objects.select_related("policy").get(pk=self.pk)

    def takes(self, outcome: str) -> bool:
        """Whether a form of this kind, with this content, can be decided so at all."""
        return True

    def first(self, wanted: list[Asked]) -> list[Asked]:
        """What the SOP adds to any policy."""
        return wanted

    # People and policies ----------------------------------------------------------------------------------------------

    def publish_now(self, usual: Any, dear: Any, time: Time) -> None:
        """A policy for forms that are opened from now on: `dear` asks those of a million and more."""
        small, large = (self.first([self._asked(one) for one in some]) for some in (usual, dear))
        rules = [{"when": {"cost_over": "999999"}, "steps": [s.as_rule() for s in large]},
                 {"when": {}, "steps": [s.as_rule() for s in small]}]  # fmt: skip
        approvals.publish(
            kind=self.kind, rules=rules, note="Others decide.", by=self.cast.administrator, timing=time.as_timing()
        )  # fmt: skip
        self.policy = (small, large, time)

    def _asked(self, drawn: Any) -> Asked:
        (roles, named), (quorum, number) = drawn
        return Asked(roles, tuple(sorted(self.cast[name].pk for name in named)), quorum, number)

    def opened(self) -> None:
        """There is a new draft, under the policy in force."""
        self.pk = (self.case.brm if self.kind == Kind.BRM else self.case.uat).pk
        self.state, self.rules, self.book, self.ready = "draft", self.policy, None, True

    @rule(change=changes)
    def change(self, change: tuple[str, tuple[Any, ...]]) -> None:
        """Policies, roles, people, substitutes: one rule, so that the acts on the form have their turn as well."""
        what, how = change
        getattr(self, f"_{what}")(*how)
        self._people_changed()

    def _people_changed(self) -> None:
        """Who is here and holds what is read again: by the book, and by the product as the next request would."""
        self.staff = Staff.now()
        if getattr(self, "book", None) is not None:
            self.book.staff = self.staff

    def _publish(self, usual: Any, dear: Any, time: Time) -> None:
        """Not for this form. Whoever left cannot be named."""
        try:
            self.publish_now(usual, dear, time)
        except NotPossible:
            named = {name for drawn in (*usual, *dear) for name in drawn[0][1]}
            assert not all(self.cast.again(name).is_active for name in named)

    def _grant(self, name: str, role: Role, where: str) -> None:
        branch = self.cast.branch(where) if where else None
        accounts.grant_role(user=self.cast[name], role=role, branch=branch, by=self.cast.administrator)

    def _revoke(self, name: str) -> None:
        held = RoleAssignment.objects.filter(user=self.cast[name], role__in=ROLES).order_by("pk").first()
        if held is not None:
            accounts.revoke_role(held=held, by=self.cast.administrator)

    def _vacate(self, role: Role) -> None:
        for held in RoleAssignment.objects.filter(role=role):
            accounts.revoke_role(held=held, by=self.cast.administrator)

    def _leave_or_return(self, name: str) -> None:
        User.objects.filter(pk=self.cast[name].pk).update(is_active=not self.cast.again(name).is_active)

    def _stand_in(self, absent: str, substitute: str, first: timedelta, length: timedelta) -> None:
        """In days that are over, now, or later."""
        if absent != substitute:
            begins = office_date() + first
            Substitution.objects.create(
                absent=self.cast[absent], substitute=self.cast[substitute], first_date=begins,
                last_date=begins + length, reason="Leave",
            )  # fmt: skip

    # Time -------------------------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 12, 12, 31]))
    def wait(self, hours: int) -> None:
        """Time passes, and the sweep comes by."""
        self.clock.to(min(self.clock.now + timedelta(hours=hours), datetime.now(UTC)))
        approvals.look_after()
        if self.state == "pending" and self.book.notice(self.clock.now) == "refuse":
            self.state = "refused"
        if self.state == "pending":
            assert (self.form.blocked_at is not None) == (self.book.missing() > 0)

    # Deciding ---------------------------------------------------------------------------------------------------------

    def submitted(self, by: User) -> None:
        """The form asks for decisions, by the rule that fits it."""
        form = self.form
        usual, dear, time = self.rules
        barred = {form.requested_by_id, form.requester_id, by.pk} if self.kind == Kind.BRM else set()
        self.book = Book(self.staff, form.branch_id, {*barred, *form.barred}, time, self.clock.now)
        tester = (form.tester_id or form.requester_id,)
        chosen = dear if form.content.get("cost") == DEAR else usual
        self.book.ask([Asked((), tester, "one", tester=True) if s.tester else s for s in chosen])
        self.state = "pending"

    def may(self, person: User, *, late: bool | None = None) -> set[tuple[str, int]]:
        """As whom, if at all, by the book."""
        if self.state != "pending":
            return set()
        return self.book.may(
            person.pk, today=office_date(), late=self.book.escalated if late is None else late
        )

    @precondition(lambda self: self.state == "pending")
    @rule(name=people, outcome=outcomes)
    def decide(self, name: str, outcome: str) -> None:
        """Somebody tries; the book says beforehand whether they may. Who left does not come in."""
        self._decide(name, outcome)

    @precondition(lambda self: self.state == "pending")
    @rule(which=st.lists(st.integers(0, 6), min_size=1, max_size=5), outcome=outcomes)
    def decide_rightly(self, which: list[int], outcome: str) -> None:
        """Those who may, one after the other; where nobody may, somebody is found for the role that waits."""
        for number in which:
            able = [name for name in PEOPLE if self.may(self.cast[name])]
            if able:
                self._decide(able[number % len(able)], outcome)
            elif self.state == "pending" and (roles := self.book.roles(late=False)):
                self._grant(PEOPLE[number], Role(roles[0]), "")
                self._people_changed()

    def _decide(self, name: str, outcome: str) -> None:
        person = self.cast.again(name)
        if not person.is_active:
            return
        may = self.may(person) if self.takes(outcome) else set()
        try:
            with transaction.atomic():
                self.case.decide(self.form, name, outcome=outcome, reason="Because.")
        except (NotPossible, PermissionDenied):
            assert may == set(), f"{name} was refused what the policy grants"
            return
        self.told["decisions"] += 1
        made = Decision.objects.latest("pk")
        assert (made.as_role, made.on_behalf_of_id or made.decided_by_id) in may, (
            f"{name} counted for somebody else"
        )
        self._note(outcome, made)

    def _note(self, outcome: str, made: Decision) -> None:
        if outcome == "refuse":
            self.state = "refused"
        elif outcome == "revise":
            self.state = "draft"
        else:
            self.book.approve(made.decided_by_id, made.on_behalf_of_id, self.clock.now)
            self.state = "pending" if self.book.place is not None else "approved"

    # Past the actions -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.state == "pending")
    @rule(tries=st.lists(st.integers(0, 6) | attempts, min_size=1, max_size=4))
    def forge(self, tries: Any) -> None:
        """Decisions and signatures past the actions, then the approval: PostgreSQL takes what the book grants, no more.

        A number is one of those who may; by PostgreSQL's own clock.
        """
        form, book, late = self.form, self.book, self.book.is_late(datetime.now(UTC))
        with transaction.atomic():
            self.book = book.copy()
            for drawn in tries:
                now = late and self.book.place == book.place
                able = [
                    (name, *grant) for name in PEOPLE for grant in sorted(self.may(self.cast[name], late=now))
                ]
                chosen = drawn if isinstance(drawn, tuple) else able[drawn % len(able)] if able else None
                if chosen:
                    self._forge(form, *chosen, late=now)
            ended = self._lets(lambda: Approval.objects.filter(pk=form.pk).update(state="approved"))
            assert ended == (self.book.place is None and self.takes("approve"))
            transaction.set_rollback(True)
        self.book = book

    def _forge(self, form: Approval, name: str, role: str, holder: int | str | None, *, late: bool) -> None:
        person = self.cast[name]
        key = self.cast[holder].pk if isinstance(holder, str) else holder or person.pk
        away = None if key == person.pk else key
        waits = self.book.place if self.book.place is not None else len(self.book.asked) - 1
        at = Step.objects.get(approval=form, edition=form.edition, position=waits + 1)
        told = {"approval": form, "edition": form.edition, "content_hash": form.content_hash}

        def write() -> None:
            made = Decision.objects.create(
                **told, step=at, decided_by=person, on_behalf_of_id=away, as_role=role, outcome="approve",
                decided_at=datetime.now(UTC),
            )  # fmt: skip
            Signature.objects.create(
                decision=made, method="typed", typed_name=name, content_hash=form.content_hash, consent_version="1",
                consent_text="Yes.", factor=Factor.PASSWORD,
            )  # fmt: skip

        if self._lets(write):
            assert (role, key) in self.may(person, late=late), (
                f"{name} as {role or 'themselves'} for {holder}"
            )
            assert self.takes("approve")
            self.book.approve(person.pk, away, datetime.now(UTC))

    @rule(
        which=st.sampled_from(
            ["approved", "barred", "content", "tester", "policy", "edition", "needed", "undone", "step"]
        )
    )
    def tamper(self, which: str) -> None:
        """What was submitted, asked and decided stays as it is; an approval is not just written."""
        form, begun = self.form, self.state != "draft"
        row = Approval.objects.filter(pk=form.pk)
        steps, decisions = Step.objects.filter(approval=form), Decision.objects.filter(approval=form)
        other = self.cast.colleague.pk
        acts: dict[str, tuple[bool, Callable[[], Any]]] = {
            "approved": (self.state != "approved", lambda: row.update(state="approved")),
            "barred": (begun, lambda: row.update(barred=[*form.barred, 0])),
            "content": (begun, lambda: row.update(content={**form.content, "cost": "1"})),
            "tester": (begun, lambda: row.update(tester=None if form.tester_id == other else other)),
            "policy": (True, lambda: row.update(policy_id=1)),
            "edition": (True, lambda: row.update(edition=form.edition + 1)),
            "needed": (steps.exists(), lambda: steps.update(needed=1)),
            "undone": (decisions.exists(), decisions.delete),
            "step": (begun, lambda: Step.objects.create(
                approval=form, edition=form.edition, position=9, roles=["agent"])),
        }  # fmt: skip
        refused, act = acts[which]
        if refused:
            assert not self._lets(act), f"{which} was let in"

    def _lets(self, act: Callable[[], Any]) -> bool:
        """Whether PostgreSQL lets it in."""
        try:
            with transaction.atomic():
                act()
        except DatabaseError:
            self.told["refused by PostgreSQL"] += 1
            return False
        return True

    # Always -----------------------------------------------------------------------------------------------------------

    @invariant()
    def the_form_stands_where_the_book_says(self) -> None:
        """After every act: the form, how many are missing, and the list of each person."""
        if not self.ready:
            return
        form = self.form
        assert form.state == self.state
        self.told["acts"] += 1
        if self.state != "pending":
            return
        assert approvals.missing(approval=form) == self.book.missing()
        asked = {self.cast[name].pk for name in PEOPLE if self.may(self.cast[name])}
        assert self._waits_for() == asked

    def _waits_for(self) -> set[int]:
        """In whose list the form stands: the lists of all people, asked at once."""
        here = sorted({self.cast[name].pk for name in PEOPLE} & self.staff.here)
        lists = [self._list_of(key) for key in here]
        with connection.cursor() as cursor:
            cursor.execute(
                " UNION ALL ".join(f"({sql})" for sql, _values in lists),
                [value for _sql, values in lists for value in values],
            )
            return {person for form, person in cursor.fetchall() if form == self.pk}

    def _list_of(self, key: int) -> tuple[str, Any]:
        """The list of one person as the product asks for it, built anew for everybody around whom something changed."""
        around = (self.staff.around(key), office_date())
        if around not in self.lists:
            rows = Approval.objects.waiting_for(User.objects.get(pk=key)).order_by()
            self.lists[around] = rows.values_list("pk", Value(key)).query.sql_with_params()
        return self.lists[around]


class Brm(Deciding):
    """A development of 24 hours: Director and Board are always among those who are asked (SOP-A5)."""

    kind, hours, stages = Kind.BRM, 8, ("opened", "accepted", "planned")

    def first(self, wanted: list[Asked]) -> list[Asked]:
        """A step that only Director or Board can take."""
        if any(not s.people and s.roles and set(s.roles) <= {"director", "bod"} for s in wanted):
            return wanted
        return [*wanted, Asked(("director",), ())]

    @initialize(usual=steps, dear=steps, time=times, cost=costs)
    def begin(self, usual: Any, dear: Any, time: Time, cost: str | None) -> None:
        """A policy is published, then a request turns out to need 24 hours."""
        self.publish_now(usual, dear, time)
        self._grow(Decimal(24))
        self._written(cost)

    def _grow(self, hours: Decimal) -> None:
        tickets.estimate(ticket=self.case.ticket, hours=hours, reason="It is larger.", by=self.cast.agent)
        # As the worker does, a moment later.
        devflow.hold_if_needed(request=self.case.request, by=self.cast.agent)

    def _written(self, cost: str | None) -> None:
        """There is a new form; without a cost it is still to be submitted."""
        self.case.brm_written()
        self.opened()
        if cost is not None:
            self.submit(cost)

    @precondition(lambda self: self.state == "draft")
    @rule(cost=st.sampled_from(["", DEAR]))
    def submit(self, cost: str) -> None:
        """The form is written to its end and asks for decisions."""
        form, by = self.form, self.cast.requester
        approvals.save_draft(approval=form, content={"cost": cost}, version=form.version, by=by)
        self.case.brm_submitted()
        self.submitted(by)

    @precondition(lambda self: self.state == "pending" and self.book.used)
    @rule(cost=costs)
    def withdraw(self, cost: str | None) -> None:
        """The requester no longer asks, then asks anew."""
        approvals.withdraw(approval=self.form, by=self.cast.requester)
        self.ask_again(cost)

    @precondition(lambda self: self.state == "refused")
    @rule(cost=costs)
    def ask_again(self, cost: str | None) -> None:
        """A new form, under the policy of today."""
        devflow.open_brm(request=self.case.request, by=self.cast.requester)
        self._written(cost)

    @precondition(lambda self: self.state == "approved")
    @rule(by_hours=st.booleans(), cost=costs)
    def outgrow(self, by_hours: bool, cost: str | None) -> None:
        """More than was approved: it no longer counts, and is asked again."""
        before = self.pk
        if by_hours:
            self._grow(self.case.request.effort + Decimal(1))
        else:
            approvals.supersede(approval=self.form, reason="It costs more.", by=self.cast.agent)
        assert Approval.objects.get(pk=before).state == "superseded"
        self._written(cost)

    @invariant()
    def the_work_is_free_while_an_approval_stands(self) -> None:
        """And held otherwise (SOP-A5)."""
        if self.ready:
            request = DevelopmentRequest.objects.select_related("ticket").get(ticket=self.case.pk)
            assert request.needs_brm == (self.state != "approved")


class Uat(Deciding):
    """Builds on Training: the tester signs first, never whoever built it (SOP-A6)."""

    kind, hours = Kind.UAT, 8
    stages = ("opened", "accepted", "planned", "started", "built", "on_trial")

    def takes(self, outcome: str) -> bool:
        """What failed is accepted only with notes, and a test is never sent back."""
        content = self.form.content
        results = {s["result"] for s in content["scenarios"]}
        noted = content.get("conclusion") == "accepted_with_notes" and content.get("notes")
        good = results == {"passed"} or (results <= {"passed", "failed"} and noted)
        return outcome == "refuse" or (
            outcome == "approve" and bool(good) and content.get("conclusion") != "rejected"
        )

    def first(self, wanted: list[Asked]) -> list[Asked]:
        """The tester's step, before all others."""
        return [Asked((), (), tester=True), *wanted]

    @initialize(usual=steps, time=times, tested=st.booleans())
    def begin(self, usual: Any, time: Time, tested: bool) -> None:
        """A policy is published, a build waits on Training; perhaps it is tested at once."""
        self.publish_now(usual, usual, time)
        self._train(tested)

    @precondition(lambda self: self.state != "draft")
    @rule(tested=st.booleans())
    def build(self, tested: bool) -> None:
        """Another build is put on Training: the test begins anew."""
        self.case.built(f"1.{self.pk}")
        self.case.on_trial()
        self._train(tested)

    def _train(self, tested: bool) -> None:
        self.case.on_training()
        self.opened()
        if tested:
            self.test("requester", ["passed", "passed"], "", "")

    @rule(by=st.sampled_from(["requester", "requester", "agent", "colleague"]), name=people)
    def name_tester(self, by: str, name: str) -> None:
        """The requester alone says who tests, and never whoever built it."""
        free = self.state == "draft" and by == "requester" and name != "agent"
        free = free and self.cast.again(name).is_active
        try:
            approvals.name_tester(approval=self.form, tester=self.cast[name], by=self.cast[by])
        except (NotPossible, PermissionDenied):
            assert not free
        else:
            assert free

    @precondition(lambda self: self.state == "draft")
    @rule(
        name=people, results=st.lists(st.sampled_from(["passed"] * 4 + ["failed", "not_run"]), min_size=2, max_size=2),
        said=st.sampled_from(["", "", "accepted", "accepted_with_notes", "rejected"]),
        notes=st.sampled_from(["", "Later."]),
    )  # fmt: skip
    def test(self, name: str, results: list[str], said: str, notes: str) -> None:
        """Somebody runs the scenarios and finishes the test; only the tester does."""
        form, by = self.form, self.cast.again(name)
        done = "not_run" not in results or said == "rejected"
        done = done and not (said == "accepted" and "failed" in results)
        done = done and not (said == "accepted_with_notes" and not notes)
        done = done and by.pk == (form.tester_id or form.requester_id)
        try:
            with transaction.atomic():
                given = [(result, "") for result in results]
                approvals.record_results(approval=form, results=given, by=by, conclusion=said, notes=notes)
                approvals.submit(approval=self.form, by=by)
        except (NotPossible, PermissionDenied):
            assert not done
            return
        assert done
        self.submitted(by)

    @rule()
    def release(self) -> None:
        """Only the build whose test is signed goes to Production (SOP-A6); undone, so that the story goes on."""
        with transaction.atomic():
            try:
                devflow.deploy(
                    build=self.case.build, kind=EnvironmentKind.PRODUCTION, by=self.cast.it_manager
                )
            except (NotPossible, PermissionDenied):
                assert self.state != "approved"
            else:
                assert self.state == "approved"
            transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)  # so that a walk that is undone leaves nothing behind for the next
@pytest.mark.parametrize("machine", [Brm, Uat])
def test_no_sequence_of_acts_gets_an_approval_that_the_policy_does_not_grant(machine: type[Deciding]) -> None:
    machine.prepare()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    told = machine.told
    print(f"{machine.__name__}:", ", ".join(f"{count} {what}" for what, count in sorted(told.items())))
    assert told["walks"] >= EXAMPLES
