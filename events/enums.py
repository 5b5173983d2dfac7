"""Who an event is for, and the ledger's own vocabulary."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types


class Audience(models.TextChoices):
    """Who sees an event on a timeline: everyone in the case, or IT staff only."""

    EVERYONE = "everyone", _("Everyone")
    STAFF = "staff", _("IT staff")


@event_types
class LedgerEvent(models.TextChoices):
    """What happens to reference data and to the queue itself."""

    REFERENCE_CHANGED = "reference.changed", _("changed %(what)s: %(fields)s")
    FELL_SILENT = "part.fell_silent", _("noticed that a part is silent since %(since)s: %(part)s")
    DELIVERY_RETRIED = "delivery.retried", _("asked for another attempt: %(what)s")
    SEALED = "ledger.sealed", _("sealed the ledger of %(day)s: %(events)s events, head %(head)s")
    KEY_MADE = "ledger.key_made", _("made a key for the seals of the ledger: %(key)s")
    ANCHOR_BEGUN = "ledger.anchor_begun", _("began an anchor of the ledger at seal no. %(number)s")
    FOUND_BROKEN = (
        "ledger.found_broken",
        _("found the ledger changed in %(places)s place(s); the first: %(first)s"),
    )


class Part(models.TextChoices):
    """What one check of a day reads: what is new since the last one, or a piece of the rest in rotation."""

    NEW = "new", _("what is new")
    OLD = "old", _("a piece of the rest")


class Wrong(models.TextChoices):
    """In which way a place of the ledger is not what was written."""

    CHANGED = "changed", _("was changed after it was written")
    MISSING = "missing", _("%(count)s event(s) missing before it")
    FOREIGN = "foreign", _("does not continue the event before it")
    DISORDER = "disorder", _("stands out of order")
    # Against the seal of its day
    UNSEALED = "unsealed", _("is not what was sealed on %(day)s in this place")
    INSERTED = "inserted", _("was inserted after %(day)s had been sealed")
    REMOVED = "removed", _("after it %(count)s event(s) are gone that were sealed on %(day)s")
    SEAL_BROKEN = (
        "seal_broken",
        _("does not fit its events any more: %(events)s were sealed, %(found)s are there"),
    )
    # Of the seals themselves
    SEAL_CHANGED = "seal_changed", _("was changed after it was signed")
    SEAL_FOREIGN = "seal_foreign", _("does not continue the seal before it")
    SEAL_FORGED = "seal_forged", _("carries a signature that is not of its key")
    SEAL_KEY = "seal_key", _("is signed with a key that our SIGNING_KEY does not open")
    SEAL_STAMP = "seal_stamp", _("carries a time stamp that cannot be believed")
    # Against the anchor outside
    ANCHOR_OTHER = "anchor_other", _("is not the event that the anchor knows")
    ANCHOR_GONE = "anchor_gone", _("stands in the anchor and is gone")
    ANCHOR_CUT = "anchor_cut", _("stands in the anchor and is gone with all up to %(last)s: %(count)s events")
    ANCHOR_UNKNOWN = "anchor_unknown", _("is not in the anchor: it was inserted")
    SEAL_REWRITTEN = "seal_rewritten", _("is not the seal that the anchor knows")
    SEAL_GONE = (
        "seal_gone",
        _("stands in the anchor and is gone: the tail was cut, or an older copy replayed"),
    )
    ANCHOR_BROKEN = "anchor_broken", _("of the anchor was changed itself: it does not fit its own seal")
