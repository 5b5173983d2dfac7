"""The case file: everything about a request in one sealed PDF, the signed originals inside as they are."""

import hashlib
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from approvals import actions as approvals
from approvals import verifying
from approvals.enums import ApprovalEvent, Verdict
from approvals.models import CaseFile, Document
from core import files
from events.subjects import Subject
from tests.approvals.archive import faults
from tests.cast import Cast
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_yours
from tests.stages import Case, reach
from tickets import actions as tickets


@pytest.fixture
def case(cast: Cast) -> Case:
    found = reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    return found


def test_it_holds_the_request_its_history_and_the_signed_originals(case: Case, cast: Cast) -> None:
    tickets.estimate(ticket=case.ticket, hours=Decimal("23.5"), reason="One screen less.", by=cast.it_manager)
    asked = approvals.ask_case_file(case=Subject.of(case.ticket), by=cast.it_manager)
    assert approvals.ask_case_file(case=Subject.of(case.ticket), by=cast.it_manager).pk == asked.pk
    deliver(printed=True)
    asked.refresh_from_db()
    content = files.path_of(asked.sha256).read_bytes()
    reader = pypdf.PdfReader(io.BytesIO(content))
    text = " ".join("".join(page.extract_text() for page in reader.pages).split())
    for word in (
        case.ticket.number,
        case.brm.number,
        cast.director.name,
        "We count by hand.",
        "24 → 23,5 One screen less.",
    ):
        assert word in text, word
    document = Document.objects.get()
    inside = {hashlib.sha256(one).hexdigest() for found in reader.attachments.values() for one in found}
    assert inside == {document.sha256, document.audit_sha256}
    assert faults(content) == []
    result = verifying.look(io.BytesIO(content))
    assert result.verdict == Verdict.GENUINE
    changed = content.replace(b"%%EOF", b"%%EOG", 1)
    assert verifying.look(io.BytesIO(changed)).verdict != Verdict.GENUINE


def test_only_those_who_read_all_of_the_case_have_it(case: Case, cast: Cast, page: Any) -> None:
    subject, _auditor = Subject.of(case.ticket), cast.auditor
    address = reverse("approvals:case_file", args=subject)
    for name in ("requester", "director", "outsider"):
        person = cast[name]
        with not_yours():
            approvals.ask_case_file(case=subject, by=person)
        assert page(person).get(address).status_code == 404
    with recorded(ApprovalEvent.CASE_FILE_ASKED):
        assert page(cast.auditor).post(address).status_code == 302
    assert (
        reverse("approvals:case_file_pdf", args=subject)
        not in page(cast.auditor).get(address).content.decode()
    )
    deliver()
    assert (
        reverse("approvals:case_file_pdf", args=subject) in page(cast.auditor).get(address).content.decode()
    )
    answer = page(cast.auditor).get(reverse("approvals:case_file_pdf", args=subject))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer.getvalue().startswith(b"%PDF")  # read to its end, it is closed
    # Another person's is not theirs: it was made for what that one may see.
    assert page(cast.it_manager).get(reverse("approvals:case_file_pdf", args=subject)).status_code == 302
    button = page(cast.auditor).get(reverse("approvals:for_case", args=subject)).content.decode()
    assert address in button
    assert (
        address not in page(cast.requester).get(reverse("approvals:for_case", args=subject)).content.decode()
    )


def test_the_command_writes_it_for_a_person(case: Case, cast: Cast, tmp_path: Path) -> None:
    out = tmp_path / "case.pdf"
    call_command("case_file", case.ticket.pk, out, "--as", cast.auditor.email)
    assert verifying.look(io.BytesIO(out.read_bytes())).verdict == Verdict.GENUINE
    assert CaseFile.objects.get().is_ready
    with pytest.raises(CommandError, match="as a whole"):
        call_command("case_file", case.ticket.pk, out, "--as", cast.requester.email)
    with pytest.raises(CommandError, match="Nobody"):
        call_command("case_file", case.ticket.pk, out, "--as", "nobody@kumala.example")
