"""Signatures inside PDFs, judged by our own look and by poppler: they hold, and whatever is done to them is seen."""

import functools
import io
import os
import random
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from asn1crypto import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from approvals import certificates, sealing
from approvals.authority import Own
from approvals.sealing import Sign
from core import stamps
from tests.approvals.archive import faults
from tests.approvals.papers import (
    checked,
    hand,
    holds_for_poppler,
    issued,
    made,
    made_authorities,
    now,
    page,
    signed,
    trust,
)
from tests.fakes.tsa import Tsa, authority

CHANGES = int(os.environ.get("BYTES", "200"))  # BYTES=1000 make test T=tests/approvals/test_sealing.py


@pytest.mark.parametrize("signatures", [1, 3])
def test_both_validators_say_that_all_hold_and_the_whole_file_is_covered(
    signatures: int, tmp_path: Path
) -> None:
    paper = signed(signatures)
    report = checked(paper)
    assert report.sound
    assert [one.name for one in report.ours] == ["Kumala ITSM", "Signer 1", "Signer 2", "Signer 3"][
        : signatures + 1
    ]
    assert holds_for_poppler(paper, tmp_path / "a.pdf", signatures=signatures + 1)


def test_it_is_still_a_pdf_for_archives_with_tags() -> None:
    paper = signed(3)
    assert faults(page()) == faults(paper) == []
    assert pypdf.PdfReader(io.BytesIO(paper)).trailer["/Root"]["/Extensions"].keys() == {"/ESIC"}


def _with(change: Callable[[IncrementalPdfFileWriter], None], paper: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(paper))
    change(writer)
    writer.update_root()
    return _written(writer)


def _hidden(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/F"] = generic.NumberObject(130)
    writer.update_container(field)


def _fontless(writer: IncrementalPdfFileWriter) -> None:
    fonts = writer.root["/Pages"]["/Kids"][0]["/Resources"]["/Font"]
    described = next(iter(fonts.values())).get_object()["/DescendantFonts"][0]["/FontDescriptor"]
    del described["/FontFile2"]
    writer.update_container(described)


NO_ARCHIVE: dict[str, Callable[[bytes], bytes]] = {
    "6.1.2 catalog": functools.partial(_with, lambda writer: writer.ensure_output_version((2, 0))),
    "6.1.2 header": lambda paper: b"%PDF-2.0" + paper[8:],
    "6.2.11.4": functools.partial(_with, _fontless),
    "6.7": functools.partial(_with, lambda writer: writer.root.pop("/StructTreeRoot")),
    "6.3.2": functools.partial(_with, _hidden),
}


@pytest.mark.parametrize("rule", NO_ARCHIVE)
def test_what_is_no_pdf_for_archives_is_seen(rule: str) -> None:
    """The judge of the test above is one."""
    assert any(fault.startswith(rule) for fault in faults(NO_ARCHIVE[rule](signed(1))))


def _container(paper: bytes) -> range:
    """The bytes of the last signature itself: what a signature cannot cover."""
    last = [m.span() for m in re.finditer(rb"/Contents\s*<[0-9a-fA-F]+>", paper)][-1]
    return range(*last)


def test_a_changed_byte_anywhere_is_seen_by_both(tmp_path: Path) -> None:
    paper, chance = signed(3), random.Random(20261121)
    container = _container(paper)
    missed: list[tuple[str, int]] = []
    for _n in range(CHANGES):
        place = chance.choice(
            [p for p in (chance.randrange(len(paper)) for _ in range(50)) if p not in container]
        )
        changed = bytearray(paper)
        changed[place] ^= 1 << chance.randrange(8)
        if checked(bytes(changed)).sound:
            missed.append(("ours", place))
        if holds_for_poppler(bytes(changed), tmp_path / "b.pdf", signatures=4):
            missed.append(("poppler", place))
    assert missed == []


def _rewritten_page(paper: bytes) -> bytes:
    """Another text is laid over the page, behind the last signature."""
    writer = IncrementalPdfFileWriter(io.BytesIO(paper))
    stream = generic.StreamObject(stream_data=b"BT /F1 40 Tf 50 700 Td (Approve 240 hours) Tj ET")
    first = writer.root["/Pages"]["/Kids"][0]
    contents = first.raw_get("/Contents")
    first["/Contents"] = generic.ArrayObject([contents, writer.add_object(stream)])
    writer.update_container(first)
    return _written(writer)


def _added_note(paper: bytes) -> bytes:
    """A note that covers the figures."""
    writer = IncrementalPdfFileWriter(io.BytesIO(paper))
    first = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject({
        generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
        generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
        generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 600, 400, 700))),
        generic.pdf_name("/Contents"): generic.pdf_string("Rp 500.000.000"),
    })  # fmt: skip
    first["/Annots"] = generic.ArrayObject([*first.get("/Annots", []), writer.add_object(note)])
    writer.update_container(first)
    return _written(writer)


def _swapped_fields(paper: bytes) -> bytes:
    """The signatures of two people change places."""
    writer = IncrementalPdfFileWriter(io.BytesIO(paper))
    fields = {str(f.get_object()["/T"]): f.get_object() for f in writer.root["/AcroForm"]["/Fields"]}
    one, two = fields["Signature1"], fields["Signature2"]
    one["/V"], two["/V"] = two.raw_get("/V"), one.raw_get("/V")
    for field in (one, two):
        writer.update_container(field)
    return _written(writer)


def _foreign_signature(paper: bytes) -> bytes:
    """Somebody else signs behind us, with a certificate of the same name that they made themselves."""
    return sealing.sign(paper, hand=_stranger(), sign=Sign("Signature9", name="Dewi"))


def _stranger() -> sealing.Hand:
    root, issuing = made_authorities(at=now())
    signer = Own(made(issuing, "Signer 1", at=now()), root.certificate, issuing.certificate)
    lists = tuple(certificates.revocation_list(one, (), now=now()) for one in (root, issuing))
    return sealing.Hand(signer, sealing.Trust((root.certificate,), (issuing.certificate,), lists), now())


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


ATTACKS: dict[str, Callable[[bytes], bytes]] = {
    "another page": _rewritten_page,
    "a note over it": _added_note,
    "swapped fields": _swapped_fields,
    "a foreign signature": _foreign_signature,
    "bytes at the end": lambda paper: paper + b"\n% nothing\n",
    "a second file behind": lambda paper: paper + page("Approve 240 hours."),
    "cut off": lambda paper: paper[: len(paper) - 400],
    "another file": lambda _paper: page("Approve 240 hours."),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_added_or_exchanged_behind_the_signatures_is_seen(attack: str) -> None:
    assert not checked(ATTACKS[attack](signed(2))).sound


@pytest.mark.parametrize(
    "attack", ["another page", "a note over it", "swapped fields", "bytes at the end", "cut off"]
)
def test_poppler_no_longer_says_that_the_whole_file_is_signed(attack: str, tmp_path: Path) -> None:
    changed = ATTACKS[attack](signed(2))
    assert not holds_for_poppler(changed, tmp_path / "c.pdf", signatures=3)


def test_a_certificate_that_ended_signs_nothing_but_what_it_signed_holds() -> None:
    paper = signed(2)
    assert checked(paper, at=now() + timedelta(days=3650)).sound
    with pytest.raises(Exception, match="could not be validated"):
        sealing.sign(paper, hand=hand("Signer 3", at=now() + timedelta(days=3650)), sign=Sign("Signature3"))


def test_a_certificate_revoked_before_signing_is_not_believed_one_revoked_later_is() -> None:
    paper, serial = signed(1), issued("Signer 1").serial
    assert not checked(paper, believed=trust((serial, now() - timedelta(hours=1)))).sound
    later = now() + timedelta(hours=2)
    assert checked(paper, believed=trust((serial, now() + timedelta(hours=1)), at=later), at=later).sound


@pytest.fixture
def tsa(tmp_path: Path) -> object:
    with Tsa(tmp_path) as running:
        yield running


def test_a_stamp_of_an_authority_is_inside_the_signature_or_is_added_later(tsa: Tsa, tmp_path: Path) -> None:
    root = authority("TSA")[0]
    asked = stamps.Authority(tsa.url, (x509.Certificate.load(root),))
    plain = sealing.seal(page(), hand=hand("Kumala ITSM"), sign=Sign(sealing.SEAL), places={})
    at_once = sealing.sign(plain, hand=hand("Signer 1", stamper=asked), sign=Sign("Signature1"))
    report = checked(at_once, tsa=(root,))
    assert report.sound
    assert [bool(one.stamped_at) for one in report.signatures] == [False, True]
    later = sealing.stamp(signed(1), stamper=asked, trust=trust())
    report = checked(later, tsa=(root,))
    assert report.sound
    assert [one.is_stamp for one in report.signatures] == [False, False, True]
    assert report.signatures[-1].stamped_at
    # poppler judges the signatures; of the stamp it only says that it covers the whole file.
    assert holds_for_poppler(later, tmp_path / "d.pdf", signatures=2)
    assert not any(one.stamped_at for one in checked(later).signatures)  # an authority that is not believed


def test_a_silent_authority_says_so_and_nothing_is_written(tsa: Tsa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "PATIENCE", (0.3, 0.3))
    asked = stamps.Authority(tsa.url, (x509.Certificate.load(authority("TSA")[0]),))
    tsa.mood = "slow"
    with pytest.raises(stamps.Silent):
        sealing.sign(signed(1), hand=hand("Signer 2", stamper=asked), sign=Sign("Signature2"))
    with pytest.raises(stamps.Silent):
        sealing.stamp(signed(1), stamper=asked, trust=trust())
