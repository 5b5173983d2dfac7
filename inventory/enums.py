"""States, fields and words of the inventory."""

from datetime import timedelta

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


# So long before the six months have passed somebody is warned.
WARN_BEFORE = timedelta(days=30)


class How(models.TextChoices):
    """By whose word an asset is verified."""

    PERSON = "person", _("a person saw it")
    AGENT = "agent", _("its agent reported")
    STOCK_TAKE = "stock_take", _("counted in a stock-take")


class Direction(models.TextChoices):
    """Which way things change hands."""

    OUT = "out", _("Hand-over")
    BACK = "back", _("Return")


class Condition(models.TextChoices):
    """How a thing looks when it changes hands."""

    NEW = "new", _("As new")
    GOOD = "good", _("Good")
    WORN = "worn", _("Worn")
    DAMAGED = "damaged", _("Damaged")


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
    OFFERED = "asset.offered", _("recorded %(number)s with %(person)s: condition “%(condition)s”")
    RECEIVED = "asset.received", _("signed for it: %(number)s, condition “%(condition)s”")
    GIVEN_BACK = "asset.given_back", _("signed its return: %(number)s, condition “%(condition)s”")
    NOT_TAKEN = "asset.not_taken", _("refused %(number)s: %(reason)s")


@event_types
class HandoverEvent(models.TextChoices):
    """What happens to a hand-over besides what happens to its form."""

    RECORDED = "handover.recorded", _("recorded what changes hands: %(count)s items with %(person)s")


class ImportState(models.TextChoices):
    """Where a file of assets stands."""

    UPLOADED = "uploaded", _("Columns to be named")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Cannot be read")
    CANCELLED = "cancelled", _("Cancelled")


IMPORT_MOVES = [
    ("checked", "cancelled"), ("checked", "checking"), ("checked", "running"), ("checking", "checked"),
    ("checking", "failed"), ("failed", "cancelled"), ("running", "checked"), ("running", "done"), ("running", "failed"),
    ("uploaded", "cancelled"), ("uploaded", "checking"),
]  # fmt: skip


class ImportMode(models.TextChoices):
    """What rows may do."""

    BOTH = "both", _("Register new ones and change those whose tag exists")
    NEW = "new", _("Only register new ones")
    CHANGE = "change", _("Only change those whose tag exists")


@event_types
class ImportEvent(models.TextChoices):
    """What happens to a file of assets."""

    UPLOADED = "import.uploaded", _("uploaded the file “%(name)s”")
    ASKED = "import.asked", _("had the %(rows)s rows of “%(name)s” checked")
    CHECKED = "import.checked", _("checked “%(name)s”: %(new)s new, %(changed)s changed, %(wrong)s wrong")
    STARTED = "import.started", _("started the import of “%(name)s”")
    DONE = "import.done", _("imported “%(name)s”: %(new)s new, %(changed)s changed")
    FAILED = "import.failed", _("could not read “%(name)s”: %(why)s")
    CANCELLED = "import.cancelled", _("cancelled the import of “%(name)s”")


class RenewableKind(models.TextChoices):
    """What runs out and is renewed."""

    LICENCE = "licence", _("Licence")
    CONTRACT = "contract", _("Contract")
    CERTIFICATE = "certificate", _("Certificate")


class RenewableState(models.TextChoices):
    """Whether somebody is warned of its end."""

    ACTIVE = "active", _("Active")
    ENDED = "ended", _("No longer renewed")


RENEWABLE_MOVES = [("active", "ended")]


@event_types
class RenewableEvent(models.TextChoices):
    """What happens to licences, contracts and certificates."""

    WRITTEN = "renewable.written", _("wrote down “%(name)s”, until %(until)s")
    CHANGED = "renewable.changed", _("changed “%(name)s”: %(fields)s")
    RENEWED = "renewable.renewed", _("renewed “%(name)s” from %(before)s to %(until)s")
    ENDED = "renewable.ended", _("ended “%(name)s”: %(reason)s")
    FILE_ADDED = "renewable.file_added", _("added the document “%(name)s”")
    EXPIRING = "renewable.expiring", _("noticed that “%(name)s” runs out on %(until)s")


class TaskState(models.TextChoices):
    """Where the maintenance of one asset in one period stands."""

    OPEN = "open", _("To do")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


TASK_MOVES = [("open", "done"), ("open", "dropped")]


class LineKind(models.TextChoices):
    """What a line of a checklist asks for."""

    CHECK = "check", _("Check")
    READING = "reading", _("Reading")


class Answer(models.TextChoices):
    """How a line of a checklist turned out."""

    OK = "ok", _("In order")
    PROBLEM = "problem", _("Problem")
    NOT_POSSIBLE = "skipped", _("Not possible")


@event_types
class MaintenanceEvent(models.TextChoices):
    """What happens to maintenance (SOP-B4.1.2)."""

    PLAN_KEPT = "maintenance.plan_kept", _("kept the plan “%(plan)s”")
    PLAN_ENDED = "maintenance.plan_ended", _("ended the plan “%(plan)s”")
    PLANNED = "maintenance.planned", _("planned “%(plan)s” for %(count)s assets until %(due)s")
    DONE = "maintenance.done", _("did the maintenance “%(plan)s”")
    FOUND = "maintenance.found", _("found in the maintenance “%(plan)s”: %(finding)s")
    DROPPED = "maintenance.dropped", _("dropped the maintenance “%(plan)s”: %(reason)s")
    REASSIGNED = "maintenance.reassigned", _("gave the maintenance “%(plan)s” to %(assignee)s")
    OVERDUE = "maintenance.overdue", _("noticed that “%(plan)s” is overdue for %(count)s assets")


class CountState(models.TextChoices):
    """Where a stock-take stands."""

    COUNTING = "counting", _("Being counted")
    COUNTED = "counted", _("Waits for the branch head")
    SIGNED = "signed", _("Signed")
    CANCELLED = "cancelled", _("Cancelled")


COUNT_MOVES = [
    ("counted", "counting"), ("counted", "signed"), ("counting", "cancelled"), ("counting", "counted"),
]  # fmt: skip


class Found(models.TextChoices):
    """What a stock-take says about one asset or one code."""

    EXPECTED = "expected", _("Not counted yet")
    FOUND = "found", _("Found")
    ELSEWHERE = "elsewhere", _("Found, but belongs elsewhere")
    RETIRED = "retired", _("Found, but no longer in the inventory")
    UNKNOWN = "unknown", _("Unknown code")
    MISSING = "missing", _("Missing")


@event_types
class StockTakeEvent(models.TextChoices):
    """What happens to a stock-take."""

    OPENED = "stock_take.opened", _("opened a stock-take of %(place)s: %(expected)s assets expected")
    COUNTED = "stock_take.counted", _("ended the counting: %(found)s found, %(missing)s missing")
    REOPENED = "stock_take.reopened", _("opened the counting again: %(reason)s")
    SIGNED = "stock_take.signed", _("signed the stock-take")
    CANCELLED = "stock_take.cancelled", _("cancelled the stock-take: %(reason)s")


@event_types
class VerificationEvent(models.TextChoices):
    """What happens to the six months of a branch (SOP-B4.1.1)."""

    DUE = (
        "verification.due",
        _("found %(overdue)s assets overdue for verification, %(soon)s due within a month"),
    )


words(
    asset_state=AssetState,
    state_before=AssetState,
    asset_field=AssetField,
    how=How,
    condition=Condition,
    direction=Direction,
)
