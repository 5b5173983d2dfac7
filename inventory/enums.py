"""States, fields and words of the inventory."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


class AssetState(models.TextChoices):
    """Where an asset stands in its life."""

    IN_STOCK = "in_stock", _("In stock")
    IN_USE = "in_use", _("In use")
    REPAIR = "repair", _("In repair")
    LOST = "lost", _("Lost")
    RETIRED = "retired", _("Retired")


# The moves that PostgreSQL lets through; a test keeps them equal to the transitions of the model.
ASSET_MOVES = [
    ("in_stock", "in_use"),
    ("in_stock", "lost"),
    ("in_stock", "repair"),
    ("in_stock", "retired"),
    ("in_use", "in_stock"),
    ("in_use", "lost"),
    ("in_use", "repair"),
    ("in_use", "retired"),
    ("lost", "in_stock"),
    ("lost", "in_use"),
    ("lost", "retired"),
    ("repair", "in_stock"),
    ("repair", "in_use"),
    ("repair", "lost"),
    ("repair", "retired"),
    ("retired", "in_stock"),
]
# Those that are somewhere and must be verified every six months (SOP-B4.1.1).
KEPT = (AssetState.IN_STOCK, AssetState.IN_USE, AssetState.REPAIR)


class How(models.TextChoices):
    """By whose word an asset is verified."""

    PERSON = "person", _("a person saw it")
    AGENT = "agent", _("its agent reported")
    STOCK_TAKE = "stock_take", _("counted in a stock-take")


class FieldKind(models.TextChoices):
    """What may stand in a field of an asset type's own."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    YES_NO = "yes_no", _("Yes or no")


class AssetField(models.TextChoices):
    """The fields of every asset whose changes stand in its history."""

    TYPE = "type", _("Type")
    NAME = "name", _("Name")
    SERIAL = "serial", _("Serial number")
    MAKER = "maker", _("Maker")
    MODEL = "model", _("Model")
    BRANCH = "branch", _("Branch")
    ROOM = "room", _("Room")
    HOLDER = "holder", _("Holder")
    PARENT = "parent", _("Belongs to")
    PURCHASE_DATE = "purchase_date", _("Bought on")
    SUPPLIER = "supplier", _("Supplier")
    COST = "cost", _("Cost (Rp)")
    WARRANTY_DATE = "warranty_date", _("Warranty until")
    NOTE = "note", _("Note")


@event_types
class AssetEvent(models.TextChoices):
    """What happens to an asset."""

    REGISTERED = "asset.registered", _("registered %(tag)s")
    CHANGED = "asset.changed", _("changed “%(asset_field)s” from “%(before)s” to “%(after)s”")
    STATE_CHANGED = (
        "asset.state_changed",
        _("changed the state from “%(state_before)s” to “%(asset_state)s”: %(reason)s"),
    )
    VERIFIED = "asset.verified", _("verified it (%(how)s)")
    FILE_ADDED = "asset.file_added", _("added the file “%(name)s”")


words(asset_state=AssetState, state_before=AssetState, asset_field=AssetField, how=How)
