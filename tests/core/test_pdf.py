# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Documents: what people typed is printed, never followed."""

import io
from pathlib import Path

import pypdf
import pytest

from approvals import actions as approvals
from approvals.models import Document
from core import files, pdf
from tests.cast import Cast
from tests.harness.events import deliver
from tests.harness.network import Sentinel
from tests.stages import reach


def _text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_approved_brm_names_who_signed(cast: Cast, language: str) -> None:
    case = reach(cast, "brm_approved", hours=24)
    content = pdf.render("pdf/brm.html", approvals.paper(case.brm), language=language)
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) == 1  # two signatures included
    text = _text(content)
    for word in (case.brm.number, "Stock report per warehouse", cast.director.name, cast.board.name, "24"):
        assert word in text, word
    assert case.brm.content_hash[:16] in text.replace("\n", "")


def test_the_document_is_made_once_and_kept(cast: Cast) -> None:
    reach(cast, "signed")
    deliver(printed=True)
    document = Document.objects.get()
    content = files.path_of(document.sha256).read_bytes()
    assert content.startswith(b"%PDF-")
    assert document.size == len(content)
    assert approvals.render_documents() == 0


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
    case = reach(cast, "brm_approved", hours=24)
    approval = case.brm
    typed = " ".join(attack.format(url=url) for attack in ATTACKS for url in addresses)
    approval.content = dict.fromkeys(approval.content, typed) | {"estimate_hours": "24"}
    approval.title = typed[:200]
    content = pdf.render("pdf/brm.html", approvals.paper(approval), language="id")
    assert sentinel.heard == []
    assert "PASSWORD-OF-THE-DATABASE" not in _text(content)
    assert not pypdf.PdfReader(io.BytesIO(content)).attachments
