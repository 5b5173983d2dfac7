"""Keys in a device (PKCS#11): made there, used there; nobody gets one out, and nothing is lost while it is away."""

import io
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client

from approvals import actions as approvals
from approvals import verifying
from approvals.actions import keys
from approvals.actions.keys import certificate_for
from approvals.models import Authority, Certificate, Document, Sealing
from approvals.providers import provider
from core import files, secrets, slot
from tests.approvals import papers
from tests.cast import Cast
from tests.fakes import device
from tests.harness.events import deliver
from tests.stages import reach

SHA256 = ec.ECDSA(hashes.SHA256())


@pytest.fixture
def token(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device of this test alone, and the product told of it."""
    monkeypatch.setattr(slot, "_sessions", {})
    monkeypatch.setattr(slot, "_refused", set())
    monkeypatch.setenv("SOFTHSM2_CONF", "")
    device.make(tmp_path)
    settings.SLOT_MODULE, settings.SLOT_TOKEN = device.MODULE, device.TOKEN
    settings.SLOT_PIN = device.PIN


def _kept() -> list[bytes]:
    rows = [*Authority.objects.all(), *Certificate.objects.all()]
    return [secrets.unseal(bytes(row.key), purpose=keys._PURPOSE) for row in rows]


@pytest.mark.usefixtures("token")
def test_every_key_is_made_in_the_device_and_signs_there(cast: Cast, tmp_path: Path) -> None:
    reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    content = files.path_of(Document.objects.get().sha256).read_bytes()
    now = datetime.now(UTC)
    assert papers.checked(content, believed=provider().trust(now=now), at=now).sound
    assert papers.holds_for_poppler(content, tmp_path / "brm.pdf", signatures=3)
    people = [f"K{person.pk:06d}" for person in (cast.director, cast.board)]
    assert device.labels() == sorted(["Kumala ITSM Root", "Kumala ITSM Signatures", "K000000", *people])
    assert all(kept.startswith(b"pkcs11:id=%") for kept in _kept())
    assert len(_kept()) == 5


@pytest.mark.usefixtures("token")
def test_a_key_of_the_device_cannot_be_had() -> None:
    key = slot.make(ec.SECP256R1(), label="one")
    with pytest.raises(TypeError, match="never leaves"):
        key.private_numbers()
    with pytest.raises(TypeError, match="never leaves"):
        key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    with pytest.raises(TypeError, match="never leaves"):
        key.exchange(ec.ECDH(), key.public_key())


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_it_is_found_again_by_what_is_kept_of_it_also_by_another_process(curve: ec.EllipticCurve) -> None:
    made = slot.make(curve, label="one")
    again = slot.key_of(made.reference, made.public_key())
    assert again is not None
    read, write = os.pipe()
    if not (child := os.fork()):
        try:
            os.write(write, again.sign(b"words", SHA256))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    for signature in (os.read(read, 200), again.sign(b"words", SHA256)):
        made.public_key().verify(signature, b"words", SHA256)
    os.close(read)


@pytest.mark.usefixtures("token")
def test_a_device_that_is_away_delays_signatures_and_loses_none(
    cast: Cast, settings: Any, clock: Any
) -> None:
    reach(cast, "brm_approved", hours=24)
    settings.SLOT_TOKEN = "another"
    approvals.render_documents()
    waiting = Sealing.objects.order_by("pk")[0]
    assert waiting.state == "pending"
    assert "token 'another': NoSuchToken" in waiting.last_error
    settings.SLOT_TOKEN = device.TOKEN
    clock.forward(minutes=1)
    deliver(printed=True)
    assert not Sealing.objects.filter(sha256="").exists()


@pytest.mark.usefixtures("token")
def test_the_last_list_of_revocations_is_served_while_the_device_is_away(
    cast: Cast, settings: Any, clock: Any
) -> None:
    certificate_for(person=cast.director, now=datetime.now(UTC))
    assert approvals.publish_revocations()
    last = Client().get("/verify/revocations.crl")
    clock.forward(hours=30)  # a new one is due
    approvals.revoke_certificate(certificate=Certificate.objects.get(), reason="Lost.", by=cast.administrator)
    settings.SLOT_TOKEN = "another"
    slot._forget()
    assert not approvals.publish_revocations()
    assert Client().get("/verify/revocations.crl").content == last.content
    settings.SLOT_TOKEN = device.TOKEN
    assert approvals.publish_revocations()
    assert len(x509.load_der_x509_crl(Client().get("/verify/revocations.crl").content)) == 1


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("gone", [{"SLOT_TOKEN": "another"}, {"SLOT_MODULE": ""}, {"SIGNING_KEY": "z" * 50}])
def test_papers_are_checked_also_while_nobody_can_sign(
    cast: Cast, settings: Any, gone: dict[str, str]
) -> None:
    reach(cast, "brm_approved", hours=24)
    deliver(printed=True)
    content = files.path_of(Document.objects.get().sha256).read_bytes()
    for name, value in gone.items():
        setattr(settings, name, value)
    slot._forget()
    assert verifying.look(io.BytesIO(content)).verdict == "genuine"


@pytest.mark.usefixtures("token")
def test_after_a_failure_another_session_is_opened() -> None:
    made = slot.make(ec.SECP256R1(), label="one")
    gone = slot.SlotKey(b"nobody", made.public_key())
    with pytest.raises(slot.Unreachable, match="NoSuchKey"):
        gone.sign(b"words", SHA256)
    made.public_key().verify(made.sign(b"words", SHA256), b"words", SHA256)


@pytest.mark.usefixtures("token")
def test_a_wrong_pin_is_tried_once_lest_the_device_locks(settings: Any) -> None:
    settings.SLOT_PIN = "wrong-one"
    with pytest.raises(slot.Unreachable, match="PinIncorrect"):
        slot.make(ec.SECP256R1(), label="one")
    with pytest.raises(slot.Unreachable, match="does not take SLOT_PIN"):
        slot.make(ec.SECP256R1(), label="one")
    settings.SLOT_PIN = device.PIN
    slot.make(ec.SECP256R1(), label="one")


def test_who_had_a_key_in_the_database_gets_one_in_the_device(
    cast: Cast, request: pytest.FixtureRequest
) -> None:
    now = datetime.now(UTC)
    before = certificate_for(person=cast.director, now=now)
    assert certificate_for(person=cast.director, now=now).serial == before.serial
    request.getfixturevalue("token")
    after = certificate_for(person=cast.director, now=now)
    assert after.serial != before.serial
    assert certificate_for(person=cast.director, now=now).serial == after.serial
    assert device.labels() == [f"K{cast.director.pk:06d}"]  # the authority's stay where they are
    assert Authority.objects.count() == 2


@pytest.mark.usefixtures("token")
def test_without_the_settings_a_key_of_the_device_says_so(cast: Cast, settings: Any) -> None:
    now = datetime.now(UTC)
    issued = certificate_for(person=cast.director, now=now)
    settings.SLOT_MODULE = ""
    with pytest.raises(slot.Unreachable, match="SLOT_MODULE"):
        issued.key.sign(b"words", SHA256)


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [("/nowhere.so", "kumala", "names no file"), (device.MODULE, "", "needs SLOT_TOKEN")],
)
def test_half_a_device_does_not_start(module: str, name: str, said: str, settings: Any) -> None:
    settings.SLOT_MODULE, settings.SLOT_TOKEN, settings.SLOT_PIN = module, name, "1"
    with pytest.raises(ImproperlyConfigured, match=said):
        slot.require()
    with pytest.raises(SystemCheckError, match=said):
        call_command("check")
