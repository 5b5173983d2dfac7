"""Tables of the mirror. Everything that waits, waits here; a worker only looks."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.subjects import Subject
from integrations.monday.enums import Aim, Field, LinkState, Matter, NewItems, Plan, StrayState
from integrations.monday.querysets import (
    BatchRows,
    ConnectionRows,
    DifferenceRows,
    IncomingRows,
    LinkRows,
    PersonRows,
    RemarkRows,
    StrayRows,
)
from tickets.models import Ticket


def _secret() -> str:
    return secrets.token_urlsafe(32)


class Connection(models.Model):
    """One board of monday.com, and how we stand with it. Without a board, or a token, nothing is mirrored."""

    board_id = models.CharField(_("board"), max_length=30, blank=True)
    board_name = models.CharField(_("name of the board"), max_length=255, blank=True)
    board_url = models.URLField(_("address of the board"), blank=True)
    group_id = models.CharField(_("group of new cards"), max_length=100, blank=True)
    account_id = models.CharField(_("account"), max_length=30, blank=True)
    own_id = models.CharField(_("user of the token"), max_length=30, blank=True)
    plan = models.CharField(_("plan"), max_length=20, choices=Plan, blank=True)  # "": as MONDAY_PLAN says
    # Our field -> id of their column; our field -> our value -> id of their label.
    columns = models.JSONField(_("columns"), default=dict, blank=True)
    labels = models.JSONField(_("labels"), default=dict, blank=True)
    token_sealed = models.BinaryField(_("token"), null=True, editable=False)
    webhook_secret = models.CharField(max_length=64, unique=True, default=_secret, editable=False)
    webhooks = models.JSONField(_("webhooks"), default=list, blank=True)
    is_active = models.BooleanField(_("in use"), default=False)
    new_items = models.CharField(
        _("cards made by hand"), max_length=20, choices=NewItems, default=NewItems.ADOPT
    )
    mirrors_answers = models.BooleanField(_("public answers as updates"), default=False)
    # What was spent, and the breaker: `client.State`.
    state = models.JSONField(_("budget"), default=dict, blank=True)
    trouble = models.TextField(_("last trouble"), blank=True)
    trouble_at = models.DateTimeField(_("last trouble at"), null=True)
    # `Notice` -> {"what": what it is about, "at": since when}.
    notices = models.JSONField(
        _("what is wrong with the board"),
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
    )
    heard_at = models.DateTimeField(_("last webhook"), null=True)
    refused_at = models.DateTimeField(_("last refused webhook"), null=True)
    refused_why = models.CharField(_("why it was refused"), max_length=200, blank=True)
    worked_at = models.DateTimeField(_("last pass"), null=True)
    swept_at = models.DateTimeField(_("last sweep"), null=True)
    sweep_due_at = models.DateTimeField(_("next sweep"), default=timezone.now)
    swept = models.JSONField(_("what the last sweep found"), default=dict, blank=True)
    reported_at = models.DateTimeField(_("last report"), null=True)
    # Somebody asked for a report; null: nobody waits for one.
    report_due_at = models.DateTimeField(_("next report"), null=True)
    report = models.JSONField(_("differences"), default=list, blank=True)

    objects = ConnectionRows.as_manager()

    class Meta:
        verbose_name = _("connection to monday.com")
        verbose_name_plural = _("connections to monday.com")

    def __str__(self) -> str:
        return self.board_name or self.board_id or str(_("no board"))

    @property
    def is_mapped(self) -> bool:
        """The board and the column by which a card is found are known."""
        return bool(self.board_id and self.columns.get(Field.KEY))


class MondayPerson(models.Model):
    """Somebody's account on monday.com: what they change there is their act here."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="monday"
    )
    monday_id = models.CharField(_("user on monday.com"), max_length=30, unique=True)
    name = models.CharField(_("name there"), max_length=200, blank=True)

    objects = PersonRows.as_manager()

    class Meta:
        verbose_name = _("person on monday.com")
        verbose_name_plural = _("people on monday.com")

    def __str__(self) -> str:
        return f"{self.user}: {self.name or self.monday_id}"


class Batch(models.Model):
    """A call that left, before anybody knows how it ended: its key and its body, for the very same call again."""

    key = models.CharField(max_length=64, unique=True)
    aim = models.CharField(_("what for"), max_length=10, choices=Aim)
    body = models.JSONField(_("body"), default=dict)
    sent_at = models.DateTimeField(_("first sent"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    looked_at = models.DateTimeField(_("looked for the first time"), null=True)

    objects = BatchRows.as_manager()

    class Meta:
        verbose_name = _("call to monday.com")
        verbose_name_plural = _("calls to monday.com")

    def __str__(self) -> str:
        return self.key


class Link(models.Model):
    """A request and its card.

    `base` is what stands on the card as far as we know and have dealt with; what differs from it here is to be sent,
    what differs from it there is to be taken, or put back.
    """

    ticket = models.OneToOneField(
        Ticket, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="monday"
    )
    item_id = models.CharField(_("card"), max_length=30, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=LinkState, default=LinkState.NEW)
    base = models.JSONField(_("as agreed"), default=dict, blank=True)
    others = models.JSONField(_("others in the cell of the assignee"), default=list, blank=True)
    # Values that left and whose outcome was not known: [field, value, instant].
    sent = models.JSONField(_("sent without an answer"), default=list, blank=True)
    ours_at = models.JSONField(_("changed here"), default=dict, blank=True)
    theirs = models.JSONField(_("changed there"), default=dict, blank=True)
    flips = models.JSONField(_("lately put back or taken"), default=dict, blank=True)
    paused = models.JSONField(_("stopped fields"), default=dict, blank=True)
    version = models.PositiveBigIntegerField(_("version"), default=1)
    sent_version = models.PositiveBigIntegerField(_("version that was sent"), default=0)
    is_stale = models.BooleanField(_("changed there"), default=False)
    changed_at = models.DateTimeField(_("waits since"), default=timezone.now)
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="links")
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    synced_at = models.DateTimeField(_("last agreed"), null=True)
    heard_seq = models.PositiveBigIntegerField(_("last event that changed it"), default=0)

    objects = LinkRows.as_manager()

    class Meta:
        verbose_name = _("request on monday.com")
        verbose_name_plural = _("requests on monday.com")
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="link_changed",
                condition=models.Q(state__in=["new", "active"])
                & (models.Q(version__gt=models.F("sent_version")) | models.Q(is_stale=True)),
            ),
            models.Index(fields=["state", "-id"], name="link_by_state"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["item_id"], condition=~models.Q(item_id=""), name="link_has_its_own_card"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=LinkState.values), name="link_state_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="active") | ~models.Q(item_id=""),
                name="link_on_the_board_has_a_card",
            ),
        ]

    def __str__(self) -> str:
        return str(self.ticket)

    @property
    def case(self) -> Subject:
        """What happens to the card stands in the chain of the request."""
        return Subject("tickets.ticket", self.ticket_id)

    @property
    def is_dirty(self) -> bool:
        """Something here was not sent yet."""
        return self.version > self.sent_version


class Incoming(models.Model):
    """What monday.com told us, as it came. Only a hint: the card itself is read before anything is done."""

    trigger = models.CharField(_("trigger"), max_length=100)
    subscription = models.CharField(_("webhook"), max_length=30, blank=True)
    kind = models.CharField(_("kind"), max_length=60)
    item_id = models.CharField(_("card"), max_length=30, blank=True)
    column_id = models.CharField(_("column"), max_length=100, blank=True)
    user_id = models.CharField(_("user there"), max_length=30, blank=True)
    changed_at = models.DateTimeField(_("changed"), null=True)
    payload = models.JSONField(_("as it came"), default=dict)
    is_signed = models.BooleanField(_("signed"), default=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    handled_at = models.DateTimeField(_("looked at"), null=True)

    objects = IncomingRows.as_manager()

    class Meta:
        verbose_name = _("message of monday.com")
        verbose_name_plural = _("messages of monday.com")
        indexes = [
            models.Index(fields=["id"], name="incoming_waiting", condition=models.Q(handled_at=None)),
            models.Index(fields=["received_at"], name="incoming_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["trigger", "subscription"], name="incoming_once_per_webhook")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"


class Stray(models.Model):
    """A card that is none of ours: somebody made it by hand."""

    item_id = models.CharField(_("card"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    url = models.URLField(_("address"), blank=True)
    creator_id = models.CharField(_("made by"), max_length=30, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=StrayState, default=StrayState.SEEN)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(_("first seen"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), default=timezone.now)

    objects = StrayRows.as_manager()

    class Meta:
        verbose_name = _("card made by hand")
        verbose_name_plural = _("cards made by hand")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=StrayState.values), name="stray_state_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.item_id


class Remark(models.Model):
    """Words of ours that must stand below a card, once."""

    item_id = models.CharField(_("card"), max_length=30)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, null=True, related_name="remarks")
    text = models.TextField(_("text"))
    mark = models.CharField(max_length=64, unique=True)  # one per occasion, also the Idempotency-Key
    made_at = models.DateTimeField(_("written"), default=timezone.now)
    tried_at = models.DateTimeField(_("first sent"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    is_dead = models.BooleanField(_("given up"), default=False)
    last_error = models.TextField(_("last error"), blank=True)

    objects = RemarkRows.as_manager()

    class Meta:
        verbose_name = _("remark on monday.com")
        verbose_name_plural = _("remarks on monday.com")
        indexes = [
            models.Index(
                fields=["id"], name="remark_waiting", condition=models.Q(sent_at=None, is_dead=False)
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Difference(models.Model):
    """Something between a request and its card that a person may have to look at."""

    link = models.ForeignKey(
        Link, verbose_name=_("request"), on_delete=models.CASCADE, related_name="findings"
    )
    matter = models.CharField(_("matter"), max_length=10, choices=Matter)
    field = models.CharField(_("field"), max_length=20, choices=Field, blank=True)
    ours = models.CharField(_("here"), max_length=300, blank=True)
    theirs = models.CharField(_("there"), max_length=300, blank=True)
    kept = models.CharField(_("kept"), max_length=300, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    seen_at = models.DateTimeField(_("seen"), null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("seen by"), on_delete=models.PROTECT, null=True, related_name="+"
    )  # fmt: skip

    objects = DifferenceRows.as_manager()

    class Meta:
        verbose_name = _("difference with monday.com")
        verbose_name_plural = _("differences with monday.com")
        indexes = [models.Index(fields=["-id"], name="difference_open", condition=models.Q(seen_at=None))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(matter__in=Matter.values), name="difference_matter_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_matter_display()}: {self.link}"
