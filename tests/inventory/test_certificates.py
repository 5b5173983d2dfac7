"""Certificates written down from their files; files that are none, or hold what nobody should send."""

import io
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import SimpleUploadedFile

from core import files
from events.models import Event
from inventory import actions as inventory
from inventory import certificates
from inventory.models import Renewable
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.refusals import not_possible
from tests.inventory.certificates import ENDS, KEY, certificate, pem

RSA = rsa.generate_private_key(65537, 2048)
PEM, DER = Encoding.PEM, Encoding.DER
PKCS8, OLD = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
PLAIN, LOCKED = NoEncryption(), BestAvailableEncryption(b"secret")


def sent(content: bytes) -> Any:
    return SimpleUploadedFile("a.crt", content)


@pytest.mark.parametrize("shape", ["pem", "der", "chain", "words", "utf16"])
def test_a_certificate_is_written_down_as_its_file_says(cast: Cast, page: Any, shape: str) -> None:
    above = pem(subject="CN=R11,O=Let's Trust", names=(), is_authority=True, serial=1)
    content = {
        "pem": pem(), "der": certificate().public_bytes(DER), "chain": above + pem(),
        "words": b"Bag Attributes: <none>\nsubject=/CN=x\n" + pem(), "utf16": pem().decode().encode("utf-16"),
    }[shape]  # fmt: skip
    browser = page(cast.agent)
    answer = browser.post(
        "/assets/renewables/certificate/", {"file": sent(content), "branch": cast.bandung.pk}
    )
    row = Renewable.objects.get()
    assert answer.url == row.get_absolute_url()
    assert (row.kind, row.name, row.partner, row.reference, row.branch) == (
        "certificate", "shop.kumala.example", "Let's Trust · R11", "abc123", cast.bandung,
    )  # fmt: skip
    assert row.host_names.split("\n") == ["shop.kumala.example", "*.kumala.example"]
    assert (row.starts_date, row.ends_date) == (date(2026, 1, 1), date(2040, 6, 1))
    assert row.note == "CN=shop.kumala.example,O=Kumala Retail"
    assert row.warn_date == row.ends_date - timedelta(days=60)
    kept = files.path_of(row.files.get().sha256).read_bytes()
    assert [one.serial_number for one in x509.load_pem_x509_certificates(kept)] == (
        [1, 0xABC123] if shape == "chain" else [0xABC123]
    )
    assert b"Bag" not in kept, "nothing but the certificates is kept"
    text = browser.get(row.get_absolute_url()).content.decode()
    assert "*.kumala.example" in text


@pytest.mark.parametrize(
    "content",
    [
        KEY.private_bytes(PEM, PKCS8, PLAIN), KEY.private_bytes(PEM, OLD, PLAIN), KEY.private_bytes(PEM, PKCS8, LOCKED),
        KEY.private_bytes(DER, PKCS8, PLAIN), KEY.private_bytes(DER, OLD, PLAIN), KEY.private_bytes(DER, PKCS8, LOCKED),
        RSA.private_bytes(PEM, OLD, LOCKED), RSA.private_bytes(DER, OLD, PLAIN), RSA.private_bytes(DER, PKCS8, PLAIN),
        RSA.private_bytes(DER, PKCS8, LOCKED), pem() + KEY.private_bytes(PEM, PKCS8, PLAIN),
        KEY.private_bytes(PEM, PKCS8, PLAIN).decode().encode("utf-16"), b"\xfe\xed\xfe\xed\0\0\0\2",
        pkcs12.serialize_key_and_certificates(b"x", KEY, certificate(), None, LOCKED),
        pkcs12.serialize_key_and_certificates(b"x", RSA, None, None, PLAIN),
    ],
)  # fmt: skip
def test_a_private_key_is_refused_and_not_kept(
    cast: Cast, settings: Any, tmp_path: Any, content: bytes
) -> None:
    settings.MEDIA_ROOT = tmp_path
    row = inventory.keep_certificate(file=io.BytesIO(pem()), by=cast.it_manager)
    kept = {path for path in tmp_path.rglob("*") if path.is_file()}
    with not_possible("holds a private key"):
        inventory.keep_certificate(file=io.BytesIO(content), by=cast.it_manager)
    with not_possible("holds a private key"):
        inventory.renew_certificate(renewable=row, file=io.BytesIO(content), by=cast.it_manager)
    with not_possible("private key"):
        inventory.attach_document(renewable=row, uploads=[("a.key", io.BytesIO(content))], by=cast.it_manager)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == kept


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"hello", "No certificate"), (b"\0" * 100, "No certificate"), (b"0\x82\xff\xff", "No certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "No certificate"),
        (b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "No certificate"),
        (certificate().public_bytes(DER) + b"more", "No certificate"),
        (pem()[:200], "No certificate"), (b"-----BEGIN " + b"x" * 300_000, "too large"), (pem() * 21, "too many"),
        (pem(starts=datetime(1960, 1, 1, tzinfo=UTC), ends=datetime(1970, 1, 1, tzinfo=UTC)), "before 1990"),
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_refused_with_a_sentence(
    cast: Cast, page: Any, content: bytes, says: str
) -> None:
    browser = page(cast.it_manager)
    with not_possible(says):
        inventory.keep_certificate(file=io.BytesIO(content), by=cast.it_manager)
    answer = browser.post("/assets/renewables/certificate/", {"file": sent(content)})
    assert answer.status_code == 409
    assert not Renewable.objects.exists()


def test_what_stands_in_a_certificate_is_only_text(cast: Cast, page: Any) -> None:
    """Names come from whoever made the certificate: marks, characters that nobody sees, far too many of them."""
    marks = (
        (NameOID.COMMON_NAME, "<script>alert(1)</script>"),
        (NameOID.ORGANIZATION_NAME, "\x1b[31m\u202e" + "x" * 50),
    )
    content = pem(
        subject=x509.Name([x509.NameAttribute(*mark) for mark in marks]),
        ends=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), names=tuple(f"{n}.example" for n in range(500)),
    )  # fmt: skip
    row = inventory.keep_certificate(file=io.BytesIO(content), by=cast.it_manager)
    assert row.ends_date == date(9999, 12, 31)
    assert len(row.host_names.split("\n")) == certificates.MOST_NAMES
    assert row.note.isprintable()
    text = page(cast.it_manager).get(row.get_absolute_url()).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_certificate_without_names_is_called_by_its_subject_or_number(cast: Cast) -> None:
    for serial, (subject, name) in enumerate((("O=Kumala", "O=Kumala"), ("", "7")), 6):
        content = pem(subject=subject, names=(), serial=serial)
        row = inventory.keep_certificate(file=io.BytesIO(content), by=cast.it_manager)
        assert (row.name, row.host_names) == (name, "")


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_however_a_file_is_broken_it_is_read_or_refused() -> None:
    """Bytes of a real one changed at random: nothing but `Unreadable` comes out."""
    whole, chance = certificate().public_bytes(DER), random.Random(7)
    told = 0
    for _n in range(1500):
        content = bytearray(whole)
        for _m in range(chance.randint(1, 3)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            certificates.read(bytes(content))
        except certificates.Unreadable:
            told += 1
    assert 0 < told < 1500


def test_its_next_certificate_is_read_into_the_same_row(cast: Cast, page: Any) -> None:
    row = inventory.keep_certificate(file=io.BytesIO(pem()), by=cast.it_manager)
    inventory.keep_renewable(renewable=row, name="The shop", note="Ask Sari.", by=cast.it_manager)
    browser, url = page(cast.it_manager), f"{row.get_absolute_url()}certificate/"
    later = pem(serial=0xDEF, ends=ENDS + timedelta(days=365), names=("shop.kumala.example",))
    for content, says in (
        (pem(), "written down already"), (pem(serial=5, ends=ENDS - timedelta(days=9)), "must be later"),
    ):  # fmt: skip
        with not_possible(says):
            inventory.renew_certificate(renewable=row, file=io.BytesIO(content), by=cast.it_manager)
    assert browser.post(url, {"file": sent(later)}).url == row.get_absolute_url()
    row = Renewable.objects.get()
    assert (row.name, row.note, row.reference) == ("The shop", "Ask Sari.", "def")
    assert (row.host_names, row.ends_date) == ("shop.kumala.example", date(2041, 6, 1))
    assert row.files.count() == 2
    assert Event.objects.about(row).count() == 5, "written, its file, two changes, the new file"


def test_only_certificates_have_one_and_names(cast: Cast, page: Any) -> None:
    row = inventory.keep_renewable(kind="contract", name="Cleaning", by=cast.it_manager)
    with not_possible("Only a certificate"):
        inventory.renew_certificate(renewable=row, file=io.BytesIO(pem()), by=cast.it_manager)
    with not_possible("Only a certificate"):
        inventory.keep_renewable(renewable=row, host_names="x.example", by=cast.it_manager)
    assert (
        f"{row.get_absolute_url()}certificate/"
        not in page(cast.it_manager).get(row.get_absolute_url()).content.decode()
    )


def test_programs_send_certificates(cast: Cast) -> None:
    program = Program(cast.it_manager)
    made = program.post("renewables/certificates/", files=True, file=sent(pem()))
    assert (program.status, made["host_names"]) == (201, "shop.kumala.example\n*.kumala.example")
    url = f"renewables/{made['id']}/certificate/"
    later = sent(pem(serial=9, ends=ENDS + timedelta(days=9)))
    assert program.post(url, files=True, file=later)["reference"] == "9"
    program.post(url, files=True, file=sent(KEY.private_bytes(PEM, PKCS8, PLAIN)))
    program.refused(409)
    assert "private key" in program.said["detail"]
