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
