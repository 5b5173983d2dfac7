"""Everything that changes what we know of machines: keys, reports that arrive and are read, what people decide."""

from integrations.agents.actions.arriving import bring, keep, read_again
from integrations.agents.actions.deciding import admit, join, part, reconsider, refuse, separate, settle_alarm
from integrations.agents.actions.forgetting import forget_raw
from integrations.agents.actions.keys import fingerprint, issue_key, note_use, revoke_key
from integrations.agents.actions.placing import settle
from integrations.agents.actions.watching import look_after, tell_waiting, tell_weakened

__all__ = [
    "admit", "bring", "fingerprint", "forget_raw", "issue_key", "join", "keep", "look_after", "note_use", "part",
    "read_again", "reconsider", "refuse", "revoke_key", "separate", "settle", "settle_alarm", "tell_waiting",
    "tell_weakened",
]  # fmt: skip
