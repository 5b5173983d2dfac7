"""Where a letter stands, why, and what happens to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types


class State(models.TextChoices):
    """What became of a letter."""

    ARRIVED = "arrived", _("Being read")
    ACCEPTED = "accepted", _("Taken in")
    QUARANTINED = "quarantined", _("Set aside")
    IGNORED = "ignored", _("Left alone")
    FAILED = "failed", _("Not readable")
    DISCARDED = "discarded", _("Thrown away")


WAITING = (State.QUARANTINED, State.FAILED)  # somebody must look
MESSAGE_MOVES = [
    ("arrived", "accepted"),
    ("arrived", "failed"),
    ("arrived", "ignored"),
    ("arrived", "quarantined"),
    ("discarded", "accepted"),
    ("failed", "accepted"),
    ("failed", "arrived"),
    ("failed", "discarded"),
    ("ignored", "accepted"),
    ("quarantined", "accepted"),
    ("quarantined", "arrived"),
    ("quarantined", "discarded"),
]


class Reason(models.TextChoices):
    """Why a letter did not simply become a request or an answer; each is a sentence for the person who looks."""

    # Nobody waits for an answer to these: left alone.
    OWN = "own", _("It is a letter of ours that came back.")
    BOUNCE = "bounce", _("A mail server says that a letter could not be delivered.")
    AUTOMATIC = "automatic", _("A program wrote it, not a person. Programs are not answered.")
    BULK = "bulk", _("It went to many people at once: a mailing list or an advertisement.")
    REPEATED = "repeated", _("The same letter came before.")
    # Somebody must decide on these: set aside.
    SENDER_UNCLEAR = "sender_unclear", _("It does not say clearly who wrote it.")
    SENDER_UNKNOWN = "sender_unknown", _("Nobody here has this address.")
    SENDER_CLOSED = "sender_closed", _("The account of this sender is closed.")
    LISTED = "listed", _("It came to many people at once, from somebody who is known here.")
    ABSENCE = "absence", _("It reads like the automatic answer of somebody who is away.")
    FORGED = "forged", _("Our mail server found that it does not come from the domain of its sender.")
    OTHERS_MARK = "others_mark", _("It answers a letter that was written to somebody else.")
    UNPROVEN = "unproven", _("It answers a letter of ours, but nothing proves to which request it belongs.")
    NOT_THEIRS = "not_theirs", _("The sender does not take part in the request that it answers.")
    ENDED = "ended", _("The request that it answers has ended.")
    SENDER_FLOOD = "sender_flood", _("The sender wrote too many letters within an hour.")
    THREAD_FLOOD = "thread_flood", _("Too many letters about one request came within an hour.")
    NEW_FLOOD = "new_flood", _("The sender asked for too many new things within an hour.")
    EMPTY = "empty", _("There is nothing in it: no subject, no text, no file.")
    REFUSED = "refused", _("It could not become a request.")
    # These could not be read.
    TOO_LARGE = "too_large", _("It is too large. The whole letter is still in the mailbox.")
    TOO_MANY_PARTS = "too_many_parts", _("It has too many parts.")
    TOO_DEEP = "too_deep", _("Its parts are nested too deeply.")
    TOO_HARD = "too_hard", _("Reading it took too much time or memory.")
    BROKEN = "broken", _("It could not be read.")
    ERROR = "error", _("Something on our side failed, several times.")


@event_types
class MailEvent(models.TextChoices):
    """What happens to letters, apart from the requests and answers that they become."""

    BOUNCED = "mail.bounced", _("could not reach %(address)s by e-mail: %(why)s")
    ADMITTED = "mail.admitted", _("took in an e-mail of %(sender)s that had been set aside")
    DISCARDED = "mail.discarded", _("threw an e-mail of %(sender)s away: %(reason)s")
    READ_AGAIN = "mail.read_again", _("let an e-mail of %(sender)s be read again")
    ENTERED = "mail.entered", _("entered %(person)s, who wrote from the admitted domain %(domain)s")
