"""Reading the ledger with suspicion."""

from collections.abc import Iterator
from dataclasses import dataclass

from events.models import FIRST_HASH, Event


@dataclass(frozen=True)
class Broken:
    """A place where the ledger is not what was written."""

    event_id: int
    subject: str
    seq: int
    why: str


def verify() -> Iterator[Broken]:
    """Walk every chain: a changed row, a missing or foreign link, each once. Reads one row at a time."""
    at, seq, previous = "", 0, FIRST_HASH
    for event in Event.objects.order_by("subject_type", "subject_id", "seq").iterator(chunk_size=5000):
        subject = f"{event.subject_type}:{event.subject_id}"
        if subject != at:
            at, seq, previous = subject, 0, FIRST_HASH
        if event.seq != seq + 1:
            yield Broken(event.pk, subject, event.seq, f"{event.seq - seq - 1} event(s) missing before it")
        elif event.previous_hash != previous:
            yield Broken(event.pk, subject, event.seq, "does not continue the event before it")
        if event.hash != event.digest():
            yield Broken(event.pk, subject, event.seq, "was changed after it was written")
        seq, previous = event.seq, event.hash
