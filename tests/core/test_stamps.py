"""Time stamps of an authority outside: believed only when they are signed, fresh, and over what was asked."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from core import stamps
from tests.fakes.tsa import MOODS, Tsa

DIGEST = hashlib.sha256(b"what was signed").digest()


@pytest.fixture
def tsa(tmp_path: Path, settings: Any, db: None) -> Iterator[Tsa]:
    with Tsa(tmp_path) as running:
        settings.TSA_URL, settings.TSA_ROOTS = running.url, running.roots
        yield running


def test_a_stamp_proves_the_instant_over_this_digest_alone(tsa: Tsa) -> None:
    token = stamps.stamp(DIGEST)
    assert abs(stamps.told(token, DIGEST) - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(stamps.Silent):
        stamps.told(token, hashlib.sha256(b"something else").digest())
    with pytest.raises(stamps.Silent):
        stamps.told(token[:-20], DIGEST)


@pytest.mark.parametrize("mood", MOODS)
def test_what_cannot_be_believed_is_no_stamp_and_is_not_asked_again_at_once(
    tsa: Tsa, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "PATIENCE", (0.5, 0.5))
    tsa.mood = mood
    with pytest.raises(stamps.Silent):
        stamps.stamp(DIGEST)
    asked = tsa.asked
    assert asked <= 1  # a redirect is not followed
    assert stamps.authority() is None
    with pytest.raises(stamps.Silent):
        stamps.stamp(DIGEST)
    assert tsa.asked == asked
    tsa.mood = ""
    cache.clear()
    assert stamps.told(stamps.stamp(DIGEST), DIGEST)


def test_without_an_address_nobody_is_asked(settings: Any, db: None) -> None:
    settings.TSA_URL = ""
    assert stamps.authority() is None
    assert stamps.roots() == []
