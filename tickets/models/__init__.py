"""Tables of tickets."""

from tickets.models.asking import Attachment, Draft, Guide, GuideHelp
from tickets.models.desk import AboutAsset, Rating, SavedView, SearchText, Tie
from tickets.models.talk import CannedAnswer, Comment, Presence, Unsent, Watcher, Wording
from tickets.models.ticket import Ticket

__all__ = [
    "AboutAsset", "Attachment", "CannedAnswer", "Comment", "Draft", "Guide", "GuideHelp", "Presence", "Rating",
    "SavedView",
    "SearchText", "Ticket", "Tie", "Unsent", "Watcher", "Wording",
]  # fmt: skip
