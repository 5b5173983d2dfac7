# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Documents: what people typed is printed, never followed."""

import io
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.utils import translation

from approvals import papers
from approvals.models import Approval, Document
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


def test_emoji_other_scripts_and_two_hundred_pages_are_printed(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    words = "مرحبا بالعالم עברית 🙂 \U0001f468\u200d\U0001f469 ข้อความ \ufffd"
    content = _paper(case.brm, background=words, scope="Baris yang panjang sekali. " * 50_000)
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert len(reader.pages) > 200
    assert reader.pages[-1].extract_text()


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
