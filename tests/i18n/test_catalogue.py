"""The Indonesian catalogue says every sentence of the code, completely, and nothing else."""

import re
import string
from functools import cache

import polib
import pytest
from django.conf import settings

from tests.i18n import sentences

CATALOGUE = settings.ROOT / "locale/id/LC_MESSAGES/django.po"
# The same in both languages: names of the SOP, of programs and of measures, and words Indonesian has taken over.
SAME = {
    "Audit", "Deploy",
    "API", "Administrator", "Auditor", "Build", "Builds", "Commit", "Database Manager", "E-mail", "IT Manager", "PDF",
    "In Progress", "No.", "Production", "Server", "Status", "Training", "Trial", "User Acceptance Test", "User Testing",
    "build", "builds", "commit", "e-mail", "passkey", "server", "status",
    "Antivirus", "Database", "Enterprise", "Firewall", "Host", "Log", "Model", "Pro", "Token", "database", "host",
    "log", "model", "monday.com", "port", "snapshot", "token", "webhook", "%(size)s GB", "%(size)s MB",
    "%s KB", "%s MB",
}  # fmt: skip


@cache
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_it_has_every_sentence_of_the_code_and_no_other() -> None:
    kept = {(e.msgctxt, e.msgid) for e in catalogue()}
    said = sentences.said()
    assert {"missing": said - kept, "said nowhere any more": kept - said} == {
        "missing": set(),
        "said nowhere any more": set(),
    }


def test_every_sentence_is_translated_and_none_is_doubtful() -> None:
    assert [e.msgid for e in catalogue().untranslated_entries()] == []
    assert [e.msgid for e in catalogue().fuzzy_entries()] == []
    assert [e.msgid for e in catalogue().obsolete_entries()] == []


@pytest.mark.parametrize(
    "pattern",
    [r"%\(\w+\)[sd]", r"[#§]", r"<[^>]+>", r"https?:\S+", r"SOP-[AB][\d.]*\d"],
    ids=["placeholders", "gaps", "tags", "addresses", "clauses"],
)
def test_what_is_filled_in_is_the_same_in_both(pattern: str) -> None:
    for entry in catalogue():
        wanted = sorted(set(re.findall(pattern, entry.msgid)))
        for said in entry.msgstr_plural.values() or [entry.msgstr]:
            assert sorted(set(re.findall(pattern, said))) == wanted, entry.msgid


def test_a_sentence_ends_the_same_way_in_both() -> None:
    def ending(text: str) -> str:
        return text[-1] if text[-1] in ".?:!,…" else ""

    different = [e.msgid for e in catalogue() if e.msgstr and ending(e.msgid) != ending(e.msgstr)]
    assert different == []


def test_only_names_are_the_same_in_both() -> None:
    letters = set(string.ascii_letters)
    same = {
        e.msgid
        for e in catalogue()
        if e.msgid == e.msgstr and letters & set(re.sub(r"%\(\w+\)[sd]", "", e.msgid))
    }
    assert same - SAME == set()


def test_it_speaks_politely_and_in_the_words_of_the_product() -> None:
    """Anda with a capital; one word per thing (shared/product.md), not the other one that comes to mind."""
    never = re.compile(
        r"\b(anda|kamu|kalian|silahkan|di mohon|ijin|resiko|email|login|logout|password|file|user|upload|download|"
        r"aktifitas|approval|request|dashboard|insiden|kustomer|sistim|di tolak|di setujui)\b"
    )
    for entry in catalogue():
        for said in entry.msgstr_plural.values() or [entry.msgstr]:
            plain = re.sub(r"%\(\w+\)[sd]|<[^>]+>", "", said)
            assert not (wrong := never.findall(plain)), f"{wrong} in {said!r}"
