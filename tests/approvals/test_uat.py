"""The user's test (SOP-A6): who tests, what came of it, with which evidence, and what follows from the conclusion."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from approvals import actions as approvals
from approvals.enums import ApprovalEvent, Conclusion
from approvals.models import Approval, FormFile, ScenarioSet, Step
from notifications.models import Notification
from tests.api.client import Program, verbs
from tests.cast import PASSWORD, Cast
from tests.harness.database import unchanged
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours
from tests.stages import Case, reach


@pytest.fixture
def case(cast: Cast) -> Case:
    return reach(cast, "on_training")


def picture(color: str = "red") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(out, "PNG")
    out.seek(0)
    return out


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def results(case: Case, *found: str, **facts: Any) -> Approval:
    given = [(result, "") for result in found]
    return approvals.record_results(approval=case.uat, results=given, by=case.cast.requester, **facts)


# Who tests --------------------------------------------------------------------------------------------------------


def test_the_requester_names_a_tester_who_then_tests_and_signs(case: Case) -> None:
    colleague = case.cast.colleague
    with recorded(ApprovalEvent.TESTER_NAMED):
        approvals.name_tester(approval=case.uat, tester=colleague, by=case.cast.requester)
    deliver()
    assert Notification.objects.filter(person=colleague, path=f"/approvals/{case.uat.pk}/").exists()
    with not_yours():
        results(case, "passed", "passed")
    uat = case.uat
    approvals.record_results(approval=uat, results=[("passed", "")] * 2, by=colleague)
    approvals.submit(approval=case.uat, by=colleague)
    assert Step.objects.get(approval=uat).people == [colleague.pk]
    case.decide(case.uat, "colleague")
    assert case.uat.state == "approved"
    assert case.request.stage == "ready"


def test_the_tester_sees_the_test_and_not_the_request(case: Case) -> None:
    assert browser(case.cast.colleague).get(f"/approvals/{case.uat.pk}/").status_code == 404
    approvals.name_tester(approval=case.uat, tester=case.cast.colleague, by=case.cast.requester)
    tester = browser(case.cast.colleague)
    page = tester.get(f"/approvals/{case.uat.pk}/")
    assert page.status_code == 200
    assert case.ticket.url not in page.content.decode()
    assert tester.get(f"/approvals/{case.uat.pk}/edit/").status_code == 200


def test_the_request_leads_the_one_who_tests_to_the_test_and_nobody_else(case: Case) -> None:
    test = reverse("approvals:edit", args=[case.uat.pk])
    panel, forms = f"/developments/of/{case.pk}/", f"/approvals/of/tickets.ticket/{case.pk}/"

    def led(name: str) -> list[bool]:
        reader = browser(case.cast.again(name))
        return [test in reader.get(address).content.decode() for address in (panel, forms)]

    assert led("requester") == [True, True]
    assert led("agent") == [False, False]
    approvals.name_tester(approval=case.uat, tester=case.cast.colleague, by=case.cast.requester)
    assert led("requester") == [False, False]


@pytest.mark.parametrize("who", ["agent", "it_manager", "director", "branch_head"])
def test_nobody_but_the_requester_names_a_tester(case: Case, who: str) -> None:
    with not_yours():
        approvals.name_tester(approval=case.uat, tester=case.cast.colleague, by=case.cast[who])


def test_whoever_built_it_is_no_tester_on_any_way(case: Case) -> None:
    """By action, page, API and SQL."""
    uat, agent = case.uat, case.cast.agent
    with not_possible("built it", rule="SOP-A6"):
        approvals.name_tester(approval=uat, tester=agent, by=case.cast.requester)
    sent = browser(case.cast.requester).post(f"/approvals/{uat.pk}/tester/", {"tester": agent.pk})
    assert sent.status_code in (409, 422)
    requester = Program(case.cast.requester)
    requester.post(f"approvals/{uat.pk}/tester/", tester=agent.pk)
    assert requester.status in (400, 409)
    with (
        unchanged(),
        pytest.raises(DatabaseError, match="does not test it"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE approvals_approval SET tester_id = %s WHERE id = %s", [agent.pk, uat.pk])
    assert case.uat.tester is None


def test_a_tester_is_not_exchanged_under_a_submitted_test(cast: Cast) -> None:
    case = reach(cast, "uat_submitted")
    with not_possible("Waiting for decision"):
        approvals.name_tester(approval=case.uat, tester=cast.colleague, by=cast.requester)
    with (
        unchanged(),
        pytest.raises(DatabaseError, match="frozen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE approvals_approval SET tester_id = %s WHERE id = %s", [cast.colleague.pk, case.uat.pk]
        )


def test_naming_oneself_takes_the_test_back(case: Case) -> None:
    approvals.name_tester(approval=case.uat, tester=case.cast.colleague, by=case.cast.requester)
    approvals.name_tester(approval=case.uat, tester=case.cast.requester, by=case.cast.requester)
    assert case.uat.tester is None


def test_a_brm_has_no_tester(cast: Cast) -> None:
    case = reach(cast, "planned", hours=24)
    with not_possible("Only a test"):
        approvals.name_tester(approval=case.brm, tester=cast.colleague, by=cast.requester)


# Conclusions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "conclusion", "notes", "accepted"),
    [
        (("passed", "passed"), None, None, True),
        (("passed", "passed"), "accepted", "", True),
        (("passed", "failed"), None, None, False),
        (("passed", "failed"), "accepted_with_notes", "Judul kolom diperbaiki minggu depan.", True),
        (("passed", "failed"), "rejected", "Salah hitung.", False),
        (("passed", "passed"), "rejected", "Terlalu lambat.", False),
        (("not_run", "failed"), "rejected", "", False),
    ],
)
def test_what_can_be_signed_follows_from_the_conclusion(
    case: Case, found: tuple[str, ...], conclusion: str | None, notes: str | None, accepted: bool
) -> None:
    results(case, *found, conclusion=conclusion, notes=notes)
    approvals.submit(approval=case.uat, by=case.cast.requester)
    said = case.uat.content["conclusion"]
    assert said == (conclusion or (Conclusion.ACCEPTED if accepted else Conclusion.REJECTED))
    proof = case.cast.proof("requester", case.uat.content_hash)
    if accepted:
        assert case.decide(case.uat, "requester", proof=proof).state == "approved"
        return
    with not_possible("Every scenario", rule="SOP-A6"):
        case.decide(case.uat, "requester", proof=proof)
    assert case.decide(case.uat, "requester", proof=proof, outcome="refuse", reason="No.").state == "refused"
    assert case.request.stage == "trial"


@pytest.mark.parametrize(
    ("found", "conclusion", "notes", "saying"),
    [
        (("passed", "not_run"), None, None, "missing"),
        (("passed", "not_run"), "accepted", "", "missing"),
        (("passed", "not_run"), "accepted_with_notes", "Later.", "missing"),
        (("passed", "failed"), "accepted_with_notes", " ", "in the notes"),
    ],
)
def test_a_test_that_is_not_complete_is_not_submitted(
    case: Case, found: tuple[str, ...], conclusion: str | None, notes: str | None, saying: str
) -> None:
    results(case, *found, conclusion=conclusion, notes=notes)
    with not_possible(saying):
        approvals.submit(approval=case.uat, by=case.cast.requester)


def test_what_failed_is_not_accepted_without_a_word(case: Case) -> None:
    results(case, "passed", "failed", conclusion="accepted", notes="")
    with not_possible("Every scenario", rule="SOP-A6"):
        approvals.submit(approval=case.uat, by=case.cast.requester)


def test_a_signed_test_is_not_outgrown_by_cost_or_scope(cast: Cast) -> None:
    case = reach(cast, "signed")
    address = reverse("approvals:supersede", args=[case.uat.pk])
    page = browser(cast.requester).get(reverse("approvals:detail", args=[case.uat.pk])).content.decode()
    assert address not in page
    with not_possible("not outgrown"):
        approvals.supersede(approval=case.uat, reason="It costs more.", by=cast.requester)
    with unchanged(), pytest.raises(DatabaseError, match="not outgrown"), transaction.atomic():
        Approval.objects.filter(pk=case.uat.pk).update(state="superseded", superseded_reason="It costs more.")
    assert (case.uat.state, case.request.stage) == ("approved", "ready")


def test_postgres_accepts_no_failed_test_without_notes(case: Case) -> None:
    """Notes that are blank, or a conclusion that somebody wrote without them, open nothing past the action either."""
    results(case, "passed", "failed")
    approvals.submit(approval=case.uat, by=case.cast.requester)
    uat, step = case.uat, Step.objects.get(approval=case.uat)
    with (
        unchanged(),
        pytest.raises(DatabaseError, match="Every scenario"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO approvals_decision (approval_id, edition, step_id, decided_by_id, outcome, reason,"
            " content_hash, decided_at) VALUES (%s, %s, %s, %s, 'approve', '', %s, now())",
            [uat.pk, uat.edition, step.pk, case.cast.requester.pk, uat.content_hash],
        )


# Evidence ---------------------------------------------------------------------------------------------------------


def test_a_screenshot_is_part_of_what_is_signed(case: Case) -> None:
    requester = browser(case.cast.requester)
    shot = SimpleUploadedFile("stok.png", picture().read(), "image/png")
    sent = {"result_0": "passed", "result_1": "passed", "evidence_0": shot, "attach": "1"}
    assert requester.post(f"/approvals/{case.uat.pk}/edit/", sent)["Location"].endswith("/edit/")
    row = FormFile.objects.get()
    assert case.uat.content["scenarios"][0]["evidence"] == [
        {"file": row.pk, "name": "stok.png", "sha256": row.sha256, "size": row.size}
    ]
    shown = requester.get(f"/approvals/{case.uat.pk}/files/{row.pk}/")
    assert (shown["Content-Type"], b"".join(shown.streaming_content)[:4]) == ("image/png", b"\x89PNG")  # type: ignore[arg-type]
    assert browser(case.cast.outsider).get(f"/approvals/{case.uat.pk}/files/{row.pk}/").status_code == 404
    approvals.submit(approval=case.uat, by=case.cast.requester)
    assert row.sha256 in case.uat.canonical()
    with not_possible("Waiting"):
        approvals.detach(file=row, by=case.cast.requester)
    for statement in (
        "DELETE FROM approvals_formfile WHERE id = %s",
        "UPDATE approvals_formfile SET sha256 = repeat('0', 64) WHERE id = %s",
    ):
        with (
            unchanged(),
            pytest.raises(DatabaseError, match=r"frozen|exchanged"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [row.pk])


def test_evidence_is_a_picture_of_the_tester(case: Case) -> None:
    with not_possible("a picture"):
        approvals.attach_evidence(
            approval=case.uat, number=0, name="x.txt", file=io.BytesIO(b"I saw it."), by=case.cast.requester
        )
    with not_yours():
        approvals.attach_evidence(
            approval=case.uat, number=0, name="x.png", file=picture(), by=case.cast.agent
        )
    with not_possible("changed while"):
        approvals.attach_evidence(
            approval=case.uat, number=7, name="x.png", file=picture(), by=case.cast.requester
        )


def test_results_save_themselves_while_one_tests(case: Case) -> None:
    requester = browser(case.cast.requester)
    sent = {"result_0": "failed", "note_0": "Kosong.", "result_1": "", "note_1": ""}
    page = requester.post(f"/approvals/{case.uat.pk}/edit/", sent, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert 'id="saved"' in page.content.decode()
    assert [s["result"] for s in case.uat.content["scenarios"]] == ["failed", "not_run"]


def test_a_test_fits_on_paper_and_what_is_too_long_stays_in_its_boxes(case: Case) -> None:
    agent, requester = case.cast.agent, case.cast.requester
    long = [{"name": "Page", "steps": "x" * 2000, "expected": "y" * 2000}] * 40
    approvals.add_scenarios(approval=case.uat, scenarios=long, by=agent)
    with not_possible("at most 200,000 letters"):
        approvals.add_scenarios(approval=case.uat, scenarios=long, by=agent)
    note = "z" * 1000
    sent = {f"result_{n}": "passed" for n in range(42)} | {f"note_{n}": note for n in range(42)}
    page = browser(requester).post(f"/approvals/{case.uat.pk}/edit/", sent)
    assert page.status_code == 422
    assert note in page.content.decode()
    assert "202." in page.content.decode()  # letters, as Indonesian writes thousands
    assert case.uat.content["scenarios"][0]["note"] == ""


# Scenarios that are used again ------------------------------------------------------------------------------------


def test_scenarios_are_kept_and_taken_for_the_next_test_of_the_system(cast: Cast) -> None:
    first, second = reach(cast, "on_training"), reach(cast, "on_training")
    results(first, "passed", "failed", notes="x")
    approvals.add_scenarios(
        approval=first.uat,
        scenarios=[{"name": "Close", "steps": "1. Close", "expected": "Closed"}],
        by=cast.agent,
    )
    with recorded(ApprovalEvent.SCENARIOS_KEPT):
        kept = approvals.keep_scenarios(approval=first.uat, name="Stok", by=cast.agent)
    assert kept.scenarios[2] == {"name": "Close", "steps": "1. Close", "expected": "Closed"}
    approvals.take_scenarios(approval=second.uat, scenarios=kept, by=cast.agent)
    found = second.uat.content["scenarios"]
    assert [(s["name"], s["result"]) for s in found] == [
        ("Print", "not_run"),
        ("Export", "not_run"),
        ("Close", "not_run"),
    ]
    with not_possible("already"):
        approvals.take_scenarios(approval=second.uat, scenarios=kept, by=cast.agent)
    approvals.keep_scenarios(approval=second.uat, name="Stok", by=cast.agent)
    assert ScenarioSet.objects.count() == 1


def test_testers_neither_keep_nor_take_scenarios(case: Case) -> None:
    with not_yours():
        approvals.keep_scenarios(approval=case.uat, name="Stok", by=case.cast.requester)
    page = browser(case.cast.requester).get(f"/approvals/{case.uat.pk}/edit/").content.decode()
    assert reverse("approvals:scenario", args=[case.uat.pk]) in page
    assert reverse("approvals:keep-scenarios", args=[case.uat.pk]) not in page


def test_only_what_nobody_ran_is_taken_away(case: Case) -> None:
    results(case, "passed", "not_run")
    version = case.uat.version
    with not_possible("already run", rule="SOP-A6"):
        approvals.remove_scenario(approval=case.uat, number=0, version=version, by=case.cast.agent)
    with not_possible("changed while"):
        approvals.remove_scenario(approval=case.uat, number=1, version=version - 1, by=case.cast.agent)
    sent = browser(case.cast.agent).post(
        f"/approvals/{case.uat.pk}/remove-scenario/", {"number": 1, "version": version}
    )
    assert sent.status_code == 302
    assert [s["name"] for s in case.uat.content["scenarios"]] == ["Print"]


# The same by the API ----------------------------------------------------------------------------------------------


def test_a_program_does_all_of_it(case: Case) -> None:
    cast, path = case.cast, f"approvals/{case.uat.pk}/"
    agent, requester = Program(cast.agent), Program(cast.requester)
    agent.post(path + "scenarios/", scenarios=[{"name": "Close the month"}])
    agent.post(path + "remove-scenario/", number=1, version=agent.said["version"])
    agent.post(path + "keep-scenarios/", name="Stok")
    assert [s["name"] for s in agent.rows(path + "scenario-sets/")] == ["Stok"]
    agent.post(path + "take-scenarios/", scenarios=ScenarioSet.objects.get().pk)
    agent.refused(409)
    requester.post(path + "tester/", tester=cast.colleague.pk)
    assert requester.said["tester"]["id"] == cast.colleague.pk
    assert verbs(requester.said)["tester"] is True
    tester = Program(cast.colleague)
    shot = SimpleUploadedFile("layar.png", picture().read(), "image/png")
    tester.post(path + "evidence/", files=True, file=shot, scenario=0)
    (file,) = tester.said["files"]
    assert b"".join(tester.get(f"{path}files/{file['id']}/").streaming_content)
    tester.post(f"{path}files/{file['id']}/remove/")
    assert tester.said["files"] == []
    found = [{"result": "passed"}, {"result": "failed", "note": "Judul salah."}]
    tester.post(path + "results/", results=found, conclusion="accepted_with_notes", notes="Perbaiki judul.")
    tester.post(path + "submit/")
    consent = tester.said["consent"]["version"]
    tester.post(
        path + "decide/", outcome="approve", secret=PASSWORD, typed_name="Dewi Lestari",
        shown_hash=tester.said["content_hash"], consent_version=consent,
    )  # fmt: skip
    assert (tester.said["state"], case.request.stage) == ("approved", "ready")
