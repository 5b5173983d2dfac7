"""Every page, letter and document says only sentences that were translated, or what people wrote."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection, models, transaction
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.utils import timezone, translation

from accounts.models import User
from approvals import papers
from approvals.models import Document
from clocks.indonesia import days_off
from events.models import Event
from tests.cast import Cast
from tests.everything import everything
from tests.harness import database
from tests.harness.events import deliver
from tests.i18n.marks import Spoken, marked, unmarked
from tests.i18n.test_catalogue import SAME
from tests.i18n.walk import STRANGER, kind_of, walk
from tests.scenes import everywhere

TYPED_IN = (
    "accounts", "clocks", "tickets", "devflow", "approvals", "mailbox", "inventory", "backups", "agents", "monday",
)  # fmt: skip
OURS = ("detail",)  # of a letter: why it waits, in our own words
TYPED_FACTS = ("text", "reason", "note", "notes", "excerpt", "what", "fields")
ROLES = (
    "requester",
    "branch_head",
    "agent",
    "it_manager",
    "db_manager",
    "director",
    "board",
    "auditor",
    "administrator",
)
# Said the same in every language: the product, its mark, clauses, numbers of cases, time zones, names of languages.
NAMES = re.compile(
    r"Kumala( Group| ITSM)?|IT Service|monday\.com|\.ics\b|SOP-[AB][\d.]*|\b(BAST|T|BRM|UAT|SO|IM)-[\d-]+"
    r"|\b[a-z]{2,5}-[0-9a-f]{8,}|\bUUID\b"
    r"|\b(WIB|WITA|WIT|ID|EN|UAT|BRM|PDF|CSV|Excel|SHA-256|TOTP)\b|Bahasa Indonesia|English|[\w.]+@[\w.]+|https?://\S+|[0-9a-f]{8,}…?"
)
# Written the same by Indonesians.
MONTHS = {"April", "September", "November"} | {
    name
    for month in ("Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Sep", "Nov")
    for name in (month, month.lower())
}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
WORD = re.compile(r"[^\W\d_]{2,}")


class Played(NamedTuple):
    """Everything has happened once: who was in it, the letters that left, and their file store."""

    cast: Cast
    letters: list[mail.EmailMessage]
    media: Path


@pytest.fixture(scope="module")
def story(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    """Told in the marked language, so that stored messages carry the marks as well; made once, undone at the end."""
    place = tmp_path_factory.mktemp("story")
    stores = {"MEDIA_ROOT": place / "media", "BACKUP_HOME": place / "backups", "MAIL_DIR": place / "mail"}
    with django_db_blocker.unblock(), override_settings(**stores), transaction.atomic(), marked():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {database.APP}")
        cast = Cast()
        mail.outbox.clear()
        with translation.override("en"):
            everything(cast)
            everywhere(cast)
            deliver()
        yield Played(cast, list(mail.outbox), place / "media")
        transaction.set_rollback(True)


@pytest.fixture
def played(story: Played, settings: Any, django_db_blocker: Any) -> Iterator[Played]:
    """The story; what a test does in it is undone. Nothing was said that was never translated."""
    settings.MEDIA_ROOT = story.media
    with django_db_blocker.unblock(), transaction.atomic(), marked() as unsaid:
        yield story
        transaction.set_rollback(True)
        english = {text for text in unsaid if WORD.search(text.replace("truncated_text", ""))}
        assert english - SAME - MONTHS == set(), "\n".join(sorted(english - SAME - MONTHS))


def browser_of(person: User) -> Client:
    """Somebody, signed in."""
    browser = Client()
    browser.force_login(person)
    return browser


def written_by_people() -> re.Pattern[str]:
    """All that is there because somebody typed or decreed it; codes and messages of ours are not."""
    texts = {said for person in User.objects.all() for said in (person.name, person.initials)}
    for model in apps.get_models():
        if model._meta.app_label in TYPED_IN:
            for row in model._default_manager.values(*_typed(model)):
                texts |= set(_strings(row))
    for facts in Event.objects.values_list("facts", flat=True):
        texts |= {str(facts[key]) for key in TYPED_FACTS if key in facts}
    # Holidays have the names that the decree gives them.
    texts |= {day["name"] for day in days_off(timezone.localdate().year)}
    longest_first = sorted((" ".join(t.split()) for t in texts if len(t) > 1), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)")


def _typed(model: type[models.Model]) -> list[str]:
    return [
        f.name
        for f in model._meta.concrete_fields
        if isinstance(f, (models.CharField, models.TextField, models.JSONField))
        and not f.choices
        and f.name not in OURS
    ]


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [s for key, inner in value.items() if key not in ("result", "kind") for s in _strings(inner)]
    if isinstance(value, list):
        return [s for inner in value for s in _strings(inner)]
    return [value, *value.splitlines()] if isinstance(value, str) else []


def without(text: str, data: re.Pattern[str]) -> str:
    """The rest of a text once what people wrote and names are gone; a name may stand in what somebody wrote."""
    return data.sub(" ", NAMES.sub(" ", data.sub(" ", text)))


def bare(html: str, data: re.Pattern[str]) -> list[str]:
    """What the page says that is neither marked nor typed by somebody nor a name."""
    found = []
    for where, text in Spoken(html).texts:
        left = without(unmarked(text), data)
        if WORD.search(left):
            found.append(f"{where}: {text} [{' '.join(left.split())}]")
    return found


def test_no_page_says_what_was_never_translated(played: Played) -> None:
    data, wrong, kinds = written_by_people(), set(), set()
    for role in ROLES:
        for path, answer in walk(browser_of(played.cast[role]), most=1):
            kinds.add(kind_of(path))
            wrong |= {f"{role} {path}: {said}" for said in bare(answer.content.decode(), data)}
    assert not wrong, "\n".join(sorted(wrong))
    assert len(kinds) > 40, f"only {len(kinds)} kinds of page were found: {sorted(kinds)}"


def test_no_page_for_strangers_does_either(played: Played) -> None:
    data = written_by_people()
    for path, answer in walk(Client(), most=1, starts=STRANGER):
        assert bare(answer.content.decode(), data) == [], path
    refused = Client().post("/account/login/", {"login": "nobody", "password": ""})
    assert bare(refused.content.decode(), data) == []


def test_no_refusal_and_no_form_with_mistakes_does_either(played: Played) -> None:
    """Every form is sent empty: what it says then is translated as well."""
    data, wrong = written_by_people(), set()
    for role in ("requester", "agent", "it_manager", "director"):
        browser = browser_of(played.cast[role])
        for path, answer in list(walk(browser, most=1)):
            if b"novalidate" in answer.content and not path.startswith("/account/"):
                refused = browser.post(path, dict(HIDDEN.findall(answer.content.decode())) | {"submit": "1"})
                if refused.status_code in (409, 422):
                    wrong |= {f"{path}: {said}" for said in bare(refused.content.decode(), data)}
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 429, 500, 503])
def test_no_page_of_an_error_does_either(status: int) -> None:
    with marked():
        html = render_to_string(
            f"errors/{status}.html", {"reason": "", "rule": "", "user": None, "request": None}
        )
    assert bare(html, re.compile("$^")) == []


def test_no_letter_does_either(played: Played) -> None:
    data = written_by_people()
    assert len(played.letters) > 40
    for letter in played.letters:
        assert isinstance(letter, mail.EmailMultiAlternatives)
        subject = without(unmarked(letter.subject), data)
        assert not WORD.search(subject), letter.subject
        plain = without(unmarked(" ".join(str(letter.body).split())), data)
        assert not WORD.search(plain), plain
        assert bare(str(letter.alternatives[0][0]), data) == [], letter.subject


def test_no_document_does_either(played: Played) -> None:
    data = written_by_people()
    for document in Document.objects.filter(approval__state="approved").select_related("approval__branch"):
        form, submitted = document.approval, document.approval.editions.order_by("-number")[0]
        for template, context in (
            (f"pdf/{form.kind}.html", papers.of_form(document, submitted, document.code)),
            ("pdf/audit.html", papers.of_certificate(document, submitted)),
        ):
            assert bare(render_to_string(template, context), data) == [], (form.number, template)


def test_no_script_says_a_sentence_of_its_own() -> None:
    """Scripts take their sentences from data-… of the page, where they are translated."""
    for path in sorted((settings.ROOT / "static/js").glob("*.js")):
        code = re.sub(r"(?m)//.*$", "", path.read_text(encoding="utf-8"))
        texts = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", code)
        sentences = [t for group in texts for t in group if re.match(r"[A-Z][a-z]+ [a-z]+", t)]
        assert sentences == [], path.name
