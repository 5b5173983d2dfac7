"""What runs out and is renewed: licences, contracts, certificates; and the documents that belong to them."""

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import labels
from core.transitions import StateField
from events.subjects import Subject
from inventory import rules
from inventory.enums import RENEWABLE_MOVES, RenewableKind, RenewableState
from inventory.querysets import NEVER, RenewableFileRows, RenewableRows


def usual_leads() -> list[int]:
    """Two months, one month and a week before the end."""
    return [60, 30, 7]


class Renewable(models.Model):
    """A licence, a contract or a certificate, of a branch or of the whole group.

    Of a licence, `title_words` and `publisher_words` are how the names of its programs and their publisher begin;
    `used` is on how many assets such programs were installed when they were last counted. `lead_days`: so many days
    before `ends_date` somebody is warned, and on the day itself; `warn_date` is when that is due next. Of a
    certificate, `host_names` are the servers or people that it is for, one a line.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=RenewableKind)
    name = models.CharField(_("name"), max_length=150)
    reference = models.CharField(_("number"), max_length=100, blank=True, default="", db_default="")
    partner = models.CharField(_("supplier or issuer"), max_length=100, blank=True, default="", db_default="")
    branch = models.ForeignKey(
        "accounts.Branch", verbose_name=_("branch"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who sees to it"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    title_words = models.CharField(
        _("programs whose names begin with"), max_length=200, blank=True, default="", db_default=""
    )
    publisher_words = models.CharField(
        _("of publishers whose names begin with"), max_length=150, blank=True, default="", db_default=""
    )
    seats = models.PositiveIntegerField(_("seats"), null=True, blank=True, validators=[MinValueValidator(1)])
    used = models.PositiveIntegerField(_("installed on"), null=True, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    starts_date = models.DateField(_("from"), null=True)
    ends_date = models.DateField(_("until"), null=True)
    cost = models.DecimalField(
        _("cost (Rp)"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    lead_days = models.JSONField(_("warn so many days before"), default=usual_leads)
    warn_date = models.DateField(null=True, editable=False)
    warned_for_date = models.DateField(null=True, editable=False)  # the end of which somebody was warned
    note = models.TextField(_("note"), blank=True, default="", db_default="")
    host_names = models.TextField(_("names that it is for"), blank=True, default="", db_default="")
    state = StateField(
        _("state"), default=RenewableState.ACTIVE, choices=RenewableState.choices, protected=True
    )
    created_at = models.DateTimeField(_("written down"), default=timezone.now)

    objects = RenewableRows.as_manager()
    get_state_display = labels.of("state", RenewableState)
    get_kind_display = labels.of("kind", RenewableKind)

    class Meta:
        verbose_name = _("licence, contract or certificate")
        verbose_name_plural = _("licences, contracts and certificates")
        indexes = [
            models.Index(
                fields=["warn_date", "id"],
                name="renewable_to_warn",
                condition=models.Q(warn_date__isnull=False),
            ),
            models.Index(
                fields=["ends_date", "id"], name="renewable_by_end", condition=models.Q(state="active")
            ),
            models.Index(
                Coalesce("ends_date", Value(NEVER)),
                "id",
                name="renewable_by_until",
                condition=models.Q(state="active"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RenewableState.values), name="renewable_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(starts_date=None)
                | models.Q(ends_date=None)
                | models.Q(starts_date__lte=models.F("ends_date")),
                name="renewable_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="licence") | models.Q(seats=None, title_words=""),
                name="only_licences_have_seats",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="renewable_moves_as_declared", field="state", transitions=RENEWABLE_MOVES),
            pgtrigger.Protect(name="renewable_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("inventory:renewable", args=[self.pk])

    @property
    def case(self) -> Subject:
        """Its own chain."""
        return Subject("inventory.renewable", self.pk)

    @property
    def is_overused(self) -> bool:
        """More installed than paid for."""
        return self.seats is not None and self.used is not None and self.used > self.seats

    @fsm.transition(state, source="active", target=None, permission=rules.keeps)
    def change(self) -> None:
        """Its facts, its documents, its next end."""

    @fsm.transition(
        state, source="active", target=None, permission=rules.keeps, conditions=[rules.is_certificate]
    )
    def read(self) -> None:
        """What its new certificate says, from its file."""

    @fsm.transition(state, source="active", target="ended", permission=rules.keeps)
    def end(self) -> None:
        """It is not renewed any more."""


class RenewableFile(models.Model):
    """A document of a licence, a contract or a certificate; its content lies under its hash."""

    renewable = models.ForeignKey(Renewable, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = RenewableFileRows.as_manager()

    class Meta:
        verbose_name = _("document of a licence or contract")
        verbose_name_plural = _("documents of licences and contracts")

    def __str__(self) -> str:
        return self.name
