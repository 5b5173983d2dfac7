"""Another provider of certificates is put in at one place, and its level stands on the paper."""

import io
from datetime import datetime
from typing import ClassVar

import pypdf
import pytest
from django.utils import translation

from accounts.models import User
from approvals.enums import Level
from approvals.models import Certificate, Document
from approvals.sealing import Hand, Trust
from core import files
from tests.approvals import papers
from tests.cast import Cast
from tests.harness.events import deliver
from tests.stages import reach


class Psre:
    """A certified provider as a test has it: an authority of its own, asked once for each signature."""

    level = Level.CERTIFIED
    asked: ClassVar[list[str]] = []

    def hand(self, person: User | None, *, now: datetime) -> Hand:
        self.asked.append(person.name if person else "seal")
        return papers.hand(person.name if person else "Kumala Group", at=now)

    def trust(self, *, now: datetime) -> Trust:
        return papers.trust(at=now)

    known = trust


@pytest.fixture
def _psre(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SIGNING_PROVIDER = f"{__name__}.Psre"  # type: ignore[attr-defined]
    monkeypatch.setattr(Psre, "asked", [])


@pytest.mark.usefixtures("_psre")
def test_a_certified_provider_signs_and_the_paper_says_so(cast: Cast) -> None:
    reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    document = Document.objects.get()
    assert document.level == Level.CERTIFIED
    assert Psre.asked == ["seal", cast.director.name, cast.board.name, "seal"]
    assert not Certificate.objects.exists()
    content = files.path_of(document.sha256).read_bytes()
    text = " ".join("".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages).split())
    with translation.override(document.language):
        assert str(Level.CERTIFIED.label) in text
    assert papers.checked(content).sound
