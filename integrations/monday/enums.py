"""What is mirrored, where a request stands with the board, and the words for what happens there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


class Field(models.TextChoices):
    """What stands on a card (SOP-A3)."""

    TITLE = "title", _("Title")
    STATUS = "status", _("Status")
    PRIORITY = "priority", _("Priority")
    ESTIMATE = "estimate", _("Estimate")
    START = "start", _("Planned start")
    FINISH = "finish", _("Planned finish")
    ASSIGNEE = "assignee", _("Assignee")
    REQUESTER = "requester", _("Requester")
    BRANCH = "branch", _("Branch")
    KIND = "kind", _("Kind")
    LINK = "link", _("Link")
    KEY = "key", _("Key")


# What people may change on monday.com; everything else is kept here and put back there.
SHARED = (Field.STATUS, Field.PRIORITY, Field.ESTIMATE, Field.START, Field.FINISH, Field.ASSIGNEE)


class Label(models.TextChoices):
    """The four statuses of SOP-A3, as the labels of the board are called."""

    WAITING = "waiting", "Waiting"
    IN_PROGRESS = "in_progress", "In Progress"
    USER_TESTING = "user_testing", "User Testing"
    DEPLOY = "deploy", "Deploy"


class Plan(models.TextChoices):
    """What the account may spend; `client.PLANS` has the figures under the same names."""

    FREE = "free", _("Free or trial")
    STANDARD = "standard", _("Basic or Standard")
    PRO = "pro", _("Pro")
    ENTERPRISE = "enterprise", _("Enterprise")


class NewItems(models.TextChoices):
    """What becomes of a card that somebody made by hand on the board."""

    ADOPT = "adopt", _("It becomes a request and waits for the IT Manager (SOP-A1)")
    PUT_BACK = "put_back", _("It is archived with a note that says where to ask")
    IGNORE = "ignore", _("It is left alone")


class LinkState(models.TextChoices):
    """Where a request stands with its card."""

    NEW = "new", _("Not on the board yet")
    ACTIVE = "active", _("On the board")
    GONE = "gone", _("Taken off the board by somebody")
    ENDED = "ended", _("Archived with its request")
    DEAD = "dead", _("Given up")


class Aim(models.TextChoices):
    """What a batch of writes is for."""

    CREATE = "create", _("New cards")
    WRITE = "write", _("Changed cards")


class StrayState(models.TextChoices):
    """What became of a card that is none of ours."""

    SEEN = "seen", _("Not decided yet")
    WAITS = "waits", _("Waits for a person")
    ADOPTED = "adopted", _("Became a request")
    PUT_BACK = "put_back", _("Put back")
    IGNORED = "ignored", _("Left alone")


class Notice(models.TextChoices):
    """What is wrong with the board until it is looked at again; the sentence is said where it is shown."""

    LACKS = "lacks", _("The board lacks: %(what)s")
    UNHEARD = "unheard", _("monday.com cannot tell us what happens: %(what)s")


class Matter(models.TextChoices):
    """What a person may have to look at."""

    CONFLICT = "conflict", _("Changed on both sides")
    REFUSED = "refused", _("Refused and put back")
    LOOP = "loop", _("Something on the board changes it again and again")
    GONE = "gone", _("The card was archived or deleted")
    DOUBLE = "double", _("Two cards had the same key")


@event_types
class MondayEvent(models.TextChoices):
    """What happens between a request and its card, and to the connection."""

    KEPT = "monday.kept", _("changed the settings of monday.com: %(fields)s")
    STOPPED = "monday.stopped", _("notes that monday.com refuses us")
    MAPPED = "monday.mapped", _("is known on monday.com as %(account)s")
    REFUSED = "monday.refused", _("wanted %(field)s “%(wanted)s” on monday.com. Put back: %(reason)s")
    CONFLICT = (
        "monday.conflict",
        _(
            "changed %(field)s on monday.com to “%(theirs)s” while it became “%(ours)s” here. Kept: “%(kept)s”"
        ),
    )
    LOOPED = "monday.looped", _("stopped %(field)s on monday.com: something there changes it again and again")
    RESUMED = "monday.resumed", _("lets %(field)s on monday.com go on")
    GONE = "monday.gone", _("notes that the card on monday.com was archived or deleted")
    RENEWED = "monday.renewed", _("put the request on monday.com again")
    RETRIED = "monday.retried", _("let the request be sent to monday.com again")
    ADOPTED = "monday.adopted", _("took the request from a card on monday.com")


words(field=Field)
