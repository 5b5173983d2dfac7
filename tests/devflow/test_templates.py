"""Checklists and risk questions of systems, copied into the requests that change them."""

from typing import Any

from devflow import actions as devflow
from devflow.enums import RISKS, SystemEvent
from devflow.models import CheckItem, Deployment, DevelopmentRequest, System
from tests.cast import Cast
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, refused_by_postgres
from tests.stages import Case, reach, system

LINES = ["Tell the branches", "Copy the database"]
QUESTION = "Is month-end closing touched?"


def _with_template(name: str = "HRIS") -> System:
    made = system(name)
    made.checklist, made.risk_questions = LINES, [QUESTION]
    made.save()
    return made


def _texts(case: Case) -> list[str]:
    return list(CheckItem.objects.filter(request=case.request).order_by("pk").values_list("text", flat=True))


def test_a_request_gets_what_its_system_has_when_it_is_chosen(cast: Cast) -> None:
    made = _with_template()
    case = reach(cast, "accepted")
    devflow.plan(request=case.request, system=made, by=cast.agent)
    devflow.plan(request=case.request, system=made, by=cast.agent)
    assert _texts(case) == LINES
    made.checklist, made.risk_questions = [*LINES, "Call the vendor"], []
    made.save()
    assert (list(case.request.questions), case.request.own_questions) == ([*RISKS, "system-1"], [QUESTION])
    devflow.keep_checklist(request=case.request, done=set(), new=["Mine"], of_system=True, by=cast.agent)
    assert _texts(case) == [*LINES, "Mine", "Call the vendor"]


def test_another_system_asks_its_own_questions(cast: Cast) -> None:
    case = reach(cast, "accepted")
    devflow.plan(request=case.request, system=_with_template(), by=cast.agent)
    answers = dict.fromkeys(case.request.questions, True)
    devflow.prepare(request=case.request, risks=answers, rollback_plan="Back.", by=cast.agent)
    devflow.plan(request=case.request, system=system("Payroll"), by=cast.agent)
    assert (set(case.request.risks), case.request.own_questions) == (set(RISKS), [])


def test_nothing_is_released_before_the_systems_own_questions_are_answered(cast: Cast) -> None:
    """Answered before the product asked them: page, API and action say so, and PostgreSQL counts."""
    case = reach(cast, "signed")
    DevelopmentRequest.objects.filter(pk=case.request.pk).update(own_questions=[QUESTION])
    with not_possible("risk questions", rule="SOP-B4.5"):
        case.done()
    with refused_by_postgres("SOP-B4.5"):
        Deployment.objects.create(
            build=case.build, environment=system().environments.get(kind="production"), deployed_by=cast.it_manager
        )  # fmt: skip
    with not_possible("every question"):
        devflow.prepare(
            request=case.request, risks=dict.fromkeys(RISKS, False), rollback_plan="Back.", by=cast.agent
        )
    answers = dict.fromkeys(case.request.questions, False)
    devflow.prepare(request=case.request, risks=answers, rollback_plan="Back.", by=cast.agent)
    case.done()


def test_pages_keep_and_ask_them(cast: Cast, page: Any) -> None:
    made, keeper = system(), page(cast.it_manager)
    typed = {"name": "HRIS", "owners": [cast.agent.pk], "is_active": "on", "checklist": "\n".join(LINES)}
    edit = f"/developments/systems/{made.pk}/edit/"
    assert keeper.post(edit, typed | {"risk_questions": "x" * 201}).status_code == 422
    assert keeper.post(edit, typed | {"checklist": "\n".join(str(n) for n in range(51))}).status_code == 422
    assert keeper.post(edit, typed | {"risk_questions": f"{QUESTION}\n{QUESTION}"}).status_code == 302
    made.refresh_from_db()
    assert (made.checklist, made.risk_questions) == (LINES, [QUESTION])
    shown = keeper.get(made.get_absolute_url()).content.decode()
    assert all(line in shown for line in (*LINES, QUESTION))
    assert LINES[0] not in page(cast.requester).get(made.get_absolute_url()).content.decode()
    case, browser = reach(cast, "accepted"), page(cast.agent)
    root = f"/developments/{case.request.pk}"
    assert browser.post(f"{root}/plan/", {"system": made.pk}).status_code == 302
    assert QUESTION in browser.get(f"{root}/prepare/").content.decode()
    answers = dict.fromkeys(RISKS, "no") | {"rollback_plan": "Back."}
    assert browser.post(f"{root}/prepare/", answers).status_code == 422
    assert browser.post(f"{root}/prepare/", answers | {"system-1": "yes"}).status_code == 302
    assert case.request.risks["system-1"] is True
    assert QUESTION in browser.get(f"/developments/of/{case.pk}/").content.decode()
    System.objects.filter(pk=made.pk).update(checklist=[*LINES, "Call the vendor"])
    assert browser.post(f"{root}/checklist/", {"new": "", "of_system": "on"}).status_code == 302
    assert _texts(case) == [*LINES, "Call the vendor"]


def test_the_api_keeps_copies_and_asks_them(cast: Cast, page: Any) -> None:
    made, keeper = system(), page(cast.it_manager)
    address = f"/api/v1/systems/{made.pk}/"
    body: dict[str, Any] = {"checklist": LINES, "risk_questions": [QUESTION], "owners": [cast.agent.pk]}
    with recorded(SystemEvent.CHANGED):
        said = keeper.patch(address, body, "application/json").json()
    assert (said["checklist"], said["risk_questions"]) == (LINES, [QUESTION])
    case = reach(cast, "accepted")
    root, browser = f"/api/v1/developments/{case.request.pk}", page(cast.agent)
    questions = browser.post(f"{root}/plan/", {"system": made.pk}, "application/json").json()["questions"]
    assert questions["system-1"] == QUESTION
    assert [line["text"] for line in browser.get(f"{root}/checklist/").json()["results"]] == LINES[::-1]
    answers = {"risks": dict.fromkeys(questions, False), "rollback_plan": "Back."}
    assert browser.post(f"{root}/prepare/", answers, "application/json").json()["risks"]["system-1"] is False
    sent = {"done": [], "new": [], "of_system": True}
    assert browser.post(f"{root}/checklist/", sent, "application/json").status_code == 200
    assert _texts(case) == LINES
