"""The papers of a form: made once, layer upon layer, in the order of what happened, whatever dies in between."""

import io
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pypdf
import pytest
from django.db import connection
from PIL import Image

from approvals import actions as approvals
from approvals.enums import ApprovalEvent, Layer, Outcome
from approvals.models import Certificate, Document, Sealing
from core import files, outbox
from events.models import Event
from tests.approvals.archive import faults
from tests.cast import PASSWORD, Cast
from tests.harness.database import APP
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_yours, refused_by_postgres
from tests.stages import reach


def content(sha256: str) -> bytes:
    return files.path_of(sha256).read_bytes()


def pdfsig(pdf: bytes, place: Path) -> str:
    """What poppler says of the signatures."""
    place.write_bytes(pdf)
    return subprocess.run(["pdfsig", str(place)], capture_output=True, text=True, check=False).stdout


def test_every_signature_is_in_its_own_name_and_covers_what_came_before(cast: Cast, tmp_path: Path) -> None:
    case = reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    document = Document.objects.get()
    said = pdfsig(content(document.sha256), tmp_path / "brm.pdf")
    assert said.count("Signature is Valid") == 3  # the seal, the Director, the Board
    assert said.count("ETSI.CAdES.detached") == 3
    assert said.count("  - Total document signed") == 1
    for name in ("Kumala ITSM", cast.director.name, cast.board.name):
        assert f"Common Name: {name}" in said
    layers = [one.layer for one in Sealing.objects.order_by("pk")]
    assert layers == [Layer.FORM, Layer.SIGNATURE, Layer.SIGNATURE, Layer.CERTIFICATE]
    audit = pdfsig(content(document.audit_sha256), tmp_path / "audit.pdf")
    assert audit.count("Signature is Valid") == 1
    assert faults(content(document.sha256)) == faults(content(document.audit_sha256)) == []
    assert "  - Total document signed" in audit
    assert Event.objects.filter(type=ApprovalEvent.SEALED, facts__sha256=document.sha256).count() == 1
    assert approvals.render_documents() == 0
    assert case.brm.state == "approved"


def _kinds() -> list[tuple[str, bool]]:
    return [(one.layer, bool(one.sha256)) for one in Sealing.objects.order_by("pk")]


def test_nobody_waits_for_paper_while_they_decide(cast: Cast) -> None:
    case = reach(cast, "brm_approved", hours=24)
    assert case.brm.state == "approved"
    assert _kinds() == [("form", False), ("signature", False), ("signature", False), ("certificate", False)]


DEATHS = [
    "core.pdf.draw", "approvals.sealing.seal", "approvals.sealing.sign", "core.files.keep",
    "approvals.actions.documents._keep",
]  # fmt: skip


@pytest.mark.parametrize("where", DEATHS)
def test_a_worker_that_dies_anywhere_leaves_no_signature_out_and_makes_none_twice(
    cast: Cast, where: str, tmp_path: Path, clock: Any
) -> None:
    """Each call at this place fails once before and once after it has done its work."""
    case = reach(cast, "brm_approved", hours=24)
    module, _dot, name = where.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)
    deaths = iter(["before", "after"] * 3)

    def dying(*args: Any, **facts: Any) -> Any:
        when = next(deaths, "never")
        if when == "before":
            raise OSError("died")
        found = real(*args, **facts)
        if when == "after":
            raise OSError("died")
        return found

    with mock.patch(where, dying):
        for _round in range(12):
            approvals.render_documents()
            clock.forward(minutes=5)
    assert all(made for _kind, made in _kinds())
    said = pdfsig(content(Document.objects.get().sha256), tmp_path / "a.pdf")
    assert said.count("Signature is Valid") == 3
    assert said.count(f"Common Name: {cast.director.name}") == 1
    assert Event.objects.filter(type=ApprovalEvent.SEALED, facts__approval=case.brm.pk).count() == 1


def test_signatures_stand_in_the_order_of_the_decisions_even_if_one_is_held_up(
    cast: Cast, clock: Any
) -> None:
    reach(cast, "brm_approved", hours=24)
    first = Sealing.objects.filter(layer=Layer.SIGNATURE).order_by("pk")[0]
    Sealing.objects.filter(pk=first.pk).update(state=outbox.QueueState.DEAD)
    for _round in range(12):
        approvals.render_documents()
        clock.forward(hours=2)
    made = [one.layer for one in Sealing.objects.order_by("pk") if one.sha256]
    assert made == ["form"]
    with mock.patch("accounts.models.User.runs_operations", True):
        for row in Sealing.objects.exclude(layer=Layer.FORM).order_by("pk"):
            approvals.retry_paper(layer=row, by=cast.it_manager)
    for _round in range(4):
        approvals.render_documents()
        clock.forward(minutes=5)
    document = Document.objects.get()
    reader = pypdf.PdfReader(io.BytesIO(content(document.sha256)))
    fields = reader.get_fields() or {}
    who = [str(fields[name]["/V"]["/Name"]) for name in ("Signature1", "Signature2")]
    assert who == [cast.director.name, cast.board.name]


def test_a_damaged_file_is_not_signed_any_further(cast: Cast, clock: Any) -> None:
    case = reach(cast, "director_signed", hours=24)
    approvals.render_documents(most=1)
    document = Document.objects.get()
    files.path_of(document.sha256).write_bytes(b"%PDF-1.7 something else")
    for _round in range(12):
        approvals.render_documents()
        clock.forward(hours=2)
    row = Sealing.objects.get(layer=Layer.SIGNATURE)
    assert row.sha256 == ""
    assert row.state == "dead"
    assert "Damaged" in row.last_error
    assert case.brm.state == "pending"  # the decision itself stands


def test_the_hash_that_was_shown_is_the_hash_that_is_signed_and_printed(cast: Cast) -> None:
    case = reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    document = Document.objects.get()
    for sha256 in (document.sha256, document.audit_sha256):
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content(sha256))).pages)
        assert case.brm.content_hash in text.replace("\n", "")
    assert {one.signature.content_hash for one in case.brm.decisions.all()} == {case.brm.content_hash}


def test_the_certificate_says_who_when_how_and_over_which_bytes(cast: Cast) -> None:
    reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    document = Document.objects.get()
    text = _text(document.audit_sha256)
    for layer in Sealing.objects.exclude(layer=Layer.CERTIFICATE):
        assert layer.sha256 in text.replace(" ", "")
    assert cast.director.name in text
    assert cast.board.name in text


def test_the_certificate_says_by_what_a_refusal_was_confirmed(cast: Cast) -> None:
    """It bears no signature; the proof is kept all the same."""
    case = reach(cast, "brm_submitted", hours=Decimal("24.5"))
    approvals.prove_and_decide(
        approval=case.brm, outcome=Outcome.REFUSE, by=cast.director, given=approvals.Given(PASSWORD),
        shown_hash=case.brm.content_hash, reason="Not this year.",
        ink=approvals.Ink(address="10.1.2.3", browser="A telephone"),
    )  # fmt: skip
    deliver(printed=True)
    document = Document.objects.get()
    text = _text(document.audit_sha256)
    for said in ("Ditolak", "kata sandi", "10.1.2.3", "A telephone", "Not this year."):
        assert said in text
    assert "24,5 jam" in _text(document.sha256)


def test_the_paper_of_a_test_shows_its_screenshots(cast: Cast) -> None:
    case = reach(cast, "on_training")
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "red").save(out, "PNG")
    out.seek(0)
    approvals.attach_evidence(approval=case.uat, number=0, name="stok.png", file=out, by=cast.requester)
    approvals.record_results(approval=case.uat, results=[("passed", ""), ("passed", "")], by=cast.requester)
    approvals.submit(approval=case.uat, by=cast.requester)
    deliver(printed=True)
    document = Document.objects.get(approval=case.uat)
    pages = pypdf.PdfReader(io.BytesIO(content(document.sha256))).pages
    drawn = [image.image for page in pages for image in page.images]
    assert [(one.size, one.getpixel((5, 5))[0] > 200) for one in drawn] == [((224, 168), True)]
    assert "stok.png" in _text(document.sha256)


def _text(sha256: str) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content(sha256))).pages
    return " ".join("".join(page.extract_text() for page in pages).split())


def test_a_person_signs_with_one_certificate_until_the_name_changes(cast: Cast) -> None:
    for _n in range(2):
        reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    assert Certificate.objects.filter(person=cast.director).count() == 1
    cast.director.name = "Dewi Baru"
    cast.director.save()
    reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    assert Certificate.objects.filter(person=cast.director).count() == 2


def test_keys_lie_sealed_in_the_database_and_certificates_are_only_revoked(cast: Cast) -> None:
    reach(cast, "director_signed", hours=24)
    deliver(printed=True)
    for row in Certificate.objects.all():
        assert b"\x30\x81" not in bytes(row.key)[:4]  # no PKCS#8
        with refused_by_postgres("certificate_is_only_revoked"):
            Certificate.objects.filter(pk=row.pk).update(key=b"x")
        with refused_by_postgres("certificate_is_kept"):
            row.delete()
    for layer in Sealing.objects.exclude(sha256=""):
        with refused_by_postgres("sealing_is_final"):
            Sealing.objects.filter(pk=layer.pk).update(sha256="0" * 64)


def test_only_an_administrator_revokes_and_the_next_signature_has_a_new_certificate(cast: Cast) -> None:
    reach(cast, "director_signed", hours=24)
    deliver(printed=True)
    row, administrator = Certificate.objects.get(person=cast.director), cast.administrator
    with not_yours():
        approvals.revoke_certificate(certificate=row, reason="Lost telephone", by=cast.it_manager)
    with recorded(ApprovalEvent.CERTIFICATE_REVOKED):
        approvals.revoke_certificate(certificate=row, reason="Lost telephone", by=administrator)
    with recorded():
        approvals.revoke_certificate(certificate=row, reason="Again", by=administrator)
    reach(cast, "director_signed", hours=24)
    deliver(printed=True)
    assert Certificate.objects.filter(person=cast.director, revoked_at=None).count() == 1


def test_a_form_from_before_papers_were_made_at_once_catches_up(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    with mock.patch("approvals.actions.documents.add_signature"):  # as it was
        case.director_signed()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE approvals_sealing DISABLE TRIGGER USER")
        Sealing.objects.all().delete()
        Document.objects.all().delete()
        cursor.execute("ALTER TABLE approvals_sealing ENABLE TRIGGER USER")
        cursor.execute(f"SET LOCAL ROLE {APP}")
    case.brm_approved()
    assert [layer for layer, _made in _kinds()] == ["form", "signature", "signature", "certificate"]
    deliver(printed=True)
    assert all(made for _layer, made in _kinds())
