"""Tables filled at start-up: the event vocabulary of every app, and who listens to what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models
from django.utils.functional import Promise

Handler = Callable[[Any], None]
C = TypeVar("C", bound=type[models.TextChoices])


@dataclass(frozen=True)
class Subscriber:
    """A reaction to events: `name` identifies its deliveries, `mailbox` (a format over the event) orders them."""

    name: str
    handler: Handler
    types: frozenset[str]


LABELS: dict[str, str | Promise] = {}
WORDS: dict[str, type[models.TextChoices]] = {}
FIGURES: set[str] = set()
SUBSCRIBERS: dict[str, Subscriber] = {}


def event_types(enum: C) -> C:
    """Register an app's event vocabulary, a value for a sentence. Raises ValueError for a value that exists."""
    for member in enum:
        if member.value in LABELS:
            raise ValueError(f"{member.value} is an event type twice")
        LABELS[member.value] = member.label
    return enum


def words(**enums: type[models.TextChoices]) -> None:
    """Say which enum translates a fact of that name on the timeline: `words(priority=Priority)`."""
    WORDS.update(enums)


def figures(*names: str) -> None:
    """Say which facts are figures, kept with a point and shown as their reader writes them: `figures("hours")`."""
    FIGURES.update(names)


def subscribe(*types: models.TextChoices) -> Callable[[Handler], Handler]:
    """Call the decorated function for every event of these types, at least once, after the commit."""

    def register(handler: Handler) -> Handler:
        name = f"{handler.__module__.split('.subscribers')[0]}.{handler.__name__}"
        if name in SUBSCRIBERS:
            raise ValueError(f"{name} subscribes twice")
        SUBSCRIBERS[name] = Subscriber(name, handler, frozenset(t.value for t in types))
        return handler

    return register


def listeners(event_type: str) -> list[Subscriber]:
    """The subscribers of an event type, in the order of their names."""
    return [s for _, s in sorted(SUBSCRIBERS.items()) if event_type in s.types]
