"""What the service desk adds around tickets: search, views, ties between them, satisfaction."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.enums import TieKind
from tickets.models.ticket import Ticket
from tickets.querysets import AboutRows, RatingRows, SavedViewRows, SearchRows, TieRows


class SearchText(models.Model):
    """The words of one ticket, stemmed for Indonesian and English; written by triggers, read by the search.

    `words` holds what everyone in the case may read, `internal` what IT writes among itself.
    """

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    words = SearchVectorField()
    internal = SearchVectorField(default="")

    objects = SearchRows.as_manager()

    class Meta:
        verbose_name = _("words of a ticket")
        verbose_name_plural = _("words of tickets")
        indexes = [
            GinIndex(fields=["words"], name="search_words"),
            GinIndex(fields=["internal"], name="search_internal"),
        ]

    def __str__(self) -> str:
        return str(self.ticket_id)


class SavedView(models.Model):
    """A list with its filters, sort and columns, under a name; `query` is the address after the question mark."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000)
    is_shared = models.BooleanField(_("for everyone in IT"), default=False)

    objects = SavedViewRows.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name


class Tie(models.Model):
    """Two tickets that have to do with each other; the smaller number stands first."""

    first = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=TieKind, default=TieKind.RELATED)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = TieRows.as_manager()

    class Meta:
        verbose_name = _("link between tickets")
        verbose_name_plural = _("links between tickets")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="tie_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="tie_in_order"),
            models.CheckConstraint(condition=models.Q(kind__in=TieKind.values), name="tie_kind_is_known"),
        ]
        indexes = [models.Index(fields=["second"], name="tie_of_second")]

    def __str__(self) -> str:
        return f"{self.first_id} - {self.second_id}"


class AboutAsset(models.Model):
    """A request is about an asset: its tag stands in the words, or IT named it."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey("inventory.Asset", on_delete=models.PROTECT, related_name="+", db_index=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = AboutRows.as_manager()

    class Meta:
        verbose_name = _("asset of a ticket")
        verbose_name_plural = _("assets of tickets")
        constraints = [models.UniqueConstraint(fields=["ticket", "asset"], name="about_asset_once")]
        indexes = [models.Index(fields=["asset", "-ticket"], name="tickets_about_asset")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.asset_id}"


class Rating(models.Model):
    """How satisfied the requester was; asked once."""

    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField(
        _("how satisfied"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    text = models.TextField(_("what could be better"), blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)

    objects = RatingRows.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(score__gte=1, score__lte=5), name="rating_is_one_to_five"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="rating_is_given_once", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.score}"
