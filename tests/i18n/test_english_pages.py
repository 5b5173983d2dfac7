"""Who reads English reads no word of Indonesian but what people wrote."""

import re
from typing import Any

import polib
from django.conf import settings

from accounts.models import User
from tests.cast import PEOPLE, Cast
from tests.everything import everything
from tests.harness.events import deliver
from tests.i18n.marks import Spoken
from tests.i18n.test_pages import without, written_by_people
from tests.i18n.walk import walk


def indonesian_words() -> re.Pattern[str]:
    """Words of the Indonesian sentences that stand in no English one."""
    entries = polib.pofile(str(settings.ROOT / "locale/id/LC_MESSAGES/django.po"))
    split = re.compile(r"[^\W\d_]{4,}")

    def words(text: str) -> set[str]:
        return {w.lower() for w in split.findall(re.sub(r"%\(\w+\)[sd]|<[^>]+>", " ", text))}

    english = set().union(*(words(e.msgid) | words(e.msgid_plural) for e in entries))
    own = set().union(*(words(e.msgstr) | words(e.msgstr_plural.get(0, "")) for e in entries)) - english
    return re.compile(rf"\b({'|'.join(sorted(own))})\b", re.IGNORECASE)


def test_no_english_page_says_an_indonesian_word(cast: Cast, page: Any) -> None:
    User.objects.filter(pk__in=[person.pk for person in cast.everybody().values()]).update(language="en")
    for name in PEOPLE:
        cast.again(name)
    everything(cast)
    deliver()
    data, words, wrong = written_by_people(), indonesian_words(), set()
    for role in ("requester", "agent", "it_manager", "board"):
        for path, answer in walk(page(cast[role]), most=1):
            spoken = Spoken(answer.content.decode()).texts
            own = [(where, without(text, data)) for where, text in spoken]
            wrong |= {f"{path} {where}: {text}" for where, text in own if words.search(text)}
    assert not wrong, "\n".join(sorted(wrong))
