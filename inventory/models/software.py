"""Software: titles as they are called, and which version of which is installed on which asset."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.models.assets import Asset
from inventory.querysets import InstallationRows, TitleRows, VersionRows


class SoftwareTitle(models.Model):
    """A program by its name and publisher, as agents report it or a licence names it; whatever its capitals."""

    name = models.CharField(_("name"), max_length=200)
    publisher = models.CharField(_("publisher"), max_length=150, blank=True, db_default="")

    objects = TitleRows.as_manager()

    class Meta:
        verbose_name = _("software")
        verbose_name_plural = _("software titles")
        constraints = [
            models.UniqueConstraint(Lower("name"), Lower("publisher"), name="software_title_once"),
        ]
        indexes = [
            models.Index(Lower("name"), models.F("id"), name="software_by_name"),
            GinIndex(SearchVector("name", "publisher", config="simple"), name="software_words"),
        ]

    def __str__(self) -> str:
        return self.name


class SoftwareVersion(models.Model):
    """A version of a title that was ever seen; `key` sorts as versions do (`inventory.versions`)."""

    title = models.ForeignKey(SoftwareTitle, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.CharField(_("version"), max_length=100)
    key = models.CharField(max_length=400, db_collation="C")

    objects = VersionRows.as_manager()

    class Meta:
        verbose_name = _("version of a title")
        verbose_name_plural = _("versions of titles")
        constraints = [models.UniqueConstraint(fields=["title", "version"], name="software_version_once")]
        indexes = [models.Index(fields=["title", "key"], name="software_version_by_key")]

    def __str__(self) -> str:
        return self.version


class Installation(models.Model):
    """A version of a title on an asset. `gone_at` is the report that no longer had it; None while it is there.

    Agents write this table a machine at a time: what a full report no longer lists is marked gone, never deleted.
    """

    asset = models.ForeignKey(
        Asset, verbose_name=_("asset"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    title = models.ForeignKey(
        SoftwareTitle, verbose_name=_("software"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.CharField(_("version"), max_length=100, blank=True, db_default="")
    installed_date = models.DateField(_("installed on"), null=True)
    found_at = models.DateTimeField(_("first seen"), default=timezone.now)
    gone_at = models.DateTimeField(_("no longer there since"), null=True)

    objects = InstallationRows.as_manager()

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installations")
        constraints = [
            models.UniqueConstraint(fields=["asset", "title", "version"], name="installation_once"),
        ]
        indexes = [
            # Which machines have a title, and in which versions: answered out of the index alone.
            models.Index(
                fields=["title", "version", "asset"],
                name="installation_of_title",
                condition=models.Q(gone_at=None),
            ),
            # Machine by machine, page by page.
            models.Index(
                fields=["title", "asset", "id"],
                name="installation_by_asset",
                include=["version"],
                condition=models.Q(gone_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title_id} {self.version}".strip()
