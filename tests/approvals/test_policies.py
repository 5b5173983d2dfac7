"""Who must decide: rules, steps and quorums; nobody twice, nobody on their own wish, nobody where nobody is left."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import actions as accounts
from accounts.enums import Role
from accounts.models import Branch, RoleAssignment
from approvals import actions as approvals
from approvals.enums import ApprovalEvent, Kind
from approvals.models import Approval, Decision, Edition, Policy, Question, Step
from clocks import actions as clocks
from clocks.enums import Promise
from clocks.models import Clock as Timer
from core.errors import NotPossible, PermissionDenied
from devflow import actions as devflow
from events.models import Event
from notifications.models import Notification
from tests.approvals.policies import board, policy, stands_in, step
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.database import unchanged
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import Case, reach, system
from tickets import actions as tickets


def _written(cast: Cast, **content: str) -> Case:
    case = reach(cast, "brm_written", hours=24)
    if content:
        approvals.save_draft(approval=case.brm, content=content, version=case.brm.version, by=cast.requester)
    return case


def _asked(cast: Cast) -> Case:
    return reach(cast, "brm_submitted", hours=24)


BANDS = [
    {"when": {"hours_up_to": "40", "cost_up_to": "5000000"}, "steps": [step("director")]},
    {"when": {"branches": [0]}, "steps": [step("director"), step("bod", quorum="all")]},
    {"when": {"systems": ["Payroll"]}, "steps": [step("db_manager"), step("director")]},
    {"when": {"cost_over": "1000000000"}, "steps": [step("bod", quorum="majority")]},
    {"when": {"units": ["Gudang"]}, "steps": [step("bod")]},
]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ({"estimate_hours": "40", "cost": "5000000"}, 0),
        ({"estimate_hours": "40.25", "cost": ""}, 5),
        ({"estimate_hours": "24", "cost": "5000001"}, 5),
        ({"estimate_hours": "41", "business_unit": "Pusat, GUDANG dan Distribusi"}, 4),
        ({"estimate_hours": "41", "systems": "HRIS, PAYROLL"}, 2),
        ({"estimate_hours": "41", "cost": "1000000000"}, 5),
        ({"estimate_hours": "41", "cost": "1000000001"}, 3),
    ],
)
def test_the_first_rule_that_fits_counts(cast: Cast, content: dict[str, str], rule: int) -> None:
    """Python and PostgreSQL find the same one, or the form could not be submitted."""
    BANDS[1]["when"]["branches"] = [cast.denpasar.pk]
    policy(cast, step("director"), step("bod"), above=BANDS)
    case = _written(cast, **content)
    case.brm_submitted()
    assert case.brm.rule == rule


def test_a_rule_for_one_system_counts_for_its_tests_as_well(cast: Cast) -> None:
    tested = step(tester=True)
    rules = [{"when": {"systems": ["hris"]}, "steps": [tested, step("bod")]}, {"when": {}, "steps": [tested]}]
    approvals.publish(kind=Kind.UAT, rules=rules, note="HRIS.", by=cast.administrator, timing={})
    assert reach(cast, "uat_submitted").uat.rule == 0


def test_a_rule_can_be_for_one_branch(cast: Cast) -> None:
    policy(cast, step("director"), above=[{"when": {"branches": [cast.bandung.pk]}, "steps": [step("bod")]}])
    assert _asked(cast).brm.waiting_roles == ["bod"]


@pytest.mark.parametrize(
    ("quorum", "needed"),
    [
        ({"quorum": "one"}, 1),
        ({"quorum": "all"}, 3),
        ({"quorum": "majority"}, 2),
        ({"quorum": "number", "number": 2}, 2),
    ],
)
def test_a_step_needs_as_many_as_it_says(cast: Cast, quorum: dict[str, Any], needed: int) -> None:
    members = board(cast)
    policy(cast, step("bod", **quorum))
    case = _asked(cast)
    for n, name in enumerate(("board", "auditor", "other_agent")[:needed], start=1):
        assert case.brm.state == "pending"
        assert Step.objects.of(case.brm).get().needed == needed
        case.decide(case.brm, name)
        assert Decision.objects.count() == n
    assert case.brm.state == "approved"
    assert len(members) == 3


def test_whoever_asked_is_not_counted_among_all(cast: Cast) -> None:
    board(cast, of=2)
    accounts.grant_role(user=cast.requester, role=Role.BOD, by=cast.administrator)
    policy(cast, step("bod", quorum="all"))
    assert Step.objects.of(_asked(cast).brm).get().needed == 2


def test_nobody_counts_in_two_steps(cast: Cast) -> None:
    accounts.grant_role(user=cast.director, role=Role.BOD, by=cast.administrator)
    cast.again("director")
    case = reach(cast, "director_signed", hours=24)
    proof = cast.proof("director")
    with not_possible("already decided", rule="SOP-A5"):
        case.decide(case.brm, "director", proof=proof)
    case.brm_approved()


@pytest.mark.parametrize("first", ["auditor", "board"])
def test_nobody_counts_for_themselves_and_through_a_substitute(cast: Cast, first: str) -> None:
    """The substitute after the absent one, and the absent one after the substitute: refused, also by PostgreSQL."""
    board(cast, of=3)
    policy(cast, step("bod", quorum="number", number=2))
    stands_in(cast, "db_manager", "board")
    case = _asked(cast)
    case.decide(case.brm, "db_manager" if first == "auditor" else "board")
    other = "board" if first == "auditor" else "db_manager"
    proof = cast.proof(other)
    with unchanged(), pytest.raises((NotPossible, PermissionDenied)), transaction.atomic():
        case.decide(case.brm, other, proof=proof)
    with (
        pytest.raises(IntegrityError, match=r"counts twice|counted_twice"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO approvals_decision (approval_id, edition, step_id, decided_by_id, on_behalf_of_id, as_role,"
            " outcome, reason, content_hash, decided_at) VALUES (%s, 1, %s, %s, %s, 'bod', 'approve', '', %s, now())",
            [case.brm.pk, Step.objects.of(case.brm).get().pk, cast[other].pk,
             None if other == "board" else cast.board.pk, case.brm.content_hash],
        )  # fmt: skip
    case.decide(case.brm, "other_agent")
    assert case.brm.state == "approved"


def test_a_substitute_of_two_counts_once(cast: Cast) -> None:
    board(cast)
    policy(cast, step("bod", quorum="number", number=2))
    stands_in(cast, "db_manager", "board", "auditor")
    case = _asked(cast)
    case.decide(case.brm, "db_manager")
    proof = cast.proof("db_manager")
    with not_possible("already decided", rule="SOP-A5"):
        case.decide(case.brm, "db_manager", proof=proof)
    assert Approval.objects.waiting_for(cast.db_manager).count() == 0


def test_a_person_can_be_named(cast: Cast) -> None:
    """In person: nobody stands in for them, and they see the form although they hold no role."""
    policy(cast, step("director"), step(people=[cast.nobody.pk]))
    case = reach(cast, "director_signed", hours=24)
    assert case.brm.waits_for == cast.nobody.name
    assert Approval.objects.visible_to(cast.nobody).get() == Approval.objects.waiting_for(cast.nobody).get()
    case.decide(case.brm, "nobody")
    assert case.brm.state == "approved"
    assert Approval.objects.visible_to(cast.nobody).exists()


def test_a_change_counts_for_new_forms_only(cast: Cast) -> None:
    older, newer = _written(cast), None
    policy(cast, step("director"))
    newer = _asked(cast)
    older.brm_submitted()
    assert [len(case.brm.steps_asked) for case in (older, newer)] == [2, 1]


# Nobody is left ---------------------------------------------------------------------------------------------------


def test_a_role_nobody_holds_blocks_and_says_so(cast: Cast) -> None:
    policy(cast, step("director"), step("bod"))
    case = Case(cast, hours=24)
    RoleAssignment.objects.filter(role=Role.DIRECTOR).delete()
    for name in ("opened", "accepted", "planned", "brm_written", "brm_submitted"):
        getattr(case, name)()
    assert case.brm.blocked_at
    deliver()
    told = {note.person: note for note in Notification.objects.filter(event__type=ApprovalEvent.BLOCKED)}
    assert set(told) == {cast.administrator, cast.it_manager}
    for person, words in ((cast.it_manager, "Direktur"), (cast.administrator, cast.director.email)):
        browser = Client()
        browser.force_login(person)
        assert words in browser.get(told[person].path).content.decode()
    accounts.grant_role(user=cast.auditor, role=Role.DIRECTOR, by=cast.administrator)
    with recorded(ApprovalEvent.UNBLOCKED):
        approvals.look_after()
    deliver()
    assert Notification.objects.filter(event__type=ApprovalEvent.UNBLOCKED, person=cast.auditor).exists()
    cast.again("auditor")
    case.decide(case.brm, "auditor")


def test_the_number_stays_when_holders_leave(cast: Cast) -> None:
    """All three were needed when it was submitted; two are left: it blocks, once, and says so."""
    board(cast)
    policy(cast, step("bod", quorum="all"))
    case = _asked(cast)
    case.decide(case.brm, "board")
    RoleAssignment.objects.filter(user=cast.other_agent, role=Role.BOD).delete()
    with recorded(ApprovalEvent.BLOCKED):
        approvals.look_after()
        approvals.look_after()
    case.decide(case.brm, "auditor")
    assert case.brm.state == "pending"


def test_whoever_comes_when_others_are_late_joins_what_has_begun(cast: Cast) -> None:
    """One more approval in the same step does not begin the time anew, here nor in PostgreSQL (SOP-A5)."""
    board(cast)
    policy(
        cast, step("bod", quorum="number", number=2), time_out_hours=24, on_time_out="escalate",
        escalate_to="director",
    )  # fmt: skip
    with Clock(datetime.now(UTC) - timedelta(hours=25)):
        case = _asked(cast)
    approvals.look_after()
    case.decide(case.brm, "board")
    case.decide(case.brm, "director")
    assert case.brm.state == "approved"


def test_postgres_asks_nobody_who_has_left(cast: Cast) -> None:
    """Named in person, then gone: their decision is refused also past the actions (SOP-A5)."""
    policy(cast, step(people=[cast.nobody.pk]), step("director"))
    case = _asked(cast)
    cast.nobody.is_active = False
    cast.nobody.save()
    form = case.brm
    with pytest.raises(IntegrityError, match="not asked"), transaction.atomic():
        Decision.objects.create(
            approval=form, step=Step.objects.of(form)[0], decided_by=cast.nobody, outcome="approve",
            content_hash=form.content_hash,
        )  # fmt: skip


# Sending back, asking, voiding ------------------------------------------------------------------------------------


def test_a_form_that_is_sent_back_is_a_draft_of_its_next_version(cast: Cast) -> None:
    case = reach(cast, "director_signed", hours=24)
    number, before = case.brm.number, case.brm.content_hash
    with recorded("clock.met", ApprovalEvent.SENT_BACK):
        case.decide(case.brm, "board", outcome="revise", reason="What does it cost?")
    form = case.brm
    assert (form.state, form.edition, form.number, form.waits_for) == ("draft", 2, number, "")
    approvals.save_draft(approval=form, content={"cost": "5000000"}, version=form.version, by=cast.requester)
    case.brm_submitted()
    assert case.brm.content_hash != before
    assert list(
        Edition.objects.filter(approval=form).order_by("number").values_list("number", flat=True)
    ) == [1, 2]
    assert Edition.objects.get(approval=form, number=1).content_hash == before
    case.director_signed()
    case.brm_approved()
    assert case.brm.state == "approved"
    assert [(d.edition, d.outcome) for d in Decision.objects.order_by("pk")] == [
        (1, "approve"), (1, "revise"), (2, "approve"), (2, "approve"),
    ]  # fmt: skip


def test_what_was_decided_on_an_earlier_version_does_not_count(cast: Cast) -> None:
    """The Board alone, after the Director approved version 1 only (SOP-A5)."""
    case = reach(cast, "director_signed", hours=24)
    case.decide(case.brm, "board", outcome="revise", reason="Shorter.")
    case.brm_submitted()
    proof = cast.proof("board")
    with not_yours():
        case.decide(case.brm, "board", proof=proof)
    with pytest.raises(IntegrityError, match="Not everybody"), transaction.atomic():
        Approval.objects.filter(pk=case.brm.pk).update(state="approved")


def test_a_page_of_an_earlier_version_signs_nothing(cast: Cast) -> None:
    """The amount changed after it was read; so would the list of those who are asked (A3)."""
    case = _asked(cast)
    shown = case.brm.content_hash
    case.decide(case.brm, "director", outcome="revise", reason="Dearer?")
    form = case.brm
    approvals.save_draft(approval=form, content={"cost": "9000000"}, version=form.version, by=cast.requester)
    case.brm_submitted()
    proof = cast.proof("director", case.brm.content_hash)
    with not_possible("not the one you saw"):
        case.decide(case.brm, "director", proof=proof, shown_hash=shown)


def test_a_substitute_whose_days_are_over_is_not_asked(cast: Cast, clock: Clock) -> None:
    stands_in(cast, "db_manager", "director")
    case = _asked(cast)
    assert Approval.objects.waiting_for(cast.db_manager).exists()
    clock.forward(days=1)
    cast.again("db_manager")
    proof = cast.proof("db_manager")
    with not_yours():
        case.decide(case.brm, "db_manager", proof=proof)


@pytest.mark.parametrize("reason", ["", "  "])
def test_sending_back_says_what_to_change(cast: Cast, reason: str) -> None:
    case = _asked(cast)
    proof = cast.proof("director")
    with not_possible("what has to be changed"):
        case.decide(case.brm, "director", proof=proof, outcome="revise", reason=reason)


def test_a_question_is_answered_once_and_the_form_goes_on_waiting(cast: Cast) -> None:
    case = _asked(cast)
    with not_yours():
        approvals.ask(approval=case.brm, text="Why?", by=cast.board)
    with recorded(ApprovalEvent.ASKED):
        approvals.ask(approval=case.brm, text="Why now?", by=cast.director)
    deliver()
    assert Notification.objects.filter(event__type=ApprovalEvent.ASKED, person=cast.requester).exists()
    with not_yours():
        approvals.answer(approval=case.brm, text="I do not know.", by=cast.colleague)
    with recorded(ApprovalEvent.ANSWERED):
        approvals.answer(approval=case.brm, text="Tax season.", by=cast.requester)
    with not_possible("nobody has asked"):
        approvals.answer(approval=case.brm, text="Again.", by=cast.requester)
    deliver()
    assert Notification.objects.filter(event__type=ApprovalEvent.ANSWERED, person=cast.director).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.update(answer="Something else.")
    case.director_signed()


@pytest.mark.parametrize(("pauses", "may_pause"), [(True, True), (True, False), (False, True)])
def test_open_questions_stop_the_clock_of_the_board_where_both_policies_let_them(
    cast: Cast, clock: Clock, pauses: bool, may_pause: bool
) -> None:
    day = timedelta(hours=24)
    clocks.publish_policy(promise=Promise.BOARD, length=day, may_pause=may_pause, by=cast.administrator)
    policy(cast, step("director"), step("bod"), question_pauses=pauses)
    case = _asked(cast)
    running = Timer.objects.of(case.brm, Promise.BOARD)
    due, stops = running.get().due_at, pauses and may_pause
    for text in ("Why?", "Why now?"):
        approvals.ask(approval=case.brm, text=text, by=cast.director)
    clock.forward(hours=3)
    approvals.answer(approval=case.brm, text="It is asked for.", by=cast.requester)
    assert running.get().is_paused is stops  # the other one is still open
    approvals.answer(approval=case.brm, text="Tax season.", by=cast.requester)
    assert not running.get().is_paused
    assert running.get().due_at - due == (timedelta(hours=3) if stops else timedelta(0))


def test_more_hours_void_the_approval_and_ask_again(cast: Cast) -> None:
    case = reach(cast, "brm_approved", hours=24)
    first = case.brm
    tickets.estimate(ticket=case.ticket, hours=Decimal(30), reason="Larger.", by=cast.agent)
    deliver()
    first = Approval.objects.get(pk=first.pk)
    assert (first.state, bool(first.superseded_reason)) == ("superseded", True)
    assert case.brm.pk != first.pk
    assert (case.brm.state, case.request.approved_hours) == ("draft", None)


def test_another_cost_or_scope_voids_the_approval_and_closes_the_gate(cast: Cast) -> None:
    case = reach(cast, "brm_approved", hours=24)
    first = case.brm
    with not_yours():
        approvals.supersede(approval=first, reason="I want it so.", by=cast.colleague)
    with not_possible("what has changed"):
        approvals.supersede(approval=first, reason=" ", by=cast.agent)
    approvals.supersede(approval=first, reason="The licence costs twice as much.", by=cast.agent)
    assert case.brm.pk != first.pk
    with not_possible("", rule="SOP-A5"):
        devflow.start(request=case.request, by=cast.agent)
    with (
        pytest.raises(IntegrityError, match="BRM is needed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE devflow_developmentrequest SET stage = 'trial' WHERE id = %s", [case.request.pk]
        )
    with pytest.raises(Exception, match=r"[Tt]ransition|SOP|Invalid"), transaction.atomic():
        Approval.objects.filter(pk=first.pk).update(state="approved", superseded_reason="")


def test_another_system_is_another_scope(cast: Cast) -> None:
    case = reach(cast, "brm_approved", hours=24)
    first = case.brm
    devflow.plan(request=case.request, system=system("Payroll"), by=cast.agent)
    first = Approval.objects.get(pk=first.pk)
    assert (first.state, case.brm.state) == ("superseded", "draft")
    assert Event.objects.about(case.ticket).filter(type=ApprovalEvent.SUPERSEDED).count() == 1


# Pages and API ----------------------------------------------------------------------------------------------------


def _browser(cast: Cast, name: str) -> Client:
    browser = Client()
    browser.force_login(cast.again(name))
    return browser


def _typed(cast: Cast, **more: str) -> dict[str, Any]:
    return {
        "rule-TOTAL_FORMS": "2", "rule-INITIAL_FORMS": "0", "note": "Larger ones need the whole Board.",
        "threshold_hours": "20", "man_day_hours": "7", "on_time_out": "nothing",
        "rule-0-hours_over": "100", "rule-0-ORDER": "1", "rule-0-roles_1": ["director"], "rule-0-quorum_1": "one",
        "rule-0-roles_2": ["bod"], "rule-0-quorum_2": "majority",
        "rule-1-ORDER": "2", "rule-1-roles_1": ["director"], "rule-1-quorum_1": "one",
    } | more  # fmt: skip


def test_the_administrator_tries_and_publishes_a_version_on_the_page(cast: Cast) -> None:
    browser, address = _browser(cast, "administrator"), reverse("approvals:new-policy", args=["brm"])
    assert browser.get(address).status_code == 200
    tried = {"try": "1", "try-hours": "120", "try-branch": str(cast.bandung.pk), "try-cost": "5000000"}
    with unchanged():
        answer = browser.post(address, _typed(cast, **tried))
    assert answer.status_code == 200
    assert len(answer.context["foreseen"]) == 2
    assert answer.context["foreseen"][1]["blocks"]  # nobody sits on the Board yet
    assert browser.post(address, _typed(cast, note="", **tried)).context["foreseen"]  # nothing to note yet
    wrong = browser.post(address, _typed(cast, **tried | {"rule-0-hours_over": "many"}))
    assert wrong.status_code == 422
    assert 'value="120"' in wrong.content.decode()
    assert browser.post(address, _typed(cast, note="")).status_code == 422
    assert browser.post(address, _typed(cast, more="1")).status_code == 200
    assert browser.post(address, _typed(cast, **{"rule-1-roles_1": ""})).status_code == 422
    assert browser.post(address, _typed(cast)).status_code == 302
    newest = Policy.objects.current("brm")
    assert (newest.published_by, len(newest.rules), newest.rules[0]["when"]) == (
        cast.administrator,
        2,
        {"hours_over": "100"},
    )
    assert browser.get(reverse("approvals:policies")).status_code == 200
    shown = browser.get(
        reverse("approvals:policy", args=[newest.pk]), {"hours": "120", "branch": cast.bandung.pk}
    )
    assert len(shown.context["foreseen"]) == 2
    assert _browser(cast, "it_manager").post(address, _typed(cast)).status_code == 403
    assert (
        "form" not in _browser(cast, "requester").get(reverse("approvals:policy", args=[newest.pk])).context
    )


def _as_shown(answer: Any) -> dict[str, Any]:
    """What a browser would send for the page as it stands."""
    forms = [
        answer.context["facts_form"],
        answer.context["rules_form"].management_form,
        *answer.context["rules_form"],
    ]
    fields = {field.html_name: field.value() for form in forms for field in form}
    return {name: value for name, value in fields.items() if value not in (None, "", False)}


def test_the_page_carries_every_step_and_person_into_the_next_version(cast: Cast) -> None:
    """A program may have written more steps than the page has room for at first, and may name anybody."""
    when = {"hours_over": "40", "branches": [cast.denpasar.pk], "units": ["Gudang"], "systems": ["HRIS"]}
    six = [step("director"), step(people=(cast.colleague.pk,)), *[step("bod")] * 4]
    before = policy(cast, step("director"), above=[{"when": when, "steps": six}])
    Branch.objects.filter(pk=cast.denpasar.pk).update(is_active=False)
    browser, address = _browser(cast, "administrator"), reverse("approvals:new-policy", args=["brm"])
    sent = browser.post(address, _as_shown(browser.get(address)) | {"note": "The same."})
    assert sent.status_code == 302, sent.context["rules_form"].errors
    newest = Policy.objects.current("brm")
    assert (newest.note, newest.rules) == ("The same.", before.rules)


def test_a_page_that_somebody_overtook_publishes_nothing(cast: Cast) -> None:
    browser, address = _browser(cast, "administrator"), reverse("approvals:new-policy", args=["brm"])
    old = _as_shown(browser.get(address)) | {"note": "The same."}
    newer = policy(
        cast, step("director"), above=[{"when": {"units": ["Gudang"]}, "steps": [step("bod")] * 6}]
    )
    sent = browser.post(address, old)
    assert "The same." in sent.content.decode()
    assert "telah menerbitkan versi lain" in sent.content.decode()
    assert Policy.objects.current("brm") == newer


def test_names_have_no_commas(cast: Cast) -> None:
    """On the page they part names: one name would come back as two, and the rule fit more forms."""
    with not_possible("Leave the commas out"):
        policy(cast, step("director"), above=[{"when": {"units": ["Gudang, Pusat"]}, "steps": [step("bod")]}])


@pytest.mark.parametrize("more", [step("it_manager"), step("director")])
def test_nobody_but_the_holder_signs_a_hand_over(cast: Cast, more: dict[str, Any]) -> None:
    """By the action and by PostgreSQL (SOP-B4.1.1)."""
    by, own = cast.administrator, {"roles": [], "people": [], "quorum": "one", "tester": True}
    rules = [{"when": {}, "steps": [own, more]}]
    with not_possible("by nobody else", rule="SOP-B4.1.1"):
        approvals.publish(kind=Kind.BAST, rules=rules, note="Two.", by=by, timing={})
    with refused_by_postgres("SOP-B4.1.1"):
        Policy.objects.create(
            kind=Kind.BAST, threshold_hours=20, man_day_hours=7, rules=rules, published_by=by
        )


def test_policies_over_the_api(cast: Cast) -> None:
    rules = [{"when": {}, "steps": [step("director"), step("bod", quorum="all")]}]
    given = {
        "kind": "brm",
        "rules": rules,
        "note": "All of the Board.",
        "time_out_hours": 48,
        "on_time_out": "refuse",
    }
    for name, status in (("administrator", 201), ("it_manager", 403)):
        _token, secret = accounts.issue_token(user=cast[name], name="test", by=cast[name])
        answer = Client().post(
            reverse("approval-policy-list"),
            json.dumps(given),
            "application/json",
            headers={"Authorization": f"Token {secret}"},
        )
        assert answer.status_code == status, answer.content
    tried = {"rules": rules, "kind": "brm", "hours": "30", "branch": cast.bandung.pk}
    answer = Client().post(
        reverse("approval-policy-preview"),
        json.dumps(tried),
        "application/json",
        headers={"Authorization": f"Token {secret}"},
    )
    assert answer.status_code == 200, answer.content
    assert [(s["needed"], s["blocks"]) for s in answer.json()["steps"]] == [(1, True), (1, True)]
    weak = given | {"rules": [{"when": {}, "steps": [step("it_manager")]}]}
    _token, secret = accounts.issue_token(user=cast.administrator, name="test", by=cast.administrator)
    answer = Client().post(
        reverse("approval-policy-list"),
        json.dumps(weak),
        "application/json",
        headers={"Authorization": f"Token {secret}"},
    )
    assert (answer.status_code, answer.json()["rule"]) == (409, "SOP-A5")


def test_asking_answering_and_voiding_on_the_page(cast: Cast) -> None:
    case = _asked(cast)
    for who, verb, typed in (
        ("director", "ask", {"text": "Why?"}),
        ("requester", "answer", {"text": "Because."}),
    ):
        browser = _browser(cast, who)
        address = reverse(f"approvals:{verb}", args=[case.brm.pk])
        assert browser.get(address).status_code == 200
        assert browser.post(address, typed).status_code == 302
    assert Question.objects.get().answer == "Because."
    page = _browser(cast, "director").get(reverse("approvals:detail", args=[case.brm.pk])).content.decode()
    assert "Because." in page
    case.director_signed()
    case.brm_approved()
    form = case.brm
    assert (
        _browser(cast, "agent")
        .post(reverse("approvals:supersede", args=[form.pk]), {"reason": "Twice the cost."})
        .status_code
        == 302
    )
    page = _browser(cast, "director").get(reverse("approvals:detail", args=[form.pk])).content.decode()
    assert "Twice the cost." in page
