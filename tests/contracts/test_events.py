"""Every event has its sentence, happens, and is heard; hearing it twice changes nothing."""

import itertools
import re

from django.db import transaction
from django.utils import translation

from events import registry
from events.ledger import verify
from events.models import Event
from notifications.models import Notification
from tests.cast import Cast
from tests.everything import everything
from tests.harness.database import fingerprint
from tests.harness.events import deliver

# What nothing records yet, with the reason.
SILENT: dict[str, str] = {}


def test_every_event_type_happens_and_its_sentence_is_whole(cast: Cast) -> None:
    everything(cast)
    deliver()
    assert set(registry.LABELS) - set(SILENT) == set(Event.objects.values_list("type", flat=True).distinct())
    for language, event in itertools.product(("id", "en"), Event.objects.all()):
        with translation.override(language):
            assert not re.search(r"%\(|%[sd]|None|\{", event.sentence), event.sentence
        missing = set(re.findall(r"%\((\w+)\)", str(registry.LABELS[event.type]))) - set(event.facts)
        assert not missing, f"{event.type} says {missing} but does not carry it"
    assert list(verify()) == []


def test_every_subscriber_hears_something_and_hearing_it_twice_changes_nothing(cast: Cast) -> None:
    everything(cast, then=deliver)
    _no_message_is_broken()
    heard = set()
    for name, subscriber in registry.SUBSCRIBERS.items():
        before = fingerprint()
        for event in Event.objects.filter(type__in=subscriber.types):
            heard.add(name)
            with transaction.atomic():
                subscriber.handler(event)
        after = fingerprint()
        assert after == before, (name, [t for t in after if after[t] != before[t]])
    assert heard == set(registry.SUBSCRIBERS)


def _no_message_is_broken() -> None:
    assert Notification.objects.count() > 50
    for note in Notification.objects.all():
        assert note.title.strip()
        assert not re.search(r"%\(|None|\{\{", note.title + note.text), note.title
        assert note.path.startswith("/")


def test_every_type_that_is_subscribed_to_exists() -> None:
    for subscriber in registry.SUBSCRIBERS.values():
        assert subscriber.types <= set(registry.LABELS), subscriber.name
