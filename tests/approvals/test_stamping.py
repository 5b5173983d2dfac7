"""Time stamps: inside the signature where an authority answers, later where it did not; a signature is never lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from approvals import actions as approvals
from approvals.models import Document, Sealing
from core import files, stamps
from tests.approvals.test_documents import pdfsig
from tests.cast import Cast
from tests.fakes.tsa import MOODS, Tsa
from tests.harness.events import deliver
from tests.stages import reach


@pytest.fixture
def tsa(tmp_path: Path, settings: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tsa]:
    monkeypatch.setattr(stamps, "PATIENCE", (0.5, 0.5))
    with Tsa(tmp_path) as running:
        settings.TSA_URL, settings.TSA_ROOTS = running.url, running.roots
        yield running


def test_every_layer_carries_the_time_of_the_authority(cast: Cast, tsa: Tsa, tmp_path: Path) -> None:
    reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    document = Document.objects.get()
    assert [one.is_stamped for one in Sealing.objects.all()] == [True] * 4
    assert document.stamp_due_at is None
    assert (
        pdfsig(files.path_of(document.sha256).read_bytes(), tmp_path / "a.pdf").count("Signature is Valid")
        == 3
    )
    assert approvals.stamp_documents() == 0


@pytest.mark.parametrize("mood", ["down", "slow", "other_digest", "other_time"])
def test_while_it_fails_the_signature_is_made_and_stamped_later(
    cast: Cast, tsa: Tsa, mood: str, tmp_path: Path, clock: Any
) -> None:
    assert mood in MOODS
    tsa.mood = mood
    reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    document = Document.objects.get()
    assert [one.is_stamped for one in Sealing.objects.all()] == [False] * 4
    assert (
        pdfsig(files.path_of(document.sha256).read_bytes(), tmp_path / "a.pdf").count("Signature is Valid")
        == 3
    )
    assert approvals.stamp_documents() == 0  # it rests
    clock.forward(minutes=2)
    cache.clear()
    approvals.stamp_documents()
    document.refresh_from_db()
    assert document.stamp_due_at is not None
    tsa.mood = ""
    cache.clear()
    clock.now = document.stamp_due_at + timedelta(seconds=1)
    # The authority's clock is the real one; ours has gone on by a quarter of an hour.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stamps, "DRIFT", timedelta(hours=1))
        patched.setattr(stamps.check, "__kwdefaults__", {"drift": timedelta(hours=1)})
        assert approvals.stamp_documents() == 1
    document.refresh_from_db()
    assert document.stamp_due_at is None
    for sha256, signatures in ((document.sha256, 3), (document.audit_sha256, 1)):
        said = pdfsig(files.path_of(sha256).read_bytes(), tmp_path / "b.pdf")
        assert said.count("Signature is Valid") == signatures
        assert said.count("not yet been verified") == 1  # the stamp: poppler does not judge it
        assert "  - Total document signed" in said


def test_without_an_address_papers_wait_for_one(cast: Cast, settings: Any) -> None:
    settings.TSA_URL = ""
    reach(cast, "director_signed", hours=24)
    deliver(printed=True)
    assert Document.objects.get().stamp_due_at is not None
    assert approvals.stamp_documents() == 0
