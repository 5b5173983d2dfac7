"""Writing a BRM: kept while it is typed, exact figures, days to come, files that are signed with it."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User, office_date
from approvals import actions as approvals
from approvals.forms import Rupiah
from approvals.models import FormFile
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.database import unchanged
from tests.harness.refusals import not_possible, not_yours
from tests.stages import Case, reach


@pytest.fixture
def case(cast: Cast) -> Case:
    return reach(cast, "planned", hours=24)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(case: Case, **more: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    content = {name: value for name, value in case.brm.content.items() if isinstance(value, str)}
    return content | {"version": case.brm.version} | more


def saves(case: Case, who: str = "requester", **more: Any) -> str:
    """The form sends itself; the line that comes back."""
    answer = browser(case.cast[who]).post(
        f"/approvals/{case.brm.pk}/edit/", typed(case, **more), headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    return answer.content.decode()


# Kept while it is typed -------------------------------------------------------------------------------------------


def test_a_draft_is_kept_while_it_is_typed(case: Case) -> None:
    version = case.brm.version
    line = saves(case, objective="Satu laporan.")
    assert case.brm.content["objective"] == "Satu laporan."
    assert f'value="{version + 1}"' in line


def test_what_cannot_be_read_yet_is_named_and_the_rest_is_kept(case: Case) -> None:
    line = saves(case, objective="Satu laporan.", cost="banyak", wanted_date="2020-01-01")
    assert case.brm.content["objective"] == "Satu laporan."
    assert case.brm.content["cost"] == ""
    assert "Biaya lain" in line or "Other cost" in line


def test_two_who_type_at_once_are_told_and_nobody_is_overwritten(case: Case) -> None:
    shown = case.brm.version
    saves(case, "it_manager", risk="Tinggi.")
    line = saves(case, version=shown, risk="Tidak ada.")
    assert case.brm.content["risk"] == "Tinggi."
    assert 'class="small bad"' in line
    assert 'name="version"' not in line, "the next save must not win by having been told"


def test_an_answer_that_got_lost_is_no_quarrel(case: Case) -> None:
    """The save arrived, its answer did not: the same words over the version before are no conflict."""
    shown = case.brm.version
    saves(case, risk="Tidak ada.")
    saves(case, version=shown, risk="Tidak ada.")
    assert case.brm.content["risk"] == "Tidak ada."


def test_a_form_that_was_submitted_meanwhile_says_so(case: Case) -> None:
    case.brm_written()
    approvals.submit(approval=case.brm, by=case.cast.requester)
    assert 'class="small bad"' in saves(case, risk="Baru.")


@pytest.mark.parametrize("who", ["agent", "colleague", "director"])
def test_only_writers_keep_anything(case: Case, who: str) -> None:
    answer = browser(case.cast[who]).post(
        f"/approvals/{case.brm.pk}/edit/", typed(case, risk="x"), headers={"HX-Request": "true"}
    )
    assert answer.status_code in (200, 404)
    assert case.brm.content["risk"] == ""


# Figures and days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("12500000", "12500000"),
        ("12.500.000", "12500000"),
        ("Rp 12.500.000,00", "12500000"),
        (" rp.1.000 ", "1000"),
        ("0", "0"),
        ("", None),
    ],
)
def test_rupiah_are_read_as_people_write_them(said: str, amount: str | None) -> None:
    found = Rupiah(required=False).clean(said)
    assert (None if found is None else str(found)) == amount


@pytest.mark.parametrize(
    "said", ["12.5", "12,5", "1.000.00", "12,500,000", "banyak", "-5", "1e9", "9" * 16, "٣٠"]
)
def test_what_could_be_read_in_two_ways_is_not_money(said: str) -> None:
    with pytest.raises(ValidationError):
        Rupiah(required=False).clean(said)


def test_hours_are_told_in_man_days_of_the_policy(case: Case) -> None:
    """Exactly, in what is signed; the length of a man-day stands beside it."""
    length = case.brm.policy.man_day_hours
    saves(case, estimate_hours="30.5", benefit_money="3.000.000", benefit_hours="12.25")
    content = case.brm.content
    assert content["man_days"] == format((30.5 / float(length)), ".2f").rstrip("0").rstrip(".")
    assert (content["estimate_hours"], content["benefit_money"], content["benefit_hours"]) == (
        "30.5",
        "3000000",
        "12.25",
    )
    assert content["man_day_hours"] == f"{length.normalize():f}"


def test_nothing_is_wanted_by_a_day_that_has_passed(case: Case, clock: Clock) -> None:
    tomorrow, yesterday = (office_date() + timedelta(days=n) for n in (1, -1))
    saves(case, wanted_date=yesterday.isoformat())
    assert case.brm.content["wanted_date"] == ""
    requester = Program(case.cast.requester)
    requester.patch(
        f"approvals/{case.brm.pk}/", version=case.brm.version, content={"wanted_date": yesterday.isoformat()}
    )
    requester.refused(400)
    saves(case, wanted_date=tomorrow.isoformat())
    case.brm_written()
    clock.forward(days=3)
    with not_possible("has passed"):
        approvals.submit(approval=case.brm, by=case.cast.requester)


# Files ------------------------------------------------------------------------------------------------------------


def test_files_are_added_without_losing_a_word_and_signed_with_the_form(case: Case) -> None:
    requester = browser(case.cast.requester)
    offer = SimpleUploadedFile("penawaran.txt", b"Rp 12.500.000", "text/plain")
    sent = requester.post(
        f"/approvals/{case.brm.pk}/edit/", typed(case, risk="Kecil.", attachments=offer, attach="1")
    )
    assert sent["Location"] == f"/approvals/{case.brm.pk}/edit/"
    row = FormFile.objects.get()
    assert case.brm.content["risk"] == "Kecil."
    assert case.brm.content["attachments"] == [
        {"file": row.pk, "name": "penawaran.txt", "sha256": row.sha256, "size": 13}
    ]
    shown = requester.get(f"/approvals/{case.brm.pk}/files/{row.pk}/")
    assert b"".join(shown.streaming_content) == b"Rp 12.500.000"  # type: ignore[arg-type]
    case.brm_written()
    approvals.submit(approval=case.brm, by=case.cast.requester)
    assert row.sha256 in case.brm.canonical()
    assert "penawaran.txt" in browser(case.cast.director).get(f"/approvals/{case.brm.pk}/").content.decode()
    with (
        unchanged(),
        pytest.raises(DatabaseError, match="frozen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM approvals_formfile WHERE id = %s", [row.pk])


def test_a_file_is_taken_off_a_draft(case: Case) -> None:
    row = approvals.attach(approval=case.brm, name="a.txt", file=io.BytesIO(b"x"), by=case.cast.requester)
    with not_yours():
        approvals.detach(file=row, by=case.cast.agent)
    assert (
        browser(case.cast.requester).post(f"/approvals/{case.brm.pk}/files/{row.pk}/remove/").status_code
        == 302
    )
    assert case.brm.content["attachments"] == []


def test_a_file_that_is_not_accepted_is_named_and_the_words_stay(case: Case) -> None:
    bad = SimpleUploadedFile("x.svg", b"<svg onload=alert(1)>", "image/svg+xml")
    answer = browser(case.cast.requester).post(
        f"/approvals/{case.brm.pk}/edit/", typed(case, risk="Kecil.", attachments=bad, attach="1")
    )
    assert answer.status_code == 422
    assert "x.svg" in answer.content.decode()
    assert case.brm.content["risk"] == "Kecil."


def test_a_program_writes_every_answer_and_adds_files(case: Case) -> None:
    requester, path = Program(case.cast.requester), f"approvals/{case.brm.pk}/"
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    content = {
        "business_unit": "Gudang", "background": "a", "objective": "b", "benefit": "c", "benefit_money": "3000000",
        "benefit_hours": "12.5", "if_not_done": "d", "scope": "e", "systems": "HRIS", "estimate_hours": "24",
        "cost": "500000", "wanted_date": day, "risk": "f", "alternatives": "g",
    }  # fmt: skip
    requester.patch(path, version=case.brm.version, content=content)
    assert {name: requester.said["content"][name] for name in content} == content
    requester.post(path + "attach/", files=True, file=SimpleUploadedFile("a.txt", b"x"))
    (file,) = requester.said["files"]
    assert b"".join(requester.get(f"{path}files/{file['id']}/").streaming_content)
    requester.post(path + "submit/")
    assert requester.said["state"] == "pending"
    requester.post(f"{path}files/{file['id']}/remove/")
    requester.refused(409)


# The page of the one who signs ------------------------------------------------------------------------------------


def test_what_why_how_much_and_risk_come_first_and_the_rest_folds(cast: Cast) -> None:
    case = reach(cast, "planned", hours=24)
    words = {
        "objective": "TUJUAN",
        "risk": "RISIKO",
        "alternatives": "ALTERNATIF",
        "scope": "LINGKUP",
        "cost": "12.500.000",
    }
    saves(case, **words)
    case_page = browser(case.cast.requester).get(f"/approvals/{case.brm.pk}/").content.decode()
    head, folded = case_page.split('id="all"')
    assert all(word in head for word in ("TUJUAN", "RISIKO", "Rp\N{NO-BREAK SPACE}12.500.000"))
    assert all(word in folded for word in ("ALTERNATIF", "LINGKUP"))
