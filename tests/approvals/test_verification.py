"""The public page that says whether a paper is genuine: to anybody, in sentences, and nothing confidential."""

import io
import random
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest
from cryptography import x509
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from approvals import actions as approvals
from approvals import verifying
from approvals.enums import Verdict
from approvals.models import Authority, Certificate, Document, RevocationList, Sealing
from core import files
from tests.approvals.papers import page as foreign_page
from tests.approvals.papers import signed as signed_by_others
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.events import deliver
from tests.stages import Case, reach


@pytest.fixture
def case(cast: Cast) -> Case:
    found = reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    return found


def bytes_of(sha256: str) -> bytes:
    return files.path_of(sha256).read_bytes()


def paper() -> bytes:
    return bytes_of(Document.objects.get().sha256)


def looked(content: bytes) -> verifying.Result:
    return verifying.look(io.BytesIO(content))


def dropped(content: bytes, browser: Client | None = None) -> Any:
    file = SimpleUploadedFile("brm.pdf", content, "application/pdf")
    return (browser or Client()).post(reverse("verify:drop"), {"file": file})


def test_a_genuine_paper_names_who_signed_and_that_it_stands(case: Case, cast: Cast) -> None:
    result = looked(paper())
    assert result.verdict == Verdict.GENUINE
    assert [one.name for one in result.signers] == [
        "Seal of Kumala ITSM",
        cast.director.name,
        cast.board.name,
    ]
    assert all(one.good for one in result.signers)
    assert result.record is not None
    assert result.record.holds
    assert [one.name for one in result.record.signers] == [cast.director.name, cast.board.name]
    assert looked(bytes_of(Document.objects.get().audit_sha256)).verdict == Verdict.GENUINE


def test_an_earlier_copy_is_genuine_and_says_that_there_is_a_newer_one(case: Case) -> None:
    first = Sealing.objects.order_by("pk")[0]
    result = looked(bytes_of(first.sha256))
    assert result.verdict == Verdict.GENUINE
    assert "newer copy" in " ".join(result.sentences)


def test_no_changed_byte_is_ever_genuine(case: Case) -> None:
    content, chance = paper(), random.Random(20261121)
    for _n in range(40):
        changed = bytearray(content)
        changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        assert looked(bytes(changed)).verdict != Verdict.GENUINE


def test_what_was_changed_is_said_and_who_had_signed_it(case: Case, cast: Cast) -> None:
    content = paper()
    changed = bytearray(content)
    changed[3000] ^= 1
    result = looked(bytes(changed))
    assert result.verdict == Verdict.CHANGED
    assert "have changed" in result.sentences[0]
    assert cast.director.name in [one.name for one in result.signers]
    assert not any(one.good for one in result.signers)
    added = looked(content + b"\n% a word more\n")
    assert added.verdict == Verdict.CHANGED
    assert "added" in added.sentences[0]


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"GIF89a", Verdict.UNREADABLE),
        (b"%PDF-1.7\nnothing", Verdict.UNREADABLE),
        (b"%PDF-1.7\n" + b"[" * 200_000, Verdict.UNREADABLE),
        (foreign_page(), Verdict.FOREIGN),
        (signed_by_others(2), Verdict.FOREIGN),
    ],
    ids=["picture", "broken", "deep", "unsigned", "signed by others"],
)  # fmt: skip
def test_what_is_not_ours_gets_a_clear_sentence(db: None, content: bytes, verdict: Verdict) -> None:
    result = looked(content)
    assert result.verdict == verdict
    assert result.sentences
    assert result.record is None


def test_a_locked_file_is_not_opened(case: Case) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper()))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    result = looked(out.getvalue())
    assert result.verdict == Verdict.UNREADABLE
    assert "password" in result.sentences[0]


def test_a_file_that_never_ends_harms_nobody(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "PATIENCE", 0.0)
    result = looked(paper())
    assert result.verdict == Verdict.UNREADABLE
    monkeypatch.undo()
    assert looked(paper()).verdict == Verdict.GENUINE


def test_looking_knows_no_secret_of_ours(case: Case) -> None:
    looked(paper())
    environment = Path(f"/proc/{verifying._aside.pid}/environ").read_bytes()
    assert b"SIGNING_KEY" not in environment
    assert b"DATABASE_URL" not in environment


def test_a_certificate_revoked_later_changes_nothing_one_revoked_before_does(case: Case, cast: Cast) -> None:
    row = Certificate.objects.get(person=cast.director)
    approvals.revoke_certificate(certificate=row, reason="Left", by=cast.administrator)
    assert looked(paper()).verdict == Verdict.GENUINE


def test_the_code_on_the_paper_leads_to_the_record_and_no_other_code_does(case: Case, cast: Cast) -> None:
    reader = pypdf.PdfReader(io.BytesIO(paper()))
    printed = re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))
    code = Document.objects.get().code
    assert f"/verify/{code}/" in printed
    answer = Client().get(reverse("verify:code", args=[code]))
    assert answer.status_code == 200
    html = answer.content.decode()
    for shown in (case.brm.number, cast.director.name, cast.board.name, Document.objects.get().sha256):
        assert shown in html
    for hidden in (case.brm.title, "Because.", case.ticket.number, cast.requester.name):
        assert hidden not in html
    assert Client().get(reverse("verify:code", args=["A" * 22])).status_code == 404


def test_the_record_says_when_a_form_no_longer_counts(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    code = Document.objects.get().code
    record = verifying.record_of(code)
    assert record is not None
    assert (record.holds, record.stands) == (False, "It is not decided yet.")
    approvals.withdraw(approval=case.brm, by=cast.requester)
    record = verifying.record_of(code)
    assert record is not None
    assert "withdrawn" in record.stands


def test_strangers_get_no_link_and_those_in_the_case_do(case: Case, cast: Cast, page: Any) -> None:
    link = reverse("approvals:detail", args=[case.brm.pk])
    assert link not in dropped(paper()).content.decode()
    answer = dropped(paper(), page(cast.director))
    assert link in answer.content.decode()
    assert case.brm.title not in dropped(paper(), page(cast.outsider)).content.decode()
    assert link not in dropped(paper(), page(cast.outsider)).content.decode()


def test_the_button_that_takes_a_file_back_has_a_name() -> None:
    assert 'data-remove="Hapus"' in Client().get(reverse("verify:drop")).content.decode()


def test_too_many_and_too_large_are_told_so(db: None, settings: Any, clock: Any) -> None:
    settings.UPLOAD_LIMIT_MB = 0
    answer = dropped(foreign_page())
    assert answer.status_code == 422
    assert dropped(b"").status_code == 422
    browser = Client()
    found = {browser.get(reverse("verify:code", args=["x" * 22])).status_code for _n in range(40)}
    assert found == {404, 429}
    clock.forward(minutes=2)
    assert browser.get(reverse("verify:code", args=["x" * 22])).status_code == 404


def test_the_root_and_the_revocations_are_public(case: Case) -> None:
    root = Client().get(reverse("verify:root"))
    assert root.content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert Client().get(reverse("verify:revocations"))["Content-Type"] == "application/pkix-crl"


def _list() -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(Client().get(reverse("verify:revocations")).content)


def test_the_list_of_revocations_is_made_daily_and_after_each_one(case: Case, clock: Clock) -> None:
    assert approvals.publish_revocations()
    first = _list()
    assert (len(first), approvals.publish_revocations(), _list()) == (0, False, first)
    revoked = Certificate.objects.get(person=case.cast.director)
    clock.forward(minutes=1)
    approvals.revoke_certificate(certificate=revoked, reason="Lost.", by=case.cast.administrator)
    assert [f"{one.serial_number:x}" for one in _list()] == [
        revoked.serial.lower()
    ]  # at once, for whoever asks
    assert approvals.publish_revocations()
    clock.forward(hours=25)
    assert approvals.publish_revocations()
    issuing = x509.load_der_x509_certificate(bytes(Authority.objects.get(rank="issuing").certificate))
    assert _list().is_signature_valid(issuing.public_key())
    assert RevocationList.objects.count() == 3


def test_looking_takes_less_than_the_blink_of_an_eye_once_it_is_warm(case: Case) -> None:
    """The bench measures it; here only that a second look needs no new process."""
    looked(paper())
    pid = verifying._aside.pid
    looked(paper())
    assert verifying._aside.pid == pid
