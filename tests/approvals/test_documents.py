
"""The papers of a form: made once, layer upon layer, in the order of what happened, whatever dies in between."""

import subprocess
from pathlib import Path

from approvals import actions as approvals
from approvals.enums import ApprovalEvent, Layer
from approvals.models import Document, Sealing
from core import files
from events.models import Event
from tests.cast import Cast
from tests.harness.events import deliver
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
    assert "  - Total document signed" in audit
    assert Event.objects.filter(type=ApprovalEvent.SEALED, facts__sha256=document.sha256).count() == 1
    assert approvals.render_documents() == 0
    assert case.brm.state == "approved"
