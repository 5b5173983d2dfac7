"""Everything that writes the ledger and what guards it: one file per occasion, one name for all of them."""

from events.actions.checking import check
from events.actions.recording import (
    Entry,
    beat,
    deliver,
    keep_reference,
    record,
    record_many,
    report_silence,
    retry,
)
from events.actions.sealing import anchor, seal, stamp

__all__ = [
    "Entry", "anchor", "beat", "check", "deliver", "keep_reference", "record", "record_many", "report_silence", "retry",
    "seal", "stamp",
]  # fmt: skip
