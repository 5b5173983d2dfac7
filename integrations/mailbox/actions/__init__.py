"""Everything that changes letters: they are fetched, kept, placed, and decided on."""

from integrations.mailbox.actions.arriving import keep, settle
from integrations.mailbox.actions.deciding import admit, discard, read_again
from integrations.mailbox.actions.fetching import poll
from integrations.mailbox.actions.placing import place

__all__ = ["admit", "discard", "keep", "place", "poll", "read_again", "settle"]
