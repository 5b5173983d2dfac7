"""What the news of a form are about, and how they read as letters."""

from accounts.models import User
from approvals.enums import ApprovalEvent
from events.models import Event
from notifications.enums import Kind as About
from notifications.hooks import kind_of, letter_of
from notifications.letters import Letter
from notifications.models import Notification

ASK_TO_SIGN = "ask_to_sign"  # the subscriber that asks for a decision


@kind_of("approval")
def kind(*, event: Event, person: User, subscriber: str) -> About:
    """A form to sign, a form to fill in or to test, or news of one's own form."""
    if subscriber == ASK_TO_SIGN:
        return About.SIGN
    return About.TASK if event.type == ApprovalEvent.DRAFTED else About.REQUEST


@letter_of("approval")
def letter(*, note: Notification) -> Letter | None:
    """The letter that asks for a decision; the others are plain."""
    return Letter("sign") if note.kind == About.SIGN else None
