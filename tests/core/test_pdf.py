# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Documents: what people typed is printed, never followed."""

import io
import re
import subprocess
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.utils import translation
from PIL import Image
from pypdf.generic import StreamObject

from approvals import papers
from approvals.models import Approval, Document
from tests.approvals.archive import faults
from tests.cast import Cast
from tests.harness.network import Sentinel
from tests.stages import reach


def _text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def _paper(approval: Approval, language: str = "id", **other: Any) -> bytes:
    """The form as it is printed when it is submitted, with `other` answers."""
    document, submitted = Document.objects.get(approval=approval), approval.editions.get()
    document.language = language
    submitted.content |= other
    with translation.override(language):
        return papers.form(document, submitted, document.code).content


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_brm_says_what_is_asked_for_and_who_decides(cast: Cast, language: str) -> None:
    case = reach(cast, "brm_approved", hours=24)
    content = _paper(case.brm, language)
    text = _text(content)
    for word in (case.brm.number, "Stock report per warehouse", cast.requester.name, "24", "/verify/"):
        assert word in text, word
    assert case.brm.content_hash[:16] in text.replace("\n", "")
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) <= 2


def test_two_hundred_pages_are_printed(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    reader = pypdf.PdfReader(io.BytesIO(_paper(case.brm, scope="Baris yang panjang sekali. " * 50_000)))
    assert len(reader.pages) > 200
    assert reader.pages[-1].extract_text()


def test_signatures_stand_with_whom_they_ask_and_their_code_and_every_page_is_named(cast: Cast) -> None:
    """A signature on a page of its own would say nothing of what was signed."""
    case = reach(cast, "brm_submitted", hours=24)
    for lines in (1, 16, 20, 24, 28, 100):
        content = _paper(case.brm, scope="Satu baris.\n" * lines)
        said = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
        assert [text for text in said if case.brm.title not in text] == []
        for words in ("Siapa yang memutuskan", "Tanda tangan", "/verify/"):
            assert words in said[-1], (lines, words)


SMILE, FAMILY, FLAG = "\U0001f642", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1ee\U0001f1e9"
ARABIC, HEBREW = "مرحبا بالعالم", "שלום עולם"


def _without_glyph(content: bytes) -> set[str]:
    """Fonts of the paper in which something is drawn as an empty box: its code stands for glyph 0 (.notdef)."""
    fonts = [
        font.get_object()
        for page in pypdf.PdfReader(io.BytesIO(content)).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    ]
    maps = {font["/BaseFont"]: font["/Encoding"].get_object() for font in fonts}
    return {
        name
        for name, codes in maps.items()
        if isinstance(codes, StreamObject) and re.search(rb"> 0\n", codes.get_data())
    }


def _yellow(content: bytes, place: Path) -> int:
    """Points of the first page in the colour of faces, of which nothing of ours has more than an edge."""
    place.with_suffix(".pdf").write_bytes(content)
    command = ["pdftoppm", "-singlefile", "-r", "70", "-png", str(place.with_suffix(".pdf")), str(place)]
    subprocess.run(command, check=True)
    with Image.open(place.with_suffix(".png")) as picture:
        points = picture.convert("RGB").tobytes()
    return sum(
        red > 220 and green > 150 and blue < 110
        for red, green, blue in zip(points[::3], points[1::3], points[2::3], strict=True)
    )


def test_emoji_are_pictures_and_no_empty_boxes(cast: Cast, tmp_path: Path) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    plain = _paper(case.brm, background="A private character.")
    content = _paper(case.brm, background=f"{SMILE * 9} {FAMILY} {FLAG} \u2705 \u2764\ufe0f 123")
    assert _without_glyph(content) == set()
    assert SMILE * 9 in _text(content)
    assert _yellow(content, tmp_path / "smiling") > _yellow(plain, tmp_path / "plain") + 100
    assert faults(content) == []
    assert len(content) < len(plain) + 100_000
    assert _without_glyph(_paper(case.brm, background="\U000ffffd"))  # the test would see a box


def test_what_is_written_from_right_to_left_stands_so(cast: Cast, tmp_path: Path) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    content = _paper(case.brm, background=ARABIC, scope=HEBREW)
    assert _without_glyph(content) == set()
    assert faults(content) == []
    (tmp_path / "paper.pdf").write_bytes(content)
    read = subprocess.run(["pdftotext", str(tmp_path / "paper.pdf"), "-"], capture_output=True, check=True)
    assert ARABIC in read.stdout.decode()  # poppler reads what is seen, and turns it round
    assert HEBREW in read.stdout.decode()


FAR = {
    "chinese": "雅加达分公司需要新的库存报告", "traditional": "雅加達分公司需要新的庫存報告", "japanese": "ジャカルタ支店の在庫レポートです",
    "korean": "자카르타 지점의 재고 보고서", "thai": "รายงานสินค้าคงคลังของสาขาจาการ์ตา", "vietnamese": "Báo cáo tồn kho của chi nhánh",
}  # fmt: skip


def test_chinese_japanese_korean_and_thai_are_letters_and_no_empty_boxes(cast: Cast, tmp_path: Path) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    plain = _paper(case.brm, background="Only Latin.")
    content = _paper(case.brm, background="\n".join(FAR.values()), title=FAR["thai"])
    assert _without_glyph(content) == set()
    (tmp_path / "paper.pdf").write_bytes(content)
    read = subprocess.run(["pdftotext", str(tmp_path / "paper.pdf"), "-"], capture_output=True, check=True)
    missing = [name for name, text in FAR.items() if text not in read.stdout.decode()]
    assert missing == []
    assert faults(content) == []
    assert len(content) < len(plain) + 60_000  # the letters that are used, of fonts of megabytes


ATTACKS = [
    '<img src="{url}">', '<link rel="stylesheet" href="{url}">', '<style>@import url("{url}")</style>',
    '<object data="{url}"></object>', '<iframe src="{url}"></iframe>', '<svg><image href="{url}"/></svg>',
    '<div style="background: url({url})">', '<base href="{url}"><img src="x">', '<a rel="attachment" href="{url}">x</a>',
    '<embed src="{url}">', "{url}", '<meta http-equiv="refresh" content="0;url={url}">',
]  # fmt: skip


def test_nothing_that_was_typed_is_fetched(cast: Cast, sentinel: Sentinel, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("PASSWORD-OF-THE-DATABASE")
    addresses = [f"http://127.0.0.1:{sentinel.port}/x", f"//127.0.0.1:{sentinel.port}/x", secret.as_uri(),
                 f"ftp://127.0.0.1:{sentinel.port}/x", f"http://[::ffff:127.0.0.1]:{sentinel.port}/"]  # fmt: skip
    case = reach(cast, "brm_submitted", hours=24)
    typed = " ".join(attack.format(url=url) for attack in ATTACKS for url in addresses)
    answers = dict.fromkeys(case.brm.content, typed) | {"estimate_hours": "24", "attachments": []}
    content = _paper(case.brm, **answers)
    assert sentinel.heard == []
    assert "PASSWORD-OF-THE-DATABASE" not in _text(content)
    assert not pypdf.PdfReader(io.BytesIO(content)).attachments
