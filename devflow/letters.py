"""What the news of a development are about."""

from accounts.models import User
from devflow.enums import DevelopmentEvent
from events.models import Event
from notifications.enums import Kind as About
from notifications.hooks import kind_of


@kind_of("development")
def kind(*, event: Event, person: User, subscriber: str) -> About:
    """A signed build waits for its release; everything else is that a request moves."""
    return About.TASK if event.type == DevelopmentEvent.READY else About.REQUEST


@kind_of("system")
def kind_of_system(*, event: Event, person: User, subscriber: str) -> About:
    """Somebody has to look what runs there."""
    return About.TASK
