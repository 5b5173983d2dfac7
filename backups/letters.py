"""What the news of backups are about."""

from accounts.models import User
from events.models import Event
from notifications.enums import Kind as About
from notifications.hooks import kind_of


@kind_of("backup")
def kind(*, event: Event, person: User, subscriber: str) -> About:
    """Somebody has to look, or to decide."""
    return About.TASK
